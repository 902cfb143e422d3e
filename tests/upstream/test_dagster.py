"""What the guard, the runner and `dagster.yaml` rely on in Dagster; each breaks loudly."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from pathlib import Path
from typing import TextIO, cast

import dagster as dg
import pytest
import yaml

from assets.settings import ROOT
from pipelines.runner import WithoutDagsters

SECRET = "Zubeida-Quartermaine"


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    """The instance of this checkout's `dagster.yaml`."""
    monkeypatch.setenv("DAGSTER_HOME", str(ROOT))
    monkeypatch.setenv("MANDI_DAGSTER", str(tmp_path / "state"))
    with dg.DagsterInstance.get() as found:
        yield found


def run(instance: dg.DagsterInstance, step: Callable[[], None]) -> dg.ExecuteInProcessResult:
    @dg.op(name="step")
    def wrapped() -> None:
        step()

    job = dg.GraphDefinition("job", node_defs=[wrapped]).to_job()
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    return job.execute_in_process(instance=instance, raise_on_error=False, run_config=quiet)


def is_kept(tmp_path: Path) -> bool:
    return any(SECRET.encode() in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def a_message() -> None:
    raise ValueError(SECRET)


def a_cause() -> None:
    raise ValueError("outer") from KeyError(SECRET)


def a_context() -> None:
    try:
        raise KeyError(SECRET)
    except KeyError:
        raise ValueError("outer")  # noqa: B904  # the implicit context is what is tested


@pytest.mark.parametrize("failure", [a_message, a_cause, a_context])
def test_messages_causes_and_contexts_are_kept_which_is_why_every_step_is_guarded(
    instance: dg.DagsterInstance, tmp_path: Path, failure: Callable[[], None]
) -> None:
    assert not run(instance, failure).success
    assert is_kept(tmp_path)


def test_nothing_printed_is_kept(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    assert run(instance, lambda: print(SECRET)).success
    os.system(f"echo {SECRET} > /dev/null")
    assert not is_kept(tmp_path)


def test_telemetry_is_off_and_the_pool_holds_one(instance: dg.DagsterInstance) -> None:
    settings = yaml.safe_load((ROOT / "dagster.yaml").read_text(encoding="utf-8"))

    assert settings["telemetry"] == {"enabled": False}
    assert instance.get_settings("telemetry") == {"enabled": False}
    assert instance.get_concurrency_config().pool_config.default_pool_limit == 1


def test_a_dead_run_keeps_its_slot_until_it_is_freed(instance: dg.DagsterInstance) -> None:
    """Why pipelines/runner.py frees what dead runs hold before a night begins."""
    storage = instance.event_log_storage
    storage.initialize_concurrency_limit_to_default("duckdb")
    assert storage.claim_concurrency_slot("duckdb", "dead", "step").is_claimed

    assert not storage.claim_concurrency_slot("duckdb", "living", "step").is_claimed
    assert {slot.run_id for slot in storage.get_concurrency_info("duckdb").claimed_slots} == {"dead"}
    storage.free_concurrency_slots_for_run("dead")

    assert storage.claim_concurrency_slot("duckdb", "living", "step").is_claimed


def test_a_failed_blocking_check_stops_the_steps_below_and_only_in_its_own_run(instance: dg.DagsterInstance) -> None:
    ran: list[str] = []

    @dg.asset(check_specs=[dg.AssetCheckSpec("holds", asset="above", blocking=True)])
    def above() -> dg.MaterializeResult:
        return dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=False, check_name="holds")])

    @dg.asset(deps=[above])
    def below() -> None:
        ran.append("below")

    together = dg.materialize([above, below], instance=instance, raise_on_error=False)
    assert not together.success and ran == []

    alone = dg.materialize([above, below], selection="below", instance=instance, raise_on_error=False)
    assert alone.success and ran == ["below"]


def test_what_it_cannot_store_it_writes_to_standard_error_as_the_runner_expects_it(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(SECRET)

    monkeypatch.setattr(type(instance.event_log_storage), "store_event", full)
    with pytest.raises(OSError, match=SECRET), redirect_stderr(cast(TextIO, WithoutDagsters(sys.stderr))):
        print("mandi: told", file=sys.stderr)
        run(instance, lambda: None)
    assert capsys.readouterr().err == "mandi: told\n"

    with pytest.raises(OSError, match=SECRET):
        run(instance, lambda: None)
    assert SECRET in capsys.readouterr().err
