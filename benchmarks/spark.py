"""Whether a Spark cluster forms the classes that DuckDB forms, also when a worker dies; and how fast each is.

Starts a real standalone cluster (`benchmarks.spark_cluster`) and walks the ladder twice over the same seeded synthetic
events (those of `benchmarks.ladder`): by DuckDB on this machine, and by Spark. For the second seed a worker is killed
(SIGKILL, with its executor) while a rung is under way. Prints what differs between the two: nothing, or this fails.
Then the texts of a demo delivery are scrubbed by this machine's processes and by the cluster, and compared likewise.
Rates are of this run: wall clock, two executors of one core, beside DuckDB with two threads.

    .venv/bin/python -m benchmarks.spark                      # three seeds of 200,000 events
    .venv/bin/python -m benchmarks.spark --events 1000000 --near 100000
"""

import argparse
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import yaml
from pyspark.sql import SparkSession
from rich.console import Console
from rich.table import Table

from anonymize.classes.engine import Engine
from anonymize.classes.ladder import RungYield, walk
from assets.figures import Figures
from assets.scrubbed_events import scrub_night
from assets.settings import Settings
from benchmarks.ladder import NIGHT, ROOT, RUNGS, write_events
from benchmarks.spark_cluster import N_WORKERS, Cluster, cluster
from feeds.demo import FEEDS, feed_path, write_marketplace
from feeds.landing import land
from feeds.taxonomy import load_taxonomy
from pipelines.demo import NIGHTS
from schemas.home import Home
from schemas.policy import Policy
from schemas.taxonomy import Taxonomy
from warehouse.access import make_home
from warehouse.duck import connected
from warehouse.spark import Spark
from warehouse.spark_tables import MASTER, Tables, session

SEEDS = (1, 2, 3)
KILLED = 2
"""The seed whose walk loses a worker."""
KILL_AFTER_RUNG = 2
KILL_DELAY_S = 2.0
SCRUB_KILL_DELAY_S = 25.0
"""By then executors have started and scrub."""
MEMORY = "700MB"
NAMES = ("found_classes", "classed", "found_measures")
Frames = dict[str, pl.DataFrame]


@dataclass
class Watch:
    """The most memory that this process and all that it started held at once, sampled."""

    peak_bytes: int = 0
    is_over: bool = False

    def __enter__(self) -> "Watch":
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.is_over = True
        self._thread.join()

    def _look(self) -> None:
        while not self.is_over:
            self.peak_bytes = max(self.peak_bytes, _resident(os.getpid()))
            time.sleep(0.5)


