"""The ladder: walks the pool from the finest rung to the coarsest and turns every safe group into a demand class.

Works on an engine that holds two tables: `pooled` (what waits) and the hierarchies, which `walk` loads. It leaves
`found_classes`, `classed` and `found_measures` behind for the ledger to keep. Nothing here touches a file.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import polars as pl

from anonymize.classes.engine import Engine, statement
from anonymize.classes.hierarchies import place_path, product_path
from anonymize.classes.rungs import OpenRung, open_rungs
from schemas.events import Kind
from schemas.policy import Measure, Policy, Rung
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
    "supplier": pl.Int64,
    "product_code": pl.String,
    "country": pl.String,
    "unit": pl.String,
    "quantity_milli": pl.Int64,
    "value_cents": pl.Int64,
    "quotes_received": pl.Int64,
}
"""The table `pooled` that `walk` reads: one row per waiting event; `is_counting` belongs to the contributor."""


@dataclass(frozen=True)
class RungYield:
    """What one rung gave."""

    rung: Rung
    n_classes: int
    n_events: int


def rung_name(rung: Rung) -> str:
    """A rung as people read it: `heading x country x day`."""
    return f"{rung.product} x {rung.place} x {rung.period}"


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
    `place` as node numbers, `period_level`, `period_start`), `classed` (one row per event: `event_no`, `class_no`) and
    `found_measures` (one row per class and measure with a known amount: `amount`, `n_counting`, `is_given`).

    Returns: what each open rung gave, in order.

    Guarantee: classes are disjoint, every class passes the policy's rules for `n_events` and for each measure that its
        kind requires, and the result depends neither on the order of rows nor on the names of contributors
        (`tests/property/test_ladder.py`).
    """
    engine.load("product_path", product_path(taxonomy))
    engine.load("place_path", place_path(taxonomy))
    engine.run(statement("tables"))
    engine.run(statement("waiting"))
    yields = []
    n_found = 0
    for open_rung in open_rungs(policy, night, previous):
        gained = _climb(engine, open_rung, policy, n_found)
        n_found += gained.n_classes
        yields.append(gained)
        on_rung(gained)
    _measure_classes(engine, policy)
    return tuple(yields)


def _climb(engine: Engine, open_rung: OpenRung, policy: Policy, n_found: int) -> RungYield:
    """One rung: groups what waits, keeps what is safe, peels what only a few contributors make unsafe."""
    rung = open_rung.rung
    level = {"product": rung.product, "place": rung.place, "period": rung.period}
    engine.run(statement("standing"), **level, open_from=open_rung.open_from)
    if not engine.run(statement("groups"), k=policy.buyers.k):
        return RungYield(rung, 0, 0)
    engine.run(statement("holdings"))
    required = _required(policy)
    _judge_and_peel(engine, policy, required)
    engine.run(statement("members"), **level)
    for measure, kinds in required.items():
        engine.run(statement("sold"), measure=measure, kinds=kinds)
        engine.run(statement("judge_suppliers"), measure=measure, **_rule_parameters(policy))
    n_classes = engine.run(statement("safe"), found=n_found)
    if not n_classes:
        return RungYield(rung, 0, 0)
    engine.run(statement("found_classes"), rung=rung_name(rung), period=rung.period)
    n_events = engine.run(statement("classed"))
    engine.run(statement("leave"))
    return RungYield(rung, n_classes, n_events)


def _judge_and_peel(engine: Engine, policy: Policy, required: dict[str, list[str]]) -> None:
    """Judges every group by every required measure; peels and judges again while that may help."""
    for n_peels_left in range(policy.max_peels, -1, -1):
        engine.run(statement("forget_verdicts"))
        for measure, kinds in required.items():
            engine.run(statement("held"), measure=measure, kinds=kinds)
            engine.run(statement("judge_buyers"), measure=measure, **_rule_parameters(policy))
        n_peeled = 0
        for measure, kinds in required.items() if n_peels_left else ():
            engine.run(statement("held"), measure=measure, kinds=kinds)
            n_peeled += engine.run(statement("peel"), measure=measure)
        if not n_peeled:
            return


def _measure_classes(engine: Engine, policy: Policy) -> None:
    """Judges every measure of every class found tonight; one that fails is withheld, not the class."""
    engine.run(statement("forget_verdicts"))
    for measure in MEASURES:
        engine.run(statement("class_held"), measure=measure)
        engine.run(statement("class_sold"), measure=measure)
        engine.run(statement("judge_buyers"), measure=measure, **_rule_parameters(policy))
        engine.run(statement("judge_suppliers"), measure=measure, **_rule_parameters(policy))
        engine.run(statement("found_measures"), measure=measure)


def _required(policy: Policy) -> dict[str, list[str]]:
    """The kinds that require each measure; every kind requires its event count."""
    required = {Measure.N_EVENTS.value: [kind.value for kind in Kind]}
    for kind, measures in policy.required.items():
        for measure in measures:
            required.setdefault(measure.value, []).append(kind.value)
    return required


def _rule_parameters(policy: Policy) -> dict[str, int]:
    buyers, suppliers = policy.buyers, policy.suppliers
    return {
        "k": buyers.k,
        "coalition": buyers.coalition,
        "p_num": buyers.p_ratio.numerator,
        "p_den": buyers.p_ratio.denominator,
        "share_num": buyers.share_ratio.numerator,
        "share_den": buyers.share_ratio.denominator,
        "supplier_k": suppliers.k,
        "supplier_coalition": suppliers.coalition,
        "supplier_p_num": suppliers.p_ratio.numerator,
        "supplier_p_den": suppliers.p_ratio.denominator,
        "supplier_share_num": suppliers.share_ratio.numerator,
        "supplier_share_den": suppliers.share_ratio.denominator,
    }
