"""The newest night as Prometheus metrics in `private/metrics/mandi.prom`, for a collector that reads text files.

Exact figures: private, like every report. Series keep their names and labels; a figure that is not known has no sample.
"""

from datetime import datetime, time

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from assets.concerns import ZONE
from schemas.home import Home
from schemas.morning import Morning
from warehouse.files import write_whole

_COLOURS = ("green", "amber", "red")


def write_metrics(home: Home, morning: Morning) -> None:
    """Puts the file in place in one step."""
    path = home.private / "metrics" / "mandi.prom"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_whole(path, metrics(morning), mode=0o600)


def metrics(morning: Morning) -> bytes:
    """A morning as text in Prometheus' format. Guarantee: the same morning gives the same bytes."""
    registry = CollectorRegistry(auto_describe=False)
    state = Gauge("mandi_night_state", "1 for the colour of the night, 0 for the others.", ["state"], registry=registry)
    for colour in _COLOURS:
        state.labels(colour).set(colour == morning.colour)
    if morning.night is not None:
        midnight = datetime.combine(morning.night, time(), tzinfo=ZONE)
        name = "mandi_night_timestamp_seconds"
        Gauge(name, "Midnight at which the night's date begins.", registry=registry).set(midnight.timestamp())
    if morning.last_success_at is not None:
        name = "mandi_last_success_timestamp_seconds"
        moment = morning.last_success_at.timestamp()
        Gauge(name, "When the newest published night was published.", registry=registry).set(moment)
    seconds = Gauge("mandi_step_duration_seconds", "How long a step took.", ["step"], registry=registry)
    for step in morning.steps:
        if step.seconds is not None:
            seconds.labels(step.step).set(step.seconds)
    rows = Gauge("mandi_night_rows", "Rows that came, by feed.", ["feed"], registry=registry)
    refused = Gauge(
        "mandi_night_refused_rows", "Refused rows by feed and reason.", ["feed", "reason"], registry=registry
    )
    for feed in morning.feeds:
        if feed.n_rows is not None:
            rows.labels(feed.feed).set(feed.n_rows)
        for reason, n in sorted(feed.refused.items()):
            refused.labels(feed.feed, reason).set(n)
    if morning.pool is not None:
        pool = Gauge("mandi_pool_events", "Waiting events by time since they arrived.", ["age"], registry=registry)
        for age, n in morning.pool.ages.items():
            pool.labels(age.replace(" ", "_")).set(n)
    found = Gauge("mandi_attack_findings", "What each attack found.", ["attack"], registry=registry)
    for attack in morning.attacks:
        found.labels(attack.attack).set(attack.n_found)
    if morning.disk_free_bytes is not None:
        name = "mandi_disk_free_bytes"
        Gauge(name, "Free space on the disk of the home.", registry=registry).set(morning.disk_free_bytes)
    return generate_latest(registry)