def _resident(root: int) -> int:
    """Bytes that a process and its descendants hold; pages they share are counted for each."""
    parents: dict[int, int] = {}
    held: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            held[int(entry.name)] = int((entry / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except OSError:
            continue  # it ended meanwhile
    total = 0
    for process in held:
        above: int | None = process
        while above is not None and above != root:
            above = parents.get(above)
        total += held[process] if above == root else 0
    return total


def policy_of_rungs() -> Policy:
    """The committed policy with the twelve rungs of `benchmarks.ladder`."""
    raw = yaml.safe_load((ROOT / "config" / "policy.yaml").read_text(encoding="utf-8"))
    names = ("when", "product", "place", "period")
    raw["ladder"] = {"rungs": [dict(zip(names, rung, strict=True)) for rung in RUNGS], "improvement": None}
    return Policy.model_validate(raw)


def walked(
    engine: Engine, policy: Policy, taxonomy: Taxonomy, on_rung: Callable[[RungYield], None] = lambda _: None
) -> tuple[Frames, float]:
    """The tables that a walk leaves, in order, and its seconds."""
    start = time.perf_counter()
    walk(engine, policy=policy, taxonomy=taxonomy, night=NIGHT, previous=None, on_rung=on_rung)
    seconds = time.perf_counter() - start
    frames = {name: engine.frame(f"select * from {name}") for name in NAMES}
    return {name: frame.sort(frame.columns) for name, frame in frames.items()}, seconds


def by_duckdb(events: Path, policy: Policy, taxonomy: Taxonomy) -> tuple[Frames, float]:
    """The walk on this machine."""
    with connected(None, memory_limit=MEMORY) as duck:
        duck.run(f"create temp view pooled as select * from read_parquet('{events / 'events.parquet'}')")
        return walked(duck, policy, taxonomy)


def by_spark(
    spark: SparkSession,
    events: Path,
    n_events: int,
    policy: Policy,
    taxonomy: Taxonomy,
    *,
    near_rows: int,
    on_rung: Callable[[RungYield], None] = lambda _: None,
) -> tuple[Frames, float, int]:
    """The walk on the cluster: tables, seconds, and how many queries the cluster ran."""
    with tempfile.TemporaryDirectory() as work, connected(None, memory_limit=MEMORY) as near:
        tables = Tables(spark, Path(work))
        engine = Spark(tables, near, near_rows=near_rows)
        engine.read("pooled", events, n_events)
        frames, seconds = walked(engine, policy, taxonomy, on_rung)
        return frames, seconds, tables.n_queries


class Killer:
    """Kills a worker a while after a rung, so that the next one is under way."""

    def __init__(self, running: Cluster) -> None:
        self._timer = threading.Timer(KILL_DELAY_S, running.kill_worker)
        self._n_rungs = 0

    def __call__(self, _: RungYield) -> None:
        """Takes note of a rung."""
        self._n_rungs += 1
        if self._n_rungs == KILL_AFTER_RUNG:
            self._timer.start()


def compare(running: Cluster, spark: SparkSession, n_events: int, near_rows: int, console: Console) -> bool:
    """Walks every seed both ways and prints the comparison; returns whether all was identical."""
    policy, taxonomy = policy_of_rungs(), load_taxonomy(ROOT / "config")
    table = Table(
        "seed", "workers", "classes", "events in them", "measures", "differ", "DuckDB s", "Spark s", "queries"
    )
    is_same = True
    for seed in SEEDS:
        with tempfile.TemporaryDirectory() as folder:
            events = Path(folder)
            write_events(events / "events.parquet", n_events, taxonomy, seed=seed)
            expected, duck_s = by_duckdb(events, policy, taxonomy)
            n_before = running.n_alive
            killer = Killer(running) if seed == KILLED else lambda _: None
            got, spark_s, n_queries = by_spark(
                spark, events, n_events, policy, taxonomy, near_rows=near_rows, on_rung=killer
            )
        n_killed = n_before - running.n_alive
        if n_killed != (seed == KILLED):
            raise SystemExit(f"seed {seed}: {n_killed} workers died; give the killer more events, or the workers peace")
        differ = [name for name in NAMES if not expected[name].equals(got[name])]
        is_same &= not differ
        table.add_row(
            str(seed), f"{n_before}, {n_killed} killed", *(f"{expected[name].height:,}" for name in NAMES),
            ", ".join(differ) or "nothing", f"{duck_s:.1f}", f"{spark_s:.1f}", str(n_queries),
        )  # fmt: skip
        while running.n_alive < N_WORKERS:
            running.start_worker()
    console.print(table)
    return is_same


def land_week(settings: Settings, n_rows: int) -> int:
    """Lands a week of the demo marketplace as one night's deliveries; returns how many files these are."""
    make_home(settings.home)
    write_marketplace(settings.home.demo, n_events=n_rows, nights=NIGHTS, seed=2026)
    n_files = 0
    for feed in FEEDS:
        written = {night: feed_path(settings.home.demo, feed, night) for night in NIGHTS}
        files = []
        for night, file in written.items():
            if file.is_file():
                files.append(file.rename(file.with_name(f"{night}-{file.name}")))
        land(files, settings.contracts[feed], settings.home.landed(feed, NIGHTS[-1]))
        n_files += len(files)
    return n_files


def scrubbed(settings: Settings) -> tuple[Figures, Frames, float]:
    """Figures, scrubbed events and refused rows of the night, in order, and seconds."""
    start = time.perf_counter()
    figures = scrub_night(settings, NIGHTS[-1])
    seconds = time.perf_counter() - start
    home = settings.home
    folders = {"scrubbed events": home.scrubbed(NIGHTS[-1]), "refused rows": home.quarantine(NIGHTS[-1])}
    frames = {name: pl.read_parquet(folder / "*.parquet") for name, folder in folders.items()}
    return figures, {name: frame.sort(frame.columns) for name, frame in frames.items()}, seconds


def compare_scrubbing(running: Cluster, n_rows: int, console: Console) -> bool:
    """Scrubs one night by this machine, by the cluster, and by a cluster that loses a worker; prints the comparison."""
    table = Table("scrubbed by", "workers", "rows", "files", "events", "refused", "differ", "s", "rows a second")
    is_same = True
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config"
        shutil.copytree(ROOT / "config", config)
        here = Settings(Home(Path(folder) / "home"), ROOT / "config")
        there = Settings(here.home, config)
        policy = (config / "policy.yaml").read_text(encoding="utf-8")
        (config / "policy.yaml").write_text(policy.replace("engine: duckdb", "engine: spark"), encoding="utf-8")
        n_files = land_week(here, n_rows)
        expected: tuple[Figures, Frames] | None = None
        for name, settings, is_killed in (
            ("this machine", here, False),
            *((("Spark", there, each)) for each in (False, True)),
        ):
            n_before = running.n_alive
            timer = threading.Timer(SCRUB_KILL_DELAY_S, running.kill_worker)
            if is_killed:
                timer.start()
            figures, frames, seconds = scrubbed(settings)
            n_killed = n_before - running.n_alive
            if n_killed != is_killed:
                raise SystemExit(f"{n_killed} workers died while texts were scrubbed; ask for more rows")
            expected = expected or (figures, frames)
            differ = [each for each, frame in frames.items() if not frame.equals(expected[1][each])]
            differ += ["figures"] if figures != expected[0] else []
            is_same &= not differ
            n_read = sum(feed["n_rows"] for feed in figures.values())
            table.add_row(
                name, "" if settings is here else f"{n_before}, {n_killed} killed", f"{n_read:,}", str(n_files),
                *(f"{frame.height:,}" for frame in frames.values()), ", ".join(differ) or "nothing",
                f"{seconds:.1f}", f"{n_read / seconds:,.0f}",
            )  # fmt: skip
            while running.n_alive < N_WORKERS:
                running.start_worker()
    console.print(table)
    return is_same


def main() -> int:
    """Prints the tables; returns 1 if anything differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--near", type=int, default=20_000, help="rows below which a statement stays with DuckDB")
    parser.add_argument("--rows", type=int, default=20_000, help="rows of the demo whose texts are scrubbed")
    parser.add_argument("--only-scrub", action="store_true", help="leave the ladder out")
    arguments = parser.parse_args()
    console = Console(width=130)
    with Watch() as watch, cluster() as running:
        is_same = True
        if not arguments.only_scrub:
            with session(app="benchmark", master=running.master) as spark:
                is_same = compare(running, spark, arguments.events, arguments.near, console)
        os.environ[MASTER] = running.master
        is_same &= compare_scrubbing(running, arguments.rows, console)
    console.print(f"Peak memory of all processes together: {watch.peak_bytes / 2**30:.2f} GiB")
    return 0 if is_same else 1


if __name__ == "__main__":
    sys.exit(main())
