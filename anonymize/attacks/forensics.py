"""Parquet forensics: everything readable in a Parquet file, the footer, statistics and dictionaries included.

The attacker opens the file below the level of tables: page by page, decompressed, with the metadata tools see.
"""

from pathlib import Path

import polars as pl
import pyarrow.parquet as pq


def parquet_texts(path: Path) -> pl.Series:
    """Every distinct text in a Parquet file: values, column names, statistics, metadata of file and fields."""
    file = pq.ParquetFile(path)
    texts: set[str] = set(file.schema_arrow.names)
    for metadata in (file.schema_arrow.metadata, *(field.metadata for field in file.schema_arrow)):
        for key, value in (metadata or {}).items():
            texts |= {key.decode("utf-8", "replace"), value.decode("utf-8", "replace")}
    texts.add(file.metadata.created_by)
    for group in range(file.metadata.num_row_groups):
        for column in range(file.metadata.num_columns):
            statistics = file.metadata.row_group(group).column(column).statistics
            if statistics is not None and statistics.has_min_max:
                texts |= {bound for bound in (statistics.min, statistics.max) if isinstance(bound, str)}
    return pl.Series(sorted(texts | set(texts_of(pl.read_parquet(path)))), dtype=pl.String)


def texts_of(frame: pl.DataFrame) -> pl.Series:
    """Every distinct text in a frame: names of columns, text, bytes that may be text, and what is nested in others."""
    texts = set(frame.columns)
    for column in frame.get_columns():
        texts |= _texts_in(column)
    return pl.Series(sorted(texts), dtype=pl.String)


def _texts_in(column: pl.Series) -> set[str]:
    dtype = column.dtype
    if isinstance(dtype, pl.Struct):
        return set(dtype.to_schema()) | {
            text for field in column.struct.fields for text in _texts_in(column.struct[field])
        }
    if isinstance(dtype, pl.List | pl.Array):
        return _texts_in(column.explode())
    if dtype == pl.Binary:
        return {value.decode("utf-8", "replace") for value in column.drop_nulls().unique()}
    if dtype == pl.String or isinstance(dtype, pl.Categorical | pl.Enum):
        return set(column.drop_nulls().cast(pl.String).unique())
    return set()
