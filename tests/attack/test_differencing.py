"""The differencing attack.

What the attacker wants: two published figures whose difference is less than a whole class, such as a total with one
buyer more than its parts. What they know: every published table. A figure that is no sum of whole classes falls.
"""

import polars as pl
import pytest

from anonymize.attacks.differencing import families_that_do_not_add_up, figures_beyond_classes
from tests.support.published import demand_of, random_classes
from tests.support.small_world import PRODUCTS, TAXONOMY
from warehouse.demand import ancestry
from warehouse.duck import connected

CLASSES = random_classes(5, 25)
UPS = ancestry(TAXONOMY.products), ancestry(TAXONOMY.places)
PARENTS = pl.DataFrame([row[1:3] for row in PRODUCTS], schema=["code", "parent"], orient="row")


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
    assert [finding.n for finding in families_that_do_not_add_up(padded, PARENTS)] == [1]


def test_a_family_without_its_rest_falls(demand):
    assert families_that_do_not_add_up(demand.filter(pl.col("nes").is_null()), PARENTS)


def test_an_honest_table_passes(demand):
    assert _n(demand) == 0
    assert families_that_do_not_add_up(demand, PARENTS) == []


def test_an_empty_release_passes():
    with connected(None) as duck:
        nothing = demand_of(duck, CLASSES.clear())
    assert _n(nothing, CLASSES.clear()) == 0
