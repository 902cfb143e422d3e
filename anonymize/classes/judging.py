"""Judging groups in SQL: which of them pass every rule, who has to be peeled off, and what each may say.

Reads the tables `waiting` and `spot_groups`; who calls it decides what the groups are.
"""

from collections.abc import Mapping, Sequence

import polars as pl

from anonymize.classes.engine import Engine, statement
from schemas.events import Kind
from schemas.policy import Measure, Policy

WALKED = (Measure.N_EVENTS.value, Measure.VALUE.value)
"""Measures that a rung judges while it has its contributors at hand; the rest is judged once, at the end."""


def judge(engine: Engine, policy: Policy, kinds: pl.Series, *, n_peels: int) -> tuple[pl.Series, pl.DataFrame]:
    """Judges the groups of `spot_groups`, peeling while that may help.

    Args:
        engine: Holds `waiting` and `spot_groups`.
        policy: Rules, and the measures that each kind requires.
        kinds: The kind of each group, the first that of group 1.
        n_peels: How often the largest contributors may be taken off.

    Returns: numbers of the safe groups, sorted; and how many events of peeled contributors stay behind at which of
        their spots (`spot`, `n_events`; the events are in `left_behind`).

    Guarantee: a group is returned only if, less the contributors left behind, every measure its kind requires passes
        every rule, and the group is as diverse as the policy asks (`tests/property/test_ladder.py`).
    """
    numbered = kinds.to_frame("kind").with_row_index("group_no", offset=1)
    measures = [measure for measure in WALKED if numbered["kind"].is_in(requiring(policy, measure)).any()]
    asked = [numbered.filter(pl.col("kind").is_in(requiring(policy, measure))) for measure in measures]
    engine.load("asked", pl.concat(map(_asked, asked, measures)))
    engine.run(statement("judge_anew"))
    engine.run(statement("holdings"))
    engine.run(statement("sums"), measure=Measure.N_EVENTS.value)
    engine.run(statement("enough"), **rule_parameters(policy))
    _sum_up(engine, policy, measures)
    engine.run(statement("passing"))
    if n_peels:
        if engine.run(statement("suspects")):
            _peel(engine, policy, measures, n_peels)
        engine.run(statement("reunited"))
    if engine.run(statement("sales")):
        _sum_up_suppliers(engine, policy, measures)
        engine.run(statement("passing"))
    if policy.diversity:
        engine.run(statement("diverse"), l=policy.diversity.l)
    safe = engine.frame("select group_no from passing order by group_no")["group_no"]
    engine.run(statement("left_behind"))
    return safe, engine.frame(statement("left_counts"))


def _peel(engine: Engine, policy: Policy, measures: Sequence[str], n_peels: int) -> None:
    """Takes the largest contributors off groups that fail without them having too few, and judges those again."""
    for _ in range(n_peels):
        if not sum(engine.run(statement("peel"), measure=measure) for measure in measures):
            break
        engine.run(statement("judge_again"))
        _sum_up(engine, policy, measures)
    engine.run(statement("passing"))


def tell(engine: Engine, policy: Policy, group_classes: pl.DataFrame, optional: pl.DataFrame) -> None:
    """Appends to `found_measures` what safe groups may say of the measures of `WALKED`.

    Args:
        engine: As `judge` left it.
        policy: Rules.
        group_classes: `group_no`, `class_no` of the safe groups.
        optional: `group_no` of those whose kind does not require the value; it is judged now, and withheld if it fails.
    """
    engine.load("group_classes", group_classes)
    value = Measure.VALUE.value
    engine.load("asked", _asked(optional, value))
    _sum_up(engine, policy, [value])
    _sum_up_suppliers(engine, policy, [value])
    for measure in WALKED:
        engine.run(statement("found_measures"), measure=measure)


def tell_others(engine: Engine, policy: Policy, classes: pl.DataFrame, measures: Sequence[str]) -> None:
    """Appends to `found_measures` what classes may say of measures that no rung looks at."""
    if classes.is_empty():
        return
    groups = classes.select(group_no="class_no")
    engine.load("group_classes", classes.select("class_no", group_no="class_no"))
    units = engine.frame("select distinct unit from placed where quantity_milli is not null")["unit"]
    present = {Measure.QUOTES.value, *(f"quantity_{unit}" for unit in units)}
    for measure in measures:
        if measure not in present:
            continue
        engine.run(statement("judge_anew"))
        engine.run(statement("other_holdings"), measure=measure)
        engine.load("asked", _asked(groups, measure))
        _sum_up(engine, policy, [measure])
        _sum_up_suppliers(engine, policy, [measure])
        engine.run(statement("found_measures"), measure=measure)


def _sum_up(engine: Engine, policy: Policy, measures: Sequence[str]) -> None:
    parameters = rule_parameters(policy)
    for measure in measures:
        engine.run(statement("sums"), measure=measure)
        engine.run(statement("tops"), measure=measure, **parameters)
    engine.run(statement("verdicts"), **parameters)


def _sum_up_suppliers(engine: Engine, policy: Policy, measures: Sequence[str]) -> None:
    parameters = rule_parameters(policy)
    for measure in measures:
        engine.run(statement("supplier_sums"), measure=measure, **parameters)
        engine.run(statement("tops"), measure=measure, **parameters)
    engine.run(statement("judge_sold"))
    engine.run(statement("verdicts"), **parameters)


def rule_parameters(policy: Policy) -> Mapping[str, int]:
    """The policy's rules as the parameters of this room's SQL."""
    buyers, suppliers = policy.buyers, policy.suppliers
    return {
        "k": buyers.k,
        "k_seasoned": buyers.k_seasoned,
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


def requiring(policy: Policy, measure: str) -> list[str]:
    """The kinds that require a measure; every kind requires its event count."""
    if measure == Measure.N_EVENTS:
        return [kind.value for kind in Kind]
    return [kind.value for kind, measures in policy.required.items() if measure in measures]


def _asked(groups: pl.DataFrame, measure: str) -> pl.DataFrame:
    return groups.select(pl.col("group_no").cast(pl.Int64), measure=pl.lit(measure))
