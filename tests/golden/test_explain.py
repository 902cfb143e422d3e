"""explain_classes.sql and explain_coarser.sql on four classes, typed out; what waits, on six events."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from tests.support.published import published_classes, write_release
from warehouse.duck import connected
from warehouse.statements import statement

JANUARY, FIRST, YEAR = date(2026, 1, 1), date(2026, 1, 1), date(2026, 1, 1)
CLASSES = published_classes(
    {"product": "6109", "place": "KE", "period": ("day", FIRST), "n_events": 4, "value_usd": 8.5},
    {"product": "textiles/61", "place": "KE", "period": ("month", JANUARY), "n_events": 5, "value_status": "withheld"},
    {"product": "textiles", "place": "002", "period": ("month", JANUARY), "n_events": 6},
    {"product": "pharma", "place": "KE", "period": ("month", JANUARY), "n_events": 7},
)
ASKED = {"kind": "order", "product": "textiles/61", "place": "014", "first": JANUARY, "last": date(2026, 1, 31)}


@pytest.fixture(scope="module")
def release(tmp_path_factory) -> Path:
    return write_release(tmp_path_factory.mktemp("release") / "demand.duckdb", CLASSES)


def test_classes_lie_inside_the_node_or_overlap_it_or_are_left_out(release: Path) -> None:
    with connected(release, is_read_only=True) as duck:
        found = duck.frame(statement("explain_classes"), **ASKED)

    assert found.select("class_id", "is_inside", "product_code", "place_code", "period_level", "n_events", "value_usd",
                        "value_status").rows() == [
        (1, True, "6109", "KE", "day", 4, 8.5, "given"),
        (2, True, "textiles/61", "KE", "month", 5, None, "withheld"),
        (3, False, "textiles", "002", "month", 6, None, "none"),
    ]  # fmt: skip


def test_a_finer_node_is_overlapped_by_what_stands_coarser_along_any_dimension(release: Path) -> None:
    day = ASKED | {"product": "6109", "place": "KE", "last": FIRST}
    with connected(release, is_read_only=True) as duck:
        found = duck.frame(statement("explain_classes"), **day)

    assert found.select("class_id", "is_inside").rows() == [(1, True), (2, False), (3, False)]


def test_coarser_nodes_come_nearest_first_with_their_figures(release: Path) -> None:
    with connected(release, is_read_only=True) as duck:
        found = duck.frame(statement("explain_coarser"), level="month", **ASKED)

    shown = found.select("n_steps", "product_code", "place_code", "period_level", "n_events",
                         pl.col("placed_ratio").round(3)).rows()  # fmt: skip
    assert shown[0] == (0, "textiles/61", "014", "month", 9, 0.6)
    # 9 events inside and 6 that may be: within the sector and Africa all of them are inside
    assert (2, "textiles", "002", "month", 15, 1.0) in shown
    assert [row for row in shown if row[0] == 1] == [
        (1, "textiles", "014", "month", 9, 0.6),
        (1, "textiles/61", "002", "month", 9, 0.6),
        (1, "textiles/61", "014", "quarter", 9, 0.6),
    ]
    assert [row[0] for row in shown] == sorted(row[0] for row in shown)
    assert len(shown) == 3 * 3 * 3


POOL = pl.DataFrame(
    [
        ("rfq", "6109", "KE", date(2026, 1, 5), None, True),
        ("rfq", "6109", "KE", date(2026, 1, 5), None, False),
        ("rfq", "textiles", None, date(2026, 1, 6), None, True),
        ("rfq", "6109", "AE", date(2026, 2, 1), None, True),
        ("order", "6109", "KE", date(2026, 1, 5), None, True),
        ("rfq", "6109", "KE", date(2026, 1, 5), "classed", True),
    ],
    schema=["kind", "product_code", "country", "occurred_on", "fate", "is_settled"],
    orient="row",
).with_columns(feed=pl.lit("shirts"), event_key=pl.int_range(6), night=pl.lit(date(2026, 1, 7)), fate=pl.col("fate"))


def test_what_waits_is_counted_by_what_is_known_of_it() -> None:
    with connected(None) as duck:
        duck.load("pool", POOL)
        duck.load("updates", pl.DataFrame({"feed": ["shirts"], "event_key": [0], "is_settled": [False],
                                           "night": [date(2026, 1, 8)]}))  # fmt: skip
        duck.load("settling", pl.DataFrame({"feed": ["shirts"], "days": [30]}))
        duck.load("product_levels", pl.DataFrame({"code": ["6109", "textiles"], "level": ["heading", "sector"]}))
        found = duck.frame(statement("ledger/pool_by_age"), night=date(2026, 1, 9))

    arrived = date(2026, 1, 7)
    assert found.rows() == [
        ("order", "heading", True, date(2026, 1, 5), arrived, True, 1),
        ("rfq", "heading", True, date(2026, 1, 5), arrived, False, 2),
        ("rfq", "heading", True, date(2026, 2, 1), arrived, True, 1),
        ("rfq", "sector", False, date(2026, 1, 6), arrived, True, 1),
    ]


@pytest.mark.parametrize(
    ("countries", "is_world", "expected"),
    [
        (["KE"], False, [("heading", True, date(2026, 1, 5), 2)]),
        (["KE", "AE"], True, [("heading", True, date(2026, 1, 5), 2), ("sector", False, date(2026, 1, 6), 1)]),
    ],
    ids=["one country", "the world"],
)
def test_what_waits_below_a_node_is_of_its_kind_products_places_and_days(countries, is_world, expected) -> None:
    with connected(None) as duck:
        duck.load("pool", POOL)
        duck.load("node_products", pl.DataFrame({"code": ["6109", "textiles"], "level": ["heading", "sector"]}))
        duck.load("node_countries", pl.DataFrame({"country": countries}))
        found = duck.frame(
            statement("ledger/pool_in_node"), kind="rfq", first=JANUARY, last=date(2026, 1, 31), is_world=is_world
        )

    assert found.rows() == expected
