"""Derived tables of random classes: shares add up, ranks are dense, parts stay in bounds, all with coverage."""

from datetime import date, timedelta

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.published import LEAST_PLACED, TREND_REASONS, TRENDS
from tests.support.published import derived_of, published_classes
from tests.support.small_world import PLACES, PRODUCTS

LABELS = ["kind", "period_level", "period_start"]
PARENTS = pl.DataFrame([row[1:3] for row in (*PRODUCTS, *PLACES)], schema=["code", "parent"], orient="row")
NIGHT = date(2026, 4, 2)
COVERAGE = {
    "demand": ["placed_ratio"],
    "growth": ["placed_ratio", "placed_ratio_before"],
    "supply_gap": ["quotes_placed_ratio"],
}
"""What each grade of `opportunity` rests on."""


def long_classes(seed: int, n: int) -> pl.DataFrame:
    """Classes of seven months at random nodes; some are price tiers, some tell of quotes, some came late."""
    random = np.random.default_rng(seed)
    rows = []
    for _ in range(n):
        month = date(2025 + random.integers(0, 2), 1, 1)
        month = month.replace(month=int(random.integers(1, 4) if month.year == 2026 else random.integers(9, 13)))
        level = str(random.choice(["month", "dekad"]))
        late = int(random.choice([4, 40]))
        row = {
            "kind": str(random.choice(["order", "rfq"])),
            "product": PRODUCTS[random.integers(0, len(PRODUCTS))][1],
            "place": PLACES[random.integers(0, len(PLACES))][1],
            "period": (level, month),
            "n_events": int(random.integers(10, 200)),
            "n_contributors": 10,
            "value_usd": int(random.integers(1, 10_000_000)) / 100,
            "release_id": min(month + timedelta(days=31 + late), NIGHT).isoformat(),
        }
        if random.random() < 0.5:
            row |= {"quotes_received": int(random.integers(0, 30)), "quotes_status": "given"}
        low = int(random.integers(0, 3))
        if random.random() < 0.4:
            bounds = (None, 1.0, 2.0, 5.0, None)
            row |= {"price_unit": "kg", "price_low": bounds[low], "price_high": bounds[low + 1 + low // 2]}
        rows.append(row)
    return published_classes(*rows)


@given(st.integers(0, 2**32), st.integers(1, 60))
@settings(max_examples=10, deadline=None)
def test_derived_tables_keep_their_promises(seed: int, n: int) -> None:
    classes = long_classes(seed, n)
    found = derived_of(classes, NIGHT)
    _trends_hold(found["trends"], found["demand"])
    _opportunity_holds(found["opportunity"])
    _price_tiers_hold(found["price_tiers"], found["demand"])


@given(st.integers(0, 2**32), st.integers(1, 40))
@settings(max_examples=3, deadline=None)
def test_derived_tables_are_functions_of_published_classes_whatever_their_order_and_numbers(seed: int, n: int) -> None:
    classes = long_classes(seed, n)
    found = derived_of(classes, NIGHT)
    other = classes.sample(fraction=1, shuffle=True, seed=seed % 1000).with_columns(class_id=pl.int_range(pl.len()) + 1)
    again = derived_of(other, NIGHT)
    for name in ("trends", "opportunity", "price_tiers"):
        assert found[name].equals(again[name]), name


def _trends_hold(trends: pl.DataFrame, demand: pl.DataFrame) -> None:
    nodes = demand.filter(pl.col("nes").is_null(), pl.col("period_level").is_in(["month", "quarter", "year"]))
    node = ["kind", "product_code", "place_code", "period_level", "period_start"]
    both = trends.join(nodes, on=node, how="full", suffix="_there")
    assert both.height == trends.height == nodes.height
    assert both.filter(pl.col("n_events") != pl.col("n_events_there")).is_empty()
    assert both.filter(pl.col("placed_ratio") != pl.col("placed_ratio_there")).is_empty()
    for dimension, other in (("product", "place"), ("place", "product")):
        _shares_and_ranks_hold(trends, demand, dimension, other)
    base = trends.filter(pl.col("period_start") == pl.col("index_base"))
    assert (base["events_index"].drop_nulls() == 100).all()
    assert set(trends["trend"]) <= set(TRENDS)
    assert set(trends["trend_reason"].drop_nulls()) <= set(TREND_REASONS)
    assert ((trends["trend"] == "not_called") == trends["trend_reason"].is_not_null()).all()
    judged = trends.filter(pl.col("trend").is_in(["rising", "steady", "fading"]))
    assert judged.filter(
        ~pl.col("is_closed") | (pl.col("placed_ratio") < 0.5) | (pl.col("placed_ratio_previous") < 0.5)
    ).is_empty()
    assert trends.filter(pl.col("trend") == "rising", pl.col("change_low") <= 0).is_empty()
    assert trends.filter(pl.col("trend") == "fading", pl.col("change_high") >= 0).is_empty()
    assert trends.filter(pl.col("q_value") < pl.col("p_value")).is_empty()
    # no figure without what says how sure it is
    assert trends.filter(pl.col("change_low").is_not_null() & pl.col("placed_ratio_previous").is_null()).is_empty()
    assert trends.filter(pl.col("n_events_previous") > pl.col("n_events_possible_previous")).is_empty()


def _shares_and_ranks_hold(trends: pl.DataFrame, demand: pl.DataFrame, dimension: str, other: str) -> None:
    code = f"{dimension}_code"
    family = [*LABELS, f"{other}_code", "parent"]
    siblings = trends.join(PARENTS, left_on=code, right_on="code").filter(pl.col("parent").is_not_null())
    rest = demand.filter(nes=dimension).select(*LABELS, f"{other}_code", parent=code, rest="n_events")
    whole = trends.select(*LABELS, f"{other}_code", parent=code, whole="n_events")
    parents = siblings.group_by(family).agg(
        share=pl.col(f"{dimension}_share").sum(), ranks=pl.col(f"{dimension}_rank").unique().sort(), n=pl.len()
    )
    parents = parents.join(whole, on=family).join(rest, on=family, how="left")
    assert parents.height == siblings.select(family).unique().height
    total = parents["share"] + parents["rest"].fill_null(0) / parents["whole"]
    assert ((total - 1).abs() < 1e-9).all()
    assert all(ranks.to_list() == list(range(1, len(ranks) + 1)) for ranks in parents["ranks"])


def _opportunity_holds(opportunity: pl.DataFrame) -> None:
    for part in ("demand", "growth", "supply_gap"):
        assert opportunity[f"{part}_part"].drop_nulls().is_between(0, 100).all()
        graded = opportunity.filter(pl.col(f"{part}_grade").is_not_null())
        assert (opportunity[f"{part}_grade"].is_not_null() == (opportunity[f"{part}_status"] == "given")).all()
        assert ((opportunity[f"{part}_status"] == "none") == opportunity[f"{part}_part"].is_null()).all()
        assert graded[f"{part}_grade"].is_between(1, 5).all()
        # no grade rests on less than half of what it may be about
        for coverage in COVERAGE[part]:
            assert (graded[coverage] >= LEAST_PLACED).all()
    assert opportunity["score"].drop_nulls().is_between(0, 100).all()
    grades = opportunity.select("demand_grade", "growth_grade", "supply_gap_grade")
    assert (opportunity["score"].is_null() == grades.select(pl.any_horizontal(pl.all().is_null())).to_series()).all()
    assert opportunity["placed_ratio"].is_between(0, 1, closed="right").all()
    told = opportunity.filter(pl.col("quotes_per_rfq").is_not_null())
    assert told["quotes_coverage"].is_between(0, 1, closed="right").all()
    assert (told["quotes_placed_ratio"] <= told["quotes_coverage"]).all()
    market = ["kind", "product_code", "place_level"]
    shares = opportunity.group_by(market).agg(
        pl.col("market_share").sum(),
        hhi=(pl.col("market_share") ** 2).sum(),
        hhi_told=pl.col("hhi_over_markets").first(),
    )
    assert ((shares["market_share"] - 1).abs() < 1e-9).all()
    assert ((shares["hhi"] - shares["hhi_told"]).abs() < 1e-9).all()
    # on average over its own table, weighted by what is expected, a location quotient is 1
    tables = opportunity.group_by("kind", "product_level", "place_level").agg(
        known=pl.col("n_events").sum(), all_events=pl.col("all_events").first()
    )
    assert (tables["known"] == tables["all_events"]).all()


def _price_tiers_hold(tiers: pl.DataFrame, demand: pl.DataFrame) -> None:
    node = ["kind", "product_code", "place_code", "period_start", "price_unit"]
    may_be_below = pl.col("price_low").is_null() | (pl.col("price_low") < pl.col("node_typical_low"))
    may_be_above = pl.col("price_high").is_null() | (pl.col("price_high") > pl.col("node_typical_high"))
    sums = tiers.group_by(node).agg(
        pl.col("events_share", "value_share", "n_events").sum(),
        pl.col("node_events", "node_typical_low", "node_typical_high", "node_tiered_ratio").first(),
        below=pl.col("n_events").filter(may_be_below).sum(),
        above=pl.col("n_events").filter(may_be_above).sum(),
    )
    assert ((sums["events_share"] - 1).abs() < 1e-9).all() and ((sums["value_share"] - 1).abs() < 1e-9).all()
    assert (sums["n_events"] == sums["node_events"]).all()
    assert sums["node_tiered_ratio"].is_between(0, 1, closed="right").all()
    # at most a quarter of the events can lie below the typical range, and at most a quarter at or above its end
    assert sums.filter(
        pl.col("node_typical_low").is_not_null() & (pl.col("below") * 4 >= pl.col("n_events"))
    ).is_empty()
    assert sums.filter(
        pl.col("node_typical_high").is_not_null() & (pl.col("above") * 4 > pl.col("n_events"))
    ).is_empty()
