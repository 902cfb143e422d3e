"""Everything Dagster sees; the command line runs these same definitions."""

import dagster as dg

from assets.arrivals import arrivals
from assets.audit import audit
from assets.demand_classes import demand_classes
from assets.demand_tables import demand_tables
from assets.disclosure_report import disclosure_report
from assets.extracts import extracts
from assets.landed_feeds import landed_feeds
from assets.nights import installation
from assets.release import release
from assets.retention import retention
from assets.scrubbed_events import scrubbed_events
from pipelines.schedules import build_schedule, build_sensor, build_watch

ASSETS = (
    landed_feeds, scrubbed_events, arrivals, demand_classes, demand_tables, disclosure_report, extracts, audit, release,
    retention,
)  # fmt: skip
"""The night, in the order of the data."""

NIGHT = dg.define_asset_job(
    "night",
    selection=dg.AssetSelection.assets(*ASSETS),
    description="One night, from landed files to a published release.",
)


nightly, landed, overdue = build_schedule(NIGHT), build_sensor(NIGHT), build_watch()
"""The first two begin nights by themselves, wherever a daemon runs; the third tells of one that did not begin."""


@dg.definitions
def definitions() -> dg.Definitions:
    """The night's assets, its job, its schedule and its sensor."""
    return dg.Definitions(
        assets=ASSETS,
        jobs=[NIGHT],
        schedules=[nightly],
        sensors=[landed, overdue],
        resources={"mandi": installation},
        executor=dg.in_process_executor,
    )
