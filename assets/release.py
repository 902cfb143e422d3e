"""The release: proven once more, put in place by one rename, sealed in the ledger."""

from datetime import date, timedelta
from pathlib import Path

import dagster as dg

from assets.demand_tables import proven_tables
from assets.disclosure_report import keep_exact
from assets.figures import figures_of, keep_release
from assets.guard import guarded
from assets.nights import DUCKDB_POOL, GROUP, NIGHTS, OWNERS, Mandi, night_of
from assets.settings import Settings
from warehouse.ledger import open_ledger
from warehouse.release import manifest_of, publish


def release_night(settings: Settings, night: date) -> Path:
    """Publishes a staged night; see `warehouse.release.publish`. Returns the release's folder."""
    tables = proven_tables(settings, night)
    audit = figures_of(settings.home, night, "audit")
    with open_ledger(settings.home.ledger) as ledger:
        folder = publish(
            tables,
            ledger,
            settings.home,
            keyring=settings.keyring,
            audited_digest=audit["digest"] if audit["has_passed"] else None,
        )
    keep_release(settings.home, night)
    keep_exact(settings, night, tables, manifest_of(folder))
    return folder


@dg.asset(
    partitions_def=NIGHTS,
    deps=["audit"],
    group_name=GROUP,
    owners=OWNERS,
    kinds={"duckdb", "parquet"},
    code_version="1",
    pool=DUCKDB_POOL,
    freshness_policy=dg.FreshnessPolicy.cron(
        deadline_cron="0 8 * * *", lower_bound_delta=timedelta(hours=14), timezone="Asia/Kolkata"
    ),
    description="One immutable folder per night under releases/, with the demand tables and every extract. Refuses "
    "unless the door proves every rule again and these very bytes passed the audit.",
)
@guarded
def release(context: dg.AssetExecutionContext, mandi: dg.ResourceParam[Mandi]) -> dg.MaterializeResult:
    """Publishes a night; see `release_night`."""
    folder = release_night(mandi.settings(), night_of(context))
    return dg.MaterializeResult(metadata={"release_id": folder.name})
