"""Trends of invented classes over 26 months: seasons, years, late events, records that begin with stragglers."""

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from anonymize.classes.periods import next_month
from tests.support.published import derived_of, published_classes

FIRST = date(2024, 1, 1)
N_MONTHS = 26


def _months(n: int, first: date = FIRST) -> list[date]:
    months = [first]
    while len(months) < n:
        months.append(next_month(months[-1]))
    return months


def _closed(month: date) -> str:
    """The release of the night on which a month closes."""
    return (next_month(month) + timedelta(days=1)).isoformat()


def _class(month: date, n_events: int, **more: Any) -> dict[str, Any]:
    return {
        "product": "6109", "place": "KE", "period": ("month", month), "n_events": n_events,
        "release_id": _closed(month),
    } | more  # fmt: skip


def _days(month: date) -> int:
    return (next_month(month) - month).days


@pytest.fixture(scope="module")
def years() -> pl.DataFrame:
    """Ten orders a day, twenty in each December, of one heading in one country; nothing else."""
    rows = [_class(month, _days(month) * (20 if month.month == 12 else 10)) for month in _months(N_MONTHS)]
    return derived_of(published_classes(*rows), date(2026, 3, 2))["trends"]


def _one(trends: pl.DataFrame, start: date, level: str = "month", product: str = "6109") -> dict[str, Any]:
    keys = {"product_code": product, "place_code": "KE", "period_level": level, "period_start": start}
    return trends.filter(**keys).row(0, named=True)


def test_seasons_are_told_once_twelve_whole_months_are_there(years):
    seasonal = {month: _one(years, month)["seasonal_index"] for month in _months(N_MONTHS)}
    # the first month may have been delivered in part, so that the twelve begin with the second
    assert [month for month, index in seasonal.items() if index is None] == _months(12)
    mean = (31 * 20 + 335 * 10) / 366  # the year to January 2025 has a leap day
    assert seasonal[date(2025, 1, 1)] == pytest.approx(10 / mean)
    assert seasonal[date(2025, 12, 1)] == pytest.approx(20 / ((31 * 20 + 334 * 10) / 365))


def test_the_year_before_and_the_momentum_are_told_from_when_they_exist(years):
    december = _one(years, date(2025, 12, 1))
    assert (december["n_events_year_before"], december["n_events_year_change_ratio"]) == (620, 0.0)
    assert december["momentum_ratio"] == pytest.approx(2 ** (1 / 3) - 1)
    assert _one(years, date(2025, 1, 1))["n_events_year_before"] is None, "the first month is not whole"
    assert _one(years, date(2025, 2, 1))["n_events_year_change_ratio"] == pytest.approx(0.0), "a leap day is no fall"
    assert [_one(years, month)["momentum_ratio"] for month in _months(4)] == [None] * 4


def test_december_rises_and_january_fades_and_the_months_between_are_steady(years):
    trends = {month: _one(years, month)["trend"] for month in _months(N_MONTHS)}
    assert {trends[date(year, 12, 1)] for year in (2024, 2025)} == {"rising"}
    assert {trends[date(year, 1, 1)] for year in (2025, 2026)} == {"fading"}
    assert {trends[month] for month in _months(N_MONTHS) if month.month in range(4, 12)} == {"steady"}
    assert trends[FIRST] == trends[date(2024, 2, 1)] == "not_called"


def test_quarters_and_years_are_compared_when_they_are_whole(years):
    reasons = [_one(years, start, "quarter")["trend_reason"] for start in _months(N_MONTHS)[::3]]
    assert reasons[:3] == ["before_record", "before_record", None] and reasons[-1] == "open_period"
    assert _one(years, date(2024, 10, 1), "quarter")["trend"] == "rising"
    assert _one(years, date(2025, 1, 1), "year")["trend_reason"] == "before_record", "2024 began before the record"
    assert _one(years, date(2025, 1, 1), "year")["index_base"] == date(2025, 1, 1)
    assert _one(years, date(2026, 1, 1), "year")["trend_reason"] == "open_period"


