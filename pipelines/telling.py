"""What `mandi status` does besides printing: a night's page and metrics anew, and alerts."""

from assets.alerts import send_alerts
from assets.metrics import write_metrics
from assets.morning import write_page
from assets.recording import NO_RUN, night_log
from assets.settings import Settings
from schemas.errors import NightError
from schemas.morning import Morning


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
