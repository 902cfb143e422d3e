"""The `mandi` command with one fault in its own process: the real code, but at one place something happens to it.

Started by `world.mandi`, with the fault in `$MANDI_FAULT`, or none. Processes that it starts import this module
again, so that the fault is in them as well.
"""

import importlib
import os
import resource
import shutil
import signal
import sys
import time
import zlib
from collections.abc import Callable
from multiprocessing import current_process
from pathlib import Path
from typing import Any

FAULT, NOTE = "MANDI_FAULT", "MANDI_FAULT_NOTE"
"""Environment variables: what happens, and a file in which it is noted that it did."""

MIDDLES = {
    "landed_feeds": "assets.landed_feeds:delivery",
    "scrubbed_events": "assets.scrubbed_events:_refuse_too_many_refusals",
    "arrivals": "assets.completeness:keep_figures",
    "demand_classes": "warehouse.ledger:Ledger._keep",
    "demand_tables": "assets.demand_tables:write_manifest",
    "disclosure_report": "assets.disclosure_report:write_public",
    "extracts": "warehouse.extracts:sign",
    "audit": "assets.audit:audit_staged",
    "retention": "assets.retention:keep_figures",
}
"""What a step calls on its way; the process dies just before it. `PUBLICATION` is the way of `release`."""

PUBLICATION = {
    "intend": "warehouse.ledger:Ledger.intend",
    "rename": "warehouse.release:flush_tree",
    "point_at": "warehouse.release:point_at",
    "list_releases": "warehouse.release:list_releases",
    "seal": "warehouse.ledger:Ledger.seal",
    "keep_release": "assets.release:keep_release",
}
"""What a publication does, in order."""

_RARELY, _SELDOM = 50, 400
"""One text in so many is the one at which something happens."""


def note(text: str) -> None:
    """Notes what happened, for the trial to read."""
    Path(os.environ[NOTE]).write_text(text, encoding="utf-8")


def die() -> None:
    """As a power cut would."""
    note("died")
    os.kill(os.getpid(), signal.SIGKILL)


def before(place: str, act: Callable[[], None]) -> None:
    """Has something happen just before a function or method is called."""
    module, _, path = place.partition(":")
    owner: Any = importlib.import_module(module)
    *classes, name = path.split(".")
    for each in classes:
        owner = getattr(owner, each)
    original = getattr(owner, name)

    def called(*args: Any, **kwargs: Any) -> Any:
        act()
        return original(*args, **kwargs)

    setattr(owner, name, called)


def at_step(step: str, moment: str, act: Callable[[], None]) -> None:
    """Has something happen when a step begins or has ended."""
    from assets.recording import Recording

    original: Any = getattr(Recording, moment)

    def recorded(self: Any, *args: Any) -> None:
        original(self, *args)
        if getattr(self, "_step", None) == step:
            act()

    setattr(Recording, moment, recorded)


def kill(step: str, moment: str) -> None:
    """SIGKILL when a step begins, on its way, or when it has ended."""
    if moment == "middle":
        before(MIDDLES[step], die)
    else:
        at_step(step, {"start": "started", "end": "finished"}[moment], die)


def kill_publication(point: str) -> None:
    """SIGKILL just before one part of the publication, in the step `release`: the first step calls some of them too."""
    at_step("release", "started", lambda: before(PUBLICATION[point], die))


def fill(step: str, kib_left: str) -> None:
    """The disk of the home is full from the begin of a step on, but for a little."""

    def fill_up() -> None:
        home = Path(os.environ["MANDI_HOME"])
        n_bytes = shutil.disk_usage(home).free - int(kib_left) * 1024
        with (home / "filler").open("wb") as file:
            for _ in range(n_bytes // 65_536):
                file.write(bytes(65_536))
        note("filled")

    at_step(step, "started", fill_up)


def limit(step: str, kib: str) -> None:
    """No file may grow beyond a size from the begin of a step on: what is left where nothing can be mounted."""

    def set_limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(kib) * 1024, resource.RLIM_INFINITY))
        note("limited")

    at_step(step, "started", set_limit)


def texts(what: str) -> None:
    """Something happens at some texts while they are scrubbed, whichever process looks at them."""
    from anonymize.scrub.engine import Engine
    from anonymize.scrub.workers import Workers

    find: Any = Engine.find
    if what == "kill":  # so few texts would not be given to processes
        defaults: Any = Workers.__init__.__kwdefaults__
        defaults["enough_to_start"] = 1

    def found(self: Any, text: str, *args: Any, **kwargs: Any) -> Any:
        chance = zlib.crc32(text.encode())
        if what == "raise" and chance % _RARELY == 0:
            note("raised")
            raise RuntimeError(text)
        if what == "hang" and chance % _SELDOM == 0:
            note("hung")
            time.sleep(3600)
        if what == "kill" and chance % _SELDOM == 0 and current_process().daemon:
            note("killed")
            os.kill(os.getpid(), signal.SIGKILL)
        return find(self, text, *args, **kwargs)

    setattr(Engine, "find", found)  # noqa: B010  # mypy refuses the plain assignment


def memory(size: str) -> None:
    """DuckDB has so little memory, for two threads, in every connection; how much it spilled is noted."""
    import duckdb

    from warehouse.duck import Duck

    connect, run = duckdb.connect, Duck.run
    spilled = 0

    def connected(*args: Any, **kwargs: Any) -> Any:
        return connect(*args, **{**kwargs, "config": {**kwargs.get("config", {}), "memory_limit": size, "threads": 2}})

    def ran(self: Duck, sql: str, **parameters: object) -> int:
        nonlocal spilled
        n = run(self, sql, **parameters)
        size_now = self.value("select coalesce(sum(size), 0)::bigint from duckdb_temporary_files()")
        if isinstance(size_now, int) and size_now > spilled:
            spilled = size_now
            note(f"spilled {spilled / 2**20:.0f} MiB")
        return n

    setattr(duckdb, "connect", connected)  # noqa: B010
    setattr(Duck, "run", ran)  # noqa: B010


def clock(step: str, days: str) -> None:
    """The clock, which libfaketime keeps, is set back when a step begins."""

    def set_back() -> None:
        Path(os.environ["FAKETIME_TIMESTAMP_FILE"]).write_text(f"-{days}d\n", encoding="ascii")
        note("set back")

    at_step(step, "started", set_back)


_FAULTS: dict[str, Callable[..., None]] = {
    "kill": kill,
    "kill_publication": kill_publication,
    "fill": fill,
    "limit": limit,
    "texts": texts,
    "memory": memory,
    "clock": clock,
}

if __name__ in ("__main__", "__mp_main__") and os.environ[FAULT]:
    kind, *rest = os.environ[FAULT].split()
    _FAULTS[kind](*rest)

if __name__ == "__main__":
    from pipelines.cli import main

    sys.argv[0] = "mandi"
    main()
