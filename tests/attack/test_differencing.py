"""The differencing attack.

What the attacker wants: two published figures whose difference is less than a whole class, such as a total with one
buyer more than its parts. What they know: every published table. A figure that is no sum of whole classes falls.
"""

from datetime import date

import polars as pl
import pytest

from anonymize.attacks.differencing import (
    bounds_off_grid,
    columns_without_argument,
    families_that_do_not_add_up,
    figures_beyond_classes,
    functions_beyond_classes,
    ratios_beyond_classes,
    statuses_at_odds,
)
from tests.support.published import demand_of, derived_of, published_classes, random_classes
from tests.support.small_world import PLACES, PRODUCTS, TAXONOMY
from warehouse.demand import ancestry
from warehouse.duck import connected

CLASSES = random_classes(5, 25)
UPS = ancestry(TAXONOMY.products), ancestry(TAXONOMY.places)
PARENTS = {
    name: pl.DataFrame([row[1:3] for row in rows], schema=["code", "parent"], orient="row")
    for name, rows in (("product", PRODUCTS), ("place", PLACES))
}


@pytest.fixture(scope="module")
def demand():
    with connected(None) as duck:
        return demand_of(duck, CLASSES)


def _n(demand: pl.DataFrame, classes: pl.DataFrame = CLASSES) -> int:
    return sum(finding.n for finding in figures_beyond_classes(demand, classes, *UPS))


def _changed(demand: pl.DataFrame, row: int, **changes: pl.Expr) -> pl.DataFrame:
    at = pl.int_range(pl.len()) == row
    return demand.with_columns(
        **{name: pl.when(at).then(new).otherwise(name).cast(demand.schema[name]) for name, new in changes.items()}
    )


def _row(demand: pl.DataFrame, nes: str | None) -> int:
    has_value = pl.col("value_usd") > 1
    return demand.with_row_index().filter(has_value, pl.col("nes").eq_missing(pl.lit(nes)))["index"][3]


@pytest.mark.parametrize("nes", [None, "product", "place", "period"])
@pytest.mark.parametrize(
    "changes",
    [
        {"n_events": pl.col("n_events") + 1},
        {"value_usd": pl.col("value_usd") / 2},
        {"value_usd": pl.col("value_usd") + 0.01},
        {"value_usd": pl.lit(None)},
        {"contributors_min": pl.col("contributors_min") - 1},
        {"contributors_max": pl.col("contributors_max") + 1},
    ],
    ids=["one event more", "half a class", "one cent", "hidden", "least", "most"],
)
def test_a_figure_that_is_no_sum_of_whole_classes_falls(demand, nes, changes):
    assert _n(_changed(demand, _row(demand, nes), **changes)) == 1


def test_a_row_for_a_node_without_classes_falls(demand):
    planted = demand.head(1).with_columns(kind=pl.lit("search"))
    assert _n(pl.concat([demand, planted])) == 1


