"""The files that `write` fills: one class a format, each appending chunk after chunk with the same bytes every time."""

import gzip
from collections.abc import Callable
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from feeds.demo.faults import break_csv, break_json

TRUTH_SCHEMA = pa.schema(
    [
        ("feed", pa.string()),
        ("record_id", pa.string()),
        ("field", pa.string()),
        ("entity", pa.string()),
        ("start", pa.int32()),
        ("end", pa.int32()),
        ("value", pa.string()),
    ]
)
_SEARCH_SCHEMA = pa.schema(
    [
        ("search_id", pa.string()),
        ("at", pa.timestamp("us", tz="UTC")),
        ("account_id", pa.string()),
        ("account_verified", pa.bool_()),
        ("country", pa.string()),
        ("query", pa.string()),
    ]
)


class FeedFile(Protocol):
    """One file of one feed and night."""

    def write(self, rows: pl.DataFrame) -> None:
        """Append the rows."""

    def write_broken(self, rows: pl.DataFrame) -> None:
        """Append the rows as lines that do not parse."""

    def close(self) -> None:
        """Finish the file."""


class _GzipJsonLines:
    def __init__(self, path: Path) -> None:
        self._raw = path.open("wb")
        # No file name and no time in the header: they would differ from run to run.
        self._file = gzip.GzipFile(filename="", fileobj=self._raw, mode="wb", compresslevel=3, mtime=0)

    def write(self, rows: pl.DataFrame) -> None:
        buffer = BytesIO()
        rows.write_ndjson(buffer)
        self._file.write(buffer.getvalue())

    def write_broken(self, rows: pl.DataFrame) -> None:
        self._file.write(break_json(rows))

    def close(self) -> None:
        self._file.close()
        self._raw.close()


class _Csv:
    """CSV with a header, plain or zstd."""

    def __init__(self, path: Path) -> None:
        self._file: Any = pa.CompressedOutputStream(str(path), "zstd") if path.suffix == ".zst" else path.open("wb")
        self._is_empty = True

    def write(self, rows: pl.DataFrame) -> None:
        buffer = BytesIO()
        rows.write_csv(buffer, include_header=self._is_empty)
        self._is_empty = False
        self._file.write(buffer.getvalue())

    def write_broken(self, rows: pl.DataFrame) -> None:
        self._file.write(break_csv(rows))

    def close(self) -> None:
        self._file.close()


class _Parquet:
    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._schema = schema
        self._file = pq.ParquetWriter(path, schema, compression="zstd")

    def write(self, rows: pl.DataFrame) -> None:
        if len(rows):
            self._file.write_table(rows.select(self._schema.names).to_arrow().cast(self._schema))

    def write_broken(self, rows: pl.DataFrame) -> None:
        self.write(rows)

    def close(self) -> None:
        self._file.close()


TruthFile = _Parquet
_FORMATS: dict[str, tuple[str, Callable[[Path], FeedFile]]] = {
    "demo_rfqs": ("jsonl.gz", _GzipJsonLines),
    "demo_inquiries": ("csv", _Csv),
    "demo_searches": ("parquet", lambda path: _Parquet(path, _SEARCH_SCHEMA)),
    "demo_orders": ("csv.zst", _Csv),
}


def feed_path(out: Path, feed: str, night: date) -> Path:
    """Where the file of a feed and night stands."""
    return out / "feeds" / feed / night.isoformat() / f"{feed}.{_FORMATS[feed][0]}"


def open_feed(out: Path, feed: str, night: date) -> FeedFile:
    """A new file for a feed and night."""
    path = feed_path(out, feed, night)
    path.parent.mkdir(parents=True, exist_ok=True)
    return _FORMATS[feed][1](path)


def open_truth(out: Path, night: date) -> TruthFile:
    """A new file for a night's truth."""
    path = out / "truth" / f"{night.isoformat()}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    return _Parquet(path, TRUTH_SCHEMA)


def known_identifiers(truth_dir: Path) -> pl.DataFrame:
    """Every identifier that stands anywhere in the feeds: entity, value (both text), distinct, sorted by both."""
    paths = sorted(truth_dir.glob("*.parquet"))
    if not paths:
        raise FileNotFoundError(f"{truth_dir} holds no truth: write the demo marketplace first.")
    found = pl.scan_parquet(paths).select("entity", "value").unique()
    return found.sort("entity", "value").collect()
