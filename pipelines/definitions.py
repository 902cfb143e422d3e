"""Everything Dagster sees; the command line runs these same definitions."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import dagster as dg

from assets.arrivals import arrivals
from assets.audit import audit
from assets.demand_classes import demand_classes
from assets.demand_tables import demand_tables
from assets.disclosure_report import disclosure_report
from assets.extracts import extracts
from assets.landed_feeds import landed_feeds
from assets.nights import Mandi
from assets.release import release
from assets.scrubbed_events import scrubbed_events
from assets.settings import Settings

ASSETS = (
    landed_feeds, scrubbed_events, arrivals, demand_classes, demand_tables, disclosure_report, extracts, audit, release,
)  # fmt: skip
"""The night, in the order of the data."""

NIGHT = dg.define_asset_job(
    "night",
    selection=dg.AssetSelection.assets(*ASSETS),
    description="One night, from landed files to a published release.",
)


@dg.schedule(job=NIGHT, cron_schedule="0 2 * * *", execution_timezone="Asia/Kolkata")
def nightly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """Every day at 02:00 in Kolkata: the night of the day that has just ended."""
    today = context.scheduled_execution_time.astimezone(ZoneInfo("Asia/Kolkata")).date()
    return dg.RunRequest(partition_key=(today - timedelta(days=1)).isoformat())


@dg.definitions
def definitions() -> dg.Definitions:
    """The night's assets, its job, and its schedule."""
    settings = Settings.from_environment()
    return dg.Definitions(
        assets=ASSETS,
        jobs=[NIGHT],
        schedules=[nightly],
        resources={"mandi": Mandi(home=str(settings.home.root), config=str(settings.config))},
        executor=dg.in_process_executor,
    )
