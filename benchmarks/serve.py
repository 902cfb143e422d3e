"""Runs `mandi serve` for real and tells what it saw: the sensor, a night that waits, the schedule, the end.

    python -m benchmarks.serve --events 3000 --seed 1

Prepares a home with one published night. Then, with the daemon and the web interface as processes of their own: a
complete night begins by itself; a night with one feed missing waits and says so; it begins when that feed lands;
SIGTERM ends everything. Then Dagster's own scheduler loop is called at the next 02:00 in Kolkata, its run goes
through the queue, and the same hour a day later does not begin it again. Exit code 1 if anything is not as it should
be.
"""

import argparse
import logging
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
from dagster._core.scheduler.instigation import InstigatorTick
from dagster._core.storage.tags import PARTITION_NAME_TAG
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import ModuleTarget
from dagster._daemon.run_coordinator.queued_run_coordinator_daemon import QueuedRunCoordinatorDaemon
from dagster._scheduler.scheduler import ScheduleIterationTimes, launch_scheduled_runs

from assets.settings import ROOT, Settings
from feeds.demo import FEEDS, feed_path, write_marketplace
from feeds.landing import land
from pipelines import show
from pipelines.demo import NIGHTS
from pipelines.nights import progress
from pipelines.pages import MODULE, address
from pipelines.runner import prepare_environment, run_night
from pipelines.schedules import KOLKATA
from schemas.home import Home

LATE_FEED = "demo_orders"
"""The feed that comes last."""


class Seen:
    """Checks by name, and whether each held."""

    def __init__(self, patience_s: float) -> None:
        self.rows: list[tuple[str, str, str]] = []
        self._patience_s = patience_s

    def add(self, what: str, told: str, *, is_good: bool) -> None:
        """Notes one."""
        self.rows.append((what, told, "yes" if is_good else "NO"))

    def wait(self, what: str, asked: Callable[[], str | None]) -> None:
        """Asks until there is an answer, or patience ends."""
        began = time.monotonic()
        while (told := asked()) is None:
            if time.monotonic() - began > self._patience_s:
                self.add(what, f"not within {self._patience_s:.0f} s", is_good=False)
                return
            time.sleep(0.5)
        self.add(what, f"{told}, after {time.monotonic() - began:.0f} s", is_good=True)


def watch_serve(settings: Settings, raw: Path, seen: Seen) -> None:
    """The sensor's part, with every process real."""
    _land(settings, raw, NIGHTS[1])
    port = _free_port()
    words = [sys.executable, "-c", "from pipelines.cli import main; main()", "serve", "--port", str(port)]
    log = settings.home.private / "serve.log"
    with (
        log.open("wb") as out,
        subprocess.Popen(words, cwd=ROOT, stdout=out, stderr=out, start_new_session=True) as serving,
    ):
        seen.wait("the web interface answers whoever has its key", lambda: _answer(settings))
        refusal = _refusal(port)
        seen.add("without the key it does nothing", f"status {refusal}", is_good=refusal == 403)
        seen.wait("a complete night begins by itself and is published", lambda: _published(settings, NIGHTS[1]))
        _land(settings, raw, NIGHTS[2], but=LATE_FEED)
        seen.wait("a night with a feed missing waits, and says so", lambda: _skipped(LATE_FEED))
        _land(settings, raw, NIGHTS[2])
        seen.wait("it begins when that feed lands", lambda: _published(settings, NIGHTS[2]))
        family = _descendants(serving.pid)
        serving.send_signal(signal.SIGTERM)
        code = serving.wait(120)
    left = [pid for pid in family if _is_alive(pid)]
    seen.add("SIGTERM ends it", f"exit code {code}", is_good=code == 0)
    seen.add("no process is left", f"{len(left)} of {len(family)} live", is_good=not left)


def watch_schedule(settings: Settings, raw: Path, seen: Seen) -> None:
    """The schedule's part: Dagster's own loop functions, at an hour that has not come."""
    _land(settings, raw, NIGHTS[3])
    now = datetime.now(UTC)
    two = _next_two(now)
    logger = logging.getLogger("serve")
    logger.setLevel(logging.CRITICAL)
    known: dict[str, ScheduleIterationTimes] = {}
    with (
        dg.DagsterInstance.get() as instance,
        WorkspaceProcessContext(instance, ModuleTarget(MODULE, None, ROOT.as_posix(), None)) as workspace,
    ):
        for clock in (now, two + timedelta(seconds=5)):
            list(launch_scheduled_runs(workspace, logger, clock, known))
        tick = _ticks(instance, "nightly")[0]
        at = datetime.fromtimestamp(tick.timestamp, KOLKATA)
        seen.add(
            "the schedule ticks at two in Kolkata",
            f"{at:%H:%M}, {tick.status.value}",
            is_good=(at.hour, at.minute) == (2, 0),
        )
        list(QueuedRunCoordinatorDaemon(interval_seconds=1).run_iteration(workspace))
        seen.wait("its night is run and published", lambda: _published(settings, NIGHTS[3]))
        seen.wait("its run ends", lambda: _ended(instance))
        list(launch_scheduled_runs(workspace, logger, two + timedelta(days=1, seconds=5), known))
        again = _ticks(instance, "nightly")[0]
        begun = [_night_of(instance, run_id) for run_id in again.run_ids]
        told = f"begins {', '.join(begun)}, to say what is missing" if begun else again.skip_reason or "nothing"
        seen.add("a day later that night is not begun again", told, is_good=NIGHTS[3].isoformat() not in begun)


