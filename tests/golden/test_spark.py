"""Spark and DuckDB, statement by statement: the same rows. Tried where the extra is installed (`make spark`)."""

from collections.abc import Iterator
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from anonymize.classes.engine import statement
from anonymize.classes.ladder import POOLED_COLUMNS, walk
from schemas.errors import StepError
from tests.support.books import books
from tests.support.scrubbed import NIGHT, orders
from tests.support.small_world import CLOSING_NIGHT, FIRST_DAY, PRODUCTS, RUNGS, TAXONOMY, policy
from warehouse.duck import Duck, connected

pytest.importorskip("pyspark", reason="the spark extra is not installed; make spark installs it and runs this")

from warehouse.spark import Spark
from warehouse.spark_sql import steps
from warehouse.spark_tables import Tables, session

SMALL = {"spark.sql.shuffle.partitions": "2", "spark.driver.memory": "640m"}
RULES = policy(
    tiers={"kinds": ["order", "rfq"], "products": ["heading", "sector", "all"], "min_contributors": 6},
    diversity={"attribute": "country", "l": 2},
    ladder={"rungs": RUNGS[-2:], "improvement": None},
    max_peels=1,
)


class Both:
    """DuckDB and Spark, told the same; after each statement they hold the same rows or the test ends."""

    def __init__(self, duck: Duck, spark: Spark) -> None:
        self.duck = duck
        self.spark = spark
        self.told: set[str] = set()

    def run(self, sql: str, **parameters: object) -> int:
        self.told.add(sql)
        n_rows = self.duck.run(sql, **parameters)
        assert self.spark.run(sql, **parameters) == n_rows
        for name in sorted({step.table for step in steps(sql)}):
            self.spark.keep(name, self.duck, "theirs")
            assert sorted_rows(self.duck, "theirs").equals(sorted_rows(self.duck, name)), name
        return n_rows

    def frame(self, sql: str, **parameters: object) -> pl.DataFrame:
        self.told.add(sql)
        ours, theirs = (engine.frame(sql, **parameters) for engine in (self.duck, self.spark))
        order = [name for name in ours.columns if ours.height]
        assert ours.sort(order).equals(theirs.sort(order))
        return ours

    def load(self, name: str, frame: pl.DataFrame) -> None:
        self.duck.load(name, frame)
        self.spark.load(name, frame)


def sorted_rows(duck: Duck, name: str) -> pl.DataFrame:
    frame = duck.frame(f"select * from {name}")
    return frame.select(sorted(frame.columns)).sort(sorted(frame.columns))


def pool(n_events: int = 200) -> pl.DataFrame:
    """Events that every file of the ladder has something to do with: somebody is peeled off, a class is split."""
    random = np.random.default_rng(9)
    contributor = random.integers(0, 25, n_events)
    value = np.round(np.exp(random.normal(8, 2, n_events))).astype(int)
    return pl.DataFrame(
        {
            "event_no": np.arange(n_events),
            "kind": random.choice(["rfq", "order", "search"], n_events).tolist(),
            "occurred_on": [FIRST_DAY + timedelta(days=int(day)) for day in random.integers(0, 14, n_events)],
            "is_settled": random.random(n_events) < 0.95,
            "contributor": contributor,
            "is_counting": contributor % 7 > 0,
            "first_month": [date(2025, 12, 1) if each % 3 else None for each in contributor.tolist()],
            "supplier": [None if each > 9 else int(each) for each in random.integers(0, 14, n_events)],
            "product_code": random.choice([code for _, code, _, _ in PRODUCTS][-5:], n_events).tolist(),
            "country": random.choice(["KE", "KE", "TZ", "AE"], n_events).tolist(),
            "unit": random.choice(["kg", "count"], n_events).tolist(),
            "quantity_milli": random.integers(1, 9, n_events) * 1000,
            "value_cents": [int(each) if each % 9 else None for each in value],
            "quotes_received": random.integers(0, 5, n_events),
        },
        schema=POOLED_COLUMNS,
    )


@pytest.fixture
def duck() -> Iterator[Duck]:
    with connected(None) as connection:
        yield connection


def test_each_statement_of_the_ladder_gives_the_same_rows(duck: Duck, tmp_path: Path) -> None:
    with session(app="test", master="local[2]", conf=SMALL) as spark, connected(None) as near:
        both = Both(duck, Spark(Tables(spark, tmp_path), near, near_rows=0))
        both.load("pooled", pool())
        walk(both, policy=RULES, taxonomy=TAXONOMY, night=CLOSING_NIGHT, previous=None)
        both.load("open_spots", duck.frame("select distinct spot from standing order by spot limit 40"))
        both.run(statement("reopened"))
        both.frame(statement("cells"))
        both.load("dissolved", duck.frame("select class_no from found_classes order by class_no limit 2"))
        both.run(statement("dissolve"))
    folder = files("anonymize.classes").joinpath("sql")
    every = {each.name: each.read_text(encoding="utf-8") for each in folder.iterdir()}
    assert [name for name, sql in every.items() if sql not in both.told] == []


def test_a_ledger_is_the_same_whichever_engine_walked(tmp_path: Path) -> None:
    contents = []
    for engine in ("duckdb", "spark"):
        with books(tmp_path / engine) as opened:
            deliveries = orders(100, 110, 120), orders(90, event="alone", buyer="alone", country="AE")
            opened.take(NIGHT, *deliveries, rules=policy(engine=engine))
            contents.append(opened.contents())
    assert contents[0]["classes"] and contents[0] == contents[1]


def test_what_overflows_fails_and_no_value_is_told(
    duck: Duck, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    huge = pl.DataFrame({"group_no": [1, 1], "value_cents": [9_123_456_789_012_345_678] * 2})
    with (
        pytest.raises(StepError, match="Spark refused a step") as failure,
        session(app="test", master="local[1]", conf=SMALL) as spark,
    ):
        engine = Spark(Tables(spark, tmp_path), duck, near_rows=0)
        engine.load("sold", huge)
        wide = engine.frame("select group_no, sum(value_cents) > 0 as is_above from sold group by group_no")
        assert wide.rows() == [(1, True)]
        engine.run("create or replace temp table sums as select cast(sum(value_cents) as bigint) as total from sold")
    assert failure.value.__cause__ is None
    assert "9123" not in str(failure.value) + "".join(capfd.readouterr())


def test_a_text_that_is_no_number_is_told_nowhere(
    duck: Duck, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with (
        pytest.raises(StepError, match="Spark refused a step"),
        session(app="test", master="local[1]", conf=SMALL) as spark,
    ):
        engine = Spark(Tables(spark, tmp_path), duck, near_rows=0)
        engine.load("sold", pl.DataFrame({"amount": ["Zubeida-Quartermaine"]}))
        engine.run("create or replace temp table sums as select cast(amount as bigint) as total from sold")
    assert "Zubeida" not in "".join(capfd.readouterr())
