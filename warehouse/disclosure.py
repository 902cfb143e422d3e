"""The figures of a disclosure report: the public cut from published classes, the exact one from what each step kept.

The public cut is staged beside the tables before the audit, which builds it again from the staged classes and refuses
any other; the page is a function of it (`warehouse.disclosure_page`).
"""

from pathlib import Path

import polars as pl

from anonymize.attacks import collusion, differencing, dominance, forensics, identifiers, linkage, steering, vocabulary
from anonymize.attacks.findings import Finding
from schemas.disclosure import (
    REPORT_VERSION,
    ROUNDED_TO,
    HeldAttack,
    KindShare,
    LevelShare,
    MeasureShare,
    PublicReport,
    RoundedInputs,
    RungShare,
)
from schemas.policy import PERIOD_LEVELS, PLACE_LEVELS, PRODUCT_LEVELS, Policy
from schemas.published import MEASURED_UNITS, SCHEMA_VERSION
from schemas.releases import ReleaseManifest
from warehouse.disclosure_page import public_page
from warehouse.files import write_whole

REPORT, PAGE = "disclosure.json", "disclosure.html"
"""Names of both cuts, in a release and below `private/reports/<night>/`."""

LEVELS: dict[str, tuple[str, ...]] = {
    "product": tuple(reversed(PRODUCT_LEVELS)),
    "place": tuple(reversed(PLACE_LEVELS)),
    "period": tuple(reversed(PERIOD_LEVELS)),
}
"""Levels of each dimension, finest first."""

MEANINGS = {
    differencing.ATTACK: "No sum, difference or ratio of published figures, within this release, between it and any "
    "earlier one, or between extracts, isolates anything smaller than a class.",
    dominance.ATTACK: "No contributor, alone or with the partners the policy counts on, can take its own part off a "
    "published sum and estimate another's closely.",
    collusion.ATTACK: "No supplier, alone or with the partners the policy counts on, can take its own sales off a "
    "published sum and estimate closely what a buyer bought elsewhere.",
    identifiers.ATTACK: "No name, company, account, e-mail, phone, tax number, planted canary or pseudonym stands in "
    "any byte of any file.",
    vocabulary.ATTACK: "No text column says anything but public codes.",
    forensics.ATTACK: "No Parquet file tells more by its statistics, dictionaries, filters, metadata or row order than "
    "by its rows.",
    linkage.ATTACK: "Laid beside a perfect customs manifest, no class singles a company out of a crowd smaller than k.",
    steering.ATTACK: "Making a class of one victim and accounts of one's own takes at least k - 1 accounts, each "
    "verified.",
}
"""What it means that an attack failed."""

_VALUE = pl.when(pl.col("cents").count() > 0).then(pl.col("cents").sum() / 100)
_MEASURES = ("value", "quotes", *(f"quantity_{unit}" for unit in MEASURED_UNITS))


def public_report(
    classes: pl.DataFrame, manifest: ReleaseManifest, policy: Policy, inputs: RoundedInputs
) -> PublicReport:
    """The public cut.

    Args:
        classes: Every published class up to and with this release: rows of `schemas.published.ClassRow`.
        manifest: Of this release.
        policy: Under which it is published.
        inputs: What came in, rounded.

    Guarantee: a function of published classes, the policy and rounded inputs alone; the same arguments give the same
        report, whatever the order of rows (`tests/unit/test_disclosure.py`).
    """
    told = classes.with_columns(
        is_new=pl.col("release_id") == manifest.release_id,
        cents=(pl.col("value_usd") * 100).round().cast(pl.Int64),
        rung=pl.concat_str("product_level", "place_level", "period_level", separator=" x "),
    )
    return PublicReport(
        report_version=REPORT_VERSION,
        release_id=manifest.release_id,
        night=manifest.night,
        previous=manifest.previous,
        schema_version=SCHEMA_VERSION,
        policy_digest=manifest.policy_digest,
        chain_head=manifest.chain_head,
        policy=policy,
        kinds=_kinds(told),
        levels=tuple(share for dimension in LEVELS for share in _levels(told, dimension)),
        rungs=_rungs(told),
        measures=_measures(told),
        attacks=tuple(HeldAttack(attack=attack, meaning=meaning) for attack, meaning in MEANINGS.items()),
        inputs=inputs,
    )


