"""A night's page, metrics and alerts from outside of it: for `mandi status`, and for nights that cannot tell."""

from datetime import datetime

from assets.alerts import send_alerts
from assets.alone import alone
from assets.metrics import write_metrics
from assets.morning import morning_of, write_page
from assets.recording import NO_RUN, night_log
from assets.settings import Settings
from schemas.errors import NightError
from schemas.morning import Morning

_UNTOLD = ("missing", "vanished", "running")
"""Phases in which no step of the night is there to tell of it."""


def tell(settings: Settings, morning: Morning, *, with_page: bool, with_alert: bool) -> None:
    """Writes page and metrics of a morning, and tells whom the configuration names.

    Raises: NightError if there is no home here: nothing is made by looking.
    """
    if not settings.home.private.is_dir():
        raise NightError("there is no home here to write to; check MANDI_HOME")
    if with_page:
        write_page(settings.home, morning)
        write_metrics(settings.home, morning)
    if with_alert and morning.night is not None:
        send_alerts(settings, morning, night_log(settings, morning.night, NO_RUN))


def tell_overdue(settings: Settings, *, now: datetime) -> str:
    """Tells of the newest night if it is red and cannot say so: it never began, its process is gone, or it is late.

    Returns: what was found, for the record of whoever asks.
    """
    if not settings.home.private.is_dir():
        return "nothing ever ran here"
    morning = morning_of(settings, now=now)
    if morning.phase == "vanished":  # one that waits long between two steps looks so as well, but it holds the home
        try:
            with alone(settings.home, patience_s=0):
                morning = morning_of(settings, now=now)
        except NightError as error:
            return str(error)
    if morning.night is None or morning.colour != "red" or morning.phase not in _UNTOLD:
        return "no night is overdue"
    tell(settings, morning, with_page=True, with_alert=True)
    return f"night {morning.night} is {morning.phase}; its page is written, and whom the configuration names was told"
