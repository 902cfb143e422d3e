"""Everything Dagster sees; the command line runs these same definitions."""

import dagster as dg

from assets.audit import audit
from assets.demand_classes import demand_classes
from assets.demand_tables import demand_tables
from assets.extracts import extracts
from assets.landed_feeds import landed_feeds
from assets.nights import NIGHTS, Mandi
from assets.release import release
from assets.scrubbed_events import scrubbed_events
from assets.settings import Settings

ASSETS = (landed_feeds, scrubbed_events, demand_classes, demand_tables, extracts, audit, release)
"""The night, in the order of the data."""

NIGHT = dg.define_asset_job(
    "night",
    selection=dg.AssetSelection.assets(*ASSETS),
    partitions_def=NIGHTS,
    description="One night, from landed files to a published release.",
)


@dg.definitions
def definitions() -> dg.Definitions:
    """The night's assets, its job, and its schedule: every day at 02:00 in Kolkata, for the day before."""
    settings = Settings.from_environment()
    return dg.Definitions(
        assets=ASSETS,
        jobs=[NIGHT],
        schedules=[dg.build_schedule_from_partitioned_job(NIGHT, name="nightly", hour_of_day=2)],
        resources={"mandi": Mandi(home=str(settings.home.root), config=str(settings.config))},
        executor=dg.in_process_executor,
    )
