"""When nights begin by themselves: at two in Kolkata, and when everything has landed; and who tells if none did."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from assets.settings import Settings
from pipelines.starting import Start, complete_night, due_night
from pipelines.telling import tell_overdue

KOLKATA = ZoneInfo("Asia/Kolkata")
EVERY_S = 60
"""Seconds between two looks at the landing zone."""
OVERDUE_EVERY_S = 600
"""Seconds between two looks at the night that should have run."""


def build_schedule(job: UnresolvedAssetJobDefinition) -> dg.ScheduleDefinition:
    """The schedule `nightly`."""

    @dg.schedule(
        job=job,
        cron_schedule="0 2 * * *",
        execution_timezone=str(KOLKATA),
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Every day at 02:00 in Kolkata: the earliest night up to yesterday's that is not published, "
        "complete or not; one that is not says in its run what is missing.",
    )
    def nightly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        yesterday = context.scheduled_execution_time.astimezone(KOLKATA).date() - timedelta(days=1)
        found = due_night(Settings.from_environment(), context.instance, night=yesterday)
        if isinstance(found, Start):
            return dg.RunRequest(partition_key=found.night.isoformat())
        return dg.SkipReason(found.why)

    return nightly


def build_sensor(job: UnresolvedAssetJobDefinition) -> dg.SensorDefinition:
    """The sensor `landed`."""

    @dg.sensor(
        job=job,
        minimum_interval_seconds=EVERY_S,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="The earliest night that is not published, as soon as all feeds that should bring something have "
        "landed. Once for what has landed: again only if something else lands or is accepted.",
    )
    def landed(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        found = complete_night(Settings.from_environment(), context.instance, today=_today())
        if isinstance(found, Start):
            return dg.RunRequest(run_key=found.run_key, partition_key=found.night.isoformat())
        return dg.SkipReason(found.why)

    return landed


def build_watch() -> dg.SensorDefinition:
    """The sensor `overdue`."""

    @dg.sensor(
        minimum_interval_seconds=OVERDUE_EVERY_S,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Begins nothing. A night that nobody began, whose process is gone, or that is late by "
        "config/watch.yaml gets its page, and whom that names is told once.",
    )
    def overdue() -> dg.SkipReason:
        return dg.SkipReason(tell_overdue(Settings.from_environment(), now=datetime.now(UTC)))

    return overdue


def _today() -> date:
    return datetime.now(KOLKATA).date()
