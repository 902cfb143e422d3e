"""The audit of what would be published: every attack, on exactly the staged bytes."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date

import dagster as dg
import polars as pl

from assets.demand_tables import proven_tables
from assets.disclosure_report import keep_exact
from assets.figures import Figures, keep_figures
from assets.guard import guarded
from assets.nights import DUCKDB_POOL, GROUP, NIGHTS, OWNERS, Mandi, night_of
from assets.settings import Settings
from feeds.context import build_context
from feeds.identifying import identifying_values
from feeds.landing import delivery
from schemas.events import CONTRIBUTOR_KEYS
from warehouse.audit import ATTACKS, audit_staged
from warehouse.insiders import insiders_of
from warehouse.ledger import open_ledger
from warehouse.release import manifest_of


def audit_night(settings: Settings, night: date) -> Figures:
    """Attacks the staged release of a night with every identifier of its raw rows; see `warehouse.audit`.

    Returns: `has_passed`, `digest` of the attacked bytes, `findings`, and how many files and identifiers there were.
    """
    tables = proven_tables(settings, night)
    with open_ledger(settings.home.ledger) as ledger:
        insiders = insiders_of(
            ledger,
            night,
            identifiers=_identifiers(settings, night),
            pseudonyms=pl.concat([ledger.pooled_pseudonyms(), *_pseudonyms(settings, night)]).unique(),
        )
    audit = audit_staged(
        tables,
        settings.home.staging(night),
        releases=settings.home.releases,
        taxonomy=settings.taxonomy,
        bodies=settings.trade_bodies,
        policy=settings.policy,
        insiders=insiders,
    )
    figures: Figures = {
        "has_passed": audit.has_passed,
        "digest": audit.digest,
        "findings": [asdict(finding) for finding in audit.findings],
        "n_files": audit.n_files,
        "n_identifiers": audit.n_identifiers,
        "figures": audit.figures,
    }
    keep_figures(settings.home, night, "audit", figures)
    keep_exact(settings, night, tables, manifest_of(settings.home.staging(night)))
    return figures


def _identifiers(settings: Settings, night: date) -> pl.Series:
    """Direct identifiers of the night's raw rows, and every canary."""
    context = build_context(settings.config, night, settings.policy)
    values = [
        identifying_values(path, settings.contracts[folder.parent.name], context)
        for folder in sorted(settings.home.landing.glob(f"*/{night.isoformat()}"))
        for path in delivery(folder)
    ]
    lines = settings.home.canaries.read_text(encoding="utf-8").splitlines() if settings.home.canaries.is_file() else []
    canaries = pl.Series([line.strip() for line in lines if line.strip()], dtype=pl.String)
    return pl.concat([canaries, *values]).unique().sort()


def _pseudonyms(settings: Settings, night: date) -> Iterator[pl.Series]:
    """Those of the night's scrubbed events, distinct within each column of each file."""
    names = (
        *CONTRIBUTOR_KEYS,
        "event_key",
        "key_supplier",
        "key_cancels",
        "key_cancels_before",
        "key_account_before",
    )
    for path in sorted(settings.home.scrubbed(night).glob("*.parquet")):
        for name in names:
            yield pl.read_parquet(path, columns=[name])[name].drop_nulls().unique()


@dg.asset(
    partitions_def=NIGHTS,
    deps=["extracts", "disclosure_report"],
    group_name=GROUP,
    owners=OWNERS,
    kinds={"polars"},
    code_version="1",
    pool=DUCKDB_POOL,
    description="One verdict per attack and night, on the staged files as a recipient would hold them. The release "
    "refuses bytes that have not passed.",
    check_specs=[
        dg.AssetCheckSpec(
            f"{attack}_finds_nothing",
            asset="audit",
            blocking=True,
            description=f"The {attack} attack on every staged file finds nothing.",
        )
        for attack in ATTACKS
    ],
)
@guarded
def audit(context: dg.AssetExecutionContext, mandi: dg.ResourceParam[Mandi]) -> dg.MaterializeResult:
    """Attacks a night's staged files; see `audit_night`."""
    figures = audit_night(mandi.settings(), night_of(context))
    findings = figures["findings"]
    return dg.MaterializeResult(
        metadata={"files": figures["n_files"], "identifiers_searched": figures["n_identifiers"]},
        check_results=[
            dg.AssetCheckResult(
                check_name=f"{attack}_finds_nothing",
                passed=not any(finding["attack"] == attack for finding in findings),
                metadata={"findings": sum(finding["n"] for finding in findings if finding["attack"] == attack)},
            )
            for attack in ATTACKS
        ],
    )
