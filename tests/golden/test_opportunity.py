"""opportunity.sql on two windows of one month: parts, coverage, grades and score worked out by hand."""

from datetime import date

import polars as pl
import pytest

from tests.support.published import derived_of, published_classes

NIGHT = date(2026, 3, 2)
JAN, FEB = date(2026, 1, 1), date(2026, 2, 1)


def _rfqs(product: str, place: str, month: date, n_events: int, quotes: int | None) -> dict:
    return {
        "kind": "rfq", "product": product, "place": place, "period": ("month", month), "n_events": n_events,
        "quotes_received": quotes, "quotes_status": "withheld" if quotes is None else "given",
    }  # fmt: skip


CLASSES = published_classes(
    _rfqs("6109", "KE", JAN, 20, 5),
    _rfqs("6109", "AE", JAN, 60, 60),
    _rfqs("6109", "KE", FEB, 30, 0),
    _rfqs("6109", "KE", FEB, 10, 30),
    _rfqs("6109", "AE", FEB, 60, 60),
    _rfqs("3004", "KE", FEB, 20, None),
    _rfqs("3004", "KE", FEB, 20, 20),
    _rfqs("all", "KE", FEB, 20, 20),
    {"kind": "order", "product": "6109", "place": "KE", "period": ("month", FEB), "n_events": 12, "value_usd": 7.5},
)

# RFQs at heading and country in February: 6109: KE 40, AE 60; 3004: KE 40. Heading 6109 100, 3004 40; KE 80, AE 60;
# all 140.
# 6109 x KE: the 20 RFQs of no known sector may be of it: placed 40 / 60.
#   share 40 / 100; LQ (40 / 80) / (100 / 140) = 0.7. January: 20 of 80: 0.25: the share grew by 0.4 / 0.25 = 1.6.
#   quotes: 40 RFQs tell theirs, 30 in all, 30 RFQs in a class without any: 0.75 each, 0.75 unanswered.
#   size 100 ln 41 / ln 61 = 90.3353 (its largest market has 60); 100 * 0.7 / 1.7 = 41.1765: mean 65.7559.
#   growth 100 * 1.6 / 2.6 = 61.5385; gap 100 / 1.75 = 57.1429: cube root of 231,229 is 61.3782.
# 6109 x AE: LQ (60 / 60) / (100 / 140) = 1.4; share 0.6 of before 0.75: 0.8; size 100, 58.3333: 79.1667;
#   growth 44.4444; one quote each: 50; cube root of 175,926 is 56.0329.
# 3004 x KE: known at one place only: no growth to speak of, no score; half of its RFQs tell of quotes.
#   LQ (40 / 80) / (40 / 140) = 1.75: (100 + 63.6364) / 2 = 81.8182. 20 of 60 RFQs that may be here tell: ungraded.
# Over markets 6109: 0.4^2 + 0.6^2 = 0.52. Over products KE: 0.5^2 + 0.5^2 = 0.5.
EXPECTED = """
item in n  ratio  share lq   before up   told quotes each none hhi  hhi2 demand  up      gap     score
6109 KE 40 0.6667 0.4   0.7  20     0.6  40   30     0.75 0.75 0.52 0.5  65.7559 61.5385 57.1429 61.3782
6109 AE 60 1.0    0.6   1.4  60     -0.2 60   60     1.0  0.0  0.52 1.0  79.1667 44.4444 50.0    56.0329
3004 KE 40 0.6667 1.0   1.75 -      -    20   20     1.0  0.0  1.0  0.5  81.8182 -       50.0    -
"""
COLUMNS = (
    "n_events", "placed_ratio", "market_share", "location_quotient", "n_events_before", "share_growth_ratio",
    "n_rfqs_told", "quotes_received", "quotes_per_rfq", "unanswered_ratio", "hhi_over_markets", "hhi_over_products",
    "demand_part", "growth_part", "supply_gap_part", "score",
)  # fmt: skip


