"""Reading the current release: read-only, closed to the file system, for `mandi query` and `mandi tables`."""

import contextlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import duckdb
import polars as pl
import pyarrow as pa

from schemas.errors import ConfigurationError

_OF_A_MACRO = "Invalid Input Error: "
"""What DuckDB sets before the words in which a macro refuses."""

_CODE_OF = {"product_of": "select product_of($1)", "place_of": "select place_of($1)"}


@contextmanager
def reading(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that can read one release and nothing else: no other file, no network, no settings.

    Raises: ConfigurationError if the file is no DuckDB file of this version.
    """
    connection = None
    with contextlib.suppress(duckdb.Error):
        connection = duckdb.connect(str(path), read_only=True)
    if connection is None:
        raise ConfigurationError(f"{path.name} of this release cannot be opened; point `current` at another release")
    try:
        connection.execute("set enable_external_access = false; set lock_configuration = true")
        yield connection
    finally:
        connection.close()


def query(path: Path, sql: str) -> pl.DataFrame:
    """The rows of one analyst's query on a release; columns of one name are told apart by a number.

    Raises: ConfigurationError with DuckDB's own explanation: a release holds nothing but safe data, so it may be told.
    """
    problem = None
    with reading(path) as connection:
        try:
            statements = connection.extract_statements(sql)
            if [statement.type for statement in statements] == [duckdb.StatementType.SELECT]:
                return _frame(connection.sql(sql).to_arrow_table())
            problem = "give one SELECT; a release is read-only"
        except duckdb.Error as error:
            problem = str(error).splitlines()[0].removeprefix(_OF_A_MACRO)
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, pa.ArrowException, TypeError, ValueError):
            problem = "a column has a type that cannot be shown; cast it to text, as in column::text"
    raise ConfigurationError(f"query refused: {problem}")


def code_of(path: Path, macro: Literal["product_of", "place_of"], text: str) -> str:
    """The code of what people call a product or a place, as the release's own macro reads it.

    Raises: ConfigurationError in the macro's words, which name what is near.
    """
    problem = None
    with reading(path) as connection:
        try:
            found = connection.execute(_CODE_OF[macro], [text]).fetchone()
            assert found is not None
            return str(found[0])
        except duckdb.Error as error:
            problem = str(error).splitlines()[0].removeprefix(_OF_A_MACRO)
    raise ConfigurationError(problem)


def _frame(table: pa.Table) -> pl.DataFrame:
    """A frame whose columns have different names and whose whole numbers are whole, wide sums included."""
    seen: Counter[str] = Counter()
    names = []
    for name in table.column_names:
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    frame = pl.from_arrow(table.rename_columns(names))
    assert isinstance(frame, pl.DataFrame)
    wide = [name for name, dtype in frame.schema.items() if isinstance(dtype, pl.Decimal) and dtype.scale == 0]
    return frame.with_columns(pl.col(wide).cast(pl.Int128))


def tables(path: Path) -> pl.DataFrame:
    """The tables and views of a release: `table_name`, `rows`, `meaning`."""
    return query(
        path,
        "select table_name, estimated_size as rows, comment as meaning from duckdb_tables() union all "
        "select view_name, null, comment from duckdb_views() where not internal order by table_name",
    )


def macros(path: Path) -> pl.DataFrame:
    """The macros of a release that give a table: `macro`, `meaning`."""
    return query(
        path,
        "select function_name as macro, comment as meaning from duckdb_functions() "
        "where not internal and function_type = 'table_macro' order by macro",
    )


def columns(path: Path, table: str) -> pl.DataFrame:
    """The columns of one table: `column_name`, `data_type`, `meaning`; or one macro: `macro`, `meaning`.

    Raises: ConfigurationError that names the tables and macros, if there is neither of that name.
    """
    found = query(path, "select table_name, column_name, data_type, comment as meaning from duckdb_columns()")
    found = found.filter(pl.col("table_name") == table.lower()).drop("table_name")
    if found.is_empty():
        found = query(
            path,
            "select function_name as macro, comment as meaning from duckdb_functions() "
            "where not internal and function_type in ('macro', 'table_macro')",
        ).filter(pl.col("macro") == table.lower().partition("(")[0])
    if found.is_empty():
        known = ", ".join(tables(path)["table_name"])
        named = ", ".join(macros(path)["macro"])
        raise ConfigurationError(
            f"there is no table of that name; try one of {known}" + (f"; or of the macros {named}" if named else "")
        )
    return found
