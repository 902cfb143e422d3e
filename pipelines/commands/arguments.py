"""What several commands take: a night, a feed's contract."""

import contextlib
import os
import re
import socket
from datetime import date, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from assets.settings import Settings
from schemas.contracts import FeedContract
from schemas.errors import ConfigurationError, NightError

Night = Annotated[str, typer.Argument(metavar="DATE", help="Arrival night, YYYY-MM-DD.")]
Port = Annotated[int, typer.Option(help="Port of the web interface on the loopback address.", min=1, max=65_535)]


def parse_night(text: str) -> date:
    """A night from the command line: a day up to today.

    Raises: NightError if it is no date or lies ahead.
    """
    night = None
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        with contextlib.suppress(ValueError):
            night = date.fromisoformat(text)
    if night is None:
        raise NightError("a night is a date such as 2026-02-01")
    if night > datetime.now(ZoneInfo("Asia/Kolkata")).date():
        raise NightError(f"night {night} lies in the future; wait for it")
    return night


def refuse_taken(port: int) -> None:
    """Raises ConfigurationError if nothing can listen on a port of the loopback address: better than a page that never
    opens."""
    problem = ""
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the web server does
        try:
            tried.bind(("127.0.0.1", port))
        except OSError as error:
            problem = os.strerror(error.errno) if error.errno else type(error).__name__
    if problem:
        raise ConfigurationError(f"port {port} cannot be had ({problem}); end what holds it, or name another: --port")


def contract_of(settings: Settings, name: str) -> FeedContract:
    """A contract by feed name or by file."""
    from feeds.contracts import load_contract

    if name in settings.contracts:
        return settings.contracts[name]
    if not Path(name).is_file():
        known = ", ".join(settings.contracts)
        raise ConfigurationError(f"there is no contract file or feed of that name; feeds under contract: {known}")
    return load_contract(Path(name))
