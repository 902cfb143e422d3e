"""The ladder: walks the pool from the finest rung to the coarsest and turns every safe group into a demand class.

Works on an engine that holds the table `pooled` (what waits). It leaves `found_classes`, `classed` and
`found_measures` behind for the ledger to keep. Nothing here touches a file. Which groups a rung makes is arithmetic on
the spots of the market (`spots.py`); who stands behind them, and whether they are safe, is SQL (`judging.py`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from anonymize.classes.engine import Engine, statement
from anonymize.classes.judging import WALKED, judge, requiring, tell, tell_others
from anonymize.classes.market import FIRST_DAY, KINDS, N_DAYS, TWIN, Market, day_of, kinds_of
from anonymize.classes.rungs import OpenRung, open_rungs, rung_name
from anonymize.classes.spots import Found, Spots, n_found
from anonymize.classes.tiers import split_by_price
from anonymize.classes.tonight import improve_tonight
from schemas.policy import PERIOD_LEVELS, Measure, Policy, Rung
from schemas.published import MEASURED_UNITS
from schemas.taxonomy import Taxonomy

MEASURES = (*Measure, *(f"quantity_{unit}" for unit in MEASURED_UNITS))
"""Everything a class may sum, each judged for itself."""

POOLED_COLUMNS = {
    "event_no": pl.Int64,
    "kind": pl.String,
    "occurred_on": pl.Date,
    "is_settled": pl.Boolean,
    "contributor": pl.Int64,
    "is_counting": pl.Boolean,
    "first_month": pl.Date,
    "supplier": pl.Int64,
    "product_code": pl.String,
    "country": pl.String,
    "unit": pl.String,
    "quantity_milli": pl.Int64,
    "value_cents": pl.Int64,
    "quotes_received": pl.Int64,
}
"""The table `pooled` that `walk` reads: one row per waiting event. `is_counting` and `first_month` belong to the
contributor; `first_month` is the first day of the first month it was active in, null where none is known."""

_FOUND = {
    "class_no": pl.Int64,
    "rung": pl.String,
    "kind": pl.String,
    "product": pl.Int32,
    "place": pl.Int32,
    "period_level": pl.String,
    "period_start": pl.Date,
}


@dataclass(frozen=True)
class RungYield:
    """What one rung gave."""

    rung: Rung
    n_classes: int
    n_events: int


def walk(
    engine: Engine,
    *,
    policy: Policy,
    taxonomy: Taxonomy,
    night: date,
    previous: date | None,
    on_rung: Callable[[RungYield], None] = lambda _: None,
) -> tuple[RungYield, ...]:
    """Forms tonight's classes from the table `pooled` (columns: `POOLED_COLUMNS`).

    Leaves three temporary tables: `found_classes` (one row per class: `class_no`, `rung`, `kind`, `product` and
    `place` as node numbers, `period_level`, `period_start`, and the bounds of price tiers), `classed` (one row per
    event: `event_no`, `class_no`) and `found_measures` (one row per class and measure with a known amount: `amount`,
    `n_counting`, `is_given`).

    Returns: what each open rung gave, in order; after improvement, if the policy asks for it.

    Guarantee: classes are disjoint, every class passes the policy's rules for `n_events` and for each measure that its
        kind requires, and the result depends neither on the order of rows nor on the names of contributors
        (`tests/property/test_ladder.py`).
    """
    market, spots = _stand(engine, policy, taxonomy, night)
    yields = []
    found: list[Found] = []
    rungs = open_rungs(policy, night, previous)
    for open_rung in rungs:
        gained = _climb(engine, market, spots, open_rung, policy, found)
        yields.append(gained)
        on_rung(gained)
    improved = improve_tonight(engine, market, spots, rungs, policy, found)
    engine.load("spot_classes", spots.classes())
    engine.run(statement("placed"))
    classes = _classes(market, [*found, *improved.found])
    if improved.found:
        classes = classes.filter(~pl.col("class_no").is_in(improved.dissolved))
        yields = [_yielded(each.rung, classes, spots) for each in yields]
    levels = market.products["level"].gather(classes["product"])
    classes = split_by_price(engine, policy, classes, levels)
    engine.run(statement("classed"))
    engine.load("found_classes", classes)
    others = [measure for measure in map(str, MEASURES) if measure not in WALKED]
    tell_others(engine, policy, classes.select("class_no"), others)
    return tuple(yields)


def _stand(engine: Engine, policy: Policy, taxonomy: Taxonomy, night: date) -> tuple[Market, Spots]:
    """Puts every settled event on its spot, and counts the spots."""
    days = engine.frame("select min(occurred_on) as first, max(occurred_on) as last from pooled where is_settled")
    first, last = days.row(0)
    market = Market(taxonomy, policy.ladder, first or night, last or night)
    engine.load("product_path", market.products)
    engine.load("place_path", market.places)
    engine.load("kinds", pl.DataFrame({"no": range(len(KINDS)), "kind": KINDS}))
    engine.run(statement("tables"))
    engine.run(
        statement("standing"),
        n_products=market.products.height,
        n_places=market.places.height,
        n_days=N_DAYS,
        first_day=FIRST_DAY,
        seasoned_from=policy.buyers.seasoned_from,
        attribute=policy.diversity.attribute if policy.diversity else None,
    )
    counted = engine.frame(statement("spots")).sort("spot")
    number = counted["spot"].to_numpy().copy()
    spots = Spots(market.lattice, number, counted["n_events"].to_numpy().copy(), market.leaves(number))
    spots.n_read = engine.run(statement("waiting"))
    return market, spots


def _climb(
    engine: Engine, market: Market, spots: Spots, open_rung: OpenRung, policy: Policy, found: list[Found]
) -> RungYield:
    """One rung: groups what waits, keeps what is safe, peels what only a few contributors make unsafe."""
    rung = open_rung.rung
    levels = market.levels(rung)
    is_open = market.starts_before(spots.leaves, levels, open_rung.open_from)
    groups, keys = spots.groups(levels, policy.buyers.k, is_open)
    if not len(keys):
        return RungYield(rung, 0, 0)
    _forget_what_left(engine, spots)
    engine.load("spot_groups", groups)
    kinds = kinds_of(market.lattice.nodes_of(keys)[0])
    safe, left_behind = judge(engine, policy, kinds, n_peels=policy.max_peels)
    if safe.is_empty():
        return RungYield(rung, 0, 0)
    first = n_found(found) + 1
    group_classes = pl.DataFrame({"group_no": safe, "class_no": np.arange(first, first + len(safe))})
    optional = group_classes.filter(~kinds.gather(safe - 1).is_in(requiring(policy, Measure.VALUE)))
    tell(engine, policy, group_classes, optional)
    if not left_behind.is_empty():
        engine.run(statement("part"), twin=TWIN)
        spots.part(left_behind, TWIN)
    taken = groups.join(group_classes, on="group_no")
    before = spots.n_classed()
    spots.take(taken)
    found.append(Found(rung_name(rung), levels, first, keys[safe.to_numpy() - 1]))
    return RungYield(rung, len(safe), spots.n_classed() - before)


def _yielded(rung: Rung, classes: pl.DataFrame, spots: Spots) -> RungYield:
    """What stands on a rung in the end, after improvement."""
    class_no = classes.filter(rung=rung_name(rung))["class_no"].to_numpy()
    return RungYield(rung, len(class_no), int(spots.n_events[np.isin(spots.class_no, class_no)].sum()))


def _forget_what_left(engine: Engine, spots: Spots) -> None:
    """Makes the table that rungs read smaller once less than half of it still waits."""
    if 2 * spots.n_left() < spots.n_read:
        engine.load("left_spots", pl.DataFrame({"spot": spots.number[spots.left()]}))
        spots.n_read = engine.run(statement("leave"))


def _classes(market: Market, found: Sequence[Found]) -> pl.DataFrame:
    """Classes as the ledger keeps them, in the order of their numbers."""
    frames = [pl.DataFrame(schema=_FOUND)]
    for each in found:
        kind, product, place, period = market.lattice.nodes_of(each.keys)
        frames.append(
            pl.DataFrame(
                {
                    "class_no": np.arange(each.first, each.first + len(each.keys)),
                    "rung": pl.repeat(each.name, len(kind), eager=True),
                    "kind": kinds_of(kind),
                    "product": product,
                    "place": place,
                    "period_level": pl.repeat(PERIOD_LEVELS[-1 - each.levels[-1]], len(kind), eager=True),
                    "period_start": day_of(period),
                },
                schema=_FOUND,
            )
        )
    return pl.concat(frames)
