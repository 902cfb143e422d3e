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
    frame = pl.read_parquet(path)
    for name in frame.columns:
        if frame[name].dtype == pl.String:
            texts |= set(frame[name].drop_nulls().unique())
    return pl.Series(sorted(texts), dtype=pl.String)
