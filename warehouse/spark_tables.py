"""Tables of a Spark session that are files which every executor reads; and how a session is opened.

A table is never changed in place. Each query is run to its end and its rows written as Parquet to the work folder, so
an executor that dies takes nothing with it but what it was at, and a plan never grows longer than one statement.
Belongs here: sessions, files, views. Does not belong here: which statement runs where (`spark`). pyspark is an extra:
this module alone imports it, and is imported where the policy asks for it (`engines`).
"""

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.logger import PySparkLogger
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f
from pyspark.sql.types import StructType

from schemas.errors import StepError

MASTER = "MANDI_SPARK_MASTER"
"""The variable that names the cluster, such as `spark://host:7077`; without it Spark runs within this process."""

CONF = {
    "spark.sql.ansi.enabled": "true",  # an overflow fails instead of wrapping round
    "spark.sql.session.timeZone": "UTC",
    "spark.io.encryption.enabled": "true",  # what executors spill and shuffle
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "OFF",  # messages of Spark quote values
    "spark.executor.syncLogLevel.enabled": "true",
}

_LOGGERS = ("SQLQueryContextLogger", "DataFrameQueryContextLogger")
"""What pyspark itself says of failures on standard error, values included."""


@dataclass(frozen=True)
class Stored:
    """Files that hold the rows of a table."""

    schema: StructType
    folders: tuple[Path, ...] = ()
    n_rows: int = 0
    is_ours: bool = True
    """Whether the files go when the table is made anew."""


@dataclass
class Tables:
    """The tables of one walk in a session."""

    session: SparkSession
    work: Path
    stored: dict[str, Stored] = field(default_factory=dict)
    n_folders: int = 0
    n_queries: int = 0
    """How many queries the session has run."""

    def asked(self, query: str, parameters: Mapping[str, object]) -> DataFrame:
        """A query, not run yet."""
        self.n_queries += 1
        return self.session.sql(query, dict(parameters))

    def write(self, name: str, rows: DataFrame, schema: StructType | None, *, is_by_name: bool) -> Stored:
        """Runs a query to its end, into files; columns get the types of `schema`, matched by name or place."""
        if schema is not None:
            theirs = [each.name for each in schema] if is_by_name else rows.columns
            rows = rows.select(
                *(f.col(column).cast(to.dataType).alias(to.name) for column, to in zip(theirs, schema, strict=True))
            )
        folder = self.folder(name)
        rows.write.parquet(str(folder))
        # asked of the files: a count beside the query could count what a dead executor had begun
        n_rows = sum(pq.read_metadata(file).num_rows for file in folder.glob("*.parquet"))
        if not n_rows:
            shutil.rmtree(folder)
        return Stored(schema or rows.schema, (folder,) if n_rows else (), n_rows)

    def put(self, name: str, table: Stored) -> None:
        """Names a table, and removes the files of the one it replaces."""
        old = self.stored.get(name)
        self.stored[name] = table
        if table.n_rows:
            rows = self.session.read.schema(table.schema).parquet(*map(str, table.folders))
        else:
            columns = ", ".join(f"cast(null as {each.dataType.simpleString()}) as {each.name}" for each in table.schema)
            rows = self.session.sql(f"select {columns} where false")
        rows.createOrReplaceTempView(name)
        for folder in old.folders if old and old.is_ours else ():
            if folder not in table.folders:
                shutil.rmtree(folder)

    def drop(self, name: str) -> None:
        """Forgets a table, with its files."""
        table = self.stored.pop(name, None)
        for folder in table.folders if table and table.is_ours else ():
            shutil.rmtree(folder)

    def files(self, name: str) -> list[str]:
        """The Parquet files of a table."""
        return [str(file) for folder in self.stored[name].folders for file in sorted(folder.glob("*.parquet"))]

    def folder(self, name: str) -> Path:
        """A folder of the work folder that nothing has been written to."""
        self.n_folders += 1
        return self.work / f"{self.n_folders:06}-{name}"


@contextmanager
def session(*, app: str, master: str | None = None, conf: Mapping[str, str] | None = None) -> Iterator[SparkSession]:
    """A Spark session, stopped at the end.

    Args:
        app: What the cluster shows.
        master: As `MASTER`; where it is not given, what that variable says.
        conf: Laid over `CONF`. Memory, cores and all else of a cluster stand in Spark's own `spark-defaults.conf`.

    Raises: StepError, without the original text, if Spark fails: its messages quote values.
    """
    # executors run this installation, under the same path
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    for logger in _LOGGERS:
        PySparkLogger.getLogger(logger).disabled = True
    builder = SparkSession.builder.appName(app).master(master or os.environ.get(MASTER, "local[*]"))
    for name, value in (CONF | dict(conf or {})).items():
        builder = builder.config(name, value)
    failure: Exception | None = None
    try:
        spark = builder.getOrCreate()
        try:
            yield spark
        finally:
            spark.stop()
    except (PySparkException, Py4JError) as error:
        failure = StepError(f"Spark refused a step ({type(error).__name__}); nothing was written")
    if failure:
        raise failure from None


def run_tasks(spark: SparkSession, n_tasks: int, task: Callable[[int], str]) -> list[str]:
    """What `task` says to each number below `n_tasks`, each asked in a partition of its own, in order.

    Args: task is a function of a module (or a partial of one) that executors can import; it raises nothing, for Spark
        would keep the text. Asked again where an executor dies.
    """

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for number in batch.column(0).to_pylist():
                yield pa.RecordBatch.from_pydict({"number": [number], "told": [task(number)]})

    rows = spark.range(0, n_tasks, 1, n_tasks).mapInArrow(run, "number bigint, told string").toArrow()
    return [str(told) for told in rows.sort_by("number").column("told").to_pylist()]
