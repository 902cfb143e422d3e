"""Headline tables: of each extracted table what a person reads in a spreadsheet, with titles beside the codes.

Called by the extract, which writes each as CSV and all as one workbook, and by the audit, which does so again.
"""

from dataclasses import dataclass

import polars as pl

from schemas.tables import Column, Table, columns_of
from schemas.taxonomy import Taxonomy
from warehouse.spreadsheets import spreadsheet_csv

PERIODS = 13
"""Newest periods that are shown: a month and the same month of the year before are both there."""

MAX_ROWS = 20_000
"""Most rows of a headline table; what comes first is left out first: headings, then chapters, then sub-regions."""

PRODUCTS = ("all", "sector", "chapter", "heading")
PLACES = ("world", "region", "subregion", "country")
_SHORTER = (("product_level", "heading"), ("product_level", "chapter"), ("place_level", "subregion"))

TITLES = {
    "product_code": Column("product", "text", True, "Title of product_code.", None),
    "place_code": Column("place", "text", True, "Title of place_code.", None),
}
"""Columns that a headline table adds, by the column that they follow."""

_DIGITS, _DECIMALS = 4, 2
"""What a fraction shows: so many digits from its first one on; a number from 1 on so many decimals."""

_BOM = "\ufeff"
"""Tells spreadsheet programs that a CSV file is UTF-8; readers of data skip it."""


@dataclass(frozen=True)
class Headline:
    """One headline table."""

    frame: pl.DataFrame
    columns: tuple[Column, ...]
    period_level: str | None
    """The one level of period that its rows stand at; None if the table knows no periods."""

    left_out: tuple[str, ...]
    """Levels that were left out to keep it short, such as `heading`."""


def headline(frame: pl.DataFrame, table: type[Table], taxonomy: Taxonomy) -> Headline:
    """The headline of an extracted table.

    Args:
        frame: Rows of `table`, only those of the extract.
        table: Its model.
        taxonomy: Trees that hold the titles.

    Returns: nodes only, down to headings, months (else quarters, else years), the newest `PERIODS` of them; product and
        place codes are followed by their titles, figures are rounded for reading.
        Newest first, then as in the Parquet file.
    """
    nodes = frame.filter(pl.col("nes").is_null()) if "nes" in frame.columns else frame
    for name, levels in (("product_level", PRODUCTS), ("place_level", PLACES)):
        if name in nodes.columns:
            nodes = nodes.filter(pl.col(name).is_in(levels))
    level = None
    if "period_level" in nodes.columns:
        present = set(nodes["period_level"])
        level = next((each for each in ("month", "quarter", "year") if each in present), "month")
        nodes = nodes.filter(period_level=level)
        newest = nodes["period_start"].unique().sort(descending=True).head(PERIODS)
        nodes = nodes.filter(pl.col("period_start").is_in(newest.implode()))
    left_out = []
    for name, finest in _SHORTER:
        if nodes.height > MAX_ROWS and name in nodes.columns:
            nodes = nodes.filter(pl.col(name) != finest)
            left_out.append(finest)
    titled = _with_titles(nodes, taxonomy)
    if "period_start" in titled.columns:
        titled = titled.sort("period_start", descending=True, maintain_order=True)
    columns = [
        each
        for column in columns_of(table)
        if column.name != "nes"
        for each in (column, TITLES.get(column.name))
        if each is not None
    ]
    return Headline(
        _rounded(titled.select(column.name for column in columns).head(MAX_ROWS)),
        tuple(columns),
        level,
        tuple(left_out),
    )


def headline_csv(shown: Headline) -> bytes:
    """A headline table as CSV for people: UTF-8 with its mark, no formula, dates as YYYY-MM-DD."""
    return (_BOM + spreadsheet_csv(shown.frame)).encode()


def _rounded(frame: pl.DataFrame) -> pl.DataFrame:
    """Figures as people read them: the Parquet files hold every digit."""
    every = pl.col(pl.Float64)
    shown = pl.when(every.abs() < 1).then(every.round_sig_figs(_DIGITS)).otherwise(every.round(_DECIMALS))
    return frame.with_columns(shown)


def _with_titles(frame: pl.DataFrame, taxonomy: Taxonomy) -> pl.DataFrame:
    titled = frame
    for code, rows in (("product_code", taxonomy.products), ("place_code", taxonomy.places)):
        titles = {node: title for _, node, _, title in rows}
        titled = titled.with_columns(
            pl.col(code).replace_strict(titles, default=None, return_dtype=pl.String).alias(TITLES[code].name)
        )
    return titled
