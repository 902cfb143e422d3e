"""A home before and after its closing night, nights run on copies of it, and what became of them."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from assets.settings import ROOT, Settings
from benchmarks.faults.inside import FAULT, NOTE
from benchmarks.kill import CLOSING, Shown, copy_home, prepare, shown
from pipelines.keeping import audited_digests
from schemas.home import Home
from warehouse.files import sha256_of
from warehouse.ledger import open_ledger
from warehouse.release import MANIFEST, TABLES
from warehouse.verification import first_problem, verify

NIGHTS = (date(2026, 2, 1), CLOSING)
"""One night that is published and the one that everything happens to: it closes a month."""
WAIT_SECONDS = 900
_READER_TURN_S = 0.05
_RECORDING = "mandi: what the night does cannot be recorded"

Public = dict[str, str]
"""What a reader finds: where `current` points, and the digest of each released file."""


@dataclass(frozen=True)
class World:
    """Homes to copy, and what the undisturbed night shows."""

    folder: Path
    before: Path
    shown: Shown
    old: Public
    new: Public


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    told: tuple[str, ...]
    """Lines on standard error."""

    noted: str
    """What the fault noted of itself."""

    @property
    def is_clear(self) -> bool:
        """Whether it was killed, went well, or told what to do in one line that quotes nothing."""
        if self.code in (0, -9):
            return True
        lines = [line for line in self.told if not line.startswith(_RECORDING)]
        return self.code == 2 and len(lines) == 1 and lines[0].startswith("mandi: ") and "@" not in lines[0]

    def sentence(self) -> str:
        """What a person saw."""
        if self.code == -9:
            return "killed"
        last = self.told[-1].removeprefix("mandi: ") if self.code and self.told else "published"
        return last if not self.noted else f"{last} [{self.noted}]"


@dataclass(frozen=True)
class How:
    """How the night is run while the fault holds."""

    fault: str = ""
    """What `inside` does; empty for the plain command."""

    environment: Mapping[str, str] = field(default_factory=dict)
    """More of it."""

    note: str = ""
    """How the fault was brought about, where there is more than one way."""

    night: date = CLOSING


class NotTriedError(Exception):
    """This machine cannot bring the fault about; the message says why."""


Broken = Callable[[Home, World], AbstractContextManager[How]]


@dataclass(frozen=True)
class Fault:
    """One thing that may happen. `broken` holds while the night runs; on leaving it everything is mended again."""

    name: str
    broken: Broken
    needs_note: bool = False
    """Whether the fault itself must have told that it happened."""

    is_pool_equal: bool = True
    """Whether the ledger too must end as in the undisturbed night; not so where a text was withheld."""

    check: Callable[[Home], str] = lambda _: ""
    """What else must hold after the second run: a complaint, or nothing."""


@dataclass(frozen=True)
class Outcome:
    """What came of one fault."""

    name: str
    seen: str
    state: str
    again: str
    accounting: str
    complaints: tuple[str, ...]


def made_world(folder: Path, n_events: int, seed: int) -> Iterator[str]:
    """Prepares the homes below a folder, unless they are there; tells of each step."""
    before, after = Home(folder / "before"), Home(folder / "after")
    if not before.root.is_dir():
        yield from prepare(folder, n_events, seed, NIGHTS)
    if not after.root.is_dir():
        copy_home(before.root, after.root)
        ended = mandi(after, "night", CLOSING.isoformat())
        if ended.code:
            raise SystemExit(f"the undisturbed night failed: {ended.sentence()}")
        yield "undisturbed night"


def read_world(folder: Path) -> World:
    """What `made_world` left."""
    before, after = Home(folder / "before"), Home(folder / "after")
    return World(folder, before.root, shown(after), public(before), public(after))


def public(home: Home) -> Public:
    """What readers find; a DuckDB file by its presence, for its tables are compared at the end."""
    found = {"current": home.current.readlink().name if home.current.is_symlink() else "nothing"}
    for path in sorted(home.releases.rglob("*")):
        if path.is_file():
            found[str(path.relative_to(home.releases))] = "here" if path.name == TABLES else sha256_of(path)
    return found


def state_of(home: Home, world: World) -> str:
    """`old`, `new`, `new, not yet pointed at or listed`, or what is torn."""
    found = public(home)
    if found == world.old:
        return "old"
    if found == world.new:
        return "new"
    inside = f"{CLOSING}/"
    wrong = [name for name in found | world.old if found.get(name) not in (world.old.get(name), world.new.get(name))]
    fresh = {name for name in found if name.startswith(inside)}
    if wrong or fresh not in (set(), {name for name in world.new if name.startswith(inside)}):
        return f"torn: {', '.join(sorted(wrong)[:3]) or 'a part of the new release'}"
    return "new, and not all told" if fresh else "torn: told before it is there"


def try_fault(fault: Fault, world: World, home: Home) -> Outcome:
    """Copies the home before, does it, runs the night, mends, runs it again, and compares."""
    copy_home(world.before, home.root)
    with fault.broken(home, world) as how:
        with _reader(home, world) as torn:
            ended = mandi(home, "night", how.night.isoformat(), fault=how.fault, environment=how.environment)
        state = state_of(home, world)
    again = mandi(home, "night", CLOSING.isoformat())
    is_done = again.code == 2 and any("already published" in line for line in again.told)
    complaints = [f"it ended with {ended.code}: {ended.sentence()}"] if not ended.is_clear else []
    complaints += [state] if state.startswith("torn") else []
    complaints += sorted(torn)
    complaints += ["the fault did not happen"] if fault.needs_note and not ended.noted else []
    complaints += [f"the second run: {again.sentence()}"] if again.code and not is_done else []
    accounting = _accounting(home)
    complaints += [] if accounting == "holds" else [accounting]
    if home.release(CLOSING.isoformat()).is_dir():
        found = shown(home)
        names = sorted(name for name in found | world.shown if found.get(name) != world.shown.get(name))
        differing = [name for name in names if fault.is_pool_equal or name.startswith("releases/")]
        complaints += [f"differs: {', '.join(differing[:3])}"] if differing else []
    else:
        complaints.append("no release")
    complaints += [told] if (told := fault.check(home)) else []
    seen = f"{ended.sentence()}{f' ({how.note})' if how.note else ''}"
    second = "was published" if is_done else again.sentence()
    return Outcome(fault.name, seen, state, second, accounting, tuple(complaints))


def mandi(home: Home, *words: str, fault: str = "", environment: Mapping[str, str] | None = None) -> Ended:
    """Runs the command on a home to its end, with a fault inside it if one is named."""
    noted = home.root.with_name(f"{home.root.name}.note")
    noted.unlink(missing_ok=True)
    with start(home, *words, fault=fault, environment={NOTE: str(noted), **(environment or {})}) as process:
        try:
            _, told = process.communicate(timeout=WAIT_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            return Ended(-1, (f"mandi: still running after {WAIT_SECONDS} s",), "")
    lines = tuple(line.strip() for line in told.splitlines() if line.strip())
    return Ended(process.returncode, lines, noted.read_text(encoding="utf-8") if noted.is_file() else "")


def start(
    home: Home, *words: str, fault: str = "", environment: Mapping[str, str] | None = None
) -> "subprocess.Popen[str]":
    """Starts the command on a home."""
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.faults.inside", *words],
        cwd=ROOT,
        env=os.environ | {"MANDI_HOME": str(home.root), FAULT: fault, **(environment or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def remove(home: Home) -> None:
    """Removes the home of a trial."""
    shutil.rmtree(home.root)
    home.root.with_name(f"{home.root.name}.note").unlink(missing_ok=True)


@contextmanager
def _reader(home: Home, world: World) -> Iterator[set[str]]:
    """Reads what is published all the while; collects what a reader should never meet."""
    done, torn = threading.Event(), set[str]()
    whole = {
        name: {each.partition("/")[2] for each in world.new if each.startswith(f"{name}/")}
        for name in (world.old["current"], world.new["current"])
    }

    def read() -> None:
        while not done.wait(_READER_TURN_S):
            try:
                folder = home.current.resolve(strict=True)
                files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
                manifest = sha256_of(folder / MANIFEST)
            except OSError as error:
                torn.add(f"a reader met {type(error).__name__}")
                continue
            if files != whole.get(folder.name) or manifest != world.new.get(f"{folder.name}/{MANIFEST}"):
                torn.add(f"a reader met a part of {folder.name}")

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        yield torn
    finally:
        done.set()
        reader.join()


def _accounting(home: Home) -> str:
    """Whether the accounting of every night and the chain hold."""
    settings = Settings(home, ROOT / "config")
    with open_ledger(home.ledger) as ledger:
        records = ledger.records()
        problem = first_problem(verify(ledger, home, audited=audited_digests(settings.home)))
    wrong = [record.night.isoformat() for record in records if not (record.accounting.is_balanced and record.is_sealed)]
    if wrong or len(records) != len(NIGHTS):
        return f"nights that do not add up or are open: {', '.join(wrong) or 'one is missing'}"
    return "holds" if problem is None else problem
