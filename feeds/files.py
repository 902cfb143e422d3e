"""Landed files, read by contract: whatever the format, batches of the named columns and the rows set aside.

Belongs here: choosing the reader and cutting its batches to size. Only columns that the contract's expressions name are
taken out of a file. Called by `feeds.canonical`.
"""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from feeds.contracts import compile_contract
from feeds.csv_rows import csv_batches
from feeds.json_rows import json_batches
from feeds.parquet_rows import parquet_batches
from feeds.raw import RawBatch
from feeds.streams import compression_of
from schemas.contracts import FeedContract

BATCH_ROWS = 100_000


def read_rows(path: Path, contract: FeedContract, *, batch_rows: int = BATCH_ROWS) -> Iterator[RawBatch]:
    """The rows of a landed file in batches of at most `batch_rows`, in the file's order, memory bounded.

    Args:
        path: CSV or JSON Lines, plain or as `.gz` or `.zst`, or Parquet, as the contract's format says.
        contract: names the columns to read; all others are treated as identifying and not read.
        batch_rows: most rows that could be read in one batch; rows set aside come on top.

    Returns: batches; one row per row of the file, either in `rows` or in `refused`. A text format gives text columns.

    Raises: FeedFileError, naming the file, if it is missing, empty, cut, not UTF-8, not what its format says, or
    lacks a named column. It may come after some batches: a file counts only once it is read to its end.
    """
    columns = compile_contract(contract).columns
    compression = compression_of(path, contract.format)
    if contract.format == "csv":
        batches = csv_batches(path, columns, contract.csv, compression, max_expansion=contract.max_expansion)
    elif contract.format == "jsonl":
        batches = json_batches(path, columns, compression, max_expansion=contract.max_expansion)
    else:
        batches = parquet_batches(path, columns, batch_rows, max_expansion=contract.max_expansion)
    return _sized(batches, batch_rows)


def _sized(batches: Iterator[RawBatch], batch_rows: int) -> Iterator[RawBatch]:
    """The same rows in batches of `batch_rows`; only the last may be smaller."""
    waiting: list[RawBatch] = []
    n_waiting = 0
    for batch in batches:
        waiting.append(batch)
        n_waiting += batch.rows.height
        if n_waiting < batch_rows:
            continue
        whole = _joined(waiting)
        n_given = n_waiting - n_waiting % batch_rows
        for start in range(0, n_given, batch_rows):
            refused = whole.refused if start == 0 else whole.refused.clear()
            yield RawBatch(whole.rows.slice(start, batch_rows), refused)
        waiting = [RawBatch(whole.rows.slice(n_given), whole.refused.clear())]
        n_waiting -= n_given
    if waiting and (n_waiting or waiting[0].refused.height or len(waiting) > 1):
        yield _joined(waiting)


def _joined(batches: list[RawBatch]) -> RawBatch:
    return RawBatch(pl.concat(b.rows for b in batches), pl.concat(b.refused for b in batches))
