"""The `mandi` command: its families of commands under one roof, and how it fails."""

import sys
from pathlib import Path

import typer

from assets.guard import place_of
from pipelines import show
from pipelines.closed_home import guarded
from pipelines.commands import (
    disclosure,
    explain,
    extracts,
    feeds,
    keeping,
    keys,
    many,
    mirroring,
    nights,
    products,
    reading,
    scrub,
    status,
    terms,
)
from schemas.errors import MandiError
from schemas.system_failures import system_failure

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="Anonymised market intelligence: buyer-demand feeds in, safe demand tables out.",
)
app.add_typer(nights.app)
app.add_typer(many.app)
app.add_typer(status.app)
app.add_typer(reading.app)
app.add_typer(extracts.app)
app.add_typer(disclosure.app)
app.add_typer(mirroring.app)
app.add_typer(explain.app)
app.add_typer(products.app)
app.add_typer(scrub.app)
app.add_typer(feeds.app, name="feed")
app.add_typer(keeping.app)
app.add_typer(keeping.ledger_app, name="ledger")
app.add_typer(keys.app, name="keys")
app.add_typer(products.lexicon, name="lexicon")
app.add_typer(terms.app, name="terms")


def main() -> None:
    """Runs the command.

    A foreseen error, or a machine that refuses, is one line on standard error and exit code 2. Of any other only
    the type and the place are told, with exit code 1: its message may hold a value of a row.
    """
    try:
        guarded(app)()
    except MandiError as error:
        _fail(str(error), 2)
    except OSError as error:
        _fail(f"{Path(error.filename or '').name or 'a file'}: {error.strerror or type(error).__name__}", 2)
    except Exception as error:
        refused = system_failure(error)
        if refused:
            _fail(f"{refused}, then run this again", 2)
        _fail(f"unforeseen {type(error).__name__} at {place_of(error)}; please report the place", 1)


def _fail(message: str, code: int) -> None:
    show.err.print(f"mandi: {message}", style="red", markup=False, highlight=False, soft_wrap=True)
    sys.exit(code)
