"""Dagster's daemon and web interface as one command: both live and end together, and leave nothing behind."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

import dagster as dg

from assets.alone import alone
from assets.settings import ROOT, Settings
from pipelines import show
from pipelines.burial import bury_dead_runs
from pipelines.pages import MODULE
from pipelines.runner import prepare_environment
from schemas.errors import ConfigurationError, NightError

GRACE_S = 30.0
"""Seconds a process group has to end in order before it is killed."""

_POLL_S = 0.2


def serve(settings: Settings, port: int, *, stop: threading.Event | None = None) -> None:
    """Runs the daemon and the web interface until Ctrl-C or SIGTERM; then both end, with all that they started.

    A night that runs then is cut off; the next start takes it up again. Runs that an earlier serve left are ended
    first.

    Args:
        port: of the web interface, on the loopback address.
        stop: ends it from another thread.

    Raises: NightError if one of the two ends by itself, or another serve lives on this home; ConfigurationError if
    Dagster's
        programs are missing.
    """
    prepare_environment(settings)
    stop = stop or threading.Event()
    with _only_one(settings) as lock, _signals(stop):
        with alone(settings.home), dg.DagsterInstance.get() as instance:
            bury_dead_runs(instance, is_all=True)
        show.err.print("Nights begin by themselves. Ctrl-C ends it.", soft_wrap=True)
        started: list[subprocess.Popen[bytes]] = []
        try:
            for words in (_daemon(), _webserver(port)):
                started.append(subprocess.Popen(words, cwd=ROOT, start_new_session=True, pass_fds=(lock,)))
            while not stop.wait(_POLL_S):
                ended = [process for process in started if process.poll() is not None]
                if ended:
                    name = Path(str(ended[0].args[0])).name  # type: ignore[index]  # a list of words, as given above
                    raise NightError(
                        f"{name} ended by itself with exit code {ended[0].returncode}; its words stand above"
                    )
        finally:
            _end(started)


def _daemon() -> list[str]:
    return [_program("dagster-daemon"), "run", "-m", MODULE]


def _webserver(port: int) -> list[str]:
    return [sys.executable, "-m", "pipelines.pages", str(port)]


def _program(name: str) -> str:
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        raise ConfigurationError(f"{name} is not installed beside this Python; run make setup")
    return found


@contextmanager
def _only_one(settings: Settings) -> Iterator[int]:
    """Gives a descriptor that both processes inherit, so that the lock lives as long as any of them."""
    with (settings.home.private / "serve.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held = True
        else:
            held = False
            yield lock.fileno()
    if held:
        raise NightError("a mandi serve, or what a killed one left behind, lives on this home; end it first")


@contextmanager
def _signals(stop: threading.Event) -> Iterator[None]:
    """Ctrl-C and SIGTERM end it in order, where it runs in the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ask(_: int, __: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(started: Sequence["subprocess.Popen[bytes]"]) -> None:
    """Ends both process groups, in order first and by force where that does not help."""
    for number, patience_s in ((signal.SIGTERM, GRACE_S), (signal.SIGKILL, GRACE_S)):
        for process in started:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, number)
        until = time.monotonic() + patience_s
        while any(_lives(process) for process in started):
            if time.monotonic() >= until:
                break
            time.sleep(_POLL_S)
        else:
            return


def _lives(process: "subprocess.Popen[bytes]") -> bool:
    """Whether anything of a process group is left; the leader is waited for, so that it is no zombie."""
    process.poll()
    try:
        os.killpg(process.pid, 0)
    except ProcessLookupError:
        return False
    return True
