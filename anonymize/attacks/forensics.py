"""Parquet forensics: everything readable in a Parquet file, the footer, statistics and dictionaries included.

The attacker opens the file below the level of tables: page by page, decompressed, with the metadata tools see. What a
careless writer leaves there: dictionary entries of rows that were filtered away, bloom filters that answer whether a
value was ever there, the order in which rows arrived.
"""

from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from anonymize.attacks.findings import Finding

ATTACK = "forensics"


def remains(path: Path, *, order: Sequence[str], where: str) -> list[Finding]:
    """What a Parquet file holds beside its rows: unused dictionary entries, bloom filters, an order that tells.

    Args:
        path: The file.
        order: Columns by which its rows must be sorted; public labels, so that the order adds nothing to them.
        where: Name of the file in findings.
    """
    file = pq.ParquetFile(path)
    chunks = [
        file.metadata.row_group(group).column(column)
        for group in range(file.metadata.num_row_groups)
        for column in range(file.metadata.num_columns)
    ]
    n_filters = sum(chunk.bloom_filter_offset is not None for chunk in chunks)
    found = {
        "bloom filter": n_filters,
        "dictionary entry of no row": len(dictionary_texts(path) - set(texts_of(pl.read_parquet(path)))),
        "row out of order": rows_out_of_order(pl.read_parquet(path), order),
    }
    return [Finding(ATTACK, where, what, n) for what, n in found.items() if n]


def rows_out_of_order(frame: pl.DataFrame, order: Sequence[str]) -> int:
    """Rows that stand before a row they should follow."""
    keys = frame.select(order)
    ranks = keys.sort(order, nulls_last=False).unique(maintain_order=True).with_row_index("rank")
    ranked = keys.join(ranks, on=list(order), how="left", nulls_equal=True, maintain_order="left")["rank"]
    return int((ranked.cast(pl.Int64).diff() < 0).sum())


def dictionary_texts(path: Path) -> set[str]:
    """Every text in the dictionary pages of a file, used by a row or not."""
    schema = pq.read_schema(path)
    names = [field.name for field in schema if pa.types.is_string(field.type) or pa.types.is_dictionary(field.type)]
    names += [field.name for field in schema if pa.types.is_large_string(field.type)]
    file = pq.ParquetFile(path, read_dictionary=names)
    texts: set[str] = set()
    for group in range(file.metadata.num_row_groups):
        for name in names:
            for chunk in file.read_row_group(group, columns=[name]).column(name).chunks:
                if pa.types.is_dictionary(chunk.type):
                    texts |= {str(entry) for entry in chunk.dictionary.to_pylist() if entry is not None}
    return texts


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
    texts |= dictionary_texts(path)
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
