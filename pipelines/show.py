"""How the command line shows things: tables and sentences a person can read, on a terminal or in a file."""

from collections.abc import Iterable, Sequence
from datetime import date

import polars as pl
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from assets.figures import Figures

out = Console()
"""Results."""
err = Console(stderr=True)
"""Progress and errors."""


MANY = 10_000
"""From here on thousands are separated in a query's result; below may stand years."""
WIDEST = 40
"""Characters a column may take before its text is folded."""


def cell(value: object, *, many: int = 1_000) -> str:
    """A value as people read it: thousands separated from `many` on, two decimals for cents, nothing for null."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}" if abs(value) >= many else str(value)
        case float():
            return f"{value:,.2f}" if value == 0 or 1 <= abs(value) < 1e15 else f"{value:.3g}"
        case _:
            return str(value)


def table(title: str | None, columns: Sequence[str], rows: Iterable[Sequence[object]], *, many: int = 1_000) -> Table:
    """A table with numbers to the right."""
    listed = [list(row) for row in rows]
    shown = Table(title=title, title_justify="left", title_style="bold", header_style="bold", box=None, pad_edge=False)
    for at, column in enumerate(columns):
        is_number = any(isinstance(row[at], int | float) and not isinstance(row[at], bool) for row in listed)
        shown.add_column(Text(column), justify="right" if is_number else "left", overflow="fold")
    for row in listed:
        shown.add_row(*(Text(cell(value, many=many)) for value in row))
    return shown


def frame(rows: pl.DataFrame, *, limit: int) -> Table | Group:
    """A query's result, as a table or, where that would be wider than the screen, record by record.

    A line below tells what `limit` left out.
    """
    listed = rows.head(limit).rows()
    cells = [rows.columns, *([cell(value, many=MANY) for value in row] for row in listed)]
    widths = [max(len(text) for text in column) for column in zip(*cells, strict=True)]
    if sum(min(width, WIDEST) + 1 for width in widths) <= out.width:
        shown = table(None, rows.columns, listed, many=MANY)
    else:
        shown = table(None, ["", ""], [])
        for row in listed:
            for name, value in zip(rows.columns, row, strict=True):
                shown.add_row(Text(name), Text(cell(value, many=MANY)))
            shown.add_row("", "")
    if rows.height <= limit:
        return shown
    return Group(shown, Text(f"{limit:,} of {rows.height:,} rows; use --limit for more", style="dim"))


def night_figures(night: date, classes: Figures) -> Table:
    """What a night's ladder gave, rung by rung; rungs that gave nothing are left out."""
    rungs = [found for found in classes["rungs"] if found["n_classes"]]
    return table(
        f"Night {night}: classes by rung",
        ["rung (product x place x period)", "classes", "events"],
        [(found["rung"], found["n_classes"], found["n_events"]) for found in rungs],
    )
