"""How an extract's Parquet files are laid out, so that a filtered read over a network touches few bytes.

Belongs here: order of rows, size of row groups, compression, footer. What a table holds is `schemas.published`.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from schemas.tables import Table
from warehouse.comments import arrow_schema

ORDER = (
    "product_code", "place_code", "period_start", "period_level", "kind", "nes", "price_unit", "price_low",
    "price_high", "term", "release_id", "class_id",
)  # fmt: skip
"""Public labels by which rows are sorted, as far as a table has them; together they tell its rows apart."""

ROWS_PER_GROUP = 20_000
"""Rows whose bounds stand in the footer together; `python -m benchmarks.remote_reads` tells what other sizes read."""


def row_order(columns: Iterable[str]) -> list[str]:
    """The columns by which the rows of an extracted table are sorted: public labels only."""
    present = set(columns)
    return [name for name in ORDER if name in present]


def write_parquet(frame: pl.DataFrame, table: type[Table], path: Path, metadata: Mapping[str, str]) -> None:
    """Writes a published table: sorted, zstd, bounds of every row group, the order and `metadata` in the footer.

    No bloom filters: they answer whether a value was ever there (`anonymize.attacks.forensics`). No page index: no
    reader that was measured uses it, and groups are as small as pages
    (`docs/adr/0036-an-extract-has-three-forms-and-the-audit-builds-them-again.md`).
    """
    order = row_order(frame.columns)
    rows = frame.sort(order, nulls_last=False).to_arrow().cast(arrow_schema(table, dict(metadata)))
    sorting = [pq.SortingColumn(rows.schema.get_field_index(name), nulls_first=True) for name in order]
    pq.write_table(
        rows,
        path,
        compression="zstd",
        row_group_size=ROWS_PER_GROUP,
        write_statistics=True,
        sorting_columns=sorting,
    )
