"""Exact elimination.

What the attacker knows: a table of counts by sector and country in which cells below a threshold were suppressed, and
its honest totals, as threshold-only products publish them. What they want: a suppressed cell. They solve the linear
system.
"""

from datetime import date
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymize.attacks.elimination import determined, small_groups
from tests.support.published import demand_of, published_classes, random_classes
from tests.support.small_world import TAXONOMY
from warehouse.demand import ancestry
from warehouse.duck import connected

K = 10
YEAR = date(2026, 1, 1)
UPS = ancestry(TAXONOMY.products), ancestry(TAXONOMY.places)
CELLS = {
    ("textiles", "KE"): 40, ("textiles", "TZ"): 3, ("textiles", "AE"): 25,
    ("pharma", "KE"): 30, ("pharma", "TZ"): 50, ("pharma", "AE"): 60,
}  # fmt: skip


def _threshold_only(cells: dict[tuple[str, str], int]) -> pl.DataFrame:
    """A table as a threshold-only product publishes it: honest totals at every node, cells below k left out."""
    classes = published_classes(
        *(
            {"product": product, "place": place, "period": ("year", YEAR), "n_events": n}
            for (product, place), n in cells.items()
        )
    )
    with connected(None) as duck:
        whole = demand_of(duck, classes)
    return whole.filter(pl.col("n_events") >= K)


def test_a_suppressed_cell_under_honest_totals_falls():
    table = _threshold_only(CELLS)
    assert table.filter(product_code="textiles", place_code="TZ").is_empty()
    assert [finding.n for finding in small_groups(table, *UPS, k=K)] == [2]  # along its row and along its column


def test_the_total_of_a_region_does_not_hide_the_one_suppressed_country_in_it():
    assert small_groups(_threshold_only(CELLS | {("pharma", "TZ"): 4}), *UPS, k=K)


@pytest.mark.parametrize("seed", range(5))
def test_sums_over_whole_classes_give_no_smaller_group_away(seed):
    classes = random_classes(seed, 40).with_columns(n_events=pl.col("n_events") + K)
    with connected(None) as duck:
        assert small_groups(demand_of(duck, classes), *UPS, k=K) == []


def test_a_class_below_the_threshold_falls():
    small = published_classes({"product": "6109", "place": "KE", "period": ("month", YEAR), "n_events": 4})
    with connected(None) as duck:
        assert small_groups(demand_of(duck, small), *UPS, k=K)


def test_a_cell_is_solved_for_from_three_overlapping_sums():
    figures = [(frozenset({0, 1}), 7), (frozenset({1, 2}), 9), (frozenset({0, 2}), 8)]
    assert determined(figures) == {frozenset({0}): 3, frozenset({1}): 4, frozenset({2}): 5}


def test_what_is_not_determined_is_not_invented():
    assert determined([(frozenset({0, 1}), 7)]) == {frozenset({0, 1}): 7}


@given(st.lists(st.integers(0, 50), min_size=1, max_size=7), st.data())
def test_whatever_is_determined_is_true(values, data):
    sets = st.frozensets(st.integers(0, len(values) - 1), min_size=1)
    figures = [(cells, sum(values[cell] for cell in cells)) for cells in data.draw(st.lists(sets, max_size=9))]
    for cells, total in determined(figures).items():
        if len(cells) == 1:
            assert total == Fraction(values[next(iter(cells))])
