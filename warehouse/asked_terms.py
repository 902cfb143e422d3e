"""Terms that were asked for: kept until their month closes, counted once under noise, and forgotten.

`take_terms` keeps, of tonight's events, which account asked for which term in which sector and sub-region; no event is
named. `draw_month_terms` counts a month that closes and lets its rows go with the night; `prove_terms` is the door's
part. All in the night's transaction.
"""

import hmac
from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction

import polars as pl

from anonymize.classes.periods import first_open
from anonymize.noise.bounds import UNIT, bounded_sums
from anonymize.noise.mechanism import noisy_counts
from anonymize.terms.cells import CELL, places_of, sectors_of, term_cells
from anonymize.terms.choice import chosen
from schemas.errors import DisclosureError, SecretError
from schemas.policy import AskedTerms, Policy
from schemas.taxonomy import Taxonomy
from warehouse.budget import MONTHS, draws_of, spend, whole_nano
from warehouse.draws import closing_months
from warehouse.duck import Duck
from warehouse.statements import statement

PURPOSE = "terms"
"""How the draw of terms is called within its month."""


def take_terms(duck: Duck, *, night: date, previous: date | None, policy: Policy, taxonomy: Taxonomy) -> None:
    """Keeps which terms the accounts of tonight's events asked for, in months that are not drawn yet.

    Args:
        duck: The ledger's connection, in the night's transaction; tonight's events have arrived.
        night: Arrival night.
        previous: The night before it.
        policy: Nothing is kept where its `estimates.terms` are null.
        taxonomy: Trees and vocabulary.
    """
    if _wanted(policy) is None:
        return
    duck.load("term_cells", term_cells(taxonomy))
    duck.load("own_sectors", sectors_of(taxonomy))
    duck.load("own_places", places_of(taxonomy))
    first = first_open("month", previous or night - timedelta(days=1), lag_days=policy.close_lag_days)
    duck.run(statement("ledger/take_terms"), night=night, first=first)


def draw_month_terms(
    duck: Duck,
    *,
    night: date,
    previous: date | None,
    policy: Policy,
    taxonomy: Taxonomy,
    noise_key: Callable[[int], bytes] | None,
) -> None:
    """Counts and keeps the terms of every month that closes tonight, under noise; its rows leave with the night.

    A month is drawn whether anybody asked for anything or not, so that a draw tells nothing by being there.

    Args:
        duck: The ledger's connection, in the night's transaction; who is one contributor is known.
        night: Arrival night.
        previous: The night before it.
        policy: Its `estimates`.
        taxonomy: Trees and vocabulary.
        noise_key: Secret key of an epoch, by its year.

    Guarantee: one contributor, over all its accounts, feeds and kinds, is counted in at most `max_terms` cells of a
        month, at most once in each, with a part no longer than `max_length` (`tests/property/test_asked_terms.py`).

    Raises: DisclosureError if the year's budget does not suffice; SecretError without keys.
    """
    wanted = _wanted(policy)
    if wanted is None or policy.estimates is None:
        duck.run(statement("ledger/end_asked_terms"), night=night, first=date.max)
        return
    for month in closing_months(night, previous, lag_days=policy.close_lag_days):
        if duck.value("select count(*) from epochs where epoch = $epoch", epoch=month.year):
            if noise_key is None:
                raise SecretError("terms need the key of their epoch; give noise_key, or set estimates.terms to null")
            _draw(duck, night, month, wanted, Fraction(policy.estimates.rho_year), taxonomy, noise_key(month.year))
    first = first_open("month", night, lag_days=policy.close_lag_days)
    duck.run(statement("ledger/end_asked_terms"), night=night, first=first)


def prove_terms(duck: Duck, night: date, taxonomy: Taxonomy) -> None:
    """Compares what a night keeps of terms with its stored draw over the public cells.

    Raises: DisclosureError if it keeps anything else.
    """
    cells = term_cells(taxonomy)
    drawn = {month: draw for (month, purpose), draw in draws_of(duck, night).items() if purpose == PURPOSE}
    found = [
        _counts(cells, month, draw.amounts.tolist(), draw.scale)
        for month, draw in drawn.items()
        if len(draw.amounts) == cells.height
    ]
    stored = duck.frame(statement("ledger/term_counts_of"), night=night)
    again = pl.concat([stored.clear(), *found]).sort("month", *CELL)
    if len(found) != len(drawn) or not again.equals(stored):
        raise DisclosureError(
            f"{night}: counts of terms are not those of the stored draw. Materialise demand_classes again."
        )


def counted_terms(duck: Duck, month: date, wanted: AskedTerms, cells: pl.DataFrame, key: bytes) -> pl.DataFrame:
    """What a month's draw counts, before any noise: never kept, never published.

    Returns: the columns of `cells`, in their order, and `amount` in hundredths of a contributor.
    """
    numbered = cells.with_columns(cell=pl.int_range(pl.len(), dtype=pl.UInt32))
    duck.load("numbered_cells", numbered)
    asked = duck.frame(statement("ledger/asked_terms"), month=month)
    choice = hmac.digest(key, f"mandi/1/terms-choice\0{month:%Y-%m}".encode(), "sha256")
    kept = chosen(asked, max_terms=wanted.max_terms, key=choice).with_columns(n_events=pl.lit(1, pl.Int64))
    sums = bounded_sums(kept, ["cell"], l2_bound=_l2_bound(wanted))
    counted = numbered.join(sums, on="cell", how="left", maintain_order="left")
    return counted.select(*CELL, pl.col("amount").fill_null(0))


def _wanted(policy: Policy) -> AskedTerms | None:
    return policy.estimates.terms if policy.estimates else None


def _l2_bound(wanted: AskedTerms) -> int:
    return int(wanted.max_length * UNIT)


def _draw(
    duck: Duck, night: date, month: date, wanted: AskedTerms, rho_year: Fraction, taxonomy: Taxonomy, key: bytes
) -> None:
    cells = term_cells(taxonomy)
    if cells.is_empty():
        return
    counted = counted_terms(duck, month, wanted, cells, key)
    counts = noisy_counts(
        counted["amount"].to_numpy(),
        counted.select(pl.concat_str(CELL, separator=" "))["term"].to_list(),
        l2_bound=_l2_bound(wanted),
        rho=whole_nano(rho_year / MONTHS * Fraction(wanted.share)),
        key=key,
        purpose=f"{month:%Y-%m} {PURPOSE}",
    )
    spend(duck, counts, night=night, month=month, purpose=PURPOSE, rho_year=rho_year)
    duck.load("new_term_counts", _counts(cells, month, counts.amounts.tolist(), counts.scale))
    duck.run(statement("ledger/keep_term_counts"), night=night)


def _counts(cells: pl.DataFrame, month: date, amounts: list[int], scale: int) -> pl.DataFrame:
    """Rows of `ledger/term_counts_of`."""
    return cells.select(
        pl.lit(month, pl.Date).alias("month"),
        *CELL,
        pl.Series("amount", amounts, dtype=pl.Int64),
        pl.lit(scale, pl.Int64).alias("scale"),
    )
