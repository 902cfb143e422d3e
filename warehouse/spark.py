"""Spark as the engine of the ladder: what is large is run by the cluster, what is small by DuckDB beside it.

A rung is about sixty short statements, most of them about groups and not about events; a cluster takes longer to begin
one than DuckDB to end it. Both are told the same text, so where one runs is a matter of time alone.
Belongs here: where a statement runs, and bringing its tables there. Does not belong here: what it becomes for Spark
(`spark_sql`), files and sessions (`spark_tables`), when Spark is used at all (`engines`).
"""

from collections.abc import Mapping
from pathlib import Path

import polars as pl
from pyspark.sql.types import DecimalType, StructType

from warehouse.duck import Duck
from warehouse.spark_sql import HUGE, Step, steps
from warehouse.spark_tables import Stored, Tables

NEAR_ROWS = 1_000_000
"""A statement that reads fewer rows than this is run by DuckDB."""

_TYPES = {"HUGEINT": HUGE, "VARCHAR": "string", "UINTEGER": "bigint"}
"""What a type of DuckDB is called by Spark, where the name differs."""


class Spark:
    """The engine (`anonymize.classes.engine.Engine`)."""

    def __init__(self, far: Tables, near: Duck, *, near_rows: int = NEAR_ROWS) -> None:
        self._far = far
        self._near = near
        self._near_rows = near_rows
        self._n_near: dict[str, int] = {}
        """Rows of the tables that DuckDB holds as they are now."""

    def run(self, sql: str, **parameters: object) -> int:
        """Runs the statements of `sql`, each with the parameters it names.

        Returns: the number of rows that the last one made, took in, changed or took out.
        """
        n_rows = 0
        for step, text in zip(steps(sql), self._near.statements(sql), strict=True):
            is_near = self._bring(step)
            n_rows = self._run_near(step, text, parameters) if is_near else self._run_far(step, parameters)
        return n_rows

    def frame(self, sql: str, **parameters: object) -> pl.DataFrame:
        """Runs a query; what is held in 128 bits comes back as int64."""
        (step,) = steps(sql)
        if self._bring(step):
            return self._near.frame(sql, **parameters)
        rows = pl.from_arrow(self._far.asked(step.query, _named(step, parameters)).toArrow())
        assert isinstance(rows, pl.DataFrame)
        return rows.with_columns(pl.col(pl.Decimal).cast(pl.Int64))

    def load(self, name: str, frame: pl.DataFrame) -> None:
        """Makes a frame a table of that name."""
        self._near.load(name, frame)
        self._is_near_now(name, frame.height)

    def read(self, name: str, folder: Path, n_rows: int) -> None:
        """Makes a folder of Parquet files a table; its files stay when the table goes."""
        schema = self._far.session.read.parquet(str(folder)).schema
        self._far.put(name, Stored(schema, (folder,), n_rows, is_ours=False))
        self._n_near.pop(name, None)

    def keep(self, name: str, duck: Duck, called: str | None = None) -> None:
        """Makes a table of this engine a temporary table of another connection, of that name or another."""
        if name in self._n_near:
            duck.load(called or name, self._near.frame(f"select * from {name}"))
        else:
            fetch(self._far, name, duck, called or name)

    def _n_rows(self, name: str) -> int:
        known = self._n_near.get(name)
        return self._far.stored[name].n_rows if known is None else known

    def _bring(self, step: Step) -> bool:
        """Brings the tables of a statement to where it will run; returns whether that is DuckDB."""
        if step.what == "empty":
            return step.table in self._n_near
        tables = sorted(step.reads | ({step.table} if step.what in ("append", "replace") else set()))
        is_near = not step.query or sum(map(self._n_rows, tables)) < self._near_rows
        for name in tables:
            if is_near and name not in self._n_near:
                fetch(self._far, name, self._near, name)
                self._n_near[name] = self._far.stored[name].n_rows
            if not is_near and name not in self._far.stored:
                self._send(name)
        return is_near

    def _run_near(self, step: Step, text: str, parameters: Mapping[str, object]) -> int:
        n_changed = self._near.run(text, **parameters)
        if step.what != "ask":
            n_rows = self._near.value(f"select count(*) from {step.table}")
            assert isinstance(n_rows, int)
            self._is_near_now(step.table, n_rows)
        return n_changed

    def _run_far(self, step: Step, parameters: Mapping[str, object]) -> int:
        known = None if step.what == "make" else self._far.stored[step.table]
        if known and known.n_rows == 0 and step.what == "replace":
            return 0
        if known and step.what == "empty":
            self._far.put(step.table, Stored(known.schema))
            return known.n_rows
        if step.gone and self._far.stored[step.gone].n_rows == 0:
            return 0
        rows = self._far.asked(step.query, _named(step, parameters))
        new = self._far.write(step.table, rows, known and known.schema, is_by_name=step.what == "replace")
        if known and step.what == "append":
            both = Stored(known.schema, (*known.folders, *new.folders), known.n_rows + new.n_rows)
            self._far.put(step.table, both)
        else:
            self._far.put(step.table, new)
        self._n_near.pop(step.table, None)
        return known.n_rows - new.n_rows if known and step.what == "replace" else new.n_rows

    def _is_near_now(self, name: str, n_rows: int) -> None:
        self._n_near[name] = n_rows
        self._far.drop(name)

    def _send(self, name: str) -> None:
        """A table of DuckDB, as a file that every executor reads."""
        columns = [(str(column), str(kind)) for column, kind, *_ in self._near.frame(f"describe {name}").iter_rows()]
        schema = StructType.fromDDL(", ".join(f"{column} {_TYPES.get(kind, kind)}" for column, kind in columns))
        folder = self._far.folder(name)
        if n_rows := self._n_near[name]:
            folder.mkdir(parents=True)
            wide = (
                f"cast({column} as {HUGE}) as {column}" if kind == "HUGEINT" else column for column, kind in columns
            )
            self._near.write(f"select {', '.join(wide)} from {name}", folder / "rows.parquet")
        self._far.put(name, Stored(schema, (folder,) if n_rows else (), n_rows))


def _named(step: Step, parameters: Mapping[str, object]) -> dict[str, object]:
    return {name: parameters[name] for name in step.parameters}


def fetch(far: Tables, table: str, duck: Duck, name: str) -> None:
    """Makes a table of the cluster a temporary table of a connection; decimals become numbers of 128 bits."""
    stored = far.stored[table]
    typed = [
        (each.name, "hugeint" if isinstance(each.dataType, DecimalType) else each.dataType.simpleString())
        for each in stored.schema
    ]
    if stored.n_rows:
        columns = ", ".join(f"cast({column} as {kind}) as {column}" for column, kind in typed)
        duck.run(
            f"create or replace temp table {name} as select {columns} from read_parquet($files)",
            files=far.files(table),
        )
    else:
        columns = ", ".join(f"{column} {kind}" for column, kind in typed)
        duck.run(f"create or replace temp table {name} ({columns})")
