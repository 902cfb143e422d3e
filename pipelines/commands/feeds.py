"""Commands of whoever brings a feed in: what a contract makes of a file."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from assets.settings import Settings
from pipelines.commands.arguments import contract_of, parse_night

app = typer.Typer(no_args_is_help=True, help="Feeds and their contracts.")


@app.command("check")
def feed_check(
    contract: Annotated[str, typer.Argument(help="Feed name or contract file.")],
    file: Annotated[Path, typer.Argument(help="A file of that feed.")],
    night: Annotated[str | None, typer.Option(metavar="DATE", help="Night to read it for; default today.")] = None,
    show_values: Annotated[bool, typer.Option("--show-values", help="Also print sample values.")] = False,
) -> None:
    """Reports what a contract makes of a file, without running a night. Prints no cell values unless asked.

    Example: `mandi feed check config/feeds/demo_orders.yaml orders.csv.zst --night 2026-02-01`
    """
    from pipelines.feed_report import report

    settings = Settings.from_environment()
    arrival = parse_night(night) if night else date.today()
    report(settings, contract_of(settings, contract), file, arrival, with_samples=show_values)
