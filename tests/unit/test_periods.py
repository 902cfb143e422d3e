"""Periods nest, close with their lag, and are the nodes of the lattice."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from anonymize.classes.market import Market, day_of
from anonymize.classes.periods import closes_on, first_open, next_month, period_end, period_start
from schemas.policy import PERIOD_LEVELS
from tests.support.small_world import TAXONOMY, policy

DAYS = [date(2023, 12, 1) + timedelta(days=n) for n in range(800)]


@pytest.mark.parametrize(
    ("level", "day", "start", "end"),
    [
        ("day", date(2026, 2, 14), date(2026, 2, 14), date(2026, 2, 14)),
        ("dekad", date(2026, 2, 10), date(2026, 2, 1), date(2026, 2, 10)),
        ("dekad", date(2026, 2, 11), date(2026, 2, 11), date(2026, 2, 20)),
        ("dekad", date(2024, 2, 29), date(2024, 2, 21), date(2024, 2, 29)),
        ("dekad", date(2026, 12, 31), date(2026, 12, 21), date(2026, 12, 31)),
        ("month", date(2026, 2, 14), date(2026, 2, 1), date(2026, 2, 28)),
        ("quarter", date(2026, 12, 31), date(2026, 10, 1), date(2026, 12, 31)),
        ("quarter", date(2026, 5, 1), date(2026, 4, 1), date(2026, 6, 30)),
        ("year", date(2024, 2, 29), date(2024, 1, 1), date(2024, 12, 31)),
    ],
)
def test_a_period_starts_and_ends_where_the_calendar_says(level, day, start, end):
    assert period_start(level, day) == start
    assert period_end(level, start) == end


def test_every_day_lies_in_one_period_of_each_level_and_every_level_nests_in_the_next():
    for day in DAYS:
        for coarse, fine in pairwise(PERIOD_LEVELS):
            start = period_start(fine, day)
            end = period_end(fine, start)
            assert start <= day <= end
            assert period_start(fine, end) == start
            assert period_start(coarse, start) == period_start(coarse, end) == period_start(coarse, day)


def test_periods_leave_no_gap_between_them():
    for level in PERIOD_LEVELS:
        for day in DAYS:
            after = period_end(level, period_start(level, day)) + timedelta(days=1)
            assert period_start(level, after) == after


def test_the_next_month_of_a_last_day_of_january_is_february():
    assert next_month(date(2026, 1, 31)) == date(2026, 2, 1)
    assert next_month(date(2025, 12, 5)) == date(2026, 1, 1)


def test_the_lattice_of_the_market_stands_every_day_in_its_periods():
    market = Market(TAXONOMY, policy().ladder, DAYS[0], DAYS[-1])
    nodes = market.lattice.dimensions[-1].nodes
    assert len(nodes) == len(PERIOD_LEVELS)
    for level, starts in zip(reversed(PERIOD_LEVELS), nodes, strict=True):
        assert day_of(starts).to_list() == [period_start(level, day) for day in DAYS]


def test_a_day_closes_at_once_and_a_dekad_waits_for_its_lag():
    assert first_open("day", date(2026, 2, 2), lag_days=2) == date(2026, 2, 3)
    assert first_open("dekad", date(2026, 2, 12), lag_days=2) == date(2026, 2, 11)
    assert first_open("dekad", date(2026, 2, 11), lag_days=2) == date(2026, 2, 1)
    assert first_open("month", date(2026, 3, 1), lag_days=2) == date(2026, 2, 1)
    assert first_open("month", date(2026, 3, 2), lag_days=2) == date(2026, 3, 1)


@pytest.mark.parametrize("lag", [0, 2, 14])
@pytest.mark.parametrize("level", ["dekad", "month", "quarter", "year"])
def test_each_period_closes_on_exactly_one_night_lag_days_after_its_last_day(level, lag):
    closing = [night for night in DAYS[40:] if closes_on(level, night, night - timedelta(days=1), lag_days=lag)]
    ends = {period_end(level, period_start(level, day)) + timedelta(days=lag) for day in DAYS}
    assert closing == sorted(end for end in ends if DAYS[40] <= end <= DAYS[-1])


def test_a_close_that_fell_into_a_gap_of_nights_is_made_up_on_the_next_one():
    assert closes_on("month", date(2026, 2, 9), date(2026, 1, 30), lag_days=2)
    assert not closes_on("month", date(2026, 2, 9), date(2026, 2, 2), lag_days=2)


def test_without_a_night_before_only_a_close_of_this_very_night_counts():
    assert closes_on("month", date(2026, 2, 2), None, lag_days=2)
    assert not closes_on("month", date(2026, 2, 3), None, lag_days=2)
