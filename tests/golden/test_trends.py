"""trends.sql on four months of two kinds: each judgement worked out by hand."""

from datetime import date

import polars as pl
import pytest

from tests.support.published import derived_of, published_classes

NIGHT = date(2026, 4, 2)
DEC, JAN, FEB, MAR = date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)


def _class(kind: str, product: str, place: str, month: date, n_events: int, n_contributors: int) -> dict:
    return {
        "kind": kind, "product": product, "place": place, "period": ("month", month), "n_events": n_events,
        "n_contributors": n_contributors, "value_usd": 10.0 * n_events if kind == "order" else None,
    }  # fmt: skip


# Orders, all at heading and country, so that nothing coarse may belong anywhere: every placed_ratio is 1.
ORDERS = [
    _class("order", "6109", "KE", DEC, 100, 50),
    _class("order", "6109", "KE", JAN, 62, 31),
    _class("order", "6110", "KE", JAN, 31, 31),
    _class("order", "6109", "KE", FEB, 112, 56),
    _class("order", "6110", "KE", FEB, 28, 28),
    _class("order", "6109", "KE", MAR, 124, 62),
    _class("order", "6110", "KE", MAR, 15, 15),
    _class("order", "3004", "AE", MAR, 40, 40),
]
# RFQs of one chapter, beside RFQs of no known sector in the same country, which may be of that chapter.
RFQS = [
    _class("rfq", "textiles/61", "KE", DEC, 40, 40),
    _class("rfq", "textiles/61", "KE", JAN, 100, 100),
    _class("rfq", "textiles/61", "KE", FEB, 150, 150),
    _class("rfq", "all", "KE", FEB, 100, 100),
    _class("rfq", "textiles/61", "KE", MAR, 150, 150),
    _class("rfq", "all", "KE", MAR, 200, 200),
    _class("rfq", "all", "KE", JAN, 50, 50),
]

# December is where the record begins and may be there in part only: nothing is compared with it.
#
# 6109 x KE, February: 112 / 28 = 4 events a day, before 62 / 31 = 2: ratio 2, change 1. Two events a contributor: with
#   a geometric number each the variance is 2 * 2 - 1 = 3 times Poisson's, so the logarithm's standard error is
#   sqrt(3 / 112 + 3 / 62) = 0.27418; the interval 2 exp(-+ 1.96 * 0.27418) - 1 = 0.1685 to 2.4231. ln 2 is 2.528 errors
#   away from none: p = 0.0115. Two headings are judged in this family, the other with p = 1: q = 2 * 0.0115 = 0.0229.
# 6110 x KE, February: 1 a day in both months: p = q = 1; sqrt(1 / 28 + 1 / 31) = 0.26072 leaves -0.4001 to 0.6670.
# 6109 x KE, March: 4 a day in both; sqrt(3 / 124 + 3 / 112) = 0.22574 leaves -0.3576 to 0.5567.
# 6110 x KE, March: 15 events are too few to judge. 3004 x AE, March: nothing before, and nothing coarse that may be it.
# textiles/61 x KE, RFQs, February: 150 of 250 that are or may be its own: 0.6; January 100 of 150: 0.6667. A day: 5.357
#   over 3.226: ratio 1.6607; even if all coarse events of January were of the chapter, it would be 1.1071; standard
#   error sqrt(1 / 150 + 1 / 100) = 0.12910: ln 1.1071 = 0.10176 is 0.788 errors: p = 0.4305. By itself the change is
#   0.50724 / 0.1291 = 3.93 errors: it may be placement. Interval: 1.1071 exp(-0.25303) - 1 = -0.1404,
#   1.6607 / 0.6 exp(0.25303) - 1 = 2.5648.
# The same in March: 150 of 350 is 0.43, less than half: placed too low to judge, whatever the change.
EXPECTED = """
kind  product     place month    events before ratio   change  low     high    p      q      trend      reason
order 6109        KE    2025-12  100    -      1.0     -       -       -       -      -      not_called before_record
order 6109        KE    2026-01  62     -      1.0     -       -       -       -      -      not_called before_record
order 6109        KE    2026-02  112    62     1.0     1.0     0.1685  2.4231  0.0115 0.0229 rising     -
order 6110        KE    2026-02  28     31     1.0     0.0     -0.4001 0.667   1.0    1.0    not_called within_chance
order 6109        KE    2026-03  124    112    1.0     0.0     -0.3576 0.5567  1.0    1.0    not_called within_chance
order 6110        KE    2026-03  15     28     1.0     -0.5161 -       -       -      -      not_called few_events
order 3004        AE    2026-03  40     -      1.0     -       -       -       -      -      new        -
rfq   textiles/61 KE    2026-02  150    100    0.6     0.6607  -0.1404 2.5648  0.4305 0.4305 not_called may_be_placement
rfq   textiles/61 KE    2026-03  150    150    0.4286  -0.0968 -0.5678 1.6428  -      -      not_called placed_low
"""


