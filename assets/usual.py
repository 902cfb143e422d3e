"""What is usual: medians over earlier published nights, from the figures and logs that they left."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from assets.logs import lines, log_path
from assets.night_facts import published_nights, read_figures
from schemas.home import Home
from schemas.steps import Step
from schemas.watch import Unusual


@dataclass(frozen=True)
class Typical:
    """A median, and whether enough nights stand behind it to call another figure unusual."""

    value: float
    is_enough: bool


@dataclass(frozen=True)
class Usual:
    """What earlier nights brought and took."""

    night: date
    """The night that is compared; itself not among them."""

    at_least: int
    rows: dict[str, dict[date, int]]
    """Rows by feed and night."""

    refused: dict[str, list[float]]
    """Shares of refused rows by feed."""

    seconds: dict[str, list[float]]
    """Durations by step."""

    epochs: frozenset[int]
    """Calendar years whose events came."""

    def rows_of(self, feed: str) -> Typical | None:
        """Of the same weekday where there are enough such nights; else of all nights, and then only for showing."""
        found = self.rows.get(feed, {})
        alike = [n for night, n in found.items() if night.weekday() == self.night.weekday()]
        if len(alike) >= self.at_least:
            return Typical(median(alike), is_enough=True)
        return Typical(median(found.values()), is_enough=False) if found else None

    def refused_of(self, feed: str) -> Typical | None:
        """The share of a feed's rows that is refused."""
        return self._median(self.refused.get(feed, []))

    def seconds_of(self, step: Step) -> Typical | None:
        """How long a step takes."""
        return self._median(self.seconds.get(step, []))

    def _median(self, found: list[float]) -> Typical | None:
        return Typical(median(found), is_enough=len(found) >= self.at_least) if found else None


def usual_of(home: Home, night: date, unusual: Unusual) -> Usual:
    """What is usual before a night, over as many days as the configuration says."""
    first = night - timedelta(days=unusual.nights)
    rows: dict[str, dict[date, int]] = defaultdict(dict)
    refused: dict[str, list[float]] = defaultdict(list)
    seconds: dict[str, list[float]] = defaultdict(list)
    epochs: set[int] = set()
    for earlier in (each for each in published_nights(home) if first <= each < night):
        for feed, found in (read_figures(home, earlier, "scrubbed_events") or {}).items():
            rows[feed][earlier] = found["n_rows"]
            epochs |= set(found["epochs"])
            if found["n_rows"]:
                refused[feed].append(found["n_refused"] / found["n_rows"])
        took = {
            line.step: line.seconds
            for line in lines(log_path(home, earlier))
            if line.event == "step_finished" and line.step and line.seconds is not None
        }
        for step, taken in took.items():
            seconds[step].append(taken)
    return Usual(night, unusual.at_least, dict(rows), dict(refused), dict(seconds), frozenset(epochs))
