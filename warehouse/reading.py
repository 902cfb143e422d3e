"""Reading the current release: read-only, closed to the file system, for `mandi query` and `mandi tables`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import polars as pl

from schemas.errors import ConfigurationError


@contextmanager
def reading(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that can read one release and nothing else: no other file, no network, no settings."""
    connection = duckdb.connect(str(path), read_only=True)
    try:
        connection.execute("set enable_external_access = false; set lock_configuration = true")
        yield connection
    finally:
        connection.close()


def query(path: Path, sql: str) -> pl.DataFrame:
    """Runs an analyst's query on a release.

    Raises: ConfigurationError with DuckDB's own explanation: a release holds nothing but safe data, so it may be told.
    """
    problem = None
    with reading(path) as connection:
        try:
            table = connection.sql(sql).to_arrow_table()
        except duckdb.Error as error:
            problem = str(error).splitlines()[0]
        except AttributeError:
            problem = "the query returns no rows; a release is read-only"
    if problem:
        raise ConfigurationError(f"query refused: {problem}")
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    return frame


def tables(path: Path) -> pl.DataFrame:
    """The tables of a release: `table_name`, `rows`, `meaning`."""
    return query(
        path,
        "select table_name, estimated_size as rows, coalesce(comment, 'every column and its meaning') as meaning "
        "from duckdb_tables() order by table_name",
    )


def columns(path: Path, table: str) -> pl.DataFrame:
    """The columns of one table: `column_name`, `data_type`, `meaning`."""
    found = query(path, "select table_name, column_name, data_type, comment as meaning from duckdb_columns()")
    found = found.filter(pl.col("table_name") == table)
    if found.is_empty():
        raise ConfigurationError(f"there is no table of that name; try one of {', '.join(tables(path)['table_name'])}")
    return found.drop("table_name")