@pytest.fixture(scope="module")
def trends() -> pl.DataFrame:
    return derived_of(published_classes(*ORDERS, *RFQS), NIGHT)["trends"]


def _one(trends: pl.DataFrame, kind: str, product: str, place: str, start: date, level: str = "month") -> dict:
    keys = {"kind": kind, "product_code": product, "place_code": place, "period_start": start, "period_level": level}
    return trends.filter(**keys).row(0, named=True)


@pytest.mark.parametrize("line", EXPECTED.strip().splitlines()[1:], ids=lambda line: " ".join(line.split()[:4]))
def test_a_change_is_judged_as_worked_out_by_hand(trends, line):
    kind, product, place, month, *told = line.split()
    row = _one(trends, kind, product, place, date.fromisoformat(f"{month}-01"))
    names = (
        "n_events", "n_events_previous", "placed_ratio", "n_events_change_ratio", "change_low", "change_high",
        "p_value", "q_value", "trend", "trend_reason",
    )  # fmt: skip
    shown = [
        "-" if row[name] is None else str(round(row[name], 4) if isinstance(row[name], float) else row[name])
        for name in names
    ]
    assert shown == told


def test_the_variance_is_told_in_multiples_of_poissons(trends):
    assert _one(trends, "order", "6109", "KE", FEB)["variance_factor"] == pytest.approx(3)
    assert _one(trends, "order", "6110", "KE", FEB)["variance_factor"] == pytest.approx(1)


def test_shares_and_ranks_are_among_the_children_of_one_parent(trends):
    cotton, jerseys = (_one(trends, "order", code, "KE", FEB) for code in ("6109", "6110"))
    assert (cotton["product_share"], jerseys["product_share"]) == (112 / 140, 28 / 140)
    assert (cotton["product_rank"], jerseys["product_rank"]) == (1, 2)
    assert cotton["product_share_change"] == 112 / 140 - 62 / 93
    assert (cotton["product_rank_change"], cotton["place_rank"], cotton["place_share"]) == (0, 1, 1.0)
    africa, asia = (_one(trends, "order", "all", code, MAR) for code in ("002", "142"))
    assert (africa["place_share"], asia["place_share"]) == (139 / 179, 40 / 179)
    assert (africa["place_rank"], asia["place_rank"]) == (1, 2)
    world = _one(trends, "order", "all", "001", MAR)
    assert [world[f"{of}_{what}"] for of in ("product", "place") for what in ("share", "rank")] == [None] * 4


def test_the_index_is_a_hundred_in_the_first_month_on_record(trends):
    rows = [_one(trends, "order", "6109", "KE", month) for month in (DEC, JAN, FEB, MAR)]
    assert [row["index_base"] for row in rows] == [None, JAN, JAN, JAN]
    assert [row["events_index"] for row in rows] == [None, 100.0, 200.0, 200.0]


def test_values_change_a_day_as_events_do(trends):
    row = _one(trends, "order", "6109", "KE", FEB)
    assert (row["value_usd"], row["value_usd_previous"], row["value_usd_change"]) == (1120.0, 620.0, 500.0)
    assert row["value_usd_change_ratio"] == pytest.approx(1.0)
    assert _one(trends, "rfq", "textiles/61", "KE", FEB)["value_usd_change_ratio"] is None


def test_what_a_node_can_have_been_at_most_is_told(trends):
    assert _one(trends, "rfq", "textiles/61", "KE", FEB)["n_events_possible_previous"] == 150
    assert _one(trends, "order", "3004", "AE", MAR)["n_events_possible_previous"] == 0


def test_a_quarter_is_compared_when_one_before_it_is_whole(trends):
    quarter = _one(trends, "order", "6109", "KE", JAN, "quarter")
    assert (quarter["is_closed"], quarter["n_events"], quarter["trend_reason"]) == (True, 298, "before_record")
    year = _one(trends, "order", "6109", "KE", JAN, "year")
    assert (year["is_closed"], year["trend_reason"], year["events_index"]) == (False, "open_period", None)
