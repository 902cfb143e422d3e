"""Faults inside the process: killed at every step, too little disk or memory, texts that Presidio cannot take."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from assets.figures import figures_of
from benchmarks.faults.inside import MIDDLES, PUBLICATION
from benchmarks.faults.world import Broken, Fault, How, World
from benchmarks.kill import CLOSING
from schemas.home import Home
from schemas.steps import STEPS

_SPARE_BYTES = 96 * 2**20
_SCARCE, _NEXT_TO_NONE = "48MB", "24MB"
"""Memory with which DuckDB spills and finishes, and with which it cannot: of a marketplace of 3,000 events."""


def kills() -> list[Fault]:
    """SIGKILL at the begin, on the way and at the end of each step; in the publication before each of its parts."""
    found: dict[str, str] = {}
    for step in STEPS:
        found[f"killed_{step}_start"] = f"kill {step} start"
        if step in MIDDLES:
            found[f"killed_{step}_middle"] = f"kill {step} middle"
        else:
            found |= {f"killed_{step}_before_{point}": f"kill_publication {point}" for point in PUBLICATION}
        found[f"killed_{step}_end"] = f"kill {step} end"
    return [Fault(name, _inside(words), needs_note=True) for name, words in found.items()]


def shortages() -> list[Fault]:
    """A full disk in four steps; DuckDB with little memory, and with next to none."""
    full = [
        Fault(f"disk_full_{step}", partial(_full, step=step, kib=kib), needs_note=True)
        for step, kib in (("scrubbed_events", 64), ("demand_classes", 128), ("extracts", 128), ("release", 0))
    ]
    return [
        *full,
        Fault("memory_short", _inside(f"memory {_SCARCE}"), needs_note=True),
        Fault("memory_gone", _inside(f"memory {_NEXT_TO_NONE}")),
    ]


def texts() -> list[Fault]:
    """Presidio raises at texts, hangs at one, and takes its process down."""
    return [
        Fault(f"text_{what}s", _inside(f"texts {what}"), needs_note=True, is_pool_equal=False, check=_withheld)
        for what in ("raise", "hang", "kill")
    ]


def _inside(fault: str) -> Broken:
    @contextmanager
    def broken(home: Home, world: World) -> Iterator[How]:
        yield How(fault)

    return broken


@contextmanager
def _full(home: Home, world: World, *, step: str, kib: int) -> Iterator[How]:
    """The home on a file system of its own, which is full from a step on; else a limit on the size of files."""
    size = sum(path.lstat().st_size for path in home.root.rglob("*")) + _SPARE_BYTES
    aside = home.root.with_name(f"{home.root.name}.aside")
    home.root.rename(aside)
    home.root.mkdir(mode=0o755)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "tmpfs", str(home.root)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        home.root.rmdir()
        aside.rename(home.root)
        yield How(f"limit {step} {max(kib, 16)}", note="by a limit on the size of files")
        return
    try:
        shutil.copytree(aside, home.root, symlinks=True, dirs_exist_ok=True)
        yield How(f"fill {step} {kib}", note="a file system of its own")
        (home.root / "filler").unlink(missing_ok=True)
        shutil.rmtree(aside)
        shutil.copytree(home.root, aside, symlinks=True)
    finally:
        subprocess.run(["umount", str(home.root)], check=True)
        home.root.rmdir()
        aside.rename(home.root)
        os.sync()


def _withheld(home: Home) -> str:
    feeds = figures_of(home, CLOSING, "scrubbed_events").values()
    n = sum(feed["n_withheld"] for feed in feeds)
    return "" if n else "no text was withheld"
