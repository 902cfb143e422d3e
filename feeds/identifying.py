"""Every direct identifier a landed file holds, for the audit that searches a release for them. In memory only."""

from pathlib import Path

import polars as pl

from feeds.context import ReadContext
from feeds.contracts import compile_contract
from feeds.files import read_rows
from feeds.parsing import parse
from schemas.contracts import IDENTIFYING, FeedContract

COLUMNS = (*IDENTIFYING, "supplier")


def identifying_values(path: Path, contract: FeedContract, context: ReadContext) -> pl.Series:
    """Distinct values of the identifying columns of all rows, refused ones included.

    Returns: a series of text, sorted, without nulls.

    Raises: FeedFileError if the file is not what its contract says.
    """
    compiled = compile_contract(contract)
    found = [pl.Series(dtype=pl.String)]
    for batch in read_rows(path, contract):
        parsed = parse(batch.rows, compiled, context.for_helpers)
        found.append(pl.concat(parsed[name].cast(pl.String) for name in COLUMNS).drop_nulls().unique())
    return pl.concat(found).unique().sort()