@pytest.fixture(scope="module")
def opportunity() -> pl.DataFrame:
    return derived_of(CLASSES, NIGHT)["opportunity"]


def _one(opportunity: pl.DataFrame, kind: str, product: str, place: str) -> dict:
    return opportunity.filter(kind=kind, product_code=product, place_code=place).row(0, named=True)


@pytest.mark.parametrize("line", EXPECTED.strip().splitlines()[1:], ids=lambda line: " ".join(line.split()[:2]))
def test_a_market_is_scored_as_worked_out_by_hand(opportunity, line):
    product, place, *told = line.split()
    row = _one(opportunity, "rfq", product, place)
    shown = ["-" if row[name] is None else str(round(row[name], 4)) for name in COLUMNS]
    assert shown == told


def test_grades_are_fifths_of_the_parts(opportunity):
    row = _one(opportunity, "rfq", "6109", "KE")
    assert (row["demand_grade"], row["growth_grade"], row["supply_gap_grade"]) == (4, 4, 3)
    whole = opportunity.filter(pl.col("growth_part").is_null())
    assert whole.height and whole["growth_grade"].null_count() == whole.height


GRADES = [f"{part}_{what}" for part in ("demand", "growth", "supply_gap") for what in ("status", "grade")]


def test_no_grade_is_given_where_its_coverage_is_below_half_and_its_status_says_so(opportunity):
    pills = _one(opportunity, "rfq", "3004", "KE")
    assert round(pills["quotes_placed_ratio"], 4) == 0.3333 and round(pills["placed_ratio"], 4) == 0.6667
    assert [pills[name] for name in GRADES] == ["given", 5, "none", None, "placed_low", None]
    # of 100 RFQs that may be shirts in Kenya 40 are known to be; in January all 20 were
    rows = (_rfqs("6109", "KE", JAN, 20, 5), _rfqs("6109", "AE", JAN, 60, 60), _rfqs("6109", "KE", FEB, 40, 5),
            _rfqs("6109", "AE", FEB, 60, 60), _rfqs("textiles", "KE", FEB, 60, 5))  # fmt: skip
    low = _one(derived_of(published_classes(*rows), NIGHT)["opportunity"], "rfq", "6109", "KE")
    assert (low["placed_ratio"], low["placed_ratio_before"], low["quotes_placed_ratio"]) == (0.4, 1.0, 0.4)
    assert [low[name] for name in GRADES] == ["placed_low", None] * 3
    assert None not in (low["demand_part"], low["growth_part"], low["supply_gap_part"]) and low["score"] is None


def test_the_window_is_told_and_leaves_one_of_its_length_before_it(opportunity):
    months = opportunity.select("kind", "window_start", "window_end", "n_months").unique().sort("kind").rows()
    assert months == [("order", FEB, date(2026, 2, 28), 1), ("rfq", FEB, date(2026, 2, 28), 1)]


def test_orders_are_weighed_against_the_rfqs_of_the_same_market(opportunity):
    order = _one(opportunity, "order", "6109", "KE")
    assert (order["n_events"], order["value_usd"], order["quotes_per_rfq"]) == (12, 7.5, 0.75)
    assert (order["n_events_before"], order["growth_part"], order["score"]) == (None, None, None)


def test_only_sectors_chapters_and_headings_in_countries_and_subregions_stand_here(opportunity):
    assert set(opportunity["product_level"]) == {"sector", "chapter", "heading"}
    assert set(opportunity["place_level"]) == {"subregion", "country"}


def test_with_six_closed_months_and_more_the_window_is_three():
    rows = [_rfqs("6109", "KE", date(2025, month, 1), 20, 5) for month in range(5, 13)]
    months = derived_of(published_classes(*rows), date(2026, 1, 2))["opportunity"]
    found = months.select("window_start", "window_end", "n_months", "n_events", "n_events_before").unique().rows()
    assert found == [(date(2025, 10, 1), date(2025, 12, 31), 3, 60, 60)]
