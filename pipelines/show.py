"""How the command line shows things: tables and sentences a person can read, on a terminal or in a file."""

from collections.abc import Iterable, Sequence
from datetime import date

import polars as pl
from rich.console import Console
from rich.table import Table

from assets.figures import Figures

out = Console()
"""Results."""
err = Console(stderr=True)
"""Progress and errors."""


def cell(value: object) -> str:
    """A value as people read it: thousands separated, two decimals where there are cents, nothing for null."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case float():
            return f"{value:,.2f}" if abs(value) >= 1 or value == 0 else f"{value:.3g}"
        case _:
            return str(value)


def table(title: str | None, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """A table with numbers to the right."""
    listed = [list(row) for row in rows]
    shown = Table(title=title, title_justify="left", title_style="bold", header_style="bold", box=None, pad_edge=False)
    for at, column in enumerate(columns):
        is_number = any(isinstance(row[at], int | float) and not isinstance(row[at], bool) for row in listed)
        shown.add_column(column, justify="right" if is_number else "left", overflow="fold")
    for row in listed:
        shown.add_row(*(cell(value) for value in row))
    return shown


def frame(rows: pl.DataFrame, *, limit: int) -> Table:
    """A query's result; a caption tells what `limit` left out."""
    shown = table(None, rows.columns, rows.head(limit).rows())
    if rows.height > limit:
        shown.caption = f"{limit:,} of {rows.height:,} rows; use --limit for more"
    return shown


def night_figures(night: date, classes: Figures) -> Table:
    """What a night's ladder gave, rung by rung; rungs that gave nothing are left out."""
    rungs = [found for found in classes["rungs"] if found["n_classes"]]
    return table(
        f"Night {night}: classes by rung",
        ["rung (product x place x period)", "classes", "events"],
        [(found["rung"], found["n_classes"], found["n_events"]) for found in rungs],
    )
