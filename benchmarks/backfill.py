"""Runs many small nights in order through Dagster with `mandi backfill`, killed twice on the way, and tells how it
went.

    python -m benchmarks.backfill --nights 90 --events 9000 --seed 1

Lands every night of a demo marketplace in a new home, then gives one command again and again: the first two processes
are killed by SIGKILL after a third and two thirds of the nights, the last one runs to its end. Then it looks whether
every night is published once and in order, whether each night began with the pool that the night before left, and
whether the ledger's chain holds. Exit code 1 if not.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

from assets.settings import ROOT, Settings
from feeds.demo import FEEDS, feed_path, write_marketplace
from feeds.landing import land
from pipelines import show
from pipelines.keeping import audited_digests
from pipelines.nights import progress
from schemas.home import Home
from warehouse.access import make_home
from warehouse.ledger import open_ledger
from warehouse.verification import first_problem, verify

FIRST = date(2025, 11, 20)
"""Ninety nights from here cross a year's end, three month closes and nine dekad closes."""


def prepare(folder: Path, nights: Sequence[date], n_events: int, seed: int) -> Settings:
    """A home in which every night has landed."""
    raw = folder / "marketplace"
    write_marketplace(raw, n_events=n_events, nights=tuple(nights), seed=seed)
    settings = Settings(Home(folder / "home"), ROOT / "config")
    make_home(settings.home)
    for night in nights:
        for feed in FEEDS:
            file = feed_path(raw, feed, night)
            if file.is_file():
                land([file], settings.contracts[feed], settings.home.landed(feed, night))
    return settings


def published(home: Home) -> list[str]:
    """Nights in place, sealed or not; looks at folders only."""
    return sorted(path.parent.name for path in home.releases.glob("*/release.json"))


def backfill(home: Home, nights: Sequence[date], kill_after: int | None) -> tuple[int, str]:
    """One call of the command; killed once so many nights are in place. Returns exit code and last line of its
    words."""
    words = [
        sys.executable,
        "-c",
        "from pipelines.cli import main; main()",
        "backfill",
        str(nights[0]),
        str(nights[-1]),
    ]
    with subprocess.Popen(
        words,
        cwd=ROOT,
        env=os.environ | {"MANDI_HOME": str(home.root)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        text=True,
    ) as process:
        while kill_after is not None and process.poll() is None:
            if len(published(home)) >= kill_after:
                os.killpg(process.pid, signal.SIGKILL)
                break
            time.sleep(0.2)
        told, _ = process.communicate()
    return process.returncode, (told.strip().splitlines() or [""])[-1]


def problems(settings: Settings, nights: Sequence[date]) -> list[str]:
    """What is not as it should be afterwards."""
    with open_ledger(settings.home.ledger) as ledger:
        records = ledger.records()
        links = verify(ledger, settings.home, audited=audited_digests(settings.home))
    found = [] if first_problem(links) is None else [str(first_problem(links))]
    if [record.night for record in records if record.is_sealed] != list(nights):
        found.append("not every night is sealed, once and in order")
    if any(later.accounting.n_pooled_before != earlier.accounting.n_pooled for earlier, later in pairwise(records)):
        found.append("a night began with another pool than the night before left")
    if not all(record.accounting.is_balanced for record in records):
        found.append("an accounting does not add up")
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs it and prints what each call did."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nights", type=int, default=90, help="how many nights")
    parser.add_argument("--events", type=int, default=9_000, help="events of all nights together")
    parser.add_argument("--seed", type=int, default=1, help="of the marketplace")
    asked = parser.parse_args(arguments)
    nights = [FIRST + timedelta(days=day) for day in range(asked.nights)]
    rows: list[tuple[object, ...]] = []
    with tempfile.TemporaryDirectory(prefix="mandi-backfill-") as name, progress() as display:
        task = display.add_task("Backfill", total=3, step="preparing")
        settings = prepare(Path(name), nights, asked.events, asked.seed)
        for call, kill_after in enumerate((asked.nights // 3, 2 * asked.nights // 3, None), 1):
            display.update(task, step=f"call {call}")
            before, began = len(published(settings.home)), time.perf_counter()
            code, told = backfill(settings.home, nights, kill_after)
            done, seconds = len(published(settings.home)) - before, time.perf_counter() - began
            ended = "killed" if code == -signal.SIGKILL else f"exit code {code}"
            rows.append(
                (call, ended, done, f"{seconds:.0f} s", f"{seconds / max(done, 1):.1f} s", told if code >= 0 else "")
            )
            display.update(task, advance=1)
        found = problems(settings, nights)
        with open_ledger(settings.home.ledger) as ledger:
            n_classes = ledger.duck.value("select count(*) from classes")
    columns = ["call", "ended", "nights", "time", "a night", "its last line"]
    show.out.print(show.table(f"{asked.nights} nights, {asked.events:,} events", columns, rows))
    show.out.print(
        f"{n_classes:,} classes. " + ("; ".join(found) or "Every night is sealed, once and in order; the chain holds.")
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
