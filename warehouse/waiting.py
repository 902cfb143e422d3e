"""What waits in the pool, and when it may come out: for the exact disclosure report and for the operator's `explain`.

Counts only: no contributor, no account and no text of the pool is read here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import polars as pl

from anonymize.classes.periods import closes_on, first_open, period_start
from anonymize.classes.rungs import rung_name, rungs_of
from schemas.disclosure import AgeShare, ChanceShare, PoolFigures
from schemas.policy import PRODUCT_LEVELS, Policy, ProductLevel, Rung, When
from schemas.taxonomy import Taxonomy
from warehouse.ledger import Ledger
from warehouse.statements import statement

_AGES = ((7, "under 7 days"), (31, "7 to 30 days"), (91, "31 to 90 days"))
_OLDEST = "over 90 days"
_FAR = 800
"""Nights that are looked ahead: every period up to a year closes within."""


@dataclass(frozen=True)
class Chance:
    """A night on which waiting events may become part of a class, and the finest rung open to them then."""

    when: When
    night: date
    rung: str


def chances(
    policy: Policy, after: date, day: date, *, product_level: ProductLevel, is_country_known: bool
) -> tuple[Chance, ...]:
    """When events of one day may come out after a night: the next night of each stage of the ladder, soonest first.

    An event climbs only rungs at or above the levels it is known at, and rungs of a close only once its own period is
    closed; a late event waits for the next close like every other.

    Args:
        policy: The ladder and its lag.
        after: The last night that was formed.
        day: Day of the events.
        product_level: The finest level at which their product is known.
        is_country_known: Whether their country is known.
    """
    found: dict[When, Chance] = {}
    for rung in rungs_of(policy.ladder):
        is_fine = PRODUCT_LEVELS.index(rung.product) <= PRODUCT_LEVELS.index(product_level)
        if not is_fine or not (is_country_known or rung.place == "world"):
            continue
        night = _next_night(rung, after, day, policy.close_lag_days)
        if night and (rung.when not in found or night < found[rung.when].night):
            found[rung.when] = Chance(rung.when, night, rung_name(rung))
    return tuple(sorted(found.values(), key=lambda chance: chance.night))


@lru_cache(maxsize=10_000)
def _next_night(rung: Rung, after: date, day: date, lag_days: int) -> date | None:
    start = period_start(rung.period, day)
    for ahead in range(1, _FAR):
        night = after + timedelta(days=ahead)
        if start < first_open(rung.period, night, lag_days=lag_days) and _is_open(rung, night, lag_days):
            return night
    return None


def _is_open(rung: Rung, night: date, lag_days: int) -> bool:
    before = night - timedelta(days=1)
    match rung.when:
        case "nightly":
            return True
        case "dekad_close":
            return closes_on("dekad", night, before, lag_days=lag_days)
        case "month_close":
            return closes_on("month", night, before, lag_days=lag_days)


def pool_figures(
    ledger: Ledger, night: date, *, policy: Policy, taxonomy: Taxonomy, settle_days: Mapping[str, int]
) -> PoolFigures:
    """What waits after a night, by age and by where it may climb next; exact, hence private."""
    ledger.duck.load("product_levels", product_levels(taxonomy))
    settling = {"feed": list(settle_days), "days": list(settle_days.values())}
    ledger.duck.load("settling", pl.DataFrame(settling, schema={"feed": pl.String, "days": pl.Int64}))
    waiting = ledger.duck.frame(statement("ledger/pool_by_age"), night=night)
    ages = dict.fromkeys([*(name for _, name in _AGES), _OLDEST], 0)
    climbing: dict[tuple[str, When, date, str], int] = {}
    for row in waiting.iter_rows(named=True):
        age = (night - row["arrived_on"]).days
        ages[next((name for limit, name in _AGES if age < limit), _OLDEST)] += row["n_events"]
        to_come = chances(
            policy,
            night,
            row["occurred_on"],
            product_level=row["product_level"],
            is_country_known=row["is_country_known"],
        )
        closing = [chance for chance in to_come if chance.when != "nightly"] or list(to_come)
        for chance in closing[:1]:
            key = (row["kind"], chance.when, chance.night, chance.rung)
            climbing[key] = climbing.get(key, 0) + row["n_events"]
    return PoolFigures(
        n_events=sum(ages.values()),
        n_unsettled=int(waiting.filter(~pl.col("is_settled"))["n_events"].sum()),
        ages=tuple(AgeShare(age=name, n_events=n) for name, n in ages.items()),
        chances=tuple(
            ChanceShare(kind=kind, when=when, night=on, rung=rung, n_events=n)
            for (kind, when, on, rung), n in sorted(climbing.items())
        ),
    )


def product_levels(taxonomy: Taxonomy) -> pl.DataFrame:
    """Every product node and its level: `code`, `level`."""
    rows = [(code, level) for level, code, _, _ in taxonomy.products]
    return pl.DataFrame(rows, schema={"code": pl.String, "level": pl.String}, orient="row")


def waiting_in(
    ledger: Ledger, taxonomy: Taxonomy, *, kind: str, product: str, place: str, first: date, last: date
) -> pl.DataFrame:
    """What waits at or below a node, by what is known of it: rows of `sql/ledger/pool_in_node.sql`; exact, private."""
    level_of = {code: level for level, code, _, _ in taxonomy.products}
    products = [(code, level_of[code]) for code in _below(taxonomy.products, product)]
    countries = [(code,) for code in _below(taxonomy.places, place)]
    schema = {"code": pl.String, "level": pl.String}
    ledger.duck.load("node_products", pl.DataFrame(products, schema=schema, orient="row"))
    ledger.duck.load("node_countries", pl.DataFrame(countries, schema={"country": pl.String}, orient="row"))
    is_world = taxonomy.places[0][1] == place
    return ledger.duck.frame(
        statement("ledger/pool_in_node"), kind=kind, first=first, last=last, is_world=is_world
    )  # fmt: skip


def band(n: int, *, k: int) -> str:
    """A count as `explain` tells it, never exactly.

    Example: with k = 10, `band(0, k=10)` is `none`, `band(7, k=10)` is `fewer than 10`, `band(64, k=10)` is
    `10 to 99`, `band(2_500, k=10)` is `1,000 to 9,999`.
    """
    if n == 0:
        return "none"
    if n < k:
        return f"fewer than {k}"
    top = 100
    while n >= top or top <= k:
        top *= 10
    return f"{max(k, top // 10 if top > 100 else k):,} to {top - 1:,}"


def _below(nodes: tuple[tuple[str, str, str | None, str | None], ...], code: str) -> list[str]:
    """A node and all nodes below it; nodes come from root to leaves."""
    within = {code}
    for _, node, parent, _ in nodes:
        if parent in within:
            within.add(node)
    return sorted(within)
