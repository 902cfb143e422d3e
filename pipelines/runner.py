"""Runs a night through the real Dagster definitions, inside this process, on the instance of `dagster.yaml`."""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, suppress
from datetime import date
from typing import Any, TextIO, cast

import dagster as dg
from dagster._core.errors import DagsterAssetCheckFailedError
from dagster._core.storage.dagster_run import FINISHED_STATUSES

from assets.alone import alone
from assets.figures import figures_of
from assets.recording import record_stop
from assets.settings import ROOT, Settings
from pipelines.burial import STARTED_HERE, bury_dead_runs
from schemas.errors import DisclosureError, MandiError, NightError
from schemas.system_failures import system_failure
from warehouse.access import make_home

_DAGSTERS_WORDS = "Exception while writing logger call"
"""So begins what Dagster writes to standard error when its own files take no more: SQL, and what it was to store."""

_SILENT = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


class WithoutDagsters:
    """Standard error, but for what Dagster writes there about its own files: a night that stops is told in one line."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Writes a text, unless it is of those."""
        return len(text) if text.startswith(_DAGSTERS_WORDS) else self._stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def prepare_environment(settings: Settings) -> None:
    """Points Dagster at this checkout's `dagster.yaml` and at the home's private state folder."""
    make_home(settings.home)
    os.environ["MANDI_HOME"] = str(settings.home.root)
    os.environ["MANDI_CONFIG"] = str(settings.config)
    os.environ["MANDI_DAGSTER"] = str(settings.home.dagster)
    os.environ["DAGSTER_HOME"] = str(ROOT)


def run_night(settings: Settings, night: date, on_step: Callable[[str], None] = lambda _: None) -> None:
    """Runs one night's partition of the `night` job.

    Args:
        on_step: Called with the name of each step that has finished.

    Raises: the MandiError of the step that failed; DisclosureError if a blocking check failed;
        NightError if the machine refuses between two steps, as when Dagster's own files fill the disk.
    """
    prepare_environment(settings)
    from pipelines.definitions import definitions

    job = definitions().resolve_job_def("night")
    failed_checks = False
    stopped: NightError | None = None
    with alone(settings.home), dg.DagsterInstance.get() as instance:
        if not _is_partition(job, night):
            raise NightError(f"night {night} lies in the future; wait for it")
        bury_dead_runs(instance)
        with _watching(instance, on_step), redirect_stderr(cast(TextIO, WithoutDagsters(sys.stderr))):
            try:
                job.execute_in_process(
                    instance=instance,
                    partition_key=night.isoformat(),
                    run_config=_SILENT,
                    tags={STARTED_HERE: "command line"},
                )
            except DagsterAssetCheckFailedError:
                failed_checks = True
            except MandiError:
                raise
            except Exception as error:
                record_stop(settings, night, error)
                refused = system_failure(error)
                if refused is None:
                    raise
                stopped = NightError(f"night {night}: {refused}, then run it again")
    if stopped:
        raise stopped
    if failed_checks:
        raise DisclosureError(_what_the_audit_found(settings, night))


def refuse_running(settings: Settings) -> None:
    """Raises NightError if a run of the web interface or the schedule is not finished; asked before `alone`."""
    prepare_environment(settings)
    unfinished = [status for status in dg.DagsterRunStatus if status not in FINISHED_STATUSES]
    with dg.DagsterInstance.get() as instance:
        runs = instance.get_runs(filters=dg.RunsFilter(statuses=unfinished))
    if any(STARTED_HERE not in run.tags for run in runs):
        raise NightError("a run of Dagster's web interface or schedule is not finished; wait for it, or end it there")


def _is_partition(job: dg.JobDefinition, night: date) -> bool:
    partitions = job.partitions_def
    assert partitions is not None
    return partitions.has_partition_key(night.isoformat())


@contextmanager
def _watching(instance: dg.DagsterInstance, on_step: Callable[[str], None]) -> Iterator[None]:
    """Tells of each step that finishes meanwhile, from Dagster's own event log."""
    done = threading.Event()
    before = {run.run_id for run in instance.get_runs(limit=50)}
    told: set[str] = set()

    def finished() -> list[str]:
        runs = [run.run_id for run in instance.get_runs(limit=5) if run.run_id not in before]
        records = [
            record
            for run_id in runs
            for record in instance.get_records_for_run(run_id, of_type=dg.DagsterEventType.STEP_SUCCESS).records
        ]
        return [(record.event_log_entry.step_key or "").removesuffix("__scrubbed_events") for record in records]

    def tell() -> None:
        steps: list[str] = []
        with suppress(Exception):  # where the disk is full it cannot be read: that hinders no night, nor what ended it
            steps = finished()
        for step in steps:
            if step not in told:
                told.add(step)
                on_step(step)

    def watch() -> None:
        while not done.wait(0.3):
            tell()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
        tell()


def _what_the_audit_found(settings: Settings, night: date) -> str:
    try:
        findings = figures_of(settings.home, night, "audit")["findings"]
    except NightError:
        findings = []
    if not findings:
        return f"night {night}: a blocking check failed; see mandi ui. Nothing was published."
    found = "; ".join(f"{finding['attack']} found {finding['n']:,} in {finding['where']}" for finding in findings[:3])
    return f"night {night}: {found}. Nothing was published; see private/reports/{night}/audit.json"
