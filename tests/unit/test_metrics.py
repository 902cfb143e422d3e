"""The metrics of a night: text that Prometheus' own parser reads, private, whole, and the same for the same morning."""

from datetime import datetime
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from assets.concerns import ZONE
from assets.metrics import metrics, write_metrics
from schemas.home import Home
from schemas.morning import AttackMorning
from tests.unit.test_morning_page import EMPTY, morning

AT = datetime(2026, 2, 6, 2, 30, tzinfo=ZONE)


def samples(content: bytes) -> dict[tuple[str, ...], float]:
    """Value of each sample by its name and labels."""
    families = text_string_to_metric_families(content.decode("ascii"))
    return {
        (sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples
    }  # fmt: skip


def test_every_figure_is_a_sample_with_a_name_and_labels_that_stay() -> None:
    told = samples(metrics(morning(last_success_at=AT, attacks=(AttackMorning(attack="linkage", n_found=0),))))

    assert told == {
        ("mandi_night_state", "green"): 0,
        ("mandi_night_state", "amber"): 1,
        ("mandi_night_state", "red"): 0,
        ("mandi_night_timestamp_seconds",): datetime(2026, 2, 5, tzinfo=ZONE).timestamp(),
        ("mandi_last_success_timestamp_seconds",): AT.timestamp(),
        ("mandi_step_duration_seconds", "landed_feeds"): 75,
        ("mandi_night_rows", "demo_orders"): 12_345,
        ("mandi_night_refused_rows", "demo_orders", "no_date"): 9,
        ("mandi_night_refused_rows", "demo_orders", "too_old"): 3,
        ("mandi_pool_events", "under_7_days"): 9,
        ("mandi_attack_findings", "linkage"): 0,
        ("mandi_disk_free_bytes",): 10**10,
    }


def test_what_is_not_known_has_no_sample() -> None:
    assert {name for name, *_ in samples(metrics(morning("red", **EMPTY)))} == {"mandi_night_state"}  # type: ignore[arg-type]


def test_every_metric_is_a_gauge_with_help() -> None:
    families = list(text_string_to_metric_families(metrics(morning()).decode()))

    assert families and all(family.type == "gauge" and family.documentation for family in families)


def test_the_same_morning_gives_the_same_bytes_in_a_private_file(tmp_path: Path) -> None:
    home = Home(tmp_path)
    for _ in range(2):
        write_metrics(home, morning())

    path = home.private / "metrics" / "mandi.prom"
    assert path.read_bytes() == metrics(morning())
    assert [each.name for each in path.parent.iterdir()] == ["mandi.prom"]
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
