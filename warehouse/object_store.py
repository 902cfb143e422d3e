"""Object storage: releases copied out to a bucket, deliveries fetched from one.

Belongs here: what is copied in which order, so that a reader of the bucket never meets half a release. Does not belong
here: credentials (those of the environment, as the store's own tools take them). obstore is an extra: it is imported
where a URL is given. Landing zone, ledger and `private/` stay on a file system, for they need renames and locks.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from schemas.errors import ConfigurationError, FeedFileError, NightError
from schemas.releases import ReleaseList
from warehouse.listing import LIST
from warehouse.release import MANIFEST

CURRENT = "current"
"""The object that holds the name of the newest release that was not withdrawn; absent where there is none."""


SCHEMES = ("s3", "s3a", "gs", "az", "adl", "abfs", "abfss", "azure")
"""How the URL of a bucket begins."""


@dataclass(frozen=True)
class Mirrored:
    """What a copy brought to a bucket."""

    n_releases: int
    n_files: int
    n_bytes: int


def is_url(source: str) -> bool:
    """Whether a source is the URL of an object, and no path."""
    return "://" in source


def mirror_releases(releases: Path, url: str) -> Mirrored:
    """Copies to a bucket every release that is not there yet, then the signed list, then which one is current.

    Args: releases of the home; url of a folder in a bucket, such as `s3://bucket/mandi`.
    Guarantee: a release's manifest comes after all its other files, and the list after all releases it names, so
        whoever begins at the list finds whole releases only. A release whose manifest is there is never written
        again. A copy that was cut goes on when it is asked again (tests/unit/test_object_store.py).
    Raises: ConfigurationError if the extra is not installed or the URL is none; NightError if nothing is published
        yet, or the store refuses.
    """
    if not (releases / LIST).is_file():
        raise NightError("nothing is published yet; run a night first")
    content = (releases / LIST).read_bytes()  # once: a night may publish meanwhile
    n_releases = n_files = n_bytes = 0
    standing = None
    with _store(url) as store:
        for release in ReleaseList.model_validate_json(content).releases:
            folder = releases / release.release_id
            is_there = store.has(f"{release.release_id}/{MANIFEST}")
            is_here = (folder / MANIFEST).is_file()
            if is_here and not is_there:
                files = sorted(_files(folder), key=lambda path: (path == folder / MANIFEST, path))
                for path in files:
                    store.put(path.relative_to(releases).as_posix(), path)
                n_releases, n_files = n_releases + 1, n_files + len(files)
                n_bytes += sum(path.stat().st_size for path in files)
            if release.withdrawn is None and (is_here or is_there):
                standing = release.release_id
        store.put(LIST, content)
        if standing is None:
            store.remove(CURRENT)
        else:
            store.put(CURRENT, f"{standing}\n".encode())
    return Mirrored(n_releases, n_files, n_bytes)


def fetch(url: str, folder: Path) -> Path:
    """An object as a file of a folder, under its own name, readable by the owner only.

    Raises: ConfigurationError as `mirror_releases`; FeedFileError if there is no such object.
    """
    place, _, name = url.rpartition("/")
    with _store(place) as store:
        path = folder / name
        if not name or not store.has(name):
            raise FeedFileError(f"{name or 'the URL'}: there is no such object in the bucket; ask the sender")
        with path.open("xb") as file:
            path.chmod(0o600)
            for part in store.parts(name):
                file.write(part)
    return path


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


class _Store:
    """The few things that are asked of a bucket."""

    def __init__(self, url: str) -> None:
        import obstore
        from obstore.store import from_url

        self._obstore: Any = obstore
        self._store: Any = from_url(url)

    def has(self, name: str) -> bool:
        try:
            self._obstore.head(self._store, name)
        except (self._obstore.exceptions.NotFoundError, FileNotFoundError):
            return False
        return True

    def put(self, name: str, content: Path | bytes) -> None:
        self._obstore.put(self._store, name, content)

    def remove(self, name: str) -> None:
        if self.has(name):
            self._obstore.delete(self._store, name)

    def parts(self, name: str) -> Iterator[bytes]:
        yield from map(bytes, self._obstore.get(self._store, name))


@contextmanager
def _store(url: str) -> Iterator[_Store]:
    if not is_url(url):
        raise ConfigurationError("the bucket: give a URL, such as s3://bucket/folder")
    if url.partition("://")[0].lower() not in SCHEMES:
        raise ConfigurationError(
            f"a URL begins with {', '.join(f'{scheme}://' for scheme in SCHEMES)}; fetch what lies elsewhere, and give "
            "the file"
        )
    if find_spec("obstore") is None:
        raise ConfigurationError("object storage is an extra; install it (pip install -e '.[s3]')")
    from obstore.exceptions import BaseError

    failure: Exception | None = None
    try:
        yield _Store(url)
    except (BaseError, FileNotFoundError, PermissionError) as error:  # it calls some of its own by Python's names
        failure = NightError(
            f"the object store refused ({type(error).__name__}); check bucket, endpoint and credentials, then try again"
        )
    if failure:
        raise failure from None
