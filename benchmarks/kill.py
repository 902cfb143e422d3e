"""Kills nights at random moments and compares what a second run releases with an undisturbed run.

    python -m benchmarks.kill --moments 20 --events 12000 --seed 1

Prepares one home with five published nights, copies it for every trial (so that all have the same keys), and runs the
night that closes January: `mandi night 2026-02-02`, the process group killed by SIGKILL at the moment, then run again
to its end. Compares extracts, manifests, the list of releases and the tables of `demand.duckdb` with the undisturbed
night, and the ledger row by row. Exit code 1 on any difference.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from assets.settings import ROOT, Settings
from feeds.demo import FEEDS, feed_path, write_marketplace
from feeds.landing import land
from pipelines import show
from pipelines.demo import NIGHTS
from pipelines.nights import progress
from pipelines.runner import run_night
from schemas.home import Home
from schemas.steps import STEPS
from warehouse.access import make_home
from warehouse.duck import connected
from warehouse.files import sha256_of
from warehouse.release import TABLES

CLOSING = date(2026, 2, 2)
"""The night that closes a month: the longest one, in which every rung has its turn."""
WAIT_SECONDS = 180
"""A second run that takes longer than this counts as one that never ends."""

Shown = dict[str, object]
"""What a home shows, by name of a file or table."""


@dataclass(frozen=True)
class Trial:
    """One killed night and what came of it."""

    moment: float
    """Seconds after the process began."""

    last_step: str
    """The last step that had finished when the process died."""

    outcome: str
    """How the second run ended."""

    differences: tuple[str, ...]
    """Names of files and tables that differ from the undisturbed night."""


def kill_at(before: Path, after: Shown, folder: Path, moment: float, night: date = CLOSING) -> Trial:
    """Copies the home `before`, kills its night at a moment, runs it again, and compares with `after`."""
    home = Home(folder)
    copy_home(before, folder)
    with _start(home, night) as process:
        try:
            process.wait(timeout=moment)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
        has_ended = process.wait() == 0
    last_step = "published before the moment" if has_ended else last_finished(home, night)
    outcome = _run_again(home, night)
    missing = ("no release",) if not home.release(night.isoformat()).is_dir() else ()
    found = shown(home) if not missing else {}
    differences = missing or tuple(sorted(name for name in found | after if found.get(name) != after.get(name)))
    return Trial(moment, last_step, outcome, differences)


def copy_home(source: Path, target: Path) -> None:
    """A copy of a home with links and modes as they are."""
    shutil.copytree(source, target, symlinks=True)


def last_finished(home: Home, night: date) -> str:
    """The last step of a night that left its figures; told apart: whether the release is in place already."""
    if home.release(night.isoformat()).is_dir():
        return "release put in place"
    done = [step for step in STEPS if (home.report(night) / f"{step}.json").is_file()]
    return done[-1] if done else "none"


def shown(home: Home) -> Shown:
    """Everything that must be equal: bytes of the releases, tables of their DuckDB files, the ledger, what is left."""
    found: Shown = {"current": str(home.current.readlink())}
    for path in sorted(home.releases.rglob("*")):
        name = str(path.relative_to(home.root))
        if path.name == TABLES:
            found |= _tables(path, name)
        elif path.is_file():
            found[name] = sha256_of(path)
    found |= _tables(home.ledger, "ledger")
    for folder in ("staging", "scrubbed"):
        found[folder] = [path.name for path in sorted((home.private / folder).glob("*"))]
    return found


def _tables(path: Path, name: str) -> Shown:
    with connected(path, is_read_only=True) as duck:
        names = duck.frame("select table_name from duckdb_tables() order by table_name")["table_name"]
        frames = {table: duck.frame(f"select * from {table} order by all") for table in names}
    return {f"{name}, table {table}": frame.rows() for table, frame in frames.items()}


def _start(home: Home, night: date) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [Path(sys.executable).parent / "mandi", "night", night.isoformat()],
        cwd=ROOT,
        env=os.environ | {"MANDI_HOME": str(home.root)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def _run_again(home: Home, night: date) -> str:
    with _start(home, night) as process:
        try:
            _, told = process.communicate(timeout=WAIT_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return "never ended"
    if process.returncode == 0:
        return "published"
    is_done = process.returncode == 2 and b"already published" in told
    return "was published already" if is_done else f"failed with exit code {process.returncode}"


def prepare(folder: Path, n_events: int, seed: int, nights: tuple[date, ...] = NIGHTS) -> Iterator[str]:
    """A home with every night before the closing one published, and that one landed; tells of each night done."""
    raw = folder / "marketplace"
    write_marketplace(raw, n_events=n_events, nights=nights, seed=seed)
    settings = Settings(Home(folder / "before"), ROOT / "config")
    make_home(settings.home)
    for night in (night for night in nights if night <= CLOSING):
        for feed in FEEDS:
            file = feed_path(raw, feed, night)
            if file.is_file():
                land([file], settings.contracts[feed], settings.home.landed(feed, night))
        if night < CLOSING:
            run_night(settings, night)
            yield night.isoformat()
    shutil.rmtree(raw)


def undisturbed(before: Path, folder: Path) -> tuple[Shown, float, float]:
    """What the closing night gives when nothing happens; when its first step ended, and how long it took, in s."""
    home = Home(folder)
    copy_home(before, folder)
    began, first = time.perf_counter(), 0.0
    with _start(home, CLOSING) as process:
        while process.poll() is None:
            if not first and last_finished(home, CLOSING) != "none":
                first = time.perf_counter() - began
            time.sleep(0.01)
    if process.returncode:
        raise SystemExit(f"the undisturbed night failed with exit code {process.returncode}")
    return shown(home), first, time.perf_counter() - began


def spread(n: int, first: float, last: float, seed: int) -> list[float]:
    """Random moments, one in each of `n` equal parts of the time between two moments, in seconds."""
    draw = random.Random(seed)
    return [first + (last - first) * (part + draw.random()) / n for part in range(n)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the trials and prints their table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moments", type=int, default=20, help="how many nights are killed")
    parser.add_argument("--events", type=int, default=12_000, help="size of the marketplace")
    parser.add_argument("--seed", type=int, default=1, help="of the marketplace and of the moments")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="mandi-kill-") as name, progress() as display:
        folder, trials = Path(name), []
        task = display.add_task("Kill", total=asked.moments + len(NIGHTS) - 1, step="preparing")
        for night in prepare(folder, asked.events, asked.seed):
            display.update(task, advance=1, step=f"prepared {night}")
        after, first, whole = undisturbed(folder / "before", folder / "after")
        display.update(task, advance=1, step="undisturbed night done")
        # The first second of the work is in; before it the process only imports.
        for number, moment in enumerate(spread(asked.moments, max(first - 1.0, 0.0), whole, asked.seed)):
            trials.append(kill_at(folder / "before", after, folder / f"trial-{number}", moment))
            shutil.rmtree(folder / f"trial-{number}")
            display.update(task, advance=1, step=f"killed after {trials[-1].last_step}")
    rows = [
        (f"{trial.moment:.2f} s", trial.last_step, trial.outcome, ", ".join(trial.differences[:3]) or "equal")
        for trial in trials
    ]
    show.out.print(
        show.table(
            f"Night {CLOSING}, {asked.events:,} events, undisturbed {whole:.1f} s (first step done at {first:.1f} s)",
            ["killed at", "last finished step", "second run", "compared with undisturbed"],
            rows,
        )
    )
    n_bad = sum(
        bool(trial.differences) or trial.outcome not in ("published", "was published already") for trial in trials
    )
    show.out.print(f"{len(trials) - n_bad} of {len(trials)} killed nights ended in the undisturbed release.")
    return 1 if n_bad else 0


if __name__ == "__main__":
    sys.exit(main())