def _land(settings: Settings, raw: Path, night: date, *, but: str | None = None) -> None:
    for feed in (feed for feed in FEEDS if feed != but):
        file = feed_path(raw, feed, night)
        if file.is_file():
            land([file], settings.contracts[feed], settings.home.landed(feed, night))


def _published(settings: Settings, night: date) -> str | None:
    return f"{night} published" if settings.home.release(night.isoformat()).is_dir() else None


def _night_of(instance: dg.DagsterInstance, run_id: str) -> str:
    run = instance.get_run_by_id(run_id)
    assert run is not None
    return run.tags[PARTITION_NAME_TAG]


def _ended(instance: dg.DagsterInstance) -> str | None:
    newest = instance.get_runs(limit=1)[0]
    return newest.status.value if newest.is_finished else None


def _skipped(word: str) -> str | None:
    with dg.DagsterInstance.get() as instance:
        told = [tick.skip_reason for tick in _ticks(instance, "landed") if tick.skip_reason]
    return next((reason for reason in told if word in reason), None)


def _ticks(instance: dg.DagsterInstance, name: str) -> Sequence[InstigatorTick]:
    states = [state for state in instance.all_instigator_state() if state.instigator_name == name]
    return instance.get_ticks(states[0].instigator_origin_id, states[0].selector_id, limit=20) if states else ()


def _next_two(now: datetime) -> datetime:
    local = now.astimezone(KOLKATA)
    two = local.replace(hour=2, minute=0, second=0, microsecond=0)
    return (two if two > local else two + timedelta(days=1)).astimezone(UTC)


def _free_port() -> int:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        port: int = opened.getsockname()[1]
        return port


def _answer(settings: Settings) -> str | None:
    """What the address with the key answers, once it is there."""
    file = address(settings.home)
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    try:
        with opener.open(file.read_text(encoding="utf-8").strip(), timeout=30) as answer:
            return f"status {answer.status}"
    except OSError:
        return None


def _refusal(port: int) -> int:
    """What a stranger on this machine is answered who asks for a run."""
    asked = f"http://127.0.0.1:{port}/graphql?query=mutation%7BsetNuxSeen%7D"
    try:
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code


def _descendants(pid: int) -> set[int]:
    """Every process below one, itself included."""
    parents = dict(_parents())
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def _parents() -> Iterator[tuple[int, int]]:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            continue
        yield int(stat.parent.name), int(words[1])


def _nothing_below() -> str | None:
    """Dagster's own processes end a while after they were asked to, and write until then."""
    left = [pid for pid in _descendants(os.getpid()) - {os.getpid()} if _is_alive(pid) and not _is_tracker(pid)]
    return None if left else "every process has ended"


def _is_tracker(pid: int) -> bool:
    """Whether it is Python's own process that looks after shared memory; it ends with us."""
    return b"resource_tracker" in Path(f"/proc/{pid}/cmdline").read_bytes()


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@contextmanager
def _home(n_events: int, seed: int) -> Iterator[tuple[Settings, Path]]:
    with tempfile.TemporaryDirectory(prefix="mandi-serve-") as name:
        raw = Path(name) / "marketplace"
        write_marketplace(raw, n_events=n_events, nights=NIGHTS, seed=seed)
        settings = Settings(Home(Path(name) / "home"), ROOT / "config")
        prepare_environment(settings)
        _land(settings, raw, NIGHTS[0])
        run_night(settings, NIGHTS[0])
        yield settings, raw


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs both parts and prints what was seen."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=3_000, help="size of the marketplace")
    parser.add_argument("--seed", type=int, default=1, help="of the marketplace")
    parser.add_argument("--patience", type=float, default=300.0, help="seconds to wait for anything")
    asked = parser.parse_args(arguments)
    seen = Seen(asked.patience)
    with progress() as display:
        task = display.add_task("Serve", total=3, step="preparing")
        with _home(asked.events, asked.seed) as (settings, raw):
            for step, part in (("sensor", watch_serve), ("schedule", watch_schedule)):
                display.update(task, advance=1, step=step)
                part(settings, raw, seen)
            seen.wait("nothing runs on", _nothing_below)
            display.update(task, advance=1, step="done")
    show.out.print(show.table("Nights that begin by themselves", ["what", "seen", "as it should be"], seen.rows))
    return 1 if any(good == "NO" for _, _, good in seen.rows) else 0


if __name__ == "__main__":
    sys.exit(main())
