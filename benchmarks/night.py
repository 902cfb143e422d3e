"""How long a whole night takes, how much memory it holds and what each step leaves, beside the limit in the same run.

    python -m benchmarks.night                          # 1, 5 and 20 million events
    python -m benchmarks.night --events 10000000        # one size
    python -m benchmarks.night --mix demo               # the demo's own mix: nearly every row has a text

Each size in a new home: writes a week of the demo marketplace, lands all of it under one night, the one after January
has closed (the dearest: every rung has its turn), runs `mandi night` in a process of its own, and verifies every
extract. In the mix `orders` one row in ten has free text; the others are order lines, whose items come from a list. The
limit is what no pipeline can beat: a process that reads the same files with DuckDB and counts rows by country and day.
Memory is the proportional set size of the night's processes together, sampled four times a second. What a step leaves
is what the home grew by. Seconds of the limit and of the night are wall clock and processor time of all processes.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from assets.logs import lines, log_path
from assets.night_facts import facts_of
from assets.settings import ROOT, Settings
from feeds.demo import FEEDS, feed_path, write_marketplace
from feeds.landing import land
from pipelines import show
from pipelines.demo import NIGHTS
from pipelines.nights import progress
from schemas.home import Home
from schemas.steps import STEPS
from warehouse.access import make_home

NIGHT = NIGHTS[-1]
SIZES = (1_000_000, 5_000_000, 20_000_000)
SAMPLE_S = 0.25
MIXES = {
    "orders": {"demo_rfqs": 0.04, "demo_inquiries": 0.05, "demo_searches": 0.01, "demo_orders": 0.90},
    "demo": {"demo_rfqs": 0.10, "demo_inquiries": 0.20, "demo_searches": 0.45, "demo_orders": 0.25},
}
"""Share of the events that each feed holds."""

_READERS = {
    "demo_rfqs": "select country, posted_at[:10] as day from read_json({files}, format = 'newline_delimited', "
    "ignore_errors = true, columns = {{country: 'varchar', posted_at: 'varchar'}})",
    "demo_inquiries": 'select "Buyer Country", Sent[:10] from read_csv({files}, all_varchar = true, header = true, '
    "ignore_errors = true, strict_mode = false)",
    "demo_searches": "select country, strftime(\"at\", '%Y-%m-%d') from read_parquet({files})",
    "demo_orders": "select buyer_country, placed_at[:10] from read_csv({files}, all_varchar = true, header = true, "
    "ignore_errors = true, strict_mode = false)",
}


@dataclass
class Watched:
    """What was seen of a process and its children."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_bytes: int = 0
    exit_code: int = 0
    sizes: dict[str, int] = field(default_factory=dict)
    """Bytes below the home when a step had finished, by step."""


def prepare(folder: Path, n_events: int, mix: str, seed: int) -> Settings:
    """A home in which a week has landed under one night."""
    raw = folder / "marketplace"
    write_marketplace(raw, n_events=n_events, nights=NIGHTS, seed=seed, shares=MIXES[mix])
    settings = Settings(Home(folder / "home"), ROOT / "config")
    make_home(settings.home)
    for feed in FEEDS:
        files = [path for night in NIGHTS if (path := feed_path(raw, feed, night)).is_file()]
        named = [path.rename(path.with_name(f"{path.parent.name}.{path.name}")) for path in files]
        land(named, settings.contracts[feed], settings.home.landed(feed, NIGHT))
        for path in named:
            path.unlink()
    return settings


def watched(words: Sequence[str], home: Home) -> Watched:
    """Runs a command to its end; its time, memory, and what the home held after each step."""
    seen, began = Watched(), time.perf_counter()
    before = os.times()
    with (home.private / "benchmark.out").open("wb") as out:
        process = subprocess.Popen(
            words, cwd=ROOT, env=os.environ | {"MANDI_HOME": str(home.root)}, stdout=out, stderr=subprocess.STDOUT
        )
        watcher = threading.Thread(target=_watch, args=(process, home, seen))
        watcher.start()
        seen.exit_code = process.wait()
        watcher.join()
    after = os.times()
    seen.seconds = time.perf_counter() - began
    seen.cpu_seconds = after.children_user + after.children_system - before.children_user - before.children_system
    return seen


def _watch(process: subprocess.Popen[bytes], home: Home, seen: Watched) -> None:
    while process.poll() is None:
        seen.peak_bytes = max(seen.peak_bytes, sum(map(_held_bytes, _with_children(process.pid))))
        for line in lines(log_path(home, NIGHT)):
            if line.event == "step_finished" and line.step is not None and line.step not in seen.sizes:
                seen.sizes[line.step] = folder_bytes(home.root)
        time.sleep(SAMPLE_S)


def _with_children(pid: int) -> Iterator[int]:
    yield pid
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in listed.read_text().split():
                yield from _with_children(int(child))


def _held_bytes(pid: int) -> int:
    with suppress(OSError, StopIteration, ValueError):
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return 1024 * int(next(line for line in rollup if line.startswith("Pss:")).split()[1])
    return 0  # it has ended meanwhile


