"""Parquet files as batches of columns in the types the file gives them. Called by `feeds.files`.

Text is read as a dictionary, so that one long value that a page repeats a million times stays one value until its
weight is known; only then it is written out.
"""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from feeds.contracts import ROW_COLUMN
from feeds.limits import BATCH_BYTES, MAX_COLUMNS, Expansion, refuse_absurd_rows, too_large
from feeds.raw import REFUSED_SCHEMA, RawBatch, file_error, guarded
from feeds.streams import SEND_AGAIN, not_utf8
from schemas.errors import FeedFileError

_PLAIN = (
    pa.types.is_boolean, pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal128, pa.types.is_date,
    pa.types.is_time, pa.types.is_timestamp, pa.types.is_null,
)  # fmt: skip


def parquet_batches(path: Path, columns: tuple[str, ...], batch_rows: int, *, max_expansion: int) -> Iterator[RawBatch]:
    """Batches of the named columns of a Parquet file; text is checked to be UTF-8.

    Raises: FeedFileError if a column is missing or nested, or if the file is cut, damaged, not Parquet, or unfolds to
    more than `max_expansion` times its size.
    """
    next_row = 1
    damaged = file_error(path, "is cut short, damaged or not Parquet", SEND_AGAIN)
    expansion = Expansion(path, max_expansion)
    for frame in guarded(_frames(path, columns, batch_rows, expansion), lambda: damaged):
        rows = frame.with_columns(
            pl.col(pl.String).replace("", None),
            pl.int_range(next_row, next_row + frame.height, dtype=pl.Int64).alias(ROW_COLUMN),
        )
        next_row += frame.height
        yield RawBatch(rows, pl.DataFrame(schema=REFUSED_SCHEMA))


def _frames(path: Path, columns: tuple[str, ...], batch_rows: int, expansion: Expansion) -> Iterator[pl.DataFrame]:
    with pq.ParquetFile(path) as opened:
        refuse_absurd_rows(path, opened.metadata.num_rows)
        if opened.metadata.num_columns > MAX_COLUMNS:
            raise too_large(path, f"has more than {MAX_COLUMNS:,} columns")
        texts = _texts_of(path, opened.schema_arrow, columns)
        metadata = opened.metadata
    n_rows = 0
    with pq.ParquetFile(path, metadata=metadata, read_dictionary=texts) as opened:
        for batch in opened.iter_batches(batch_size=batch_rows, columns=list(columns)):
            n_rows += batch.num_rows
            refuse_absurd_rows(path, n_rows)
            yield _frame(path, batch.select(list(columns)), expansion)


def _texts_of(path: Path, schema: pa.Schema, columns: tuple[str, ...]) -> list[str]:
    """Names of the columns that hold text.

    Raises: FeedFileError if a named column is missing, there twice, or of a type that no expression reads.
    """
    texts = []
    for name in columns:
        if schema.names.count(name) != 1:
            has = "no column" if name not in schema.names else "twice the column"
            raise file_error(path, f"has {has} '{name}', which is asked for", "Name another, or mend the file")
        found = schema.field(name).type
        value = found.value_type if pa.types.is_dictionary(found) else found
        if pa.types.is_string(value) or pa.types.is_large_string(value) or pa.types.is_string_view(value):
            texts.append(name)
        elif not any(is_plain(value) for is_plain in _PLAIN):
            raise file_error(
                path,
                f"has the column '{name}' in a type that no expression reads (nested or binary)",
                "Ask the sender for text, numbers or times",
            )
    return texts


def _frame(path: Path, batch: pa.RecordBatch, expansion: Expansion) -> pl.DataFrame:
    """A batch with its dictionaries written out, once it is known that they are light enough and hold UTF-8."""
    n_bytes = sum(map(_weight, batch.columns))
    expansion.add(n_bytes)
    if n_bytes > BATCH_BYTES:
        raise too_large(path, "holds values of more than a thousand characters in row after row")
    arrays = [
        array.cast(pa.large_string() if _is_text(array.type.value_type) else array.type.value_type)
        if pa.types.is_dictionary(array.type)
        else array
        for array in _checked(path, batch).columns
    ]
    frame = None
    try:
        frame = pl.DataFrame(pl.from_arrow(pa.record_batch(arrays, names=batch.schema.names)))
    except (Exception, pl.exceptions.PanicException):
        frame = None
    if frame is None:
        raise file_error(path, "holds values that cannot be read", SEND_AGAIN)
    return frame


def _is_text(value: pa.DataType) -> bool:
    return bool(pa.types.is_string(value) or pa.types.is_large_string(value) or pa.types.is_string_view(value))


def _weight(array: pa.Array) -> int:
    """Bytes of an array once its dictionary is written out."""
    if not pa.types.is_dictionary(array.type) or not _is_text(array.type.value_type):
        return int(array.nbytes)
    lengths = pc.binary_length(array.dictionary).cast(pa.int64())
    return int(pc.sum(lengths.take(array.indices)).as_py() or 0) + 4 * len(array)


def _checked(path: Path, batch: pa.RecordBatch) -> pa.RecordBatch:
    problem: FeedFileError | None = None
    try:
        batch.validate(full=True)
        for array in batch.columns:
            if pa.types.is_dictionary(array.type):
                array.dictionary.validate(full=True)
    except pa.ArrowException:
        problem = not_utf8(path)
    if problem:
        raise problem
    return batch
