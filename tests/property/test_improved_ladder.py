"""What improvement of a night promises: all that the ladder does, no event less in classes, and never a higher loss."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymize.classes.ladder import POOLED_COLUMNS, walk
from anonymize.classes.rules import judged
from anonymize.classes.rungs import open_rungs, rung_name
from schemas.policy import Measure, Policy
from tests.support.small_world import CLOSING_NIGHT, PLACES, PRODUCTS, RUNGS, TAXONOMY, policy, pools
from tests.support.sums import buyers_of, suppliers_of
from warehouse.duck import Duck, connected

LOSS = {
    "product": {"subheading": 0.0, "heading": 0.1, "chapter": 0.35, "sector": 0.65, "all": 1.0},
    "place": {"country": 0.0, "subregion": 0.4, "region": 0.6, "world": 0.8},
    "period": {"day": 0.0, "dekad": 0.1, "month": 0.2, "quarter": 0.35, "year": 0.5},
}
WITHOUT = policy(ladder={"rungs": RUNGS, "loss": LOSS, "improvement": None})
POLICY = policy(ladder={"rungs": RUNGS, "loss": LOSS, "improvement": {"rounds": 8, "seed": 7}})
ROOT_LOSS = 2.3
"""Of the root of every dimension: what an event in no class is taken to lose."""
TABLES = {"found_classes": ["class_no"], "classed": ["event_no"], "found_measures": ["class_no", "measure"]}


def _walk(
    duck: Duck, pool: pl.DataFrame, rules: Policy = POLICY, night: date = CLOSING_NIGHT
) -> dict[str, pl.DataFrame]:
    duck.load("pooled", pool)
    walk(duck, policy=rules, taxonomy=TAXONOMY, night=night, previous=None)
    return {name: duck.frame(f"select * from {name}").sort(keys) for name, keys in TABLES.items()}


def _loss(pool: pl.DataFrame, result: dict[str, pl.DataFrame]) -> float:
    costs = {
        f"{rung['product']} x {rung['place']} x {rung['period']}": sum(
            LOSS[dimension][rung[dimension]] for dimension in LOSS
        )
        for rung in RUNGS
    }
    classed = result["classed"].join(result["found_classes"], on="class_no")
    n_out = pool["is_settled"].sum() - classed.height
    return float(classed["rung"].replace_strict(costs, return_dtype=pl.Float64).sum()) + ROOT_LOSS * n_out


@pytest.fixture(scope="module")
def duck():
    with connected(None) as connection:
        yield connection


@given(pools())
@settings(max_examples=3, deadline=None)
def test_no_event_less_is_in_classes_and_the_loss_is_never_higher(duck: Duck, pool: pl.DataFrame) -> None:
    without, improved = _walk(duck, pool, WITHOUT), _walk(duck, pool)
    assert improved["classed"].height >= without["classed"].height
    assert _loss(pool, improved) <= _loss(pool, without) + 1e-9


@given(pools())
@settings(max_examples=3, deadline=None)
def test_every_class_stands_at_one_node_of_an_open_rung_and_holds_what_lies_below(duck: Duck, pool: pl.DataFrame):
    result = _walk(duck, pool)
    assert result["classed"]["event_no"].is_unique().all()
    assert set(result["classed"]["class_no"]) == set(result["found_classes"]["class_no"])
    assert set(result["found_measures"]["class_no"]) == set(result["found_classes"]["class_no"])
    open_from = {rung_name(each.rung): each.open_from for each in open_rungs(POLICY, CLOSING_NIGHT, None)}
    joined = result["classed"].join(result["found_classes"], on="class_no").join(pool, on="event_no")
    for row in joined.iter_rows(named=True):
        assert row["kind"] == row["kind_right"] and row["is_settled"]
        assert row["product"] in _path(PRODUCTS, row["product_code"])
        assert row["place"] in _path(PLACES, row["country"] or "001")
        assert row["period_start"] <= row["occurred_on"]
        assert row["period_start"] < open_from[row["rung"]]


@given(pools())
@settings(max_examples=3, deadline=None)
def test_every_class_passes_every_rule_by_the_functions_of_the_door(duck: Duck, pool: pl.DataFrame) -> None:
    result = _walk(duck, pool)
    events = result["classed"].join(pool, on="event_no").rename({"class_no": "group_no"})
    orders = set(result["found_classes"].filter(kind="order")["class_no"])
    for measure, amount in {"n_events": pl.lit(1), "value_usd": pl.col("value_cents")}.items():
        known = events.with_columns(amount=amount).drop_nulls("amount")
        verdicts = judged(
            buyers_of(known),
            suppliers_of(known),
            buyers=POLICY.buyers,
            suppliers=POLICY.suppliers,
        ).collect()
        said = result["found_measures"].filter(measure=measure)
        by_door = dict(verdicts.select("group_no", "is_safe").iter_rows())
        assert dict(said.select("class_no", "is_given").iter_rows()) == by_door
        required = by_door if measure == Measure.N_EVENTS else {no: by_door[no] for no in orders & set(by_door)}
        assert all(required.values())
        sums = dict(known.group_by("group_no").agg(pl.col("amount").sum()).iter_rows())
        assert dict(said.select("class_no", "amount").iter_rows()) == sums


@given(pools(), st.randoms(use_true_random=False))
@settings(max_examples=3, deadline=None)
def test_the_result_depends_neither_on_row_order_nor_on_names(duck: Duck, pool: pl.DataFrame, random) -> None:
    first = _walk(duck, pool)
    names = list(range(100))
    random.shuffle(names)
    renamed = pool.with_columns(
        contributor=pl.col("contributor").replace_strict(dict(enumerate(names)), return_dtype=pl.Int64),
        supplier=pl.col("supplier").replace_strict(dict(enumerate(names)), return_dtype=pl.Int64),
    ).sample(fraction=1, shuffle=True, seed=random.randint(0, 999))
    second = _walk(duck, renamed)
    assert all(first[name].equals(second[name]) for name in TABLES)


@given(pools())
@settings(max_examples=3, deadline=None)
def test_a_night_that_closes_no_month_is_left_as_the_walk_made_it(duck: Duck, pool: pl.DataFrame) -> None:
    night = date(2026, 1, 29)
    without, improved = (_walk(duck, pool, rules, night) for rules in (WITHOUT, POLICY))
    assert all(without[name].equals(improved[name]) for name in TABLES)


def test_a_remainder_takes_in_the_class_beside_it_instead_of_climbing(duck: Duck) -> None:
    # three in one dekad, one in the next: the month costs the three little and spares the one the whole world
    pool = _orders([(date(2026, 1, 12), 100)] * 3 + [(date(2026, 1, 25), 100)])
    assert _rungs(_walk(duck, pool, WITHOUT)) == {"heading x country x day": 3}
    assert _rungs(_walk(duck, pool)) == {"heading x country x month": 4}


def test_a_grouping_that_another_rule_refuses_returns_to_the_classes_of_the_walk(duck: Duck) -> None:
    # as above, but the one ordered so much that with it the others could be estimated and it holds nearly everything
    pool = _orders([(date(2026, 1, 12), 100)] * 3 + [(date(2026, 1, 25), 1_000_000)])
    assert _rungs(_walk(duck, pool)) == {"heading x country x day": 3}


def test_the_refusal_is_that_of_the_judge_for_threshold_alone_would_allow_it(duck: Duck) -> None:
    pool = _orders([(date(2026, 1, 12), 100)] * 3 + [(date(2026, 1, 25), 1_000_000)])
    no_values = pool.with_columns(value_cents=pl.lit(None, pl.Int64))
    assert _rungs(_walk(duck, pool)) == {"heading x country x day": 3}
    assert _rungs(_walk(duck, no_values)) == {"heading x country x month": 4}


def _rungs(result: dict[str, pl.DataFrame]) -> dict[str, int]:
    joined = result["classed"].join(result["found_classes"], on="class_no")
    return dict(joined.group_by("rung").len().iter_rows())


def _orders(days_and_values: list[tuple[date, int]]) -> pl.DataFrame:
    rows = [
        {
            "event_no": no, "kind": "order", "occurred_on": day, "is_settled": True, "contributor": no,
            "is_counting": True, "supplier": None, "product_code": "610910", "country": "KE", "unit": None,
            "quantity_milli": None, "value_cents": value, "quotes_received": None,
        }
        for no, (day, value) in enumerate(days_and_values)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=POOLED_COLUMNS)


def _path(rows: tuple[tuple[str, str, str | None, str | None], ...], code: str) -> set[int]:
    """Numbers of a node and of all above it."""
    number = {row[1]: at for at, row in enumerate(rows)}
    path, at = set(), code
    while at is not None:
        path.add(number[at])
        at = rows[number[at]][2]
    return path
