"""Which engine walks the ladder, as the policy says; and how a pool gets there and its classes come back.

Belongs here: DuckDB or Spark, and what travels between the ledger and a cluster. Does not belong here: either of them
(`duck`, `spark`). Caller: the ledger, and the step that scrubs, which asks first whether the engine is there.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path

from anonymize.classes.engine import Engine
from schemas.errors import ConfigurationError
from schemas.policy import Policy
from warehouse.duck import Duck, connected

_COMES_BACK = ("found_classes", "classed", "found_measures", "product_path", "place_path")
"""Tables of a walk that the ledger reads."""

_NEAR_MEMORY = "2GB"
"""What DuckDB may take beside a cluster, before it spills."""


def refuse_missing_engine(policy: Policy) -> None:
    """Raises ConfigurationError if the policy's engine is not installed: before a night begins, not in its middle."""
    if policy.engine == "duckdb":
        return
    if not all(map(find_spec, ("pyspark", "sqlglot"))):
        raise ConfigurationError(
            "policy.yaml: engine is spark, which is not installed; install the extra (pip install -e '.[spark]'), or "
            "set engine to duckdb"
        )
    if "JAVA_HOME" not in os.environ and shutil.which("java") is None:
        raise ConfigurationError("policy.yaml: engine is spark, which needs Java 17 or newer; install it")


@contextmanager
def ladder_engine(policy: Policy, duck: Duck, work: Path | None) -> Iterator[Engine]:
    """The engine that the policy names, holding the table `pooled` of `duck`; in the end `duck` holds what was found.

    Args:
        policy: Says which.
        duck: The ledger's connection.
        work: A private folder that every executor sees under this path; its content is removed, before and after.
            Only Spark needs it; None for one of this machine.

    Guarantee: the same tables come back, whichever engine it is (tests/golden/test_spark.py, `benchmarks/spark.py`).

    Raises: ConfigurationError if Spark is asked for and not installed; StepError if it fails.
    """
    if policy.engine == "duckdb":
        yield duck
        return
    refuse_missing_engine(policy)
    from warehouse.spark import Spark  # an extra: not there in most installations
    from warehouse.spark_tables import Tables, session

    with ExitStack() as stack:
        folder = stack.enter_context(_emptied(work))
        pooled = folder / "pooled"
        pooled.mkdir()
        duck.write("select * from pooled", pooled / "rows.parquet")
        n_rows = duck.value("select count(*) from pooled")
        assert isinstance(n_rows, int)
        spark = stack.enter_context(session(app="mandi ladder"))
        near = stack.enter_context(connected(None, memory_limit=_NEAR_MEMORY))
        engine = Spark(Tables(spark, folder), near)
        engine.read("pooled", pooled, n_rows)
        yield engine
        for name in _COMES_BACK:
            engine.keep(name, duck)


@contextmanager
def _emptied(work: Path | None) -> Iterator[Path]:
    """The folder, with nothing in it and open to its owner only; removed at the end."""
    if work is None:
        with tempfile.TemporaryDirectory(prefix="mandi-") as folder:
            yield Path(folder)
        return
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(mode=0o700, parents=True)
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
