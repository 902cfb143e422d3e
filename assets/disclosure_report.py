"""The disclosure report: its public cut, staged beside the tables before the audit, and its exact cut, kept private."""

from datetime import date

import dagster as dg

from assets.demand_tables import proven_tables
from assets.figures import Figures, figures_of, keep_figures
from assets.guard import guarded
from assets.nights import DUCKDB_POOL, GROUP, NIGHTS, OWNERS, Mandi, night_of
from assets.settings import Settings
from schemas.disclosure import PublicReport
from schemas.releases import ReleaseManifest
from warehouse.demand import SealedTables
from warehouse.disclosure import PAGE, REPORT, public_report, rounded_inputs, write_public
from warehouse.exact_disclosure import chain_entry, exact_report, write_exact
from warehouse.ledger import open_ledger
from warehouse.release import manifest_of
from warehouse.waiting import pool_figures


def stage_disclosure(settings: Settings, night: date) -> Figures:
    """Writes the public cut into the staging folder; returns the bytes of its files."""
    staging = settings.home.staging(night)
    tables = proven_tables(settings, night)
    write_public(public_cut(settings, night, tables, manifest_of(staging)), staging)
    figures: Figures = {name: (staging / name).stat().st_size for name in (REPORT, PAGE)}
    keep_figures(settings.home, night, "disclosure_report", figures)
    return figures


def public_cut(settings: Settings, night: date, tables: SealedTables, manifest: ReleaseManifest) -> PublicReport:
    """The public cut of a night, from its sealed classes and its rounded inputs."""
    scrubbed = figures_of(settings.home, night, "scrubbed_events")
    accounting = figures_of(settings.home, night, "demand_classes")["accounting"]
    inputs = rounded_inputs(
        n_rows=accounting["n_rows"],
        n_events=accounting["n_events"],
        n_identifiers_replaced=sum(sum(feed["placeholders"].values()) for feed in scrubbed.values()),
        n_pooled=accounting["n_pooled"],
    )
    return public_report(tables.classes.frame, manifest, settings.policy, inputs)


def keep_exact(settings: Settings, night: date, tables: SealedTables, manifest: ReleaseManifest) -> None:
    """Writes the exact cut into the night's private reports: by the audit, and again once the release is sealed."""
    contracts = settings.contracts.items()
    with open_ledger(settings.home.ledger) as ledger:
        chain = chain_entry(ledger, night)
        pool = pool_figures(
            ledger,
            night,
            policy=settings.policy,
            taxonomy=settings.taxonomy,
            settle_days={feed: contract.settle.days for feed, contract in contracts if contract.settle},
        )
    report = exact_report(
        public_cut(settings, night, tables, manifest),
        scrubbed=figures_of(settings.home, night, "scrubbed_events"),
        classes=figures_of(settings.home, night, "demand_classes"),
        audit=figures_of(settings.home, night, "audit"),
        pool=pool,
        chain=chain,
    )
    write_exact(report, settings.home.report(night))


@dg.asset(
    partitions_def=NIGHTS,
    deps=["demand_tables"],
    group_name=GROUP,
    owners=OWNERS,
    kinds={"html", "json"},
    code_version="1",
    pool=DUCKDB_POOL,
    description="One report per night, as a page and as JSON, beside the tables. A function of published classes, the "
    "policy and inputs rounded to thousands; staged before the audit, which builds it again.",
)
@guarded
def disclosure_report(context: dg.AssetExecutionContext, mandi: dg.ResourceParam[Mandi]) -> dg.MaterializeResult:
    """Writes a night's public report; see `stage_disclosure`."""
    figures = stage_disclosure(mandi.settings(), night_of(context))
    return dg.MaterializeResult(metadata={"bytes": sum(figures.values())})
