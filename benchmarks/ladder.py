"""How long a walk of the ladder takes, beside one bare `group by` of the same file in the same run.

Writes seeded synthetic events (no data of anybody) to a temporary folder: buyers, headings and countries follow power
laws, most of a buyer's events lie in its own country and favourite headings, values are log-normal, inquiries and
orders name suppliers. Then, each size in a process of its own: one `group by` kind, heading, country and day straight
from the file, and one walk of twelve rungs from the same file, to classes, their events and their measures. Seconds
are wall clock and processor time (all threads); on a busy machine the second is the fairer ratio. Peak memory is that
of the whole process.

    .venv/bin/python -m benchmarks.ladder                   # 1 and 10 million events
    .venv/bin/python -m benchmarks.ladder --events 200000   # one size
    .venv/bin/python -m benchmarks.ladder --large           # 50 million as well
    .venv/bin/python -m benchmarks.ladder --events 2000000 --profile   # and what each SQL file of the walk took
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import yaml
from rich.console import Console
from rich.table import Table

from anonymize.classes.ladder import POOLED_COLUMNS, walk
from feeds.taxonomy import load_taxonomy
from schemas.policy import Policy
from schemas.taxonomy import Taxonomy
from warehouse.duck import Duck, connected

T = TypeVar("T")

ROOT = Path(__file__).resolve().parents[1]
SQL = ROOT / "anonymize" / "classes" / "sql"
NIGHT = date(2026, 2, 2)
FIRST_DAY = date(2026, 1, 1)
BATCH = 1_000_000
MEMORY = "3GB"
KINDS = ("search", "inquiry", "rfq", "order")
RUNGS = (
    ("nightly", "heading", "country", "day"),
    ("dekad_close", "heading", "country", "dekad"),
    *(
        ("month_close", product, place, "month")
        for product, place in (
            ("heading", "country"),
            ("chapter", "country"),
            ("heading", "subregion"),
            ("sector", "country"),
            ("chapter", "subregion"),
            ("heading", "world"),
            ("all", "country"),
            ("sector", "subregion"),
            ("sector", "world"),
            ("all", "world"),
        )
    ),
)
BARE = """
create or replace temp table bare as
select kind, product_code, country, occurred_on, count(*) as n_events, sum(value_cents) as value_cents
from pooled group by kind, product_code, country, occurred_on
"""


class Profiled:
    """An engine that notes how long each statement took; a statement is called by its file, or by its first words."""

    def __init__(self, duck: Duck) -> None:
        self._duck = duck
        self._names = {path.read_text(encoding="utf-8"): path.stem for path in sorted(SQL.glob("*.sql"))}
        self.took: list[tuple[str, float]] = []
        """Name and processor seconds, in the order of the walk."""

    def run(self, sql: str, **parameters: object) -> int:
        """As `Duck.run`."""
        return self._noted(sql, lambda: self._duck.run(sql, **parameters))

    def frame(self, sql: str, **parameters: object) -> pl.DataFrame:
        """As `Duck.frame`."""
        return self._noted(sql, lambda: self._duck.frame(sql, **parameters))

    def load(self, name: str, frame: pl.DataFrame) -> None:
        """As `Duck.load`."""
        self._noted("load", lambda: self._duck.load(name, frame))

    def _noted(self, sql: str, step: Callable[[], T]) -> T:
        before = time.process_time()
        done = step()
        self.took.append((self._names.get(sql, sql[:30]), time.process_time() - before))
        return done


def write_events(path: Path, n_events: int, taxonomy: Taxonomy, seed: int = 2026) -> None:
    """Events as the ladder takes them (`POOLED_COLUMNS`), one Parquet row group a batch."""
    random = np.random.default_rng(seed)
    headings = [code for level, code, _, _ in taxonomy.products if level == "heading"]
    countries = [code for level, code, _, _ in taxonomy.places if level == "country"]
    n_contributors = max(1_000, n_events // 20)
    of_contributor, of_supplier = _power_law(n_contributors, 0.85), _power_law(max(200, n_events // 100), 0.7)
    of_heading, of_country = _power_law(len(headings), 1.0), _power_law(len(countries), 1.1)
    home = _draw(random, of_country, n_contributors)
    favourites = np.stack([_draw(random, of_heading, n_contributors) for _ in range(6)], axis=1)
    counts = random.random(n_contributors) < 0.8
    writer = None
    for start in range(0, n_events, BATCH):
        n = min(BATCH, n_events - start)
        contributor = _draw(random, of_contributor, n)
        is_own = random.random(n) < 0.7
        own = favourites[contributor, random.integers(0, 6, n)]
        kind = random.choice(len(KINDS), n, p=[0.45, 0.25, 0.15, 0.15])
        value = np.exp(random.normal(8, 2, n)).astype(np.int64) + 1
        abroad = random.random(n) < 0.05
        frame = pl.DataFrame(
            {
                "event_no": np.arange(start, start + n),
                "kind": pl.Series(KINDS).gather(kind),
                "occurred_on": pl.Series(random.integers(0, 31, n)),
                "is_settled": pl.repeat(True, n, eager=True),
                "contributor": contributor,
                "is_counting": counts[contributor],
                "first_month": pl.repeat(None, n, eager=True),
                "supplier": _where(kind % 2 == 1, _draw(random, of_supplier, n)),
                "product_code": pl.Series(headings).gather(np.where(is_own, own, _draw(random, of_heading, n))),
                "country": pl.Series(countries).gather(
                    np.where(abroad, _draw(random, of_country, n), home[contributor])
                ),
                "unit": _where(kind == 3, pl.repeat("kg", n, eager=True)),
                "quantity_milli": _where(kind == 3, value * 3),
                "value_cents": _where(kind > 0, value),
                "quotes_received": _where(kind == 2, random.integers(0, 10, n)),
            }
        ).with_columns(occurred_on=pl.lit(FIRST_DAY) + pl.duration(days="occurred_on"))
        table = frame.cast(dict(POOLED_COLUMNS)).to_arrow()
        writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table)
    if writer:
        writer.close()


def measure(path: Path) -> dict[str, Any]:
    """One bare `group by` and one walk of the same file, in this process."""
    raw = yaml.safe_load((ROOT / "config" / "policy.yaml").read_text(encoding="utf-8"))
    names = ("when", "product", "place", "period")
    raw["ladder"] = {"rungs": [dict(zip(names, rung, strict=True)) for rung in RUNGS], "improvement": None}
    policy = Policy.model_validate(raw)
    taxonomy = load_taxonomy(ROOT / "config")
    with connected(None, memory_limit=MEMORY) as duck:
        duck.run(f"create temp view pooled as select * from read_parquet('{path}')")
        bare, bare_cpu = _timed(lambda: duck.run(BARE))
        duck.run("drop table bare")
        engine = Profiled(duck)
        walked, walk_cpu = _timed(lambda: walk(engine, policy=policy, taxonomy=taxonomy, night=NIGHT, previous=None))
        placed, classes = duck.value("select count(*) from classed"), duck.value("select count(*) from found_classes")
    assert isinstance(placed, int) and isinstance(classes, int)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {
        "bare": bare, "bare_cpu": bare_cpu, "walk": walked, "walk_cpu": walk_cpu, "classes": classes, "placed": placed,
        "peak_gib": peak, "took": engine.took,
    }  # fmt: skip


def profile(took: list[tuple[str, float]], bare: float) -> Table:
    """What each SQL file took, dearest first: at each of its runs below a tenth of the bare `group by`, and above."""
    runs = pl.DataFrame(took, schema=["file", "cpu"], orient="row")
    is_small = pl.col("cpu") < bare / 10
    sums = (
        pl.len().alias("runs"), pl.col("cpu").sum(), is_small.sum().alias("n_small"),
        pl.col("cpu").filter(is_small).sum().alias("small"),
    )  # fmt: skip
    files = runs.group_by("file").agg(sums).sort("cpu", "file", descending=[True, False]).head(15)
    table = Table("SQL file", "runs", "cpu s", "small runs", "cpu s")
    for name, n, cpu, n_small, small in [*files.rows(), ("all", *runs.select(sums).row(0))]:
        table.add_row(name, f"{n:,}", f"{cpu:.2f}", f"{n_small:,}", f"{small:.2f}")
    return table


def _timed(step: Callable[[], object]) -> tuple[float, float]:
    wall, processor = time.perf_counter(), time.process_time()
    step()
    return time.perf_counter() - wall, time.process_time() - processor


def _power_law(n: int, exponent: float) -> np.ndarray:
    weights = 1 / np.arange(1, n + 1) ** exponent
    return np.cumsum(weights / weights.sum())


def _draw(random: np.random.Generator, cumulated: np.ndarray, n: int) -> np.ndarray:
    return np.searchsorted(cumulated, random.random(n)).clip(0, len(cumulated) - 1)


def _where(wanted: np.ndarray, values: object) -> pl.Series:
    column = pl.Series("value", values)
    return pl.DataFrame({"value": column, "wanted": wanted}).select(pl.when("wanted").then("value")).to_series()


def main() -> int:
    """Prints the table; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, help="one size instead of 1 and 10 million")
    parser.add_argument("--large", action="store_true", help="50 million events as well")
    parser.add_argument("--profile", action="store_true", help="also what each SQL file took")
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.file:
        print(json.dumps(measure(arguments.file)))
        return 0
    sizes = [arguments.events] if arguments.events else [1_000_000, 10_000_000]
    sizes += [50_000_000] if arguments.large else []
    taxonomy = load_taxonomy(ROOT / "config")
    profiles: list[Table] = []
    table = Table(
        "events", "bare s", "walk s", "ratio", "bare cpu s", "walk cpu s", "ratio", "peak GiB", "classes", "in them"
    )
    for n_events in sizes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "events.parquet"
            write_events(path, n_events, taxonomy)
            told = subprocess.run(
                [sys.executable, "-m", "benchmarks.ladder", "--file", str(path)],
                check=True, capture_output=True, text=True, cwd=ROOT,
            )  # fmt: skip
        got = json.loads(told.stdout)
        profiles.append(profile(got["took"], got["bare_cpu"]))
        table.add_row(
            f"{n_events:,}",
            f"{got['bare']:.2f}", f"{got['walk']:.1f}", f"{got['walk'] / got['bare']:.1f}",
            f"{got['bare_cpu']:.2f}", f"{got['walk_cpu']:.1f}", f"{got['walk_cpu'] / got['bare_cpu']:.1f}",
            f"{got['peak_gib']:.2f}", f"{got['classes']:,}", f"{100 * got['placed'] / n_events:.1f} %",
        )  # fmt: skip
    Console(width=130).print(table, *(profiles if arguments.profile else ()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
