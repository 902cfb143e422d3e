"""JSON Lines files as batches of text columns; lines that hold no JSON object are set aside.

Called by `feeds.files`. Whole blocks go through Polars; only a block that fails is read line by line.
"""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from feeds.contracts import ROW_COLUMN
from feeds.raw import RawBatch, UnreadRow, file_error, text_batch
from feeds.streams import SEND_AGAIN, TextStream

_BLOCK_BYTES = 8 << 20
_MAX_LINE_BYTES = 64 << 20


def json_batches(
    path: Path, columns: tuple[str, ...], compression: str | None, *, max_expansion: int
) -> Iterator[RawBatch]:
    """Batches of the named top-level members of a JSON Lines file, all text, about 8 MB of file each.

    Numbers and truth values become their text (`12`, `true`), nested values their JSON text; null and absent are null.

    Raises: FeedFileError if a member stands on no line of the whole file, or if the file is empty, cut in the middle
    of its last line, damaged or not UTF-8.
    """
    next_row = 1
    unmet = set(columns)
    with TextStream(path, compression, max_expansion=max_expansion) as stream:
        for block in _blocks(path, stream):
            if next_row == 1 and block.lstrip().startswith(b"["):
                raise file_error(
                    path, "is one JSON array: JSON Lines holds an object on each line", "Ask for that format"
                )
            rows, unread = _read(block, columns, next_row)
            unmet = {name for name in unmet if not _stands(name, block, rows)}
            is_last_cut = unread and unread[-1].row == next_row + block.count(b"\n") and not block.endswith(b"\n")
            if is_last_cut and unread[-1].reason == "broken_json":
                raise file_error(path, "ends in the middle of a line", SEND_AGAIN)
            next_row += rows.height + len(unread)
            yield text_batch(rows, unread)
    if unmet:
        raise file_error(
            path, f"has no member '{min(unmet)}' on any line, which is asked for", "Name another, or mend the file"
        )


def _stands(name: str, block: bytes, rows: pl.DataFrame) -> bool:
    """Whether a member stands in a block: by its name, or, where that may be written with escapes, by a value."""
    return json.dumps(name, ensure_ascii=False).encode() in block or rows[name].null_count() < rows.height


def _blocks(path: Path, stream: TextStream) -> Iterator[bytes]:
    """The file in blocks of whole lines; only the last may lack its line end."""
    rest = b""
    while chunk := stream.read(_BLOCK_BYTES):
        if not rest and chunk.startswith(b"\xef\xbb\xbf"):
            chunk = chunk[3:]
        head, line_end, tail = chunk.rpartition(b"\n")
        if line_end:
            yield rest + head + line_end
            rest = tail
        else:
            rest += chunk
        if len(rest) > _MAX_LINE_BYTES:
            raise file_error(path, "has a line of more than 64 MB: it is no JSON Lines file", "Check the file's format")
    stream.check()
    if rest:
        yield rest


def _read(block: bytes, columns: tuple[str, ...], first_row: int) -> tuple[pl.DataFrame, list[UnreadRow]]:
    n_lines = block.count(b"\n") + (not block.endswith(b"\n"))
    frame = _parsed(block, columns, n_lines)
    if frame is None:
        return _read_by_line(block, columns, first_row)
    return frame.with_columns(pl.int_range(first_row, first_row + n_lines, dtype=pl.Int64).alias(ROW_COLUMN)), []


def _parsed(block: bytes, columns: tuple[str, ...], n_lines: int) -> pl.DataFrame | None:
    """The named members of a block whose lines are all JSON objects; None if one of them is not."""
    frame = None
    try:
        frame = pl.read_ndjson(io.BytesIO(block), schema=dict.fromkeys(columns, pl.String()))
    except (Exception, pl.exceptions.PanicException):
        return None
    return frame if frame.height == n_lines else None


def _read_by_line(block: bytes, columns: tuple[str, ...], first_row: int) -> tuple[pl.DataFrame, list[UnreadRow]]:
    """As for a whole block, without the lines that hold no object.

    The good lines go through the same parser as whole blocks: else a number could change its text, and a key its
    event, because some other line is broken.
    """
    lines = block.decode().split("\n")
    if not lines[-1]:
        lines.pop()
    numbered = list(enumerate(lines, first_row))
    good = [(row, line) for row, line in numbered if object_of(line) is not None]
    frame = _parsed("\n".join(line for _, line in good).encode(), columns, len(good)) if good else None
    if frame is None:
        good = [(row, line) for row, line in good if _parsed(line.encode(), columns, 1) is not None]
        frame = _parsed("\n".join(line for _, line in good).encode(), columns, len(good)) if good else None
    if frame is None:
        frame, good = pl.DataFrame(schema=dict.fromkeys(columns, pl.String())), []
    rows = [row for row, _ in good]
    known = set(rows)
    unread = [
        UnreadRow(row, "broken_json" if line.strip() else "blank_row", line)
        for row, line in numbered
        if row not in known
    ]
    return frame.with_columns(pl.Series(ROW_COLUMN, rows, dtype=pl.Int64)), unread


def object_of(line: str) -> dict[str, Any] | None:
    """The JSON object of a line; None if there is none, or if text in it could not be written as UTF-8 again."""
    try:
        record = json.loads(line, parse_constant=_refuse_constant)
        json.dumps(record, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def _refuse_constant(_: str) -> None:
    raise ValueError("NaN and Infinity are no JSON")
