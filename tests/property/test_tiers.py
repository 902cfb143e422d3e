"""What price tiers promise of every pool: they partition their class, each is safe, and nothing but prices decides."""

from datetime import date
from fractions import Fraction

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from anonymize.classes.ladder import POOLED_COLUMNS, walk
from anonymize.classes.rules import judged
from schemas.policy import PRODUCT_LEVELS, Policy
from schemas.published import PRICE_GRID_MILLI
from tests.support.small_world import CLOSING_NIGHT, TAXONOMY, policy, pools
from tests.support.sums import buyers_of, suppliers_of
from tests.support.tiers_by_definition import GRID_USD, tiers_by_definition
from warehouse.duck import Duck, connected

TIERS = {"kinds": ["order", "rfq"], "products": list(PRODUCT_LEVELS), "min_contributors": 6}
WITH, WITHOUT = policy(tiers=TIERS), policy(tiers=None)
NAMES = ("found_classes", "classed", "found_measures")


@st.composite
def priced_pools(draw: st.DrawFn) -> pl.DataFrame:
    """Pools in which most events have a price; prices span a few steps of the grid and its outer ends."""
    pool = draw(pools(max_events=120))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    n = pool.height
    quantity = random.integers(0 if draw(st.booleans()) else 1, 6, n) * 1000
    price_cents = random.choice([0, 1, 9, 20, 49, 50, 99, 100, 200, 1_000_000_000], n)
    if draw(st.booleans()):
        price_cents = np.round(np.exp(random.normal(5, 1, n)))
    known = random.random(n) < draw(st.sampled_from([1.0, 0.9, 0.5]))
    units = random.choice(
        ["kg", "count", "other", None], n, p=draw(st.sampled_from([(1, 0, 0, 0), (0.6, 0.2, 0.1, 0.1)]))
    )
    value = (price_cents * quantity // 1000).astype(np.int64)
    return pool.with_columns(
        kind=pl.when(pl.col("event_no") % 4 > 0).then(pl.lit("order")).otherwise("kind"),
        quantity_milli=pl.Series(quantity),
        unit=pl.Series(units.tolist(), dtype=pl.String),
        value_cents=pl.Series([int(v) if k else None for v, k in zip(value, known, strict=True)], dtype=pl.Int64),
    )


def _walk(duck: Duck, pool: pl.DataFrame, rules: Policy) -> dict[str, pl.DataFrame]:
    duck.load("pooled", pool)
    walk(duck, policy=rules, taxonomy=TAXONOMY, night=CLOSING_NIGHT, previous=None)
    return {name: duck.frame(f"select * from {name}") for name in NAMES}


@pytest.fixture(scope="module")
def duck():
    with connected(None) as connection:
        yield connection


@given(priced_pools())
@settings(max_examples=9, deadline=None)
def test_classes_become_exactly_the_tiers_of_their_definition(duck: Duck, pool: pl.DataFrame) -> None:
    whole, tiered = _walk(duck, pool, WITHOUT), _walk(duck, pool, WITH)
    expected = set()
    for (_,), events in whole["classed"].join(pool, on="event_no").group_by("class_no"):
        group = events.sort("event_no").to_dicts()
        parts = tiers_by_definition(group, WITH)
        expected |= set(parts) if parts else {(None, None, frozenset(event["event_no"] for event in group))}
    events = tiered["classed"].group_by("class_no").agg("event_no")
    found = {
        (
            None if row["price_low_milli"] is None else Fraction(row["price_low_milli"], 1000),
            None if row["price_high_milli"] is None else Fraction(row["price_high_milli"], 1000),
            frozenset(row["event_no"]),
        )
        for row in tiered["found_classes"].join(events, on="class_no").iter_rows(named=True)
    }
    assert found == expected


@given(priced_pools())
@settings(max_examples=8, deadline=None)
def test_every_tier_and_its_value_pass_every_rule_of_the_door(duck: Duck, pool: pl.DataFrame) -> None:
    result = _walk(duck, pool, WITH)
    tiers = result["found_classes"].drop_nulls("price_unit")
    events = result["classed"].join(pool, on="event_no").rename({"class_no": "group_no"})
    for measure, amount in {"n_events": pl.lit(1), "value_usd": pl.col("value_cents")}.items():
        known = events.with_columns(amount=amount).drop_nulls("amount")
        verdicts = judged(
            buyers_of(known),
            suppliers_of(known),
            buyers=WITH.buyers,
            suppliers=WITH.suppliers,
        ).collect()
        told = result["found_measures"].filter(measure=measure)
        assert dict(verdicts.select("group_no", "is_safe").iter_rows()) == dict(
            told.select("class_no", "is_given").iter_rows()
        )
        assert tiers.join(told.filter("is_given"), on="class_no").height == tiers.height


@given(priced_pools(), st.randoms(use_true_random=False))
@settings(max_examples=5, deadline=None)
def test_tiers_depend_neither_on_row_order_nor_on_names(duck: Duck, pool: pl.DataFrame, random) -> None:
    first = _walk(duck, pool, WITH)
    names = list(range(100))
    random.shuffle(names)
    renamed = pool.with_columns(
        contributor=pl.col("contributor").replace_strict(dict(enumerate(names)), return_dtype=pl.Int64),
    ).sample(fraction=1, shuffle=True, seed=random.randint(0, 999))
    second = _walk(duck, renamed, WITH)
    for name, keys in zip(NAMES, (["class_no"], ["event_no"], ["class_no", "measure"]), strict=True):
        assert first[name].sort(keys).equals(second[name].sort(keys))


def _orders(*prices_usd: float, unit: str = "kg", **changes: object) -> pl.DataFrame:
    """Two kilograms at each price, each for another buyer."""
    rows = [
        {
            "event_no": no, "kind": "order", "occurred_on": date(2026, 1, 20), "is_settled": True, "contributor": no,
            "is_counting": True, "product_code": "610910", "country": "KE", "unit": unit, "quantity_milli": 2_000,
            "value_cents": round(price * 200), **changes,
        }
        for no, price in enumerate(prices_usd)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=POOLED_COLUMNS)


def _tiers(duck: Duck, pool: pl.DataFrame, rules: Policy = WITH) -> list[tuple[object, ...]]:
    result = _walk(duck, pool, rules)
    sums = result["found_measures"].pivot("measure", index="class_no", values="amount")
    columns = ("price_unit", "price_low_milli", "price_high_milli", "n_events", "value_usd")
    return result["found_classes"].join(sums, on="class_no").sort("class_no").select(columns).rows()


def test_two_price_levels_become_two_tiers_with_a_bound_of_the_grid_between(duck: Duck) -> None:
    assert _tiers(duck, _orders(1.99, 1.5, 1.2, 2.0, 3.0, 4.99)) == [
        ("kg", None, 2_000, 3, 938),
        ("kg", 2_000, None, 3, 1_998),
    ]


def test_three_price_levels_become_three_tiers_and_the_inner_one_is_closed(duck: Duck) -> None:
    found = _tiers(duck, _orders(*[1.5] * 6, *[3] * 6, *[300] * 6))
    assert [row[1:4] for row in found] == [(None, 2_000, 6), (2_000, 200_000, 6), (200_000, None, 6)]


def test_a_class_without_room_or_with_one_price_level_stays_whole(duck: Duck) -> None:
    assert [row[:4] for row in _tiers(duck, _orders(1.5, 1.5, 3, 3, 3))] == [(None, None, None, 5)]
    assert [row[:4] for row in _tiers(duck, _orders(*[1.5] * 9))] == [(None, None, None, 9)]


def test_a_single_order_without_a_price_keeps_a_class_whole_for_it_would_stand_alone(duck: Duck) -> None:
    pool = pl.concat([_orders(1.5, 1.5, 1.5, 3, 3, 3), _orders(2).with_columns(event_no=6, contributor=6, unit=None)],
                     how="vertical_relaxed")  # fmt: skip
    assert [row[:4] for row in _tiers(duck, pool)] == [(None, None, None, 7)]


def test_enough_orders_without_a_price_are_a_class_without_bounds_beside_the_tiers(duck: Duck) -> None:
    others = _orders(2, 2, 2, unit="count").with_columns(
        event_no=pl.col("event_no") + 6, contributor=pl.col("contributor") + 6
    )
    found = _tiers(duck, pl.concat([_orders(1.5, 1.5, 1.5, 3, 3, 3), others]))
    assert [row[:4] for row in found] == [("kg", None, 2_000, 3), ("kg", 2_000, None, 3), (None, None, None, 3)]


def test_a_tier_that_one_buyer_holds_is_not_cut_off(duck: Duck) -> None:
    pool = _orders(1.5, 1.5, 1.5, 3, 3, 3).with_columns(
        quantity_milli=pl.when(pl.col("event_no") == 5).then(9_000).otherwise("quantity_milli"),
        value_cents=pl.when(pl.col("event_no") == 5).then(2_700).otherwise("value_cents"),
    )
    assert (
        len(_tiers(duck, pool, policy(tiers=TIERS, buyers={"k": 3, "p": "0.10", "coalition": 1, "max_share": "0.65"})))
        == 1
    )


def test_kinds_and_product_levels_outside_the_policy_stay_whole(duck: Duck) -> None:
    pool = _orders(1.5, 1.5, 1.5, 3, 3, 3)
    assert len(_tiers(duck, pool, policy(tiers=TIERS | {"kinds": ["inquiry"]}))) == 1
    assert len(_tiers(duck, pool, policy(tiers=TIERS | {"products": ["subheading"]}))) == 1


def test_the_grid_is_one_two_five_times_powers_of_ten() -> None:
    assert [Fraction(bound, 1000) for bound in PRICE_GRID_MILLI] == GRID_USD


@pytest.mark.parametrize("changes", [{"min_contributors": 5}, {"kinds": []}, {"products": []}])
def test_tiers_without_room_for_two_classes_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        policy(tiers=TIERS | changes)


def test_tiers_are_refused_where_the_narrowest_would_tell_a_price_more_closely_than_p() -> None:
    with pytest.raises(ValidationError, match="p below 1/3"):
        policy(tiers=TIERS, buyers={"k": 3, "p": "0.34", "coalition": 1, "max_share": "0.6"})
