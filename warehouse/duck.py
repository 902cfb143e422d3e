"""DuckDB connections, opened in one way: no network, no extensions, errors that hold no values."""

import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import duckdb
import polars as pl

from schemas.errors import MandiError, NightError, StepError
from schemas.system_failures import system_failure

LOCK_WAIT_S = 15.0
"""A file that another process holds for longer than this is not waited for."""

_LOCK_TURN_S = 0.1
_DAMAGED = "it is damaged or no database; restore its backup"
_BROKEN = (duckdb.IOException, duckdb.SerializationException, duckdb.InternalException, duckdb.FatalException)
"""What DuckDB raises where a file is not what it wrote."""

_PARAMETER = re.compile(r"\$(\w+)")


class Duck:
    """A DuckDB connection as the engine of the ladder and of the warehouse's SQL files."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def run(self, sql: str, **parameters: object) -> int:
        """Runs the statements of `sql`, each with the parameters it names.

        Returns: the number of rows that the last one changed or made.
        """
        rows: list[tuple[object, ...]] = []
        for statement in self._connection.extract_statements(sql):
            named = {name: parameters[name] for name in statement.named_parameters}
            rows = self._connection.execute(statement, named).fetchall()
        return rows[0][0] if rows and isinstance(rows[0][0], int) else 0

    def statements(self, sql: str) -> list[str]:
        """The statements of `sql`, one by one, as DuckDB parts them."""
        return [statement.query for statement in self._connection.extract_statements(sql)]

    def frame(self, sql: str, **parameters: object) -> pl.DataFrame:
        """Runs a query; sums that DuckDB widens to 128 bits come back as int64."""
        relation = self._connection.sql(sql, params=_named_in(sql, parameters))
        frame = pl.from_arrow(relation.to_arrow_table())
        assert isinstance(frame, pl.DataFrame)
        return frame

    def value(self, sql: str, **parameters: object) -> object:
        """The first value of a query's first row; None where there is none."""
        # fetchall, not fetchone: a result that is not read to its end blocks the connection
        rows = self._connection.execute(sql, _named_in(sql, parameters)).fetchall()
        return rows[0][0] if rows else None

    def load(self, name: str, frame: pl.DataFrame) -> None:
        """Makes a frame a temporary table of that name."""
        self._connection.register("frame_to_load", frame.to_arrow())
        try:
            self._connection.execute(f"create or replace temp table {name} as select * from frame_to_load")
        finally:
            self._connection.unregister("frame_to_load")

    def write(self, sql: str, path: Path, **parameters: object) -> None:
        """Writes the rows of a query to a Parquet file."""
        named = _named_in(sql, parameters) | {"path": str(path)}
        self._connection.execute(f"copy ({sql}) to $path (format parquet, compression zstd)", named)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing."""
        self._connection.execute("begin")
        try:
            yield
        except BaseException:
            with suppress(duckdb.Error):  # a database that failed has let go of the transaction already
                self._connection.execute("rollback")
            raise
        self._connection.execute("commit")

    def close(self) -> None:
        """Closes the connection and gives the file back."""
        self._connection.close()


@contextmanager
def connected(
    path: Path | None, *, is_read_only: bool = False, memory_limit: str | None = None, opens_in: str | None = None
) -> Iterator[Duck]:
    """A connection to a file, or to memory where `path` is None; closed at the end.

    What outgrows memory is spilled beside the file; without one, into a folder that only its owner may open and that
    goes with the connection (DuckDB's own choice would be the working folder).

    Args:
        path: The file; it is created where it is missing.
        is_read_only: Opens it for reading.
        memory_limit: As DuckDB writes it, such as `2GB`.
        opens_in: Oldest version of DuckDB that shall open a file created here, such as `v1.0.0`.

    Raises: NightError if another process holds the file for longer than `LOCK_WAIT_S`, the disk is full, or memory does
        not suffice; StepError, without the original text, if DuckDB fails:
        its messages quote values.
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "preserve_insertion_order": False,
    }
    if memory_limit:
        config["memory_limit"] = memory_limit
    if opens_in:
        config["storage_compatibility_version"] = opens_in
    failure: Exception | None = None
    with ExitStack() as stack:
        if path is None:
            config["temp_directory"] = stack.enter_context(tempfile.TemporaryDirectory(prefix="mandi-"))
        duck = _opened(path, is_read_only, config)
        stack.callback(duck.close)
        try:
            yield duck
        except duckdb.Error as error:
            failure = _told(error)
    if failure:
        raise failure from None


def _told(error: duckdb.Error) -> MandiError:
    refused = system_failure(error)
    if refused:
        return NightError(f"the database cannot write: {refused}, then run this again")
    if isinstance(error, duckdb.OutOfMemoryException):
        return NightError("the database ran out of memory; nothing was written. Give it more, then run this again")
    if isinstance(error, _BROKEN):
        return StepError(
            f"the database refused a step ({type(error).__name__}); nothing was written. Run this again; if it stays, "
            "the file is damaged: restore the ledger's backup"
        )
    return StepError(f"the database refused a step ({type(error).__name__}); nothing was written")


def _opened(path: Path | None, is_read_only: bool, config: dict[str, str | bool | int | float | list[str]]) -> Duck:
    """A connection; waits for another process that holds the file, which most do for a moment only."""
    name, last_try = path.name if path else "memory", time.monotonic() + LOCK_WAIT_S
    failure: MandiError | None = None
    while failure is None:
        try:
            return Duck(duckdb.connect(str(path or ":memory:"), read_only=is_read_only, config=config))
        except duckdb.IOException as error:
            is_held = "lock" in str(error).lower()
            if is_held and time.monotonic() < last_try:
                time.sleep(_LOCK_TURN_S)
            elif is_held:
                failure = NightError(f"{name} is held by another process; wait for its night to end")
            else:
                failure = NightError(f"{name} cannot be opened: {system_failure(error) or _DAMAGED}")
        except duckdb.Error as error:
            failure = StepError(f"{name} cannot be opened ({type(error).__name__}): {_DAMAGED}")
    raise failure


def _named_in(sql: str, parameters: dict[str, object]) -> dict[str, object]:
    """DuckDB refuses parameters that a statement does not name."""
    named = set(_PARAMETER.findall(sql))
    return {name: value for name, value in parameters.items() if name in named}
