"""When an epoch closes: its last remainder is destroyed, its pseudonyms leave the ledger, its key is destroyed."""

from datetime import date, timedelta

from anonymize.classes.periods import first_open
from schemas.policy import Policy


def last_closed_epoch(night: date, policy: Policy) -> int:
    """The newest epoch (calendar year) that has closed by a night.

    An epoch closes on the first night after its late window on which a month has closed, so that the last late events
    have met every rung once.

    Example: with a window of 120 days and a lag of 2, 2025 closes on 2 May 2026, with April.
    """
    first = first_open("month", night, lag_days=policy.close_lag_days)
    epoch = night.year
    while date(epoch, 12, 31) + timedelta(days=policy.late_window_days) >= first:
        epoch -= 1
    return epoch
