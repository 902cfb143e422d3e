"""The private list of accounts that asked to be left out."""

from pathlib import Path

import polars as pl

from schemas.errors import ConfigurationError


def read_opt_outs(path: Path) -> pl.DataFrame:
    """The private opt-out list: `feed`, `account`, a tab between them, one pair a line; empty without a file.

    Raises: ConfigurationError if a line is anything else: an account that asked to be left out must not slip in.
    """
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    pairs = [line.split("\t") for line in lines if line.strip()]
    wrong = [number for number, pair in enumerate(pairs, start=1) if len(pair) != 2 or not all(map(str.strip, pair))]
    if wrong:
        raise ConfigurationError(f"{path.name}: entry {wrong[0]} is not a feed, a tab and an account; mend the list")
    return pl.DataFrame(pairs, schema={"feed": pl.String, "account": pl.String}, orient="row")
