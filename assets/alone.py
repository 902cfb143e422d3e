"""One at a time: who holds the home, may change its ledger and its nights.

Held by every run of the night's assets, whoever started it, and by every command that changes the home. The system
lets go of it when the process ends, however it ends; so what holds nothing any more is dead.
"""

import fcntl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from schemas.errors import NightError
from schemas.home import Home

PATIENCE_S = 2.0
"""How long a command waits for somebody who only looks."""

_POLL_S = 0.1
_held: dict[Path, tuple[TextIO, int]] = {}
"""What this process holds, and how many times: a night that a command runs asks again within it."""
_guard = threading.Lock()


@contextmanager
def alone(home: Home, *, patience_s: float = PATIENCE_S) -> Iterator[None]:
    """Holds the home. Within one process it may be asked for again.

    Args:
        patience_s: how long to wait for another process, in seconds.

    Raises: NightError if another process holds it for longer.
    """
    path = home.private / "night.lock"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    until = time.monotonic() + patience_s
    while not _take(path):
        if time.monotonic() >= until:
            raise NightError("another mandi command runs a night on this home; wait for it to end")
        time.sleep(_POLL_S)
    try:
        yield
    finally:
        _give_back(path)


def _take(path: Path) -> bool:
    with _guard:
        if path in _held:
            lock, times = _held[path]
            _held[path] = lock, times + 1
            return True
        lock = path.open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            return False
        _held[path] = lock, 1
        return True


def _give_back(path: Path) -> None:
    with _guard:
        lock, times = _held.pop(path)
        if times > 1:
            _held[path] = lock, times - 1
        else:
            lock.close()