def test_a_month_that_just_closed_is_compared_with_what_was_known_of_the_one_before_just_as_early():
    months = _months(4, date(2026, 1, 1))
    rows = [_class(month, _days(month) * 10) for month in months]
    late = [
        _class(month, _days(month) * 5, release_id=_closed(next_month(month))) for month in months[:-1]
    ]  # a third of each month comes at the next month's close
    trends = derived_of(published_classes(*rows, *late), date(2026, 5, 2))["trends"]
    april, march = _one(trends, months[3]), _one(trends, months[2])
    assert (april["n_events"], april["n_events_previous"], april["n_events_change_ratio"]) == (300, 310, 0.0)
    assert (march["n_events"], march["n_events_previous"]) == (465, 420), "both are complete by now"
    assert april["trend"] == march["trend"] == "steady"
    assert april["events_index"] == march["events_index"] == 100.0


def test_history_that_was_delivered_at_once_is_compared_all_the_same():
    months = _months(4, date(2026, 1, 1))
    rows = [_class(month, _days(month) * 10, release_id="2026-05-02") for month in months]
    trends = derived_of(published_classes(*rows), date(2026, 5, 2))["trends"]
    assert [_one(trends, month)["n_events_previous"] for month in months] == [None, None, 280, 310]


def test_a_few_stragglers_of_long_ago_do_not_begin_the_record():
    months = _months(4, date(2026, 1, 1))
    rows = [_class(month, _days(month) * 10) for month in months]
    stragglers = _class(date(2025, 11, 1), 12, release_id=_closed(months[0]))
    trends = derived_of(published_classes(stragglers, *rows), date(2026, 5, 2))["trends"]
    assert _one(trends, months[1])["trend_reason"] == "before_record"
    assert _one(trends, months[2])["trend"] == "steady"
    assert _one(trends, months[2])["index_base"] == months[1]


@pytest.mark.parametrize(("coarse", "verdict"), [(0, "new"), (100, "new"), (200, "not_called")])
def test_new_is_called_only_where_little_of_it_can_have_been_there_unplaced(coarse, verdict):
    months = _months(3, date(2026, 1, 1))
    rows = [_class(month, 300, product="3004") for month in months]
    rows += [_class(months[1], coarse, product="all")] if coarse else []
    trends = derived_of(published_classes(*rows, _class(months[2], 300)), date(2026, 4, 2))["trends"]
    row = _one(trends, months[2])
    assert (row["trend"], row["n_events_possible_previous"], row["n_events_previous"]) == (verdict, coarse, None)
    assert row["trend_reason"] == (None if verdict == "new" else "placed_low")


def test_a_change_that_coarser_classes_could_make_is_not_called():
    months = _months(3, date(2026, 1, 1))
    rows = [_class(month, n) for month, n in zip(months, (300, 300, 480), strict=True)]
    called = derived_of(published_classes(*rows), date(2026, 4, 2))["trends"]
    coarse = _class(months[1], 200, product="all")
    hidden = derived_of(published_classes(*rows, coarse), date(2026, 4, 2))["trends"]
    assert _one(called, months[2])["trend"] == "rising"
    assert _one(hidden, months[2])["trend_reason"] == "may_be_placement"


def test_one_buyer_with_many_orders_is_less_evidence_than_many_buyers_with_one():
    months = _months(3, date(2026, 1, 1))
    counts = (300, 300, 400)
    many = [_class(month, n) for month, n in zip(months, counts, strict=True)]
    few = [_class(month, n, n_contributors=20) for month, n in zip(months, counts, strict=True)]
    verdicts = [
        _one(derived_of(published_classes(*rows), date(2026, 4, 2))["trends"], months[2]) for rows in (many, few)
    ]
    assert [row["trend"] for row in verdicts] == ["rising", "not_called"]
    assert verdicts[1]["trend_reason"] == "within_chance" and verdicts[1]["variance_factor"] > 20