def rounded_inputs(*, n_rows: int, n_events: int, n_identifiers_replaced: int, n_pooled: int) -> RoundedInputs:
    """Exact figures of a night as a release may tell them: each to the nearest thousand, halves up."""
    return RoundedInputs(
        n_rows=_rounded(n_rows),
        n_events=_rounded(n_events),
        n_identifiers_replaced=_rounded(n_identifiers_replaced),
        n_pooled=_rounded(n_pooled),
    )


def write_public(report: PublicReport, folder: Path) -> None:
    """Writes both files of the public cut beside staged tables."""
    write_whole(folder / REPORT, as_json(report))
    write_whole(folder / PAGE, public_page(report).encode())


def as_json(report: PublicReport) -> bytes:
    """A public report's one spelling."""
    return (report.model_dump_json(indent=2) + "\n").encode()


def read_public(folder: Path) -> PublicReport:
    """The public report of a release."""
    return PublicReport.model_validate_json((folder / REPORT).read_bytes())


def report_beyond_classes(
    folder: Path, classes: pl.DataFrame, manifest: ReleaseManifest, policy: Policy
) -> list[Finding]:
    """Findings where a staged report is missing or is not exactly what public facts and rounded inputs give."""
    if not (folder / REPORT).is_file() or not (folder / PAGE).is_file():
        return [Finding(differencing.ATTACK, REPORT, "report that is missing", 1)]
    content = (folder / REPORT).read_bytes()
    try:
        told = PublicReport.model_validate_json(content)
    except ValueError:
        return [Finding(differencing.ATTACK, REPORT, "report that is none", 1)]
    due = public_report(classes, manifest, policy, told.inputs)
    findings = []
    if content != as_json(due):
        findings.append(Finding(differencing.ATTACK, REPORT, "figures that do not follow from published classes", 1))
    if (folder / PAGE).read_bytes() != public_page(due).encode():
        findings.append(Finding(differencing.ATTACK, PAGE, "page that says other than its report", 1))
    return findings


def _kinds(told: pl.DataFrame) -> tuple[KindShare, ...]:
    found = (
        told.group_by("kind")
        .agg(
            n_classes=pl.len(),
            n_classes_new=pl.col("is_new").sum(),
            n_events=pl.col("n_events").sum(),
            value_usd=_VALUE,
            smallest_crowd=pl.col("n_contributors").min(),
            median_crowd=pl.col("n_contributors").median(),
        )
        .sort("kind")
    )
    return tuple(KindShare(**row) for row in found.iter_rows(named=True))


def _levels(told: pl.DataFrame, dimension: str) -> tuple[LevelShare, ...]:
    order = pl.Enum(LEVELS[dimension])
    found = (
        told.group_by("kind", level=pl.col(f"{dimension}_level").cast(order))
        .agg(n_classes=pl.len(), n_events=pl.col("n_events").sum(), value_usd=_VALUE)
        .sort("kind", "level")
        .with_columns(pl.col("level").cast(pl.String), dimension=pl.lit(dimension))
    )
    return tuple(LevelShare(**row) for row in found.iter_rows(named=True))


def _rungs(told: pl.DataFrame) -> tuple[RungShare, ...]:
    places = [pl.col(f"{dimension}_level").cast(pl.Enum(levels)) for dimension, levels in LEVELS.items()]
    found = (
        told.group_by("rung", *places)
        .agg(
            n_classes=pl.len(),
            n_classes_new=pl.col("is_new").sum(),
            n_events=pl.col("n_events").sum(),
            value_usd=_VALUE,
        )
        .sort("product_level", "place_level", "period_level")
        .select(*RungShare.model_fields)
    )
    return tuple(RungShare(**row) for row in found.iter_rows(named=True))


def _measures(told: pl.DataFrame) -> tuple[MeasureShare, ...]:
    """Measures that at least one class of the kind knows."""
    long = told.select("kind", *(pl.col(f"{measure}_status").alias(measure) for measure in _MEASURES)).unpivot(
        index="kind", variable_name="measure", value_name="status"
    )
    found = (
        long.group_by("kind", pl.col("measure").cast(pl.Enum(_MEASURES)))
        .agg(**{f"n_{status}": (pl.col("status") == status).sum() for status in ("given", "withheld", "none")})
        .filter(pl.col("n_given") + pl.col("n_withheld") > 0)
        .sort("kind", "measure")
        .with_columns(pl.col("measure").cast(pl.String))
    )
    return tuple(MeasureShare(**row) for row in found.iter_rows(named=True))


def _rounded(n: int) -> int:
    return (n + ROUNDED_TO // 2) // ROUNDED_TO * ROUNDED_TO
