"""Frames as files that people open in a spreadsheet: no cell and no heading of them is a formula.

Called by every command and extract that writes CSV for people. Parquet and DuckDB hold types and need none of it.
"""

import polars as pl

from schemas.errors import ConfigurationError
from schemas.spreadsheets import FORMULA, INERT, PLAIN_NUMBER, inert_text

_TEXTS = (pl.String, pl.Categorical, pl.Enum)


def inert(frame: pl.DataFrame) -> pl.DataFrame:
    """The same rows; text cells and headings that would begin a formula have an apostrophe before them.

    Guarantee: numbers, dates and truth values are untouched, and so is a text that is a plain number
        (`tests/unit/test_spreadsheets.py`).
    """
    texts = [name for name, dtype in frame.schema.items() if isinstance(dtype, _TEXTS)]
    cells = pl.col(texts).cast(pl.String)
    is_number = cells.str.contains(PLAIN_NUMBER)
    shown = frame.with_columns(pl.when(is_number).then(cells).otherwise(cells.str.replace_all(FORMULA, INERT[0])))
    return shown.rename({name: inert_text(name) for name in shown.columns})


def spreadsheet_csv(frame: pl.DataFrame, *, include_header: bool = True) -> str:
    """A frame as CSV text for people: commas, quotes where needed, UTF-8, and no formula.

    Raises: ConfigurationError if a column is nested or binary.
    """
    nested = [name for name, dtype in frame.schema.items() if dtype.is_nested() or dtype == pl.Binary]
    if nested:
        raise ConfigurationError(f"CSV cannot hold column {nested[0]}; cast it to text, as in {nested[0]}::text")
    return inert(frame).write_csv(include_header=include_header)
