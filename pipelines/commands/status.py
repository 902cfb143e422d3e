"""The command of the morning: last night on one screen, and its exit code for whoever watches machines."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from assets.settings import Settings
from pipelines.commands.arguments import parse_night

app = typer.Typer()

EXIT_CODES = {"green": 0, "amber": 3, "red": 4}
"""1 and 2 are what every command says of its own failure: then nothing is known of the night."""


@app.command()
def status(
    night: Annotated[
        str | None, typer.Argument(metavar="[DATE]", help="A night, YYYY-MM-DD; default the newest that ran or is due.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Everything that is known, as JSON.")] = False,
    page: Annotated[bool, typer.Option("--page", help="Write the night's page and metrics anew.")] = False,
    alert: Annotated[bool, typer.Option("--alert", help="Tell whom config/watch.yaml names, once a colour.")] = False,
) -> None:
    """Tells on one screen how last night went: green, amber or red, and why (private figures).

    Exit code 0 is green, 3 amber, 4 red. Reads what nights left behind and waits for no lock, also while one runs.

    Example: `mandi status || mandi status --json`
    """
    from assets.morning import morning_of
    from pipelines.status import beside_its_ledger, show_morning

    settings = Settings.from_environment()
    asked = parse_night(night) if night is not None else None
    morning = beside_its_ledger(settings, morning_of(settings, now=datetime.now(UTC), night=asked))
    if page or alert:
        from pipelines.telling import tell

        tell(settings, morning, with_page=page, with_alert=alert)
    if as_json:
        typer.echo(morning.model_dump_json(indent=2))
    else:
        show_morning(settings, morning)
    raise typer.Exit(EXIT_CODES[morning.colour])
