"""CSV files as batches of text columns; rows that do not have the header's number of fields are set aside.

Called by `feeds.files`. Arrow parses the blocks; one line that no file can foresee is put behind the last one, so
that a file that ends inside a quoted value is told from one that ends well.
"""

import csv
import io
import secrets
from collections.abc import Iterator
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.csv as pacsv

from feeds.contracts import ROW_COLUMN
from feeds.limits import MAX_COLUMNS, too_large
from feeds.raw import RawBatch, UnreadRow, file_error, guarded, text_batch
from feeds.streams import SEND_AGAIN, TextStream
from schemas.contracts import CsvDialect
from schemas.errors import FeedFileError

_BLOCK_BYTES = 8 << 20
_HEADER_BYTES = 1 << 20
_MAX_WAITING = 1_000_000


class _UnreadRows:
    """The rows Arrow passed over, until they are handed on with the batch they fell into."""

    def __init__(self, end: str) -> None:
        self._end = end
        self.waiting: list[UnreadRow] = []
        self.next_row = 1
        self.has_met_end = False
        self._ahead: list[int] = []

    def take(self, invalid: Any) -> str:
        """Arrow's handler of a row with too few or too many fields."""
        if invalid.text.startswith(self._end):
            self.has_met_end = True
            return "skip"
        if invalid.number is None or len(self.waiting) >= _MAX_WAITING:
            return "error"
        row = invalid.number - 1
        reason = "too_few_fields" if invalid.actual_columns < invalid.expected_columns else "too_many_fields"
        self.waiting.append(UnreadRow(row, reason, invalid.text))
        self._ahead.append(row)
        return "skip"

    def number(self, n_rows: int) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Positions in the file of the next rows that could be read: those the handler did not take."""
        candidates = np.arange(self.next_row, self.next_row + n_rows + len(self._ahead), dtype=np.int64)
        rows = candidates[~np.isin(candidates, self._ahead)][:n_rows] if self._ahead else candidates
        if n_rows:
            self.next_row = int(rows[-1]) + 1
            self._ahead = [row for row in self._ahead if row >= self.next_row]
        return rows

    def hand_on(self) -> list[UnreadRow]:
        """The rows waiting, which wait no longer."""
        waiting, self.waiting = self.waiting, []
        return waiting


def csv_batches(
    path: Path, columns: tuple[str, ...], dialect: CsvDialect, compression: str | None, *, max_expansion: int
) -> Iterator[RawBatch]:
    """Batches of the named columns of a CSV file, all text, about 8 MB of file each.

    Raises: FeedFileError if a column is missing or named twice, or if the file is empty, cut or not CSV.
    """
    with TextStream(path, compression, max_expansion=max_expansion) as stream:
        header = _header(path, dialect, stream)
    for name in columns:
        if name not in header:
            raise file_error(path, f"has no column '{name}', which is asked for", "Name another, or mend the file")
        if header.count(name) > 1:
            raise file_error(path, f"has the column '{name}' twice", "Mend the file")
    mark = f"\x1e{secrets.token_hex(16)}\x1e"
    end = dialect.separator.join([mark, mark]) if len(header) == 1 else mark
    unread = _UnreadRows(end)
    with TextStream(path, compression, max_expansion=max_expansion, tail=end.encode() + b"\n") as stream:
        batches = guarded(
            _arrow_batches(stream, columns, dialect, unread),
            lambda: (
                stream.problem or file_error(path, "cannot be read as CSV", "Check its separator, quotes and line ends")
            ),
        )
        for batch in batches:
            stream.check()
            rows = pl.DataFrame(pl.from_arrow(batch)).with_columns(
                pl.Series(ROW_COLUMN, unread.number(batch.num_rows), dtype=pl.Int64)
            )
            yield text_batch(rows, unread.hand_on())
        stream.check()
        if not unread.has_met_end:
            raise file_error(path, "ends inside a quoted value: it is cut short or a quote is not closed", SEND_AGAIN)
        if unread.waiting:
            empty = pl.DataFrame(schema={**dict.fromkeys(columns, pl.String()), ROW_COLUMN: pl.Int64()})
            yield text_batch(empty, unread.hand_on())


def _arrow_batches(
    stream: TextStream, columns: tuple[str, ...], dialect: CsvDialect, unread: _UnreadRows
) -> Iterator[pa.RecordBatch]:
    reader = pacsv.open_csv(
        pa.PythonFile(stream, mode="r"),
        read_options=pacsv.ReadOptions(use_threads=False, block_size=_BLOCK_BYTES),
        parse_options=pacsv.ParseOptions(
            delimiter=dialect.separator,
            quote_char=dialect.quote,
            newlines_in_values=True,
            ignore_empty_lines=False,
            invalid_row_handler=unread.take,
        ),
        convert_options=pacsv.ConvertOptions(
            include_columns=list(columns),
            column_types=dict(zip(columns, repeat(pa.large_string()), strict=False)),
            strings_can_be_null=False,
            check_utf8=False,
        ),
    )
    yield from reader


def _header(path: Path, dialect: CsvDialect, stream: TextStream) -> list[str]:
    """Names of the columns: the first record of the file."""
    first = stream.read(_HEADER_BYTES)
    stream.check()
    text = first.decode("utf-8-sig", errors="ignore")
    records = csv.reader(
        io.StringIO(text, newline=""), delimiter=dialect.separator, quotechar=dialect.quote, doublequote=True
    )
    header = next(chain(guarded(iter(records), lambda: _no_header(path)), [[]]))
    if not header:
        raise _no_header(path)
    if len(header) > MAX_COLUMNS:
        raise too_large(path, f"has more than {MAX_COLUMNS:,} columns")
    return header


def _no_header(path: Path) -> FeedFileError:
    return file_error(path, "has no header on its first line", "Ask the sender for one")
