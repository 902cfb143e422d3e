"""What was found in a text, kept from night to night under a keyed hash of the text, which is never kept itself.

Belongs here: the file, its keys, its bounds. Does not belong here: finding anything. Caller: `texts`.
An entry counts only if its own check under the key holds, so a damaged entry is as good as none; a damaged file is
removed and made anew; the configuration's version is part of the key, so no changed rule ever reads an old entry.
"""

import contextlib
import hmac
import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from anonymize.scrub.batches import Spans
from anonymize.scrub.entities import Found
from schemas.entities import Entity

MAX_ENTRIES = 1_000_000
"""About 150 MB; beyond it those that were met longest ago go."""

_AT_ONCE = 500
_CHECK_BYTES = 16
_INSERT = "insert or replace into spans values (?, ?, ?, ?)"
_TABLE = "create table if not exists spans (id blob primary key, version blob, night text, spans blob) without rowid"


T = TypeVar("T")
Entry = tuple[bytes, object]
"""Id, and what the file says under it."""
Row = tuple[bytes, bytes, str, bytes]
"""Id, version, night, spans with their check."""


class SpanCache:
    """Findings by text and country, for one configuration; a cache that fails is an empty one.

    Guarantee: it answers only what was kept for the same text, country and version under the same key
        (tests/unit/test_span_cache.py); the file holds no text and nothing that tells one without the key.
    """

    def __init__(
        self, path: Path, *, key: bytes, version: str, night: date, keep_days: int, max_entries: int = MAX_ENTRIES
    ) -> None:
        """Args: key, secret; version, of everything that decides what is found; night, the one that is worked on;
        keep_days, after which an entry that no text asked for goes.
        """
        self._path = path
        self._know(key, version, night)
        self._oldest = (night - timedelta(days=keep_days)).isoformat()
        self._max_entries = max_entries
        self._connection = self._opened()

    def _know(self, key: bytes, version: str, night: date) -> None:
        self._id_key = hmac.digest(key, b"mandi/1/span-cache/id\0" + version.encode(), "sha256")
        self._check_key = hmac.digest(key, b"mandi/1/span-cache/check\0" + version.encode(), "sha256")
        self._version = hmac.digest(key, b"mandi/1/span-cache/version\0" + version.encode(), "sha256")[:_CHECK_BYTES]
        self._night = night.isoformat()

    def look_up(self, texts: Sequence[str], regions: Sequence[str | None]) -> list[Spans]:
        """What was kept for each text; null where nothing was."""
        ids = self._ids(texts, regions)
        stored = self.stored(sorted(set(ids)))
        known = {id_: found for id_, value in stored if (found := self._read(id_, value)) is not None}
        return [known.get(id_) for id_ in ids]

    def keep(self, texts: Sequence[str], regions: Sequence[str | None], spans: Sequence[Spans]) -> None:
        """Keeps what was found in each text; nothing where anything failed."""
        rows = [
            (id_, self._version, self._night, self._written(id_, found))
            for id_, found in zip(self._ids(texts, regions), spans, strict=True)
            if found is not None
        ]
        self.store(sorted(rows))

    def stored(self, ids: list[bytes]) -> list[Entry]:
        """What the file says under some ids, unread."""
        rows: list[Entry] = []
        for part in _parts(ids):
            rows += self._tried(partial(self._rows, part)) or []
        return rows

    def store(self, rows: list[Row]) -> None:
        """Writes rows as `keep` makes them."""
        self._tried(lambda open_file: open_file.executemany(_INSERT, rows))
        self._tried(sqlite3.Connection.commit)

    def close(self) -> None:
        """Removes what is too old, too much or of another configuration, and closes the file."""
        self._tried(self._purged)
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def __enter__(self) -> "SpanCache":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _opened(self) -> sqlite3.Connection | None:
        """The file, made anew if it is none of ours; null where it can be neither read nor made."""
        for _ in range(2):
            with contextlib.suppress(sqlite3.Error, OSError):
                self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._path.touch(mode=0o600)
                return self._prepared(sqlite3.connect(self._path))
            with contextlib.suppress(OSError):
                self._remove()
        return None

    def _prepared(self, connection: sqlite3.Connection) -> sqlite3.Connection:
        try:
            for setting in ("auto_vacuum = incremental", "secure_delete = on", "synchronous = off"):
                connection.execute(f"pragma {setting}")
            connection.execute(_TABLE)
            connection.execute("select id, version, night, spans from spans limit 1").fetchall()
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _remove(self) -> None:
        for path in (self._path, self._path.with_name(self._path.name + "-journal")):
            path.unlink(missing_ok=True)

    def _tried(self, action: Callable[[sqlite3.Connection], T]) -> T | None:
        """What an action on the file gives; null where it fails, and then the file is made anew."""
        if self._connection is None:
            return None
        try:
            return action(self._connection)
        except sqlite3.Error:
            with contextlib.suppress(sqlite3.Error, OSError):
                self._connection.close()
                self._remove()
            self._connection = self._opened()
            return None

    def _rows(self, ids: list[bytes], open_file: sqlite3.Connection) -> list[Entry]:
        marks = ",".join("?" * len(ids))
        open_file.execute(
            f"update spans set night = ? where id in ({marks}) and night < ?", (self._night, *ids, self._night)
        )
        return open_file.execute(f"select id, spans from spans where id in ({marks})", ids).fetchall()

    def _purged(self, open_file: sqlite3.Connection) -> None:
        open_file.execute("delete from spans where version != ? or night < ?", (self._version, self._oldest))
        (n_entries,) = open_file.execute("select count(*) from spans").fetchone()
        surplus = max(0, n_entries - self._max_entries)
        open_file.execute("delete from spans where id in (select id from spans order by night, id limit ?)", (surplus,))
        open_file.commit()
        open_file.execute("pragma incremental_vacuum").fetchall()

    def _ids(self, texts: Sequence[str], regions: Sequence[str | None]) -> list[bytes]:
        return [
            hmac.digest(self._id_key, f"{region or ''}\0{text}".encode(), "sha256")
            for text, region in zip(texts, regions, strict=True)
        ]

    def _check(self, id_: bytes, body: bytes) -> bytes:
        return hmac.digest(self._check_key, id_ + body, "sha256")[:_CHECK_BYTES]

    def _written(self, id_: bytes, found: Sequence[Found]) -> bytes:
        values = [[one.start, one.end, one.entity.value, one.score, one.recogniser, one.reason] for one in found]
        body = json.dumps(values).encode() if values else b""
        return self._check(id_, body) + body

    def _read(self, id_: bytes, value: object) -> list[Found] | None:
        """What an entry says; null if its check fails."""
        if not isinstance(value, bytes):
            return None
        check, body = value[:_CHECK_BYTES], value[_CHECK_BYTES:]
        if not hmac.compare_digest(check, self._check(id_, body)):
            return None
        return [
            Found(start, end, Entity(entity), score, recogniser, reason)
            for start, end, entity, score, recogniser, reason in (json.loads(body) if body else [])
        ]


class DistantCache(SpanCache):
    """The cache that another process holds open: this one has the keys and asks that one for entries."""

    def __init__(self, ask: Callable[[object], object], *, key: bytes, version: str, night: date) -> None:
        """Args: ask, answered by `answered` of the cache itself; the others as of `SpanCache`."""
        self._know(key, version, night)
        self._ask = ask

    def stored(self, ids: list[bytes]) -> list[Entry]:
        """What the file says under some ids, unread."""
        rows: list[Entry] = self._ask(("stored", ids))  # type: ignore[assignment]
        return rows

    def store(self, rows: list[Row]) -> None:
        """Has rows written as `keep` makes them."""
        self._ask(("store", rows))

    def close(self) -> None:
        """Nothing: the file is the other's."""


def answered(cache: SpanCache, question: Any) -> object:
    """What a `DistantCache` asked of the cache."""
    what, rows = question
    if what == "stored":
        return cache.stored(rows)
    cache.store(rows)
    return None


def _parts(ids: list[bytes]) -> Iterator[list[bytes]]:
    return (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))
