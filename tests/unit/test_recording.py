"""What is recorded while a night runs: whoever starts a step, whatever it comes to, and without ever hindering it."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import get_args

import dagster as dg
import pytest

import assets.alerts
import assets.metrics
import assets.morning
from assets import logs, recording
from assets.guard import guarded
from assets.nights import NIGHTS, Mandi, installation
from assets.settings import ROOT, Settings
from pipelines.definitions import ASSETS
from schemas.errors import NightError, StepError
from schemas.home import Home
from schemas.morning import Phase
from schemas.policy import Policy
from schemas.steps import STEPS
from schemas.watch import Alerts, Disk, Mail, Unusual, Watch, Webhook
from tests.support.left_behind import leave

NIGHT = date(2026, 2, 5)


@dg.asset(name="landed_feeds", partitions_def=NIGHTS)
@guarded
def landed_feeds(context: dg.AssetExecutionContext, mandi: dg.ResourceParam[Mandi]) -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata={"feeds": 0})


@dg.asset(name="extracts", partitions_def=NIGHTS)
@guarded
def extracts(context: dg.AssetExecutionContext, mandi: dg.ResourceParam[Mandi]) -> dg.MaterializeResult:
    raise NightError("nothing has landed")


@dg.asset(
    name="audit", partitions_def=NIGHTS, check_specs=[dg.AssetCheckSpec("all_is_well", asset="audit", blocking=True)]
)
@guarded
def audit(context: dg.AssetExecutionContext, mandi: dg.ResourceParam[Mandi]) -> dg.MaterializeResult:
    return dg.MaterializeResult(check_results=[dg.AssetCheckResult(check_name="all_is_well", passed=False)])


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("MANDI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MANDI_CONFIG", str(ROOT / "config"))
    return Home(tmp_path / "home")


@pytest.fixture(scope="module")
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as found:
        yield found


def run(home: Home, asset: dg.AssetsDefinition, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    return dg.materialize(
        [asset],
        instance=instance,
        partition_key=NIGHT.isoformat(),
        resources={"mandi": installation},
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        raise_on_error=False,
    )


def events(home: Home) -> list[tuple[str, str | None]]:
    return [(line.event, line.error) for line in logs.lines(logs.log_path(home, NIGHT))]


def failure(home: Home) -> dict[str, str]:
    return dict(json.loads((home.report(NIGHT) / "failure.json").read_text()))


def page(home: Home) -> str:
    return (home.report(NIGHT) / "morning.html").read_text()


def test_a_step_that_returns_is_logged_and_the_page_says_that_the_night_runs(
    home: Home, instance: dg.DagsterInstance
) -> None:
    assert run(home, landed_feeds, instance).success

    assert events(home) == [("step_started", None), ("step_finished", None)]
    assert "is running" in page(home)
    assert (home.private / "metrics" / "mandi.prom").is_file()


def test_a_step_that_refuses_leaves_its_sentence_and_a_red_page(home: Home, instance: dg.DagsterInstance) -> None:
    assert not run(home, extracts, instance).success

    assert events(home) == [("step_started", None), ("step_failed", "NightError")]
    assert failure(home) == {"step": "extracts", "error": "NightError", "message": "nothing has landed"}
    assert "Night 2026-02-05 stopped at extracts: nothing has landed" in page(home)


def test_a_blocking_check_that_does_not_hold_counts_as_a_failure(home: Home, instance: dg.DagsterInstance) -> None:
    run(home, audit, instance)

    assert events(home)[-1] == ("step_failed", "DisclosureError")
    assert "stopped at audit: all_is_well did not hold. Nothing was published." in page(home)


def test_a_second_try_forgets_the_failure_of_the_first(home: Home, instance: dg.DagsterInstance) -> None:
    run(home, extracts, instance)
    run(home, landed_feeds, instance)

    assert not (home.report(NIGHT) / "failure.json").exists()


@pytest.mark.parametrize(
    ("place", "name", "event"),
    [
        (assets.morning, "write_page", "page_failed"),
        (assets.morning, "morning_of", "page_failed"),
        (assets.metrics, "write_metrics", "metrics_failed"),
        (assets.alerts, "send_alerts", None),
        (logs.NightLog, "write", None),
        (recording, "log_path", None),
        (recording, "UUID", None),
        (recording, "keep_figures", None),
    ],
)
def test_whatever_fails_while_recording_the_night_fails_by_its_own_error_and_by_that_alone(
    home: Home,
    instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    place: object,
    name: str,
    event: str | None,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", "Zubeida Quartermaine")

    monkeypatch.setattr(place, name, fail)
    recording.tell_once.cache_clear()
    result = run(home, extracts, instance)

    (failed,) = result.get_step_failure_events()
    error = failed.step_failure_data.error
    while error is not None and error.cause is not None:
        error = error.cause
    assert error is not None and (error.cls_name, "nothing has landed" in error.message) == ("NightError", True)
    assert run(home, landed_feeds, instance).success
    told = capsys.readouterr().err
    assert told.splitlines().count("mandi: what the night does cannot be recorded: OSError") == 1
    assert "Quartermaine" not in told
    assert event is None or event in [found for found, _ in events(home)]


def test_a_run_that_stops_between_its_steps_is_told_and_a_steps_own_sentence_stays(home: Home) -> None:
    settings = Settings(home, ROOT / "config")
    recording.record_stop(settings, NIGHT, KeyError("Zubeida Quartermaine"))

    assert failure(home)["error"] == "StepError" and "KeyError" in failure(home)["message"]
    assert "Quartermaine" not in page(home) and events(home) == [("run_stopped", "StepError")]

    recording.keep_failure(settings, NIGHT, step="audit", error="DisclosureError", message="found")
    recording.record_stop(settings, NIGHT, StepError("another"))
    assert failure(home)["message"] == "found"


def test_a_call_that_is_no_step_of_a_night_is_not_recorded(home: Home) -> None:
    @guarded
    def landed_feeds() -> str:
        return "plain"

    assert landed_feeds() == "plain" and not home.root.exists()


def test_logs_of_old_nights_go_when_a_new_one_begins(home: Home, instance: dg.DagsterInstance) -> None:
    leave(home, date(2025, 1, 1), until="landed_feeds")
    run(home, landed_feeds, instance)

    assert [path.name for path in (home.private / "logs").iterdir()] == ["2026-02-05.jsonl"]


def test_every_step_of_the_night_is_one_that_is_recorded() -> None:
    """A step is known by its function's name: one that `schemas.steps` lacks would leave no trace."""
    names = {asset.node_def.name for asset in ASSETS}

    assert names == set(STEPS)


def test_events_phases_and_settings_are_documented() -> None:
    operations = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    settings = [name for model in (Watch, Alerts) for name in model.model_fields if name not in ("timeout_s", "tries")]
    words = [*get_args(logs.Event), *settings]

    assert [word for word in words if f"`{word}`" not in operations] == []
    assert get_args(Phase) and not set(Watch.model_fields) & set(Policy.model_fields)
    committed = (ROOT / "config" / "watch.yaml").read_text(encoding="utf-8")
    inner = [name for model in (Disk, Unusual) for name in model.model_fields]
    shown = [name for model in (Webhook, Mail) for name in model.model_fields if name != "ca_file"]
    assert [name for name in [*inner, *shown, "timeout_s", "tries"] if f"{name}:" not in committed] == []
