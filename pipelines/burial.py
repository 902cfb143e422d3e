"""Runs whose process is gone: told apart from living ones by the lock, and ended, so that nothing waits for them.

Dagster keeps a run as started until somebody says otherwise, and a started run keeps the queue and the DuckDB pool.
Every run holds the home from before its first step to its end (`assets.alone`), so whoever holds the home knows: a
run that has begun a step and not ended is dead.
"""

import time

import dagster as dg
from dagster._core.storage.tags import PARTITION_NAME_TAG

from assets.nights import DUCKDB_POOL, PATIENCE_S

STARTED_HERE = "mandi/started_by"
"""Tag of runs that the command line started."""

_BEGUN = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
_WAITING = [dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED]
_GRACE_S = PATIENCE_S + 300.0
"""A run that has begun no step for so long does not wait for the home any more, either."""


def bury_dead_runs(instance: dg.DagsterInstance, *, is_all: bool = False) -> int:
    """Ends runs that died, and takes back what they held; the caller holds the home.

    Args:
        is_all: also those that have begun no step: where no daemon lives that could be about to begin them.

    Returns: how many runs were ended.
    """
    dead = [
        record
        for record in instance.get_run_records(dg.RunsFilter(statuses=_BEGUN))
        if is_all or _is_dead(instance, record)
    ]
    for record in dead:
        instance.report_run_failed(record.dagster_run, "its process ended before it did")
    info = instance.event_log_storage.get_concurrency_info(DUCKDB_POOL)
    for run_id in sorted({slot.run_id for slot in info.claimed_slots} | {step.run_id for step in info.pending_steps}):
        run = instance.get_run_by_id(run_id)
        if run is None or run.is_finished:
            instance.event_log_storage.free_concurrency_slots_for_run(run_id)
    return len(dead)


def unfinished_nights(instance: dg.DagsterInstance) -> tuple[str, ...]:
    """Nights of runs that are queued, begin or run."""
    runs = instance.get_runs(dg.RunsFilter(statuses=[*_BEGUN, *_WAITING]))
    return tuple(sorted({run.tags.get(PARTITION_NAME_TAG, "of no date") for run in runs}))


def _is_dead(instance: dg.DagsterInstance, record: dg.RunRecord) -> bool:
    run_id = record.dagster_run.run_id
    steps = instance.get_records_for_run(run_id, of_type=dg.DagsterEventType.STEP_START, limit=1).records
    return bool(steps) or time.time() - record.update_timestamp.timestamp() > _GRACE_S
