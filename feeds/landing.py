"""The landing zone: deliveries are copied whole, closed by their checksums, and checked before they are read.

Belongs here: writing and verifying one delivery's folder. Callers name the folder (`schemas.home.Home.landed`). A
folder without `SHA256SUMS` is a delivery that has not arrived.
"""

import hashlib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from feeds.manifest import MANIFEST, rows_told
from feeds.streams import compression_of
from schemas.contracts import FeedContract
from schemas.errors import FeedFileError

SUMS = "SHA256SUMS"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,150}")
_SUM_LINE = re.compile(r"([0-9a-f]{64})  (\S+)")
_PART = ".part"
_CHUNK = 1 << 20
_MOST_SUMS = 1 << 20
"""Most bytes of checksums: some five thousand files."""


@dataclass(frozen=True)
class LandedDelivery:
    """A delivery that lies closed in its folder."""

    feed: str
    folder: Path
    files: tuple[Path, ...]
    n_bytes: int
    is_new: bool
    """False if the same content had landed before and nothing was written."""


def land(files: Sequence[Path], contract: FeedContract, folder: Path) -> LandedDelivery:
    """A delivery copied into its folder, each file whole or not at all, and closed by `SHA256SUMS` at the end.

    Guarantee: after a crash at any point the folder either verifies or counts as not landed; landing the same content
    again changes nothing.

    Args:
        files: what the sender gave; at least one, with names that differ; a `MANIFEST.json` counts their rows.
        contract: of the feed; tells what the files' names and first bytes must be.
        folder: of this feed and night; made if absent, readable by the owner only.

    Raises: FeedFileError if a file is missing, empty or of another format, a name is unsuitable, the folder holds
    another delivery, or foreign files; also if a manifest counts other files, or is wanted and not there.
    """
    named = [path for path in files if path.name != MANIFEST]
    if not named:
        raise FeedFileError(f"{contract.feed}: no file to land. Name at least one.")
    if contract.expects.manifest and len(named) == len(files):
        raise FeedFileError(f"{contract.feed}: its contract expects a {MANIFEST} in each delivery. Name it as well.")
    names = sorted(path.name for path in files)
    if len(set(names)) != len(names):
        raise FeedFileError(f"{contract.feed}: two files have one name. Rename one of them.")
    if any(not _NAME.fullmatch(name) or name == SUMS or name.endswith(_PART) for name in names):
        raise FeedFileError(f"{contract.feed}: a file's name may hold letters, digits, '.', '_' and '-'. Rename it.")
    for path in named:
        compression_of(path, contract.format)
    for path in set(files) - set(named):
        rows_told(path.parent, frozenset(each.name for each in named))
    if (folder / SUMS).exists():
        return _landed_before(files, contract, folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _clear(folder, set(names), contract.feed)
    sums = {path.name: _copy(path, folder / path.name) for path in sorted(files, key=lambda path: path.name)}
    _write(folder / SUMS, "".join(f"{digest}  {name}\n" for name, digest in sums.items()).encode())
    landed = delivery(folder)
    return LandedDelivery(contract.feed, folder, landed, _n_bytes(landed), is_new=True)


def delivery(folder: Path) -> tuple[Path, ...]:
    """The files of a closed delivery but its manifest, sorted by name, each with the checksum it landed with.

    Raises: FeedFileError if `SHA256SUMS` is missing or malformed, a file is missing, added, changed, a link, or a name
    leads out of the folder.
    """
    place = f"{folder.parent.name}/{folder.name}"
    if folder.parent.is_symlink() or folder.is_symlink() or not folder.is_dir():
        raise FeedFileError(f"{place}: is missing or a link. Make it a folder, and land the delivery again.")
    if (folder / SUMS).is_symlink() or not (folder / SUMS).is_file():
        raise FeedFileError(f"{place}: has no {SUMS}: the delivery has not arrived whole. Land it again.")
    sums = _read_sums(folder, place)
    found = {path.name for path in folder.iterdir()} - {SUMS}
    if found - set(sums):
        raise FeedFileError(f"{place}: holds {len(found - set(sums))} files that {SUMS} does not list. Remove them.")
    for name, digest in sums.items():
        path = folder / name
        if path.is_symlink() or not path.is_file():
            raise FeedFileError(f"{place}: {name} is missing or no plain file. Land the delivery again.")
        if _digest(path) != digest:
            raise FeedFileError(f"{place}: {name} changed since it landed. Find out why, then land it again.")
    return tuple(folder / name for name in sorted(sums) if name != MANIFEST)


def take_away(folder: Path) -> None:
    """Makes room for another delivery in the place of one; its checksums go first, so that it counts as absent.

    Raises: FeedFileError if the folder is a link.
    """
    if folder.is_symlink():
        raise FeedFileError(f"{folder.parent.name}: {folder.name} is a link. Make it a folder.")
    (folder / SUMS).unlink(missing_ok=True)
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.is_symlink() or path.is_file():
            path.unlink()


def sums_of(files: Mapping[str, Path]) -> str:
    """The text of `SHA256SUMS` for files by the names they have in their delivery."""
    return "".join(f"{_digest(path)}  {name}\n" for name, path in sorted(files.items()))


def _landed_before(files: Sequence[Path], contract: FeedContract, folder: Path) -> LandedDelivery:
    landed = delivery(folder)
    manifest = folder / MANIFEST
    known = {path.name: _digest(path) for path in (*landed, *([manifest] if manifest.is_file() else []))}
    if known != {path.name: _digest(path) for path in files}:
        raise FeedFileError(
            f"{contract.feed}: {folder.name} holds another delivery already. Land the new one under another night."
        )
    return LandedDelivery(contract.feed, folder, landed, _n_bytes(landed), is_new=False)


def _read_sums(folder: Path, place: str) -> dict[str, str]:
    with (folder / SUMS).open("rb") as opened:
        content = opened.read(_MOST_SUMS + 1)
    if len(content) > _MOST_SUMS:
        raise FeedFileError(f"{place}: {SUMS} is larger than any delivery needs. Land it again.")
    text = content.decode("ascii", errors="replace")
    sums: dict[str, str] = {}
    for line in text.splitlines():
        entry = _SUM_LINE.fullmatch(line)
        if entry is None or not _NAME.fullmatch(entry[2]) or entry[2] in sums:
            raise FeedFileError(f"{place}: {SUMS} is malformed, or names a file outside its folder. Land it again.")
        sums[entry[2]] = entry[1]
    if not sums:
        raise FeedFileError(f"{place}: {SUMS} lists no file. Land the delivery again.")
    return sums


def _clear(folder: Path, names: set[str], feed: str) -> None:
    """Remove what an interrupted landing of the same files left; refuse a folder with anything else in it."""
    if folder.is_symlink():
        raise FeedFileError(f"{feed}: {folder.name} is a link. Make it a folder.")
    for path in folder.iterdir():
        is_ours = path.name in names or (path.name.startswith(".") and path.name.endswith(_PART))
        if path.is_symlink() or not path.is_file() or not is_ours:
            raise FeedFileError(f"{feed}: {folder.name} holds files of an unfinished other delivery. Remove them.")
    for path in folder.iterdir():
        path.unlink()


def _copy(source: Path, target: Path) -> str:
    """Copy a file atomically; its SHA-256 as hex digits."""
    digest = hashlib.sha256()
    part = target.with_name(f".{target.name}{_PART}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
        for chunk in _chunks(source):
            digest.update(chunk)
            opened.write(chunk)
        opened.flush()
        os.fsync(opened.fileno())
    _put_in_place(part, target)
    return digest.hexdigest()


def _write(target: Path, content: bytes) -> None:
    part = target.with_name(f".{target.name}{_PART}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())
    _put_in_place(part, target)


def _put_in_place(part: Path, target: Path) -> None:
    part.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    for chunk in _chunks(path):
        digest.update(chunk)
    return digest.hexdigest()


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as opened:
        while chunk := opened.read(_CHUNK):
            yield chunk


def _n_bytes(paths: tuple[Path, ...]) -> int:
    return sum(path.stat().st_size for path in paths)
