"""The warehouse's SQL files, by name."""

from functools import cache
from importlib.resources import files


@cache
def statement(name: str) -> str:
    """The text of `sql/<name>.sql`."""
    return files("warehouse").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
