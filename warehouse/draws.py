"""The draw of a month: coarsely placed events counted, noised once, fitted to published classes, and kept.

Runs in the night's transaction, after classes are formed and before anything is sealed, because the ledger keeps no
contributor rows beyond that. `prove_estimates` computes every estimate of a night again from the stored noisy counts
and the published classes; the release door calls it.
"""

from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction

import numpy as np
import polars as pl

from anonymize.classes.periods import first_open, next_month
from anonymize.noise.bounds import UNIT, bounded_sums
from anonymize.noise.domain import Domain, is_coarse
from anonymize.noise.estimates import ESTIMATES, Counted, estimated
from anonymize.noise.gaussian import Ints
from anonymize.noise.marginals import MARGINALS, Marginal, cells_of, counted
from anonymize.noise.mechanism import noisy_counts
from schemas.errors import DisclosureError, SecretError
from schemas.policy import Estimates, Policy
from schemas.taxonomy import Taxonomy
from warehouse.budget import MONTHS, Draw, draws_of, spend, whole_nano
from warehouse.duck import Duck
from warehouse.statements import statement

_CELL = ["product_code", "place_code"]
_WHEN = ["kind", "month"]
_NO_ESTIMATES = pl.DataFrame(schema={"kind": pl.String, "month": pl.Date, **ESTIMATES})


def draw_month_estimates(
    duck: Duck,
    *,
    night: date,
    previous: date | None,
    policy: Policy,
    taxonomy: Taxonomy,
    noise_key: Callable[[int], bytes] | None,
) -> None:
    """Draws and keeps the estimates of every month that closes tonight; nothing where the policy asks for none.

    Args:
        duck: The ledger's connection, in the night's transaction; the night's classes are kept and it is known.
        night: Arrival night.
        previous: The night before it.
        policy: Its `estimates`.
        taxonomy: Product and place trees.
        noise_key: Secret key of an epoch, by its year.

    Raises: DisclosureError if the year's budget does not suffice; SecretError without keys.
    """
    if policy.estimates is None:
        return
    domain = Domain(taxonomy)
    classes = None
    for month in closing_months(night, previous, lag_days=policy.close_lag_days):
        for kind in policy.estimates.shares:
            events = duck.frame(statement("ledger/coarse_events"), night=night, month=month, kind=kind.value)
            if events.is_empty():
                continue
            if noise_key is None:
                raise SecretError("estimates need the key of their epoch; give noise_key, or set estimates to null")
            if classes is None:
                classes = _published(duck, night)
            here = classes.filter(kind=kind.value, month=month)
            for marginal in MARGINALS:
                _draw(duck, night, month, kind.value, marginal, events, here, domain, policy.estimates, noise_key)
    if classes is not None:
        duck.load("new_estimates", _estimates_of(duck, night, classes, domain))
        duck.run(statement("ledger/keep_estimates"), night=night)


def closing_months(night: date, previous: date | None, *, lag_days: int) -> tuple[date, ...]:
    """First days of the months that close on a night, oldest first; each month closes on one night only.

    Example: with a lag of 2, January 2026 closes on 2 February, or on the first night after it.
    """
    before = previous or night - timedelta(days=1)
    month, end = (first_open("month", day, lag_days=lag_days) for day in (before, night))
    found = []
    while month < end:
        found.append(month)
        month = next_month(month)
    return tuple(found)


def prove_estimates(duck: Duck, night: date, taxonomy: Taxonomy) -> None:
    """Computes a night's estimates again from its stored noisy counts and published classes.

    Raises: DisclosureError if a stored estimate is anything else.
    """
    stored = duck.frame(statement("ledger/estimates_of"), night=night)
    drawn = draws_of(duck, night)
    if not drawn and stored.is_empty():
        return
    again = _estimates_of(duck, night, _published(duck, night), Domain(taxonomy))
    if not again.sort(*_WHEN, *_CELL).equals(stored.select(again.columns)):
        raise DisclosureError(
            f"{night}: estimates are not those of the stored noisy counts. Materialise demand_classes again."
        )


def purpose_of(kind: str, marginal: Marginal) -> str:
    """How a draw of estimates is called within its month."""
    return f"estimates {kind} {marginal.name}"


def _draw(
    duck: Duck,
    night: date,
    month: date,
    kind: str,
    marginal: Marginal,
    events: pl.DataFrame,
    classes: pl.DataFrame,
    domain: Domain,
    estimates: Estimates,
    noise_key: Callable[[int], bytes],
) -> None:
    """One marginal of a kind and month: bounded, noised, and charged to the year."""
    cells = cells_of(marginal, classes, domain)
    l2_bound = int(estimates.max_events * UNIT)
    sums = bounded_sums(counted(marginal, events, domain), _CELL, l2_bound=l2_bound)
    found = cells.join(sums, on=_CELL, how="left", maintain_order="left")["amount"].fill_null(0)
    if found.sum() != sums["amount"].sum():
        raise DisclosureError(
            f"{night}: events lie outside the cells of their classes; materialise demand_classes again"
        )
    if cells.is_empty():
        return
    purpose = purpose_of(kind, marginal)
    share = Fraction(next(share for name, share in estimates.shares.items() if name.value == kind))
    counts = noisy_counts(
        found.to_numpy(),
        (cells["product_code"] + " " + cells["place_code"]).to_list(),
        l2_bound=l2_bound,
        rho=whole_nano(Fraction(estimates.rho_year) / MONTHS * share * marginal.share),
        key=noise_key(month.year),
        purpose=f"{month:%Y-%m} {purpose}",
    )
    spend(duck, counts, night=night, month=month, purpose=purpose, rho_year=Fraction(estimates.rho_year))


def _estimates_of(duck: Duck, night: date, classes: pl.DataFrame, domain: Domain) -> pl.DataFrame:
    """Estimates of every kind and month that a night drew, from stored counts and published classes alone."""
    drawn = draws_of(duck, night)
    found = []
    for (kind, month), here in classes.filter(is_coarse()).group_by(_WHEN, maintain_order=True):
        if any((month, purpose_of(kind, marginal)) in drawn for marginal in MARGINALS):
            counts = {
                marginal.name: _counted(here, marginal, drawn.get((month, purpose_of(kind, marginal))), domain)
                for marginal in MARGINALS
            }
            of_kind = estimated(classes.filter(kind=kind, month=month), counts, domain)
            found.append(of_kind.select(pl.lit(kind).alias("kind"), pl.lit(month).alias("month"), pl.all()))
    return pl.concat(found).sort(*_WHEN, *_CELL) if found else _NO_ESTIMATES


def _counted(classes: pl.DataFrame, marginal: Marginal, draw: Draw | None, domain: Domain) -> Counted:
    cells = cells_of(marginal, classes, domain)
    if cells.height != (len(draw.amounts) if draw else 0):
        raise DisclosureError(
            f"{marginal.name}: stored noisy counts do not fit the published classes. Run mandi ledger verify."
        )
    amounts: Ints = draw.amounts if draw else np.zeros(0, dtype=np.int64)
    return Counted(cells.with_columns(amount=pl.Series(values=amounts)), draw.scale if draw else 1)


def _published(duck: Duck, night: date) -> pl.DataFrame:
    """Classes of every release up to a night, with their month."""
    classes = duck.frame(statement("classes"), night=night)
    return classes.with_columns(month=pl.col("period_start").dt.truncate("1mo"))
