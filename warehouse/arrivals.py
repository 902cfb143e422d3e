"""What arrived, as the ledger keeps it, and what an operator accepted; the feeds' past is read from here.

Counts of feeds and countries are rows of the ledger's `arrivals`. An acceptance is an entry of the chain and stands
nowhere else, so that none can be added or taken back unseen.
"""

from dataclasses import asdict
from datetime import date

import polars as pl

from schemas.arrivals import Acceptance, Arrival, Verdict
from schemas.errors import NightError
from warehouse.chain import append, entries
from warehouse.ledger import Ledger
from warehouse.statements import statement

_ARRIVALS = pl.Schema(
    {
        "feed": pl.String, "country": pl.String, "n_rows": pl.Int64, "n_usual": pl.Int64, "n_low": pl.Int64,
        "n_high": pl.Int64, "n_nights": pl.Int64, "verdict": pl.String,
    }
)  # fmt: skip


def keep_arrivals(ledger: Ledger, night: date, arrivals: tuple[Arrival, ...]) -> None:
    """Keeps what arrived for a night in the place of what an earlier try of it kept.

    Raises: NightError if the night is published: its past is settled.
    """
    record = ledger.record(night)
    if record and record.is_sealed:
        raise NightError(f"night {night} is published; what arrived for it is settled")
    ledger.duck.load("arrived_tonight", pl.DataFrame([asdict(each) for each in arrivals], schema=_ARRIVALS))
    with ledger.duck.transaction():
        ledger.duck.run(statement("ledger/keep_arrivals"), night=night)


def arrivals_of(ledger: Ledger, night: date) -> tuple[Arrival, ...]:
    """What arrived for a night, by feed, the whole feed before its countries; empty if nothing was read yet."""
    found = ledger.duck.frame(
        "select * exclude (night) from arrivals where night = $night order by feed, country nulls first", night=night
    )
    return tuple(Arrival(**row) for row in found.iter_rows(named=True))


def past_arrivals(ledger: Ledger) -> pl.DataFrame:
    """Rows by `night`, `feed` and `country` of every published night."""
    return ledger.duck.frame(statement("ledger/past_arrivals"))


def accept(
    ledger: Ledger, night: date, *, feed: str, verdict: Verdict, n_rows: int, reason: str, fingerprint: str
) -> None:
    """Links to the chain that a night runs although a feed is missing, short or long; saying it again changes nothing.

    Args:
        n_rows: rows of the feed that are accepted; other numbers must be accepted anew.
        reason: a person's words, kept for ever; they should name nobody.
        fingerprint: of the night's own epoch key: what keeps the entry's digest from being guessed.
    """
    acceptance = Acceptance(feed, verdict, n_rows, reason)
    if acceptance in acceptances(ledger, night):
        return
    with ledger.duck.transaction():
        append(ledger.duck, "acceptance", night, asdict(acceptance) | {"salt": ledger.salt(fingerprint)})


def acceptances(ledger: Ledger, night: date) -> tuple[Acceptance, ...]:
    """What was accepted for a night, in that order."""
    return tuple(
        Acceptance(facts["feed"], facts["verdict"], facts["n_rows"], facts["reason"])
        for entry in entries(ledger.duck)
        if (facts := entry.facts)["kind"] == "acceptance" and facts["night"] == night.isoformat()
    )


def still_held(ledger: Ledger, night: date, arrivals: tuple[Arrival, ...]) -> tuple[Arrival, ...]:
    """Arrivals that hold a night and are not accepted as they are now."""
    accepted = {(each.feed, each.verdict, each.n_rows) for each in acceptances(ledger, night)}
    rows = {each.feed: each.n_rows for each in arrivals if each.country is None}
    return tuple(
        each for each in arrivals if each.is_held and (each.feed, each.verdict, rows.get(each.feed, 0)) not in accepted
    )
