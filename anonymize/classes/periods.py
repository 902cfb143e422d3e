"""The period hierarchy: day, dekad (1-10, 11-20, 21-end), month, quarter, year; every level nests in the next.

The ladder's lattice (`market.py`) is made of these functions.
"""

from datetime import date, timedelta

from schemas.policy import PeriodLevel


def period_start(level: PeriodLevel, day: date) -> date:
    """First day of the period of `level` that holds `day`."""
    match level:
        case "day":
            return day
        case "dekad":
            return day.replace(day=1 if day.day <= 10 else 11 if day.day <= 20 else 21)
        case "month":
            return day.replace(day=1)
        case "quarter":
            return day.replace(month=day.month - (day.month - 1) % 3, day=1)
        case "year":
            return day.replace(month=1, day=1)


def period_end(level: PeriodLevel, start: date) -> date:
    """Last day, inclusive, of the period of `level` that starts on `start`."""
    match level:
        case "day":
            return start
        case "dekad" if start.day <= 11:
            return start.replace(day=start.day + 9)
        case "dekad" | "month":
            return next_month(start) - timedelta(days=1)
        case "quarter":
            return next_month(next_month(next_month(start))) - timedelta(days=1)
        case "year":
            return start.replace(month=12, day=31)


def next_month(day: date) -> date:
    """First day of the month after the one that holds `day`."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def first_open(level: PeriodLevel, night: date, *, lag_days: int) -> date:
    """Start of the first period of `level` that is not yet closed on `night`; earlier periods are closed.

    A period closes `lag_days` nights after its last day, so that late events find it open. A day closes at once.
    """
    if level == "day":
        return night + timedelta(days=1)
    return period_start(level, night - timedelta(days=lag_days) + timedelta(days=1))


def closes_on(level: PeriodLevel, night: date, previous: date | None, *, lag_days: int) -> bool:
    """Whether a period of `level` closed after the `previous` night and up to `night`.

    Without a previous night only the last day counts: `closes_on("month", date(2026, 2, 2), None, lag_days=2)` is true.
    """
    before = previous or night - timedelta(days=1)
    return first_open(level, night, lag_days=lag_days) > first_open(level, before, lag_days=lag_days)
