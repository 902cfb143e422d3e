"""Whether a night is complete: what came of every feed, against what its contract and the nights before let expect.

Feeds that should have come are asked for before anything is read; rows are judged once they are counted, before
anything is classed. `assets.arrivals` shows the same in Dagster.
"""

from datetime import date

import polars as pl

from assets.figures import Figures, figures_of, keep_figures
from assets.settings import Settings
from feeds.expected import COUNTS, awaited, judged
from schemas.arrivals import Arrival, Verdict
from schemas.contracts import Expectation
from schemas.errors import ConfigurationError, HeldNightError, NightError
from warehouse.arrivals import accept, acceptances, arrivals_of, keep_arrivals, past_arrivals, still_held
from warehouse.ledger import Ledger, open_ledger

_MOST_TOLD = 4
"""Countries of a feed that a message names; the others are in the private report."""


def expectations_of(settings: Settings) -> dict[str, Expectation]:
    """What is expected of each feed under contract."""
    return {feed: contract.expects for feed, contract in settings.contracts.items()}


def awaited_feeds(settings: Settings, ledger: Ledger, night: date) -> frozenset[str]:
    """Feeds that should land before a night is begun by itself; accepted absences are not waited for."""
    accepted = {each.feed for each in acceptances(ledger, night) if each.verdict == "missing"}
    return awaited(past_arrivals(ledger), expectations_of(settings), night) - accepted


def refuse_missing(settings: Settings, night: date, landed: frozenset[str]) -> None:
    """Raises HeldNightError if a feed has not landed that its contract or the nights before let expect."""
    with open_ledger(settings.home.ledger) as ledger:
        held = missing_feeds(settings, ledger, night, landed)
    if held:
        raise HeldNightError(_told(night, held))


def missing_feeds(settings: Settings, ledger: Ledger, night: date, landed: frozenset[str]) -> tuple[Arrival, ...]:
    """Feeds whose absence holds a night."""
    absent = {feed: each for feed, each in expectations_of(settings).items() if feed not in landed}
    arrivals = judged(pl.DataFrame(schema=COUNTS), past_arrivals(ledger), absent, night, {})
    return still_held(ledger, night, arrivals)


def judge_arrivals(settings: Settings, night: date) -> Figures:
    """Judges what was read for a night, and keeps it in the ledger.

    Returns: `arrivals`: per feed and country the rows, the band and the verdict; `accepted`: what an operator let pass.

    Raises: HeldNightError if anything is missing, short or far too long and not accepted; NightError if the night was
        not read. What arrived is kept either way.
    """
    scrubbed = figures_of(settings.home, night, "scrubbed_events")
    manifests = {feed: told for feed, figures in scrubbed.items() if (told := figures["n_told"]) is not None}
    with open_ledger(settings.home.ledger) as ledger:
        ledger.may_run(night)
        past = past_arrivals(ledger)
        arrivals = judged(_counts(scrubbed), past, expectations_of(settings), night, manifests)
        keep_arrivals(ledger, night, arrivals)
        held = still_held(ledger, night, arrivals)
        accepted = acceptances(ledger, night)
    figures: Figures = {
        "arrivals": [vars(each) for each in arrivals],
        "accepted": [vars(each) for each in accepted],
        "is_complete": not held,
    }
    keep_figures(settings.home, night, "arrivals", figures)
    if held:
        raise HeldNightError(_told(night, held))
    return figures


