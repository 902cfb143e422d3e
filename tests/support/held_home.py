"""A home that another process holds: within one process it may be held again."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from schemas.home import Home

_HOLD = (
    "import fcntl, sys\n"
    "lock = open(sys.argv[1], 'a')\n"
    "fcntl.flock(lock, fcntl.LOCK_EX)\n"
    "print('held', flush=True)\n"
    "sys.stdin.read()\n"
)


@contextmanager
def held_elsewhere(home: Home) -> Iterator[None]:
    """Another process holds the home, as a night that runs does."""
    holding = [sys.executable, "-c", _HOLD, str(home.private / "night.lock")]
    with subprocess.Popen(holding, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdin is not None and holder.stdout is not None and holder.stdout.readline() == b"held\n"
        yield
        holder.stdin.close()
