"""Runs the faults and prints their table; see the package."""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

import benchmarks.faults
from assets.guard import place_of
from benchmarks.faults.around import files, times
from benchmarks.faults.disturbed import kills, shortages, texts
from benchmarks.faults.world import Fault, NotTriedError, Outcome, made_world, read_world, remove, try_fault
from pipelines import show
from pipelines.nights import progress
from schemas.home import Home

_COLUMNS = ["fault", "what was seen", "state after", "next run", "accounting", "verdict"]
_WIDTH = 180
"""Characters of a line of the table in a file."""


def every_fault() -> list[Fault]:
    """All of them, in the order of the table."""
    return [*kills(), *shortages(), *files(), *times(), *texts()]


def row(outcome: Outcome) -> tuple[str, ...]:
    """A line of the table."""
    verdict = "; ".join(outcome.complaints) or "borne"
    return (outcome.name, outcome.seen, outcome.state, outcome.again, outcome.accounting, verdict)


def main(arguments: Sequence[str] | None = None) -> int:
    """Tries the faults that were asked for."""
    parser = argparse.ArgumentParser(
        description=benchmarks.faults.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="names that begin so")
    parser.add_argument("--list", action="store_true", help="print the names and end")
    parser.add_argument("--events", type=int, default=3_000, help="size of the marketplace")
    parser.add_argument("--seed", type=int, default=1, help="of the marketplace")
    parser.add_argument("--folder", type=Path, help="where prepared homes are kept, and taken from if there")
    asked = parser.parse_args(arguments)
    faults = [fault for fault in every_fault() if not asked.only or fault.name.startswith(tuple(asked.only))]
    if asked.list:
        for fault in faults:
            show.out.print(fault.name)
        return 0
    if not faults:
        raise SystemExit("no fault has a name that begins so; --list prints them")
    rows, n_borne, n_tried = [], 0, 0
    with tempfile.TemporaryDirectory(prefix="mandi-faults-") as name, progress() as display:
        folder = asked.folder or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        task = display.add_task("Faults", total=len(faults), step="preparing")
        for step in made_world(folder, asked.events, asked.seed):
            display.update(task, step=f"prepared {step}")
        world = read_world(folder)
        for fault in faults:
            display.update(task, step=fault.name)
            home = Home(folder / f"trial-{fault.name}")
            try:
                outcome = try_fault(fault, world, home)
            except NotTriedError as why:
                rows.append((fault.name, f"not tried: {why}", "", "", "", ""))
            except Exception as error:  # the others are tried all the same
                rows.append(
                    (fault.name, "", "", "", "", f"the trial failed: {type(error).__name__} at {place_of(error)}")
                )
                n_tried += 1
            else:
                rows.append(row(outcome))
                n_tried += 1
                n_borne += not outcome.complaints
            print(" | ".join(rows[-1]), file=sys.stderr, flush=True)
            remove(home)
            display.update(task, advance=1)
    out = show.out if show.out.is_terminal else Console(width=_WIDTH)
    out.print(show.table("What happened to a night", _COLUMNS, rows))
    show.out.print(f"{n_borne} of {n_tried} faults are borne; {len(faults) - n_tried} were not tried.")
    return 0 if n_borne == n_tried else 1


if __name__ == "__main__":
    sys.exit(main())
