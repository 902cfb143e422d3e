"""Retention: raw files and quarantine go when their days have passed, if their night is published and accounted for.

Nothing is removed that cannot be proven to have been read: the ledger's accounting, the chain and the night's own
figures must agree with what lies there. What cannot be proven stays and is told. A folder is first renamed where it
lies, then removed, so that a purge that dies in between is finished by the next one, and no half delivery is met.
"""

import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq

from assets.figures import Figures, figures_of, keep_figures
from assets.guard import guarded
from assets.nights import DUCKDB_POOL, GROUP, NIGHTS, OWNERS, Mandi, night_of
from assets.settings import Settings
from feeds.landing import delivery
from schemas.errors import FeedFileError, NightError
from schemas.home import Home
from warehouse.chain import canonical, digest_of_text, entries, refuse_broken, withdrawn
from warehouse.files import flush_folder
from warehouse.ledger import open_ledger
from warehouse.records import NightRecord
from warehouse.release import MANIFEST

_PURGING = ".purging-"
"""Begins the name of a folder that is being removed."""


@dataclass(frozen=True)
class Purged:
    """What was removed, or would be, of one night; counts only."""

    night: date
    n_deliveries: int
    n_files: int
    n_bytes: int
    n_quarantined: int
    """Rows of the quarantine."""


@dataclass(frozen=True)
class Purge:
    """What a purge did."""

    purged: tuple[Purged, ...]
    held: tuple[tuple[date, str], ...]
    """Nights whose days have passed and that stay, with the reason."""


@dataclass(frozen=True)
class _Book:
    """What the ledger says, read once."""

    records: dict[date, NightRecord]
    digests: dict[date, str]
    """Of each night's accounting, as the chain has them."""

    withdrawn: frozenset[str]
    last_erasure: date


def purge(settings: Settings, as_of: date, *, dry_run: bool = False) -> Purge:
    """Removes landed files and quarantine of nights that are more than `retention_days` before a day.

    Args:
        as_of: The day that is counted from: the night that runs, or today.
        dry_run: Only tells.

    Guarantee: only folders `landing/<feed>/<night>` and `private/quarantine/<night>` that are no links go, only of
        published nights whose accounting holds and whose files are those that were read; a purge that was interrupted
        is finished first (`tests/unit/test_retention.py`).

    Raises: DisclosureError if the ledger's chain is broken.
    """
    home = settings.home
    if not dry_run:
        finish_purge(home)
    if not home.ledger.is_file():
        return Purge((), ())
    book = _read(settings)
    purged: list[Purged] = []
    held: list[tuple[date, str]] = []
    for night in sorted({night for _, night in _folders(home)}):
        if (as_of - night).days <= settings.policy.retention_days:
            continue
        folders = [folder for folder, of in _folders(home) if of == night]
        try:
            found = _proven(settings, book, night, folders)
        except (NightError, FeedFileError) as problem:
            held.append((night, str(problem)))
            continue
        except OSError as problem:
            held.append((night, f"cannot be read ({type(problem).__name__})"))
            continue
        if not dry_run:
            _note(home, found, as_of, is_done=False)
            for folder in folders:
                folder.rename(folder.with_name(_PURGING + folder.name))
                flush_folder(folder.parent)
            finish_purge(home)
            _note(home, found, as_of, is_done=True)
        purged.append(found)
    return Purge(tuple(purged), tuple(held))


def finish_purge(home: Home) -> None:
    """Removes what an interrupted purge had begun to remove."""
    places = [path for path in home.landing.glob("*") if path.is_dir() and not path.is_symlink()]
    for place in (*places, home.private / "quarantine"):
        for path in sorted(place.glob(f"{_PURGING}*")):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
                flush_folder(place)


def _folders(home: Home) -> Iterator[tuple[Path, date]]:
    """Folders that retention is about, and their nights; links are none of them."""
    for place in (*sorted(home.landing.glob("*")), home.private / "quarantine"):
        if place.is_symlink() or not place.is_dir() or home.landing.is_symlink():
            continue
        for folder in sorted(place.iterdir()):
            night = _as_date(folder.name)
            if night and folder.is_dir() and not folder.is_symlink():
                yield folder, night


def _as_date(name: str) -> date | None:
    try:
        night = date.fromisoformat(name)
    except ValueError:
        return None
    return night if night.isoformat() == name else None


