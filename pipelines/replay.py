"""`mandi replay`: published nights once more, from what has landed and the same keys, into a home of its own.

What people decided (acceptances, withdrawals, receipts) is taken over from the chain, entry by entry; everything else
is made again. Then both ledgers are compared. Raw files are read where they lie and not copied.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from assets.audit import audit_night
from assets.completeness import judge_arrivals
from assets.demand_classes import class_night
from assets.demand_tables import stage_tables
from assets.disclosure_report import stage_disclosure
from assets.extracts import stage_extracts
from assets.release import release_night
from assets.scrubbed_events import scrub_night
from assets.settings import Settings
from feeds.landing import SUMS
from schemas.errors import ConfigurationError, MandiError, NightError
from schemas.home import Home
from warehouse.access import make_home
from warehouse.arrivals import arrivals_of
from warehouse.chain import Entry, append, entries
from warehouse.comparison import CHAIN, Difference, compare
from warehouse.ledger import Ledger, open_ledger
from warehouse.provenance import code_digest, taxonomy_digest
from warehouse.records import NightRecord

STEPS: tuple[Callable[[Settings, date], Any], ...] = (
    scrub_night, judge_arrivals, class_night, stage_tables, stage_disclosure, stage_extracts, audit_night,
    release_night,
)  # fmt: skip
"""A night as plain functions, in order."""

_PLACE = ("number", "kind", "night", "previous")
"""What an entry says of its place in the chain."""
_MADE_AGAIN = ("release", "epoch_closed")
"""Entries that a night makes; all others were decided by people."""


@dataclass(frozen=True)
class Replay:
    """What a replay found."""

    nights: tuple[date, ...]
    differences: tuple[Difference, ...]
    notes: tuple[str, ...]
    """Why something could not be equal."""

    @property
    def unequal(self) -> tuple[str, ...]:
        """Parts that differ and should not."""
        return tuple(each.part for each in self.differences if not each.is_equal)


def replay(
    settings: Settings, into: Path, *, ledger: Path | None = None, on_night: Callable[[date], None] = lambda _: None
) -> Replay:
    """Runs every published night again and compares what came of it.

    Args:
        settings: of the home that is replayed; the caller holds it.
        into: a folder that is not there yet, or empty.
        ledger: a backup of the ledger to begin with, where raw files of older nights are purged.
        on_night: called after each night.

    Returns: the parts of both ledgers; the chain is left out where code or policy has changed since, and a note says
    so.

    Raises: NightError if a night is open or its raw files are gone; ConfigurationError if the folder holds something.
    """
    if into.exists() and any(into.iterdir()):
        raise ConfigurationError(f"{into.name} is not empty; name a new folder for the replay")
    fresh = Settings(Home(into.absolute()), settings.config)
    try:
        plan = _prepared(settings, fresh, ledger)
    except MandiError:
        shutil.rmtree(into, ignore_errors=True)
        raise
    for entry in plan.entries:
        facts = entry.facts
        night = date.fromisoformat(facts["night"])
        if facts["kind"] == "release":
            for step in STEPS:
                step(fresh, night)
            on_night(night)
        elif facts["kind"] not in _MADE_AGAIN:
            with open_ledger(fresh.home.ledger) as ours, ours.duck.transaction():
                decided = {name: value for name, value in facts.items() if name not in _PLACE}
                append(ours.duck, facts["kind"], night, decided)
    found = compare(settings.home.ledger, fresh.home.ledger)
    parts = tuple(each for each in found if each.part != CHAIN or not plan.is_other_code)
    return Replay(plan.nights, parts, plan.notes)


@dataclass(frozen=True)
class _Plan:
    entries: tuple[Entry, ...]
    """Of the chain, from the first one that is not in the ledger the replay begins with."""

    nights: tuple[date, ...]
    is_other_code: bool
    notes: tuple[str, ...]


def _prepared(settings: Settings, fresh: Settings, backup: Path | None) -> _Plan:
    """A home with keys, lists and, where there is one, the backup of the ledger; and what is to be done in it."""
    into = fresh.home.root
    into.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh.home.landing.symlink_to(settings.home.landing, target_is_directory=True)
    make_home(fresh.home)
    if settings.home.keys.is_dir():
        shutil.copytree(settings.home.keys, fresh.home.keys)
    for path, copy in ((settings.home.opt_out, fresh.home.opt_out), (settings.home.canaries, fresh.home.canaries)):
        if path.is_file():
            shutil.copy2(path, copy)
    if backup is not None:
        if not backup.is_file():
            raise ConfigurationError(f"{backup.name}: there is no such backup of a ledger")
        shutil.copy2(backup, fresh.home.ledger)
    with open_ledger(settings.home.ledger) as source, open_ledger(fresh.home.ledger) as ours:
        known, begun = entries(source.duck), entries(ours.duck)
        if begun != known[: len(begun)]:
            raise ConfigurationError("the backup does not belong to this home's ledger: its chain says something else")
        records, kept = source.records(), ours.records()
        nights = tuple(record for record in records if record.night > (ours.last_sealed() or date.min))
        _refuse_unready(settings, source, nights)
    for record in kept:
        if settings.home.release(record.release_id).is_dir():
            shutil.copytree(settings.home.release(record.release_id), fresh.home.release(record.release_id))
    left = known[len(begun) :]
    is_other = any(_is_other(settings, record) for record in nights)
    return _Plan(left, tuple(record.night for record in nights), is_other, _notes(left, is_other_code=is_other))


def _refuse_unready(settings: Settings, source: Ledger, nights: tuple[NightRecord, ...]) -> None:
    """Raises NightError if a night is not published, or something that arrived for it lies no longer in the landing
    zone."""
    for record in nights:
        night = record.night
        if not record.is_sealed:
            raise NightError(f"night {night} is not published yet; run mandi night {night} first")
        came = {each.feed for each in arrivals_of(source, night) if each.country is None and each.verdict != "missing"}
        there = {path.parent.parent.name for path in settings.home.landing.glob(f"*/{night}/{SUMS}")}
        gone = sorted(came - there) or (["everything"] if not there else [])
        if gone:
            raise NightError(
                f"night {night}: {', '.join(gone)} is purged; begin with a backup of the ledger made after that night: "
                "--ledger FILE"
            )


def _is_other(settings: Settings, record: NightRecord) -> bool:
    """Whether a night was made by other code, another policy or other trees than there are today."""
    today = (code_digest(), settings.policy_digest, taxonomy_digest(settings.taxonomy))
    return (record.code_digest, record.policy_digest, record.taxonomy_digest) != today


def _notes(left: tuple[Entry, ...], *, is_other_code: bool) -> tuple[str, ...]:
    n_erased = sum(entry.facts["kind"] == "erasure" for entry in left)
    notes = []
    if is_other_code:
        notes.append("code, policy or trees have changed since; entries of the chain hang on them and are not compared")
    if n_erased:
        notes.append(
            f"{n_erased} buyers were erased since; their rows are gone from raw files, so nights differ by them"
        )
    return tuple(notes)