def test_a_class_that_was_split_after_the_totals_were_made_falls(demand):
    half = CLASSES.with_columns(
        n_events=pl.when(pl.col("class_id") == 4).then(pl.col("n_events") // 2).otherwise("n_events")
    )
    assert _n(demand, half) > 0


def test_a_total_that_holds_one_buyer_more_than_its_parts_falls(demand):
    top = demand.with_row_index().filter(
        pl.col("nes").is_null(), product_code="all", place_code="001", period_level="year"
    )
    padded = _changed(demand, top["index"][0], n_events=pl.col("n_events") + 1)
    assert [finding.n for finding in families_that_do_not_add_up(padded, PARENTS)] == [1, 1, 1]


@pytest.mark.parametrize("dimension", ["product", "place", "period"])
@pytest.mark.parametrize("column", ["n_events", "value_usd"])
def test_a_part_that_is_larger_than_it_should_be_falls_along_its_dimension(demand, dimension, column):
    padded = _changed(demand, _row(demand, dimension), **{column: pl.col(column) + 1})
    found = families_that_do_not_add_up(padded, PARENTS)
    assert [(finding.what.rsplit(" ", 1)[-1], finding.n) for finding in found] == [(dimension, 1)]


def test_a_family_without_its_rest_falls(demand):
    assert len(families_that_do_not_add_up(demand.filter(pl.col("nes").is_null()), PARENTS)) == 3


@pytest.mark.parametrize(
    "ratio", [pl.col("placed_ratio") * 0.999, pl.lit(None), pl.lit(0.0)], ids=["a little off", "hidden", "zero"]
)
def test_a_ratio_that_is_no_quotient_of_classes_falls(demand, ratio):
    changed = _changed(demand, _row(demand, None), placed_ratio=ratio)
    assert [finding.n for finding in ratios_beyond_classes(changed, CLASSES, *UPS)] == [1]


def test_a_ratio_on_a_row_not_elsewhere_specified_falls(demand):
    changed = _changed(demand, _row(demand, "place"), placed_ratio=pl.lit(0.5))
    assert [finding.n for finding in ratios_beyond_classes(changed, CLASSES, *UPS)] == [1]


def test_a_ratio_that_counts_a_pooled_event_falls(demand):
    hidden = pl.concat(
        [CLASSES, CLASSES.head(1).with_columns(class_id=pl.lit(99, pl.Int64), n_events=pl.lit(1, pl.Int64))]
    )
    assert ratios_beyond_classes(demand, hidden, *UPS)


def test_a_column_that_nobody_thought_about_falls(demand):
    public = {"demand": demand.with_columns(median_usd=pl.lit(1.0)), "classes": CLASSES}
    assert [finding.where for finding in columns_without_argument(public)] == ["demand.median_usd"]


def test_a_withheld_measure_that_stands_there_all_the_same_falls():
    leaking = CLASSES.with_columns(
        value_status=pl.when(pl.col("value_usd").is_not_null()).then(pl.lit("withheld")).otherwise("value_status")
    )
    assert [finding.where for finding in statuses_at_odds(leaking)] == ["classes.value_usd"]


def test_an_honest_table_passes(demand):
    assert _n(demand) == 0
    assert families_that_do_not_add_up(demand, PARENTS) == []
    assert ratios_beyond_classes(demand, CLASSES, *UPS) == []
    assert columns_without_argument({"demand": demand, "classes": CLASSES}) == []
    assert statuses_at_odds(CLASSES) == []


def test_an_empty_release_passes():
    with connected(None) as duck:
        nothing = demand_of(duck, CLASSES.clear())
    assert _n(nothing, CLASSES.clear()) == 0


TIER = {"product": "6109", "place": "KE", "period": ("month", date(2026, 1, 1)), "n_events": 12, "price_unit": "kg"}


def _off_grid(**tier: object) -> list[str]:
    whole = {name: value for name, value in TIER.items() if name != "price_unit"}
    return [finding.what for finding in bounds_off_grid(published_classes(TIER | tier, whole))]


@pytest.mark.parametrize(("low", "high"), [(None, 0.001), (0.02, 5.0), (1.0, 2.0), (5_000_000.0, None)])
def test_bounds_of_the_public_grid_tell_nothing(low, high):
    assert _off_grid(price_low=low, price_high=high) == []


@pytest.mark.parametrize(
    ("low", "high"),
    [(1.37, 2.0), (1.0, 3.0), (None, 2.0000001), (10_000_000.0, None), (2.0, 2.0), (5.0, 1.0), (None, None)],
    ids=["the least price", "a step the grid has not", "a little above", "beyond the grid", "empty", "swapped", "open"],
)
def test_a_bound_that_follows_the_data_falls(low, high):
    """The unprotected case: a tier from its lowest to its highest price names two prices that somebody paid."""
    assert _off_grid(price_low=low, price_high=high) == ["price tier with bounds off the public grid"]


def test_a_bound_without_a_unit_falls():
    assert _off_grid(price_unit=None, price_low=1.0) == ["price tier with bounds off the public grid"]


@pytest.mark.parametrize(("value", "n"), [(10.0, 0), (9.99, 1), (19.99, 0), (20.01, 1)])
def test_a_mean_price_outside_its_tier_falls(value, n):
    found = _off_grid(price_low=1.0, price_high=2.0, value_usd=value, quantity_kg=10.0, quantity_kg_status="given")
    assert found == ["mean price outside its tier"] * n


@pytest.fixture(scope="module")
def derived():
    return {name: frame for name, frame in derived_of(CLASSES, date(2026, 2, 3)).items() if name != "demand"}


def test_derived_tables_that_published_tables_give_pass(derived):
    assert functions_beyond_classes(derived, dict(derived)) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"n_events": pl.col("n_events") + 1},
        {"place_share": pl.col("place_share") * 0.999},
        {"trend": pl.lit("rising")},
        {"p_value": pl.lit(0.5)},
    ],
    ids=["one event more", "a share of something else", "a verdict of its own", "a figure where there is none"],
)
def test_a_derived_row_that_tells_of_more_than_published_tables_falls(derived, changes):
    at = derived["trends"].with_row_index().filter(pl.col("place_share") < 1)["index"][0]
    found = functions_beyond_classes(derived | {"trends": _changed(derived["trends"], at, **changes)}, derived)
    assert [(finding.where, finding.n) for finding in found] == [("trends", 2)]


def test_a_derived_row_or_column_that_published_tables_do_not_give_falls(derived):
    more = derived | {"opportunity": pl.concat([derived["opportunity"], derived["opportunity"].head(1)])}
    assert [finding.n for finding in functions_beyond_classes(more, derived)] == [1]
    wider = derived | {"trends": derived["trends"].with_columns(n_buyers=pl.lit(3))}
    assert functions_beyond_classes(wider, derived)[0].what == "columns that published tables do not give"
    assert columns_without_argument(wider)[0].where == "trends.n_buyers"