def _read(settings: Settings) -> _Book:
    with open_ledger(settings.home.ledger) as ledger:
        known = entries(ledger.duck)
        refuse_broken(known)
        facts = [entry.facts for entry in known]
        return _Book(
            records={record.night: record for record in ledger.records()},
            digests={
                date.fromisoformat(fact["night"]): fact["accounting_digest"]
                for fact in facts
                if fact["kind"] == "release"
            },
            withdrawn=frozenset(withdrawn(known)),
            last_erasure=max(
                (date.fromisoformat(fact["night"]) for fact in facts if fact["kind"] == "erasure"), default=date.min
            ),
        )


def _proven(settings: Settings, book: _Book, night: date, folders: list[Path]) -> Purged:
    """What will go of a night.

    Raises: NightError or FeedFileError, telling what speaks against it.
    """
    home, record = settings.home, book.records.get(night)
    if record is None or not record.is_sealed:
        raise NightError("is not published")
    if record.release_id not in book.withdrawn and not (home.release(record.release_id) / MANIFEST).is_file():
        raise NightError(f"its release {record.release_id} is not there")
    digest = digest_of_text(canonical(asdict(record.accounting)))
    if not record.accounting.is_balanced or book.digests.get(night) != digest:
        raise NightError("its accounting does not hold; run mandi ledger verify")
    landed, read = figures_of(home, night, "landed_feeds")["bytes"], figures_of(home, night, "scrubbed_events")
    n = {name: sum(feed[name] for feed in read.values()) for name in ("n_rows", "n_refused")}
    if (n["n_rows"], n["n_refused"]) != (record.accounting.n_rows, record.accounting.n_refused):
        raise NightError("its figures are not those of the ledger")
    is_erased = book.last_erasure >= night
    n_files = n_bytes = n_quarantined = 0
    deliveries = [folder for folder in folders if folder.parent.parent == home.landing]
    for folder in deliveries:
        feed = folder.parent.name
        files = delivery(folder)
        size = sum(path.stat().st_size for path in files)
        if feed not in landed or (size != landed[feed] and not is_erased):
            raise NightError(f"{feed}: what lies there is not what that night read")
        n_files, n_bytes = n_files + len(files), n_bytes + size
    for folder in folders:
        if folder not in deliveries:
            n_quarantined += _quarantined(folder)
            if n_quarantined != n["n_refused"] and not (is_erased and n_quarantined < n["n_refused"]):
                raise NightError("its quarantine does not hold the rows that were refused")
    return Purged(night, len(deliveries), n_files, n_bytes, n_quarantined)


def _quarantined(folder: Path) -> int:
    """Rows of a night's quarantine.

    Raises: NightError if there is anything but Parquet files in it.
    """
    n_rows = 0
    for path in sorted(folder.iterdir()):
        if path.is_symlink() or not path.is_file() or path.suffix != ".parquet":
            raise NightError("its quarantine holds foreign files")
        try:
            n_rows += pq.read_metadata(path).num_rows
        except pa.ArrowException:
            raise NightError("its quarantine cannot be read") from None
    return n_rows


def _note(home: Home, found: Purged, as_of: date, *, is_done: bool) -> None:
    """Leaves on record what goes, before it goes; a purge that is taken up again keeps the counts it began with."""
    try:
        noted = figures_of(home, found.night, "purged")
    except NightError:
        noted = {}
    if noted and not noted["is_done"]:
        noted = {**noted, "is_done": is_done}
    else:
        noted = {**asdict(found), "as_of": as_of, "is_done": is_done}
    keep_figures(home, found.night, "purged", noted)


def purge_night(settings: Settings, night: date) -> Figures:
    """Purges what is due on a night; returns and keeps how many nights went and which stay, and why."""
    done = purge(settings, night)
    figures: Figures = {
        "purged": [asdict(found) for found in done.purged],
        "held": {held.isoformat(): reason for held, reason in done.held},
    }
    keep_figures(settings.home, night, "retention", figures)
    return figures


@dg.asset(
    partitions_def=NIGHTS,
    deps=["release"],
    group_name=GROUP,
    owners=OWNERS,
    kinds={"file"},
    code_version="1",
    pool=DUCKDB_POOL,
    description="One record per earlier night whose raw files and quarantine went, because the policy's days have "
    "passed, it is published, and its accounting holds. Private.",
)
@guarded
def retention(context: dg.AssetExecutionContext, mandi: dg.ResourceParam[Mandi]) -> dg.MaterializeResult:
    """Purges what is due; see `purge`."""
    figures = purge_night(mandi.settings(), night_of(context))
    return dg.MaterializeResult(metadata={"nights_purged": len(figures["purged"]), "nights_held": len(figures["held"])})
