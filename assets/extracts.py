"""The trade bodies' extracts, staged beside the tables so that a release appears whole."""

import shutil
from datetime import date

import dagster as dg

from assets.demand_tables import proven_tables
from assets.figures import Figures, keep_figures
from assets.guard import guarded
from assets.nights import DUCKDB_POOL, GROUP, NIGHTS, OWNERS, Mandi, night_of
from assets.settings import Settings
from warehouse.extracts import write_extracts
from warehouse.keys import know_signing_key
from warehouse.ledger import open_ledger
from warehouse.release import EXTRACTS


def stage_extracts(settings: Settings, night: date) -> Figures:
    """Writes every trade body's extract into the staging folder; returns rows by body and table.

    Raises: SecretError if the signing key is not the one the ledger knows.
    """
    tables = proven_tables(settings, night)
    with open_ledger(settings.home.ledger) as ledger:
        know_signing_key(ledger, settings.keyring)
    folder = settings.home.staging(night) / EXTRACTS
    shutil.rmtree(folder, ignore_errors=True)
    figures = write_extracts(
        tables,
        settings.trade_bodies,
        folder,
        releases=settings.home.releases,
        taxonomy=settings.taxonomy,
        policy=settings.policy,
        key=settings.keyring.signing_key(),
    )
    keep_figures(settings.home, night, "extracts", dict(figures))
    return dict(figures)


@dg.asset(
    partitions_def=NIGHTS,
    deps=["demand_tables"],
    group_name=GROUP,
    owners=OWNERS,
    kinds={"parquet", "csv"},
    code_version="3",
    pool=DUCKDB_POOL,
    description="One folder per trade body: a brief, Parquet, CSV and a workbook with only its products, what "
    "changed, a data package, signed checksums.",
)
@guarded
def extracts(context: dg.AssetExecutionContext, mandi: dg.ResourceParam[Mandi]) -> dg.MaterializeResult:
    """Writes a night's extracts; see `stage_extracts`."""
    figures = stage_extracts(mandi.settings(), night_of(context))
    return dg.MaterializeResult(metadata={body: f"{rows['demand']:,} demand rows" for body, rows in figures.items()})
