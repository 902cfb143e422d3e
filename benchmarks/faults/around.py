"""Faults around the process: files, keys, the ledger, the clock, another night, folders that refuse."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

from anonymize.key_sources import KeySource
from anonymize.keyring import Keyring
from benchmarks.faults.world import Fault, How, NotTriedError, World, start
from benchmarks.kill import CLOSING
from feeds.landing import SUMS
from schemas.home import Home
from warehouse.duck import LOCK_WAIT_S

_EPOCH = "epoch-2026.key"
_HOLD = """
import sys, time
import duckdb
with duckdb.connect(sys.argv[1]):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""
_LIBFAKETIME = "/usr/lib/*/faketime/libfaketime.so.1"


def files() -> list[Fault]:
    """What a delivery, a key, the ledger or a folder may have suffered."""
    return [
        Fault("landing_corrupt", partial(_changed, place=_delivery, change=_flip_bits)),
        Fault("landing_open", partial(_changed, place=_sums, change=Path.unlink)),
        Fault("landing_truncated", partial(_changed, place=_delivery, change=_cut)),
        Fault("key_missing", partial(_changed, place=_key, change=Path.unlink)),
        Fault("key_unreadable", partial(_changed, place=_key, change=_give_away)),
        Fault("key_changed", partial(_changed, place=_key, change=_flip_bits)),
        Fault("signing_key_missing", partial(_changed, place=_signing_key, change=Path.unlink)),
        Fault("ledger_truncated", partial(_changed, place=_ledger, change=_cut)),
        Fault("ledger_missing", partial(_changed, place=_ledger, change=Path.unlink)),
        Fault("ledger_of_another", _ledger_of_another),
        Fault("releases_read_only", _read_only),
        Fault("temporary_folder_missing", _no_temporary_folder),
    ]


def times() -> list[Fault]:
    """What else runs, and what the clock does."""
    return [
        Fault("two_at_once_same_night", partial(_two_at_once, days=0)),
        Fault("two_at_once_other_night", partial(_two_at_once, days=1)),
        Fault("ledger_locked_briefly", partial(_locked, seconds=LOCK_WAIT_S / 2)),
        Fault("ledger_locked", partial(_locked, seconds=600.0)),
        Fault("clock_back_before", _clock_back),
        Fault("clock_back_during", _clock_back_during, needs_note=True),
    ]


def _delivery(home: Home) -> Path:
    folders = sorted(home.landing.glob(f"*/{CLOSING}"))
    return next(path for path in sorted(folders[0].iterdir()) if path.name != SUMS)


def _sums(home: Home) -> Path:
    return sorted(home.landing.glob(f"*/{CLOSING}/{SUMS}"))[0]


def _key(home: Home) -> Path:
    return home.keys / _EPOCH


def _signing_key(home: Home) -> Path:
    return home.keys / "signing.key"


def _ledger(home: Home) -> Path:
    return home.ledger


def _flip_bits(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for at in (len(content) // 3, len(content) // 2):
        content[at] ^= 0x10
    path.write_bytes(content)


def _cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _give_away(path: Path) -> None:
    """As root reads everything, another owner stands for a file that this account may not read."""
    if os.geteuid() == 0:
        os.chown(path, 65_534, 65_534)
    else:
        path.chmod(0)


@contextmanager
def _changed(
    home: Home, world: World, *, place: Callable[[Home], Path], change: Callable[[Path], None]
) -> Iterator[How]:
    """A file is changed; afterwards the one before is put back: landed again, or out of a backup."""
    path = place(home)
    backup = place(Home(world.before))
    change(path)
    yield How()
    path.unlink(missing_ok=True)
    shutil.copy2(backup, path)
    path.chmod(backup.stat().st_mode & 0o777)


@contextmanager
def _ledger_of_another(home: Home, world: World) -> Iterator[How]:
    """The ledger of an installation with other keys: the same file, and other keys for its epochs."""
    backup = home.root.with_name(f"{home.root.name}.keys")
    home.keys.rename(backup)
    source = KeySource.from_environment()
    for year in Keyring(backup, source).epochs():
        Keyring(home.keys, source).epoch_key(year)
    for name in ("signing.key", "cache.key"):
        shutil.copy2(backup / name, home.keys / name)
    yield How()
    shutil.rmtree(home.keys)
    backup.rename(home.keys)


@contextmanager
def _read_only(home: Home, world: World) -> Iterator[How]:
    """Nothing may be put into `releases`: immutable, for root is not held by modes."""
    if os.geteuid() == 0:
        done = subprocess.run(["chattr", "+i", str(home.releases)], check=False, capture_output=True)
        if done.returncode:
            raise NotTriedError("this file system knows no immutable folder, and root is not held by modes")
    else:
        home.releases.chmod(0o555)
    try:
        yield How(note="chattr +i" if os.geteuid() == 0 else "mode 555")
    finally:
        if os.geteuid() == 0:
            subprocess.run(["chattr", "-i", str(home.releases)], check=True)
        else:
            home.releases.chmod(0o755)


@contextmanager
def _no_temporary_folder(home: Home, world: World) -> Iterator[How]:
    yield How(environment={"TMPDIR": str(home.root / "nowhere")})


@contextmanager
def _two_at_once(home: Home, world: World, *, days: int) -> Iterator[How]:
    """Another command runs the night already; it must end as if the second had never been."""
    with start(home, "night", CLOSING.isoformat()) as first:
        _wait_for(lambda: (home.report(CLOSING) / "landed_feeds.json").is_file() or first.poll() is not None)
        yield How(night=CLOSING + timedelta(days=days), note="while the first was scrubbing")
        _, told = first.communicate()
        if first.returncode:
            raise RuntimeError(f"the first of two failed with exit code {first.returncode}: {told.strip()[-200:]}")


@contextmanager
def _locked(home: Home, world: World, *, seconds: float) -> Iterator[How]:
    """Another process holds the ledger for a while; it is let go at the end."""
    words = [sys.executable, "-c", _HOLD, str(home.ledger), str(seconds)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        yield How(note=f"held for {seconds:.0f} s")
        holder.kill()


@contextmanager
def _clock_back(home: Home, world: World) -> Iterator[How]:
    """The clock stands before the night."""
    with _faked("-400d") as environment:
        yield How(environment=environment)


@contextmanager
def _clock_back_during(home: Home, world: World) -> Iterator[How]:
    """The clock goes back behind the night while it runs."""
    with _faked("+0d") as environment:
        yield How("clock demand_classes 400", environment=environment)


@contextmanager
def _faked(offset: str) -> Iterator[dict[str, str]]:
    library = next(Path("/").glob(_LIBFAKETIME.lstrip("/")), None)
    if library is None:
        raise NotTriedError("libfaketime is not installed")
    with tempfile.TemporaryDirectory() as name:
        clock = Path(name) / "clock"
        clock.write_text(f"{offset}\n", encoding="ascii")
        yield {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(clock),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }


def _wait_for(holds: Callable[[], bool], seconds: float = 300.0) -> None:
    last = time.monotonic() + seconds
    while not holds() and time.monotonic() < last:
        time.sleep(0.05)
