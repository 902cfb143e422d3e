"""Demand tables of random classes: every node is the sum of its parts, and placed_ratio is what it says."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymize.attacks.differencing import (
    families_that_do_not_add_up,
    figures_beyond_classes,
    ratios_beyond_classes,
)
from schemas.policy import PERIOD_LEVELS
from tests.support.published import demand_of, random_classes
from tests.support.small_world import PLACES, PRODUCTS, TAXONOMY
from warehouse.demand import ancestry
from warehouse.duck import connected

PARENTS = {code: parent for _, code, parent, _ in (*PRODUCTS, *PLACES)}
NODE = ("kind", "product_code", "place_code", "period_level", "period_start")


@pytest.fixture(scope="module")
def duck():
    with connected(None) as connection:
        yield connection


def _lies_within(code: str, node: str) -> bool:
    at: str | None = code
    while at is not None and at != node:
        at = PARENTS[at]
    return at == node


def _is_period_within(a: dict, b: dict) -> bool:
    is_finer = PERIOD_LEVELS.index(a["period_level"]) >= PERIOD_LEVELS.index(b["period_level"])
    return is_finer and b["period_start"] <= a["period_start"] and a["period_end"] <= b["period_end"]


def _is_inside(row: dict, node: dict) -> bool:
    return (
        row["kind"] == node["kind"]
        and _lies_within(row["product_code"], node["product_code"])
        and _lies_within(row["place_code"], node["place_code"])
        and _is_period_within(row, node)
    )


def _overlaps(row: dict, node: dict) -> bool:
    is_overlapping = _is_period_within(row, node) or _is_period_within(node, row)
    for name in ("product_code", "place_code"):
        is_overlapping &= _lies_within(row[name], node[name]) or _lies_within(node[name], row[name])
    return row["kind"] == node["kind"] and is_overlapping


def _is_child(part: dict, node: dict, dimension: str) -> bool:
    same = {name for name in NODE if not name.startswith(dimension)}
    if any(part[name] != node[name] for name in same):
        return False
    if dimension == "period":
        below = PERIOD_LEVELS.index(part["period_level"]) - PERIOD_LEVELS.index(node["period_level"])
        return below == 1 and _is_period_within(part, node)
    return PARENTS[part[f"{dimension}_code"]] == node[f"{dimension}_code"]


def _cents(row: dict) -> int:
    return round((row["value_usd"] or 0) * 100)


@given(st.integers(0, 2**32), st.integers(1, 12))
@settings(max_examples=12, deadline=None)
def test_every_node_is_its_children_and_its_rest_along_each_dimension(duck, seed, n):
    demand = demand_of(duck, random_classes(seed, n))
    rows = demand.to_dicts()
    leaves = {"product": "subheading", "place": "country", "period": "day"}
    by_node: dict[tuple, list[dict]] = {}
    for row in rows:
        for dimension in leaves:
            rest = tuple(row[name] for name in NODE if not name.startswith(dimension))
            if row["nes"] in (None, dimension):
                by_node.setdefault((dimension, rest), []).append(row)
    for (dimension, _), family in by_node.items():
        for node in family:
            if node["nes"] is not None or node[f"{dimension}_level"] == leaves[dimension]:
                continue
            parts = [
                row
                for row in family
                if (row["nes"] is None and _is_child(row, node, dimension))
                or (row["nes"] == dimension and all(row[name] == node[name] for name in NODE))
            ]
            assert node["n_events"] == sum(part["n_events"] for part in parts)
            assert _cents(node) == sum(_cents(part) for part in parts)
            assert node["contributors_max"] == sum(part["contributors_max"] for part in parts)
            assert node["contributors_min"] == max(part["contributors_min"] for part in parts)


@given(st.integers(0, 2**32), st.integers(1, 12))
@settings(max_examples=12, deadline=None)
def test_every_node_sums_the_classes_inside_it_and_placed_ratio_weighs_them_against_those_overlapping(duck, seed, n):
    classes = random_classes(seed, n)
    held = classes.to_dicts()
    nodes = demand_of(duck, classes).filter(pl.col("nes").is_null())
    assert nodes.select(NODE).is_unique().all()
    for node in nodes.iter_rows(named=True):
        inside = [row for row in held if _is_inside(row, node)]
        here = sum(row["n_events"] for row in inside)
        beside = sum(row["n_events"] for row in held if _overlaps(row, node) and not _is_inside(row, node))
        assert node["n_events"] == here > 0
        assert _cents(node) == sum(_cents(row) for row in inside)
        assert (node["value_usd"] is None) == all(row["value_usd"] is None for row in inside)
        assert node["placed_ratio"] == here / (here + beside)


@given(st.integers(0, 2**32), st.integers(1, 40))
@settings(max_examples=12, deadline=None)
def test_the_top_rows_sum_to_the_classes(duck, seed, n):
    classes = random_classes(seed, n)
    demand = demand_of(duck, classes)
    top = demand.filter(pl.col("nes").is_null(), product_code="all", place_code="001", period_level="year")
    for kind in classes["kind"].unique():
        mine, theirs = top.filter(kind=kind), classes.filter(kind=kind)
        assert mine["n_events"].sum() == theirs["n_events"].sum()
        assert round(mine["value_usd"].sum() * 100) == sum(_cents(row) for row in theirs.to_dicts())


@given(st.integers(0, 2**32), st.integers(1, 25))
@settings(max_examples=12, deadline=None)
def test_the_differencing_attack_does_not_cry_wolf(duck, seed, n):
    classes = random_classes(seed, n)
    demand = demand_of(duck, classes)
    ups = ancestry(TAXONOMY.products), ancestry(TAXONOMY.places)
    parents = {
        name: pl.DataFrame([row[1:3] for row in rows], schema=["code", "parent"], orient="row")
        for name, rows in (("product", PRODUCTS), ("place", PLACES))
    }
    assert figures_beyond_classes(demand, classes, *ups) == []
    assert ratios_beyond_classes(demand, classes, *ups) == []
    assert families_that_do_not_add_up(demand, parents) == []


@given(st.integers(0, 2**32), st.integers(1, 25))
@settings(max_examples=8, deadline=None)
def test_a_year_is_what_stands_at_its_quarters_months_dekads_and_days(duck, seed, n):
    demand = demand_of(duck, random_classes(seed, n))
    where = ["kind", "product_code", "place_code", pl.col("period_start").dt.year().alias("year")]
    finest = pl.col("nes").is_null() & (pl.col("period_level") == "day") | (pl.col("nes") == "period")
    sums = (pl.col("n_events").sum(), pl.col("contributors_max").sum(), pl.col("contributors_min").max())
    parts = demand.filter(finest).group_by(where).agg(sums).sort(pl.all())
    years = demand.filter(pl.col("nes").is_null(), period_level="year").group_by(where).agg(sums).sort(pl.all())
    assert years.height > 0 and years.equals(parts)
    nodes = demand.filter(pl.col("nes").is_null())
    assert nodes["placed_ratio"].is_between(0, 1, closed="right").all()
    assert (nodes["contributors_min"] <= nodes["contributors_max"]).all()
    assert set(nodes["period_level"]) >= {"year"} and nodes["contributors_min"].null_count() == 0