def accept_arrival(settings: Settings, night: date, feed: str, verdict: Verdict, reason: str) -> None:
    """Puts on record that a night runs with a feed as it is.

    Raises: ConfigurationError if the feed is not under contract or no reason is given; NightError if the night may not
        run, or is not held for that.
    """
    if feed not in settings.contracts:
        known = ", ".join(settings.contracts)
        raise ConfigurationError(f"there is no feed of that name; feeds under contract: {known}")
    if not reason.strip():
        raise ConfigurationError('what is accepted needs a reason; add --reason "..."')
    with open_ledger(settings.home.ledger) as ledger:
        ledger.may_run(night)
        if verdict == "missing":
            n_rows = _rows_of_missing(settings, ledger, night, feed)
        else:
            n_rows = _rows_of_held(ledger, night, feed, verdict)
        accept(
            ledger,
            night,
            feed=feed,
            verdict=verdict,
            n_rows=n_rows,
            reason=reason.strip(),
            fingerprint=settings.keyring.fingerprint(night.year),
        )


def _rows_of_missing(settings: Settings, ledger: Ledger, night: date, feed: str) -> int:
    landed = frozenset(path.parent.name for path in settings.home.landing.glob(f"*/{night.isoformat()}"))
    if feed in landed:
        raise NightError(f"night {night}: {feed} has landed; nothing of it is missing")
    is_accepted = any(each.feed == feed and each.verdict == "missing" for each in acceptances(ledger, night))
    if not is_accepted and feed not in {each.feed for each in missing_feeds(settings, ledger, night, landed)}:
        raise NightError(f"night {night} is not held for {feed}: it may stay away; run mandi night {night}")
    return 0


def _rows_of_held(ledger: Ledger, night: date, feed: str, verdict: Verdict) -> int:
    arrivals = [each for each in arrivals_of(ledger, night) if each.feed == feed]
    if not any(each.verdict == verdict for each in arrivals):
        raise NightError(f"night {night} is not held for {feed} being {verdict}; run mandi night {night} first")
    return next(each.n_rows for each in arrivals if each.country is None)


def _counts(scrubbed: Figures) -> pl.DataFrame:
    rows = [(feed, None, figures["n_rows"]) for feed, figures in scrubbed.items()]
    rows += [(feed, country, n) for feed, figures in scrubbed.items() for country, n in figures["countries"].items()]
    return pl.DataFrame(rows, schema=COUNTS, orient="row")


def _told(night: date, held: tuple[Arrival, ...]) -> str:
    """What holds a night and what to do, in one line."""
    wholes = [each for each in held if each.country is None]
    countries = [each for each in held if each.country is not None]
    parts = [_of_feed(each) for each in wholes]
    for feed in sorted({each.feed for each in countries}):
        mine = [each for each in countries if each.feed == feed]
        told = ", ".join(f"{each.country} {_band(each)}" for each in mine[:_MOST_TOLD])
        more = f" and {len(mine) - _MOST_TOLD} more countries" if len(mine) > _MOST_TOLD else ""
        parts.append(f"{feed} is not as usual from {told}{more}")
    accepts = " ".join(
        f"--accept-{verdict} {feed}" for feed, verdict in sorted({(each.feed, each.verdict) for each in held})
    )
    return (
        f"night {night} is held: {'; '.join(parts)}. Nothing was classed. Ask the sender and land it again "
        f'(mandi land FEED FILE --night {night} --replace), or accept it: mandi night {night} {accepts} --reason "..."'
    )


def _of_feed(arrival: Arrival) -> str:
    if arrival.verdict == "missing":
        usual = f", usually {arrival.n_usual:,} rows" if arrival.n_usual else ", and its contract requires it"
        return f"{arrival.feed} has not landed{usual}"
    return f"{arrival.feed} is {'far too ' if arrival.verdict == 'long' else ''}{arrival.verdict}, {_band(arrival)}"


def _band(arrival: Arrival) -> str:
    if arrival.n_low is None:
        return f"{arrival.n_rows:,} rows, and its contract requires some"
    if not arrival.n_nights:
        return f"{arrival.n_rows:,} rows as against {arrival.n_usual:,} that its manifest counts"
    top = f"{arrival.n_high:,}" if arrival.n_high is not None else "more"
    return f"{arrival.n_rows:,} rows as against {arrival.n_low:,} to {top} ({arrival.n_nights} nights)"
