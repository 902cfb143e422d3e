"""What the ladder asks of a database: to run its SQL and to take and give frames. `warehouse` brings one."""

from functools import cache
from importlib.resources import files
from typing import Protocol

import polars as pl

Parameter = int | float | str | list[str] | object
"""A bound value; dates and bytes included."""


class Engine(Protocol):
    """A connection that runs this room's SQL; temporary tables live as long as it does."""

    def run(self, sql: str, **parameters: Parameter) -> int:
        """Runs one statement with the parameters it names; returns the number of rows it changed."""

    def frame(self, sql: str, **parameters: Parameter) -> pl.DataFrame:
        """Runs one query and returns its rows."""

    def load(self, name: str, frame: pl.DataFrame) -> None:
        """Makes a frame a temporary table of that name, in place of an earlier one."""


@cache
def statement(name: str) -> str:
    """The SQL file of that name beside the ladder."""
    return files("anonymize.classes").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
