"""The exact cut of a disclosure report: what came in, what became of it, what waits and what the attacks counted.

Private: it stands below `private/reports/<night>/` and is never staged. Built from what each step of the night kept,
and from the ledger.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from schemas.disclosure import (
    REPORT_VERSION,
    AttackFigures,
    ChainEntry,
    ExactReport,
    FeedFigures,
    PoolFigures,
    PublicReport,
    TonightsRung,
)
from warehouse.chain import entries
from warehouse.disclosure import PAGE, REPORT
from warehouse.disclosure_page import exact_page
from warehouse.files import write_whole
from warehouse.ledger import Ledger
from warehouse.provenance import code_digest, code_version

Figures = Mapping[str, Any]


def exact_report(
    public: PublicReport,
    *,
    scrubbed: Mapping[str, Figures],
    classes: Figures,
    audit: Figures,
    pool: PoolFigures,
    chain: ChainEntry | None,
) -> ExactReport:
    """The exact cut.

    Args:
        public: The public cut of the same release.
        scrubbed: What `scrubbed_events` kept, by feed.
        classes: What `demand_classes` kept.
        audit: What `audit` kept.
        pool: What waits.
        chain: The ledger's entry of the release, once there is one.
    """
    feeds = [_feed(feed, figures) for feed, figures in sorted(scrubbed.items())]
    found = {finding["attack"]: 0 for finding in audit["findings"]}
    for finding in audit["findings"]:
        found[finding["attack"]] += finding["n"]
    return ExactReport(
        report_version=REPORT_VERSION,
        public=public,
        accounting=classes["accounting"],
        identities=tuple(classes["identities"]),
        feeds=tuple(feeds),
        tonight=tuple(TonightsRung(**rung) for rung in classes["rungs"] if rung["n_classes"]),
        pool=pool,
        attacks=tuple(
            AttackFigures(attack=attack, n_found=found.get(attack, 0), figures=dict(sorted(figures.items())))
            for attack, figures in sorted(audit["figures"].items())
        ),
        has_passed=audit["has_passed"],
        n_files=audit["n_files"],
        audited_digest=audit["digest"],
        epochs=tuple(sorted({epoch for feed in feeds for epoch in feed.epochs})),
        code_version=code_version(),
        code_digest=code_digest(),
        chain=chain,
    )


def chain_entry(ledger: Ledger, night: date) -> ChainEntry | None:
    """The ledger's entry of a night's release; None until it is sealed."""
    for entry in reversed(entries(ledger.duck)):
        facts = entry.facts
        if facts["kind"] == "release" and facts["night"] == night.isoformat():
            return ChainEntry(number=entry.number, digest=entry.digest)
    return None


def write_exact(report: ExactReport, folder: Path) -> None:
    """Writes both files of the exact cut, for the owner alone."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_whole(folder / REPORT, (report.model_dump_json(indent=2) + "\n").encode(), mode=0o600)
    write_whole(folder / PAGE, exact_page(report).encode(), mode=0o600)


def drop_exact(folder: Path) -> None:
    """Takes the exact report of an earlier try of a night away, if there is one."""
    for name in (REPORT, PAGE):
        (folder / name).unlink(missing_ok=True)


def read_exact(folder: Path) -> ExactReport:
    """The exact report of a night."""
    return ExactReport.model_validate_json((folder / REPORT).read_bytes())


def _feed(feed: str, figures: Figures) -> FeedFigures:
    return FeedFigures(
        feed=feed,
        n_rows=figures["n_rows"],
        n_refused=figures["n_refused"],
        refused=figures["refused"],
        dropped_values=figures["dropped_values"],
        n_events=figures["n_events"],
        scrubbed=figures["placeholders"],
        n_withheld=figures["n_withheld"],
        epochs=tuple(figures["epochs"]),
    )
