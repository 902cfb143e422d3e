"""Commands of whoever reads what is released: query it, list its tables."""

import sys
from typing import Annotated

import typer

from assets.settings import Settings
from pipelines import show

app = typer.Typer()


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="One SELECT over the current release.")],
    limit: Annotated[int, typer.Option(help="Most rows to print.", min=1)] = 40,
    csv: Annotated[bool, typer.Option("--csv", help="Print all rows as CSV.")] = False,
) -> None:
    """Queries the current release, read-only.

    Example: `mandi query "from demand where product_code = '6109' and nes is null order by value_usd desc limit 5"`
    """
    from warehouse.reading import query as run
    from warehouse.release import current_tables
    from warehouse.spreadsheets import spreadsheet_csv

    rows = run(current_tables(Settings.from_environment().home), sql)
    if csv:
        sys.stdout.write(spreadsheet_csv(rows))
    elif rows.is_empty():
        show.out.print(show.table(None, rows.columns, []))
    else:
        show.out.print(show.frame(rows, limit=limit))
    if rows.is_empty():
        show.err.print("no rows")


@app.command()
def tables(
    table: Annotated[str | None, typer.Argument(metavar="[NAME]", help="A table or macro to describe.")] = None,
) -> None:
    """Lists the tables of the current release and its macros for the usual questions, or describes one of them.

    Of a table its columns are shown, of a macro what it takes, its defaults and what it answers.

    Example: `mandi tables demand` or `mandi tables top_markets`
    """
    from warehouse.reading import columns, macros
    from warehouse.reading import tables as list_tables
    from warehouse.release import current_tables

    path = current_tables(Settings.from_environment().home)
    show.out.print(show.frame(columns(path, table) if table else list_tables(path), limit=1_000))
    if table is None:
        show.out.print()
        show.out.print(show.frame(macros(path), limit=1_000))
