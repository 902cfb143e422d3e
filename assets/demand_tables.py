"""The demand tables, built aside from proven classes."""

from datetime import date

import dagster as dg

from assets.figures import Figures, keep_figures
from assets.guard import guarded
from assets.nights import DUCKDB_POOL, GROUP, NIGHTS, OWNERS, Mandi, column_schema, night_of
from assets.settings import Settings
from schemas.errors import DisclosureError
from schemas.published import DemandRow
from warehouse.demand import SealedTables, build_tables, open_tables
from warehouse.door import SealedClasses, prove_classes
from warehouse.exact_disclosure import drop_exact
from warehouse.ledger import open_ledger
from warehouse.release import TABLES, write_manifest


def proven_classes(settings: Settings, night: date) -> SealedClasses:
    """The night's classes and all before them, through the release door."""
    with open_ledger(settings.home.ledger) as ledger:
        return prove_classes(
            ledger,
            night=night,
            policy=settings.policy,
            policy_digest=settings.policy_digest,
            taxonomy=settings.taxonomy,
        )


def proven_tables(settings: Settings, night: date) -> SealedTables:
    """The staged demand tables, after the door has proven their classes once more."""
    return open_tables(proven_classes(settings, night), settings.home.staging(night) / TABLES)


def stage_tables(settings: Settings, night: date) -> Figures:
    """Builds `demand.duckdb` and the manifest in the staging folder; returns rows by table and new classes.

    What the exact report tells of an earlier try ends here, also where the door refuses: it is of other files.
    """
    staging, exact = settings.home.staging(night), settings.home.report(night)
    try:
        classes = proven_classes(settings, night)
    except DisclosureError:
        drop_exact(exact)
        raise
    drop_exact(exact)
    tables = build_tables(classes, settings.taxonomy, staging / TABLES)
    manifest = write_manifest(tables, settings.policy, staging)
    figures: Figures = {"rows": tables.n_rows, "n_classes_new": manifest.n_classes_new}
    keep_figures(settings.home, night, "demand_tables", figures)
    return figures


@dg.asset(
    partitions_def=NIGHTS,
    deps=["demand_classes"],
    group_name=GROUP,
    owners=OWNERS,
    kinds={"duckdb", "sql"},
    code_version="1",
    pool=DUCKDB_POOL,
    description="One row per kind, product node, place node and period node, and one per part not elsewhere "
    "specified. Sums over whole classes, on a connection to which nothing private is attached.",
    metadata=column_schema(DemandRow),
)
@guarded
def demand_tables(context: dg.AssetExecutionContext, mandi: dg.ResourceParam[Mandi]) -> dg.MaterializeResult:
    """Builds a night's tables; see `stage_tables`."""
    figures = stage_tables(mandi.settings(), night_of(context))
    return dg.MaterializeResult(metadata={**figures["rows"], "new_classes": figures["n_classes_new"]})
