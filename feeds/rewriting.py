"""A landed file without some of its rows: every other row keeps its bytes.

Belongs here: taking rows out of a file by their numbers, format by format, streamed. Which rows go is the caller's to
say (`assets.forget`), by the numbers that `feeds.files.read_rows` gives them. A file whose rows cannot be told apart
exactly as the reader did is refused: nothing is written then.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from feeds.raw import file_error
from feeds.streams import compression_of
from schemas.contracts import CsvDialect, FeedContract

_CHUNK = 8 << 20
_MARK = b"\xef\xbb\xbf"


def write_without(path: Path, target: Path, contract: FeedContract, rows: frozenset[int], n_rows: int) -> int:
    """Writes a copy of a landed file that lacks some rows.

    Args:
        path: the landed file.
        target: where the copy goes; its folder exists.
        contract: of the feed; tells format and dialect.
        rows: numbers of the rows that go, counted from 1 as the reader counts.
        n_rows: how many rows the reader counted, refused ones included.

    Returns: how many rows the copy holds.

    Guarantee: rows that stay keep their bytes in a text format, their values and types in Parquet; no byte of a row
    that goes is in the copy (`tests/unit/test_feed_rewriting.py`).

    Raises: FeedFileError if the file does not have as many rows as the reader counted.
    """
    compression = compression_of(path, contract.format)
    if contract.format == "parquet":
        n_found = _write_parquet(path, target, rows)
    else:
        with pa.OSFile(str(path), "rb") as file, pa.output_stream(str(target), compression=compression) as out:
            source = file if compression is None else pa.CompressedInputStream(file, compression)
            records = _lines(source) if contract.format == "jsonl" else _csv_records(path, source, contract.csv)
            n_found = _copy(records, out, rows, first=1 if contract.format == "jsonl" else 0)
    if n_found != n_rows:
        target.unlink(missing_ok=True)
        raise file_error(
            path, "its rows cannot be told apart for rewriting", "Take the rows out by hand, then land it again"
        )
    target.chmod(0o600)
    return n_rows - len(rows)


def _copy(blocks: Iterator[list[bytes]], out: Any, rows: frozenset[int], *, first: int) -> int:
    """Writes all records but those of `rows`; `first` is the number of the first one. Returns the last number."""
    number = first
    for records in blocks:
        if rows.isdisjoint(range(number, number + len(records))):
            out.write(b"".join(records))
        else:
            out.write(b"".join(record for at, record in enumerate(records, number) if at not in rows))
        number += len(records)
    return number - 1


def _chunks(source: Any) -> Iterator[bytes]:
    while chunk := bytes(source.read(_CHUNK)):
        yield chunk


def _lines(source: Any) -> Iterator[list[bytes]]:
    """Lines with their line ends; only the last may lack one."""
    rest = b""
    for chunk in _chunks(source):
        lines = (rest + chunk).split(b"\n")
        rest = lines.pop()
        yield [line + b"\n" for line in lines]
    if rest:
        yield [rest]


def _csv_records(path: Path, source: Any, dialect: CsvDialect) -> Iterator[list[bytes]]:
    """Records with their line ends, the header first; a line end inside a quoted value belongs to the value."""
    separator, quote = re.escape(dialect.separator.encode()), re.escape(dialect.quote.encode())
    unquoted = rb"[^%s\r\n]*+" % separator
    quoted = rb"%s[^%s]*+(?:%s%s[^%s]*+)*+%s%s" % (quote, quote, quote, quote, quote, quote, unquoted)
    field = rb"(?:%s|(?!%s)%s)" % (quoted, quote, unquoted)
    record = re.compile(rb"%s(?:%s%s)*+(?:\r\n|\n|\r)" % (field, separator, field))
    rest = b""
    mark = None
    for chunk in _chunks(source):
        if mark is None:
            mark = _MARK if chunk.startswith(_MARK) else b""
            chunk = chunk[len(mark) :]
        data = rest + chunk
        found, at = [], 0
        # a record that ends with the chunk may go on: a quote may be one of two, a carriage return half a line end
        while (match := record.match(data, at)) and match.end() < len(data):
            found.append(match.group())
            at = match.end()
        rest = data[at:]
        if found and mark:
            found[0], mark = mark + found[0], b""
        yield found
    found, at = [], 0
    closed = rest if rest.endswith((b"\r", b"\n")) or not rest else rest + b"\n"
    while at < len(closed):
        match = record.match(closed, at)
        if match is None:
            raise file_error(
                path, "ends inside a quoted value", "Ask the sender for the file again, then land it again"
            )
        found.append(match.group() if match.end() <= len(rest) else match.group()[:-1])
        at = match.end()
    if found and mark:
        found[0] = mark + found[0]
    yield found


def _write_parquet(path: Path, target: Path, rows: frozenset[int]) -> int:
    """As `write_without` for Parquet; dictionaries are written out, because they keep values that no row has."""
    gone = np.array(sorted(rows), np.int64)
    number = 1
    with pq.ParquetFile(path) as opened:
        schema = _plain_schema(opened.schema_arrow)
        with pq.ParquetWriter(target, schema, compression="zstd") as writer:
            for batch in opened.iter_batches(batch_size=100_000):
                here = np.arange(number, number + batch.num_rows, dtype=np.int64)
                table = pa.Table.from_batches([batch]).cast(schema)
                writer.write_table(table.filter(pa.array(~np.isin(here, gone))))
                number += batch.num_rows
    return number - 1


def _plain_schema(schema: pa.Schema) -> pa.Schema:
    fields = [
        field.with_type(field.type.value_type) if pa.types.is_dictionary(field.type) else field for field in schema
    ]
    return pa.schema([field.with_metadata(None) for field in fields])
