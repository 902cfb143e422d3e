"""No command opens what is private while others may: asked before every command, in this one place.

Belongs here: which commands need no private data, and so run for anybody. Everything else is asked, a new command too.
"""

import functools
import os
from collections.abc import Callable, Iterator
from typing import Any

import typer

from schemas.home import Home

OPEN_TO_ALL = frozenset(
    {
        "query", "tables", "verify", "mirror", "classify", "lexicon check", "lexicon train", "scrub", "terms check",
        "terms find", "feed check",
    }
)  # fmt: skip
"""Commands that read releases, configuration, or what they are given; analysts run them under accounts of their own."""

ONLY_WITH_PRIVATE = frozenset({"explain", "report"})
"""Commands that read releases alone, unless `--private` is given."""

TELLS_IT_ITSELF = frozenset({"status"})
"""Says on its screen that the home is open, with the colour and the exit code of a night that cannot run."""


Command = Any
"""What typer makes of a command or a family of them; it names no public type for both."""


def guarded(app: typer.Typer) -> Command:
    """The command line, each command of which first refuses a home whose private part others may read.

    Guarantee: whatever is not named above runs only on a home that is closed, and what it makes there is the owner's
        alone (`tests/unit/test_access.py`).
    """
    command = typer.main.get_command(app)
    for name, each in commands_of(command):
        if name not in OPEN_TO_ALL | TELLS_IT_ITSELF and each.callback is not None:
            each.callback = _asking(each.callback, is_always=name not in ONLY_WITH_PRIVATE)
    return command


def commands_of(command: Command, above: str = "") -> Iterator[tuple[str, Command]]:
    """Every command below one, by the words that call it."""
    below = getattr(command, "commands", None)
    if below is None:
        yield above, command
    else:
        for name, each in sorted(below.items()):
            yield from commands_of(each, f"{above} {name}".strip())


def _asking(run: Callable[..., Any], *, is_always: bool) -> Callable[..., Any]:
    @functools.wraps(run)
    def asked(*args: Any, **options: Any) -> Any:
        if is_always or options["private"]:
            from warehouse.access import refuse_open_home

            os.umask(0o077)
            refuse_open_home(Home.from_environment())
        return run(*args, **options)

    return asked
