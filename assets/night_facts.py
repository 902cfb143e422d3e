"""What is known of a night from the files it left: its log, the figures of its steps, its failure. Opens no ledger.

Belongs here: reading. What it means stands in `concerns`; how it is laid out, in `warehouse.morning_page`. A night that
runs holds the ledger, so nothing here may need it.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from assets.figures import Figures
from assets.logs import Line, is_held, lines, log_path
from feeds.landing import SUMS
from schemas.home import Home
from schemas.morning import StepState
from schemas.steps import STEPS, Step

_KEPT_BEFORE_REFUSING = ("arrivals", "audit")
"""Steps whose figures say why they stopped the night."""

_STILL = timedelta(seconds=60)
"""Between two steps nothing is held for a moment: so long after its last line a run still counts as alive."""


@dataclass(frozen=True)
class StepFacts:
    """What a log says of a step, in the newest run that began it."""

    state: StepState
    seconds: float | None
    since: datetime
    """When it began."""


@dataclass(frozen=True)
class NightFacts:
    """What a night left behind."""

    night: date
    steps: dict[Step, StepFacts]
    """Steps that ran; a step that an earlier one has overtaken since is left out. Empty where no log was kept."""

    is_published: bool
    is_in_place: bool
    """Whether its release stands, sealed or not."""

    is_running: bool
    failure: Figures | None
    """`step`, `error` and `message` of the newest failure, if nothing succeeded after it."""

    began_at: datetime | None
    ended_at: datetime | None
    landed: dict[str, tuple[int, int]]
    """Files and bytes of every closed delivery, by feed."""

    figures: dict[str, Figures]
    """What each step kept, by step; only of steps that count."""

    @property
    def has_begun(self) -> bool:
        """Whether anything ran for that night."""
        return bool(self.steps or self.figures or self.failure or self.is_in_place)

    @property
    def feeds(self) -> Figures:
        """What `scrubbed_events` counted, by feed."""
        return self.figures.get("scrubbed_events", {})


def facts_of(home: Home, night: date, now: datetime) -> NightFacts:
    """What a night left behind, as of `now`."""
    told = lines(log_path(home, night))
    steps = _steps(told)
    figures: dict[str, Figures] = {}
    for step in STEPS:
        if (kept := read_figures(home, night, step)) is not None:
            figures[step] = kept
    if told:
        figures = {
            name: kept for name, kept in figures.items() if name == "release" or _counts(home, night, name, steps)
        }
    is_running = is_held(log_path(home, night)) or _is_between_steps(told, now)
    return NightFacts(
        night=night,
        steps=steps,
        is_published="release" in figures,
        is_in_place=home.release(night.isoformat()).is_dir(),
        is_running=is_running,
        failure=None if is_running else read_figures(home, night, "failure"),
        began_at=told[0].time if told else None,
        ended_at=told[-1].time if told and not is_running else None,
        landed=_landed(home, night),
        figures=figures,
    )


def _counts(home: Home, night: date, name: str, steps: dict[Step, StepFacts]) -> bool:
    """Whether what a step kept belongs to its newest try."""
    facts = next((facts for step, facts in steps.items() if step == name), None)
    if facts is None or facts.state == "finished" or name not in _KEPT_BEFORE_REFUSING:
        return facts is not None and facts.state == "finished"
    kept = (home.report(night) / f"{name}.json").stat().st_mtime
    return facts.state == "failed" and kept >= facts.since.timestamp() - 1


def known_nights(home: Home) -> tuple[date, ...]:
    """Nights that left a report or a log, in order."""
    folders = [path.name for path in (home.private / "reports").glob("*") if path.is_dir()]
    logs = [path.stem for path in (home.private / "logs").glob("*.jsonl")]
    return tuple(sorted({night for name in {*folders, *logs} if (night := _as_date(name))}))


def has_begun(home: Home, night: date) -> bool:
    """Whether a step of a night has run; a page or an alert about it is no step."""
    has_figures = any(home.report(night).glob("*.json"))
    return has_figures or any(line.step is not None for line in lines(log_path(home, night)))


def published_nights(home: Home) -> tuple[date, ...]:
    """Nights that are published and sealed, in order."""
    return tuple(night for night in known_nights(home) if (home.report(night) / "release.json").is_file())


def landed_nights(home: Home, *, after: date | None) -> tuple[date, ...]:
    """Nights for which at least one delivery is closed, in order; only those later than `after`."""
    found = {_as_date(path.parent.name) for path in home.landing.glob(f"*/*/{SUMS}")} - {None}
    return tuple(sorted(night for night in found if night and (after is None or night > after)))


def blocking_night(home: Home, night: date) -> date | None:
    """The earliest landed night before `night` that is not released: nights run in order, so it comes first."""
    in_place = {_as_date(path.parent.name[: len("YYYY-MM-DD")]) for path in home.releases.glob("*/release.json")}
    newest = max((each for each in {*in_place, *published_nights(home)} if each), default=None)
    return next((each for each in landed_nights(home, after=newest) if each < night), None)


def read_figures(home: Home, night: date, step: str) -> Figures | None:
    """What a step kept; none if it has not run, or what it kept cannot be read."""
    try:
        found = json.loads((home.report(night) / f"{step}.json").read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _steps(told: list[Line]) -> dict[Step, StepFacts]:
    """The newest state of each step: beginning one makes those after it things of the past.

    What is asked of a night again once it is released changes nothing of it any more.
    """
    found: dict[Step, StepFacts] = {}
    for line in told:
        step = line.step
        if step not in STEPS or line.event not in _STATES:
            continue
        is_released = "release" in found and found["release"].state == "finished"
        if is_released and STEPS.index(step) <= STEPS.index("release"):
            continue
        if line.event == "step_started":
            found = {other: facts for other, facts in found.items() if STEPS.index(other) < STEPS.index(step)}
        since = line.time if line.event == "step_started" or step not in found else found[step].since
        found[step] = StepFacts(_STATES[line.event], line.seconds, since)
    return found


_STATES: dict[str, StepState] = {"step_started": "running", "step_finished": "finished", "step_failed": "failed"}


def _is_between_steps(told: list[Line], now: datetime) -> bool:
    last = [line for line in told if line.event in (*_STATES, "run_stopped")][-1:]
    is_midway = any(line.event == "step_finished" and line.step not in STEPS[-1:] for line in last)
    return is_midway and now - last[0].time < _STILL


def _landed(home: Home, night: date) -> dict[str, tuple[int, int]]:
    found = {}
    for sums in sorted(home.landing.glob(f"*/{night.isoformat()}/{SUMS}")):
        sizes = list(_sizes(sums.parent))
        found[sums.parent.parent.name] = (len(sizes), sum(sizes))
    return found


def _sizes(folder: Path) -> Iterator[int]:
    for path in sorted(folder.iterdir()):
        if path.name != SUMS and path.is_file() and not path.is_symlink():
            yield path.stat().st_size


def _as_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def total(figures: dict[str, Any], name: str) -> int:
    """A count summed over feeds."""
    return sum(int(feed[name]) for feed in figures.values())
