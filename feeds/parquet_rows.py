"""Parquet files as batches of columns in the types the file gives them. Called by `feeds.files`."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from feeds.contracts import ROW_COLUMN
from feeds.raw import REFUSED_SCHEMA, RawBatch, file_error, guarded
from feeds.streams import SEND_AGAIN, not_utf8


def parquet_batches(path: Path, columns: tuple[str, ...], batch_rows: int) -> Iterator[RawBatch]:
    """Batches of the named columns of a Parquet file; text is checked to be UTF-8.

    Raises: FeedFileError if a column is missing, or if the file is cut, damaged or not Parquet.
    """
    next_row = 1
    damaged = file_error(path, "is cut short, damaged or not Parquet", SEND_AGAIN)
    for batch in guarded(_arrow_batches(path, columns, batch_rows), lambda: damaged):
        if not _is_utf8(batch):
            raise not_utf8(path)
        frame = pl.DataFrame(pl.from_arrow(batch))
        rows = frame.with_columns(
            pl.col(pl.String).replace("", None),
            pl.int_range(next_row, next_row + frame.height, dtype=pl.Int64).alias(ROW_COLUMN),
        )
        next_row += frame.height
        yield RawBatch(rows, pl.DataFrame(schema=REFUSED_SCHEMA))


def _arrow_batches(path: Path, columns: tuple[str, ...], batch_rows: int) -> Iterator[pa.RecordBatch]:
    with pq.ParquetFile(path) as opened:
        names = opened.schema_arrow.names
        for name in columns:
            if names.count(name) != 1:
                has = "no column" if name not in names else "twice the column"
                raise file_error(path, f"has {has} '{name}', which is asked for", "Name another, or mend the file")
        for batch in opened.iter_batches(batch_size=batch_rows, columns=list(columns)):
            yield _plain(batch)


def _plain(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with dictionaries written out, so that every text column has one type."""
    arrays = [
        array.cast(array.type.value_type) if pa.types.is_dictionary(array.type) else array for array in batch.columns
    ]
    return pa.record_batch(arrays, names=batch.schema.names)


def _is_utf8(batch: pa.RecordBatch) -> bool:
    is_valid = True
    try:
        batch.validate(full=True)
    except pa.ArrowException:
        is_valid = False
    return is_valid