def folder_bytes(folder: Path) -> int:
    """Bytes of all files below a folder."""
    total = 0
    for path in folder.rglob("*"):
        with suppress(OSError):
            total += path.stat().st_size if path.is_file() and not path.is_symlink() else 0
    return total


def limit(home: Home) -> None:
    """Reads every landed file and counts rows by country and day; called in a process of its own."""
    from warehouse.duck import connected

    parts = []
    for feed in FEEDS:
        files = [str(path) for path in sorted(home.landed(feed, NIGHT).iterdir()) if path.name.startswith("2026-")]
        parts.append(_READERS[feed].format(files=json.dumps(files).replace('"', "'")))
    with connected(None, memory_limit="2GB") as duck:
        duck.run("create temp table counted as select country, day, count(*) n from (" + " union all ".join(parts)
                 + ") group by all")  # fmt: skip
        print(duck.value("select sum(n)::bigint from counted"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs each size and prints its two tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, nargs="+", default=SIZES, help="events of each night")
    parser.add_argument("--mix", choices=MIXES, default="orders", help="which feeds hold them")
    parser.add_argument("--seed", type=int, default=1, help="of the marketplace")
    parser.add_argument("--folder", type=Path, help="where homes are made; 1.5 GB a million events are needed")
    parser.add_argument("--limit", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.limit is not None:
        limit(Home(asked.limit))
        return 0
    is_well = True
    for n_events in asked.events:
        with tempfile.TemporaryDirectory(prefix="mandi-night-", dir=asked.folder) as name:
            is_well &= measure(Path(name), n_events, asked.mix, asked.seed)
    return 0 if is_well else 1


def measure(folder: Path, n_events: int, mix: str, seed: int) -> bool:
    """Runs and prints one size; whether the night and every extract were well."""
    python = [sys.executable, "-c", "from pipelines.cli import main; main()"]
    with progress() as display:
        task = display.add_task(f"{n_events:,} events", total=4, step="writing feeds")
        settings = prepare(folder, n_events, mix, seed)
        home = settings.home
        landed = folder_bytes(home.landing)
        display.update(task, completed=1, step="limit")
        least = watched([sys.executable, "-m", "benchmarks.night", "--limit", str(home.root)], home)
        display.update(task, completed=2, step="night")
        night = watched([*python, "night", str(NIGHT)], home)
        display.update(task, completed=3, step="verifying")
        extracts = sorted((home.release(str(NIGHT)) / "extracts").glob("*"))
        verified = watched([sys.executable, "-c", _VERIFY, *map(str, extracts)], home)
        display.update(task, completed=4, step="done")
    facts = facts_of(home, NIGHT, datetime.now(UTC))
    show.out.print(_steps_table(n_events, facts.steps, night, landed))
    rows = [
        (name, f"{seen.seconds:,.0f} s", f"{seen.cpu_seconds:,.0f} s", f"{seen.peak_bytes / 2**20:,.0f} MiB", outcome)
        for name, seen, outcome in (
            ("limit: read and count", least, "exit code " + str(least.exit_code)),
            ("night", night, "exit code " + str(night.exit_code)),
            (f"{len(extracts)} extracts verified", verified, "exit code " + str(verified.exit_code)),
        )
    ]
    show.out.print(show.table("", ["what", "wall", "processors", "memory at most", "outcome"], rows))
    ratio = night.cpu_seconds / max(least.cpu_seconds, 0.001)
    accounting = facts.figures.get("demand_classes", {}).get("accounting", {})
    show.out.print(
        f"{accounting.get('n_rows', 0):,} rows, {accounting.get('n_classed', 0):,} events in classes; "
        f"{n_events / max(night.seconds, 0.001):,.0f} events a second; {ratio:,.0f} times the limit's processor time\n"
    )
    return extracts != [] and not any((least.exit_code, night.exit_code, verified.exit_code))


_VERIFY = """
import subprocess, sys
words = [sys.executable, "-c", "from pipelines.cli import main; main()", "verify"]
sys.exit(max(subprocess.run([*words, folder], stdout=subprocess.DEVNULL).returncode for folder in sys.argv[1:]))
"""


def _steps_table(n_events: int, steps: object, night: Watched, landed: int) -> object:
    """What each step took and left."""
    assert isinstance(steps, dict)
    rows, before = [], None
    for step in STEPS:
        facts = steps.get(step)
        if facts is None:
            continue
        after = night.sizes.get(step)
        grown = "" if after is None or before is None else f"{(after - before) / 2**20:+,.1f} MiB"
        before = after if after is not None else before
        share = f"{(facts.seconds or 0) / max(night.seconds, 0.001):.0%}"
        rows.append((step, f"{facts.seconds or 0:,.1f} s", share, grown))
    title = f"\n{n_events:,} events, {landed / 2**20:,.0f} MiB landed"
    return show.table(title, ["step", "wall", "of the night", "the home grew by"], rows)


if __name__ == "__main__":
    sys.exit(main())
