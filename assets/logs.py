"""The log of a night: one line of JSON an event, in `private/logs/<night>.jsonl`, with no place for a row's value.

Belongs here: what a line may hold, writing and reading lines. A line is made of words out of closed sets, whole
numbers, seconds and times; there is no field for text, and a word that is in no set is refused, not filtered. Called
by `recording`, which knows when something happened, and by `night_facts`, which reads what happened.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, get_args
from uuid import UUID

from feeds.reasons import DROPS, REASONS
from schemas import errors
from schemas.home import Home
from schemas.steps import STEPS, Step

Event = Literal[
    "step_started", "step_finished", "step_failed", "step_counted", "run_stopped", "feed_read", "rows_refused",
    "values_left_out", "attack_ran", "alert_sent", "alert_failed", "page_failed", "metrics_failed",
]  # fmt: skip
"""What may happen."""

Count = Literal[
    "n", "n_accepted", "n_bytes", "n_classed", "n_classes_new", "n_demand_rows", "n_destroyed", "n_duplicates",
    "n_erased", "n_events", "n_feeds", "n_files", "n_identifiers", "n_netted", "n_opted_out", "n_placeholders",
    "n_pooled", "n_pooled_before", "n_refused", "n_rows", "n_withheld",
]  # fmt: skip
"""What may be counted."""

Channel = Literal["webhook", "mail"]

_ERRORS = frozenset(name for name, value in vars(errors).items() if isinstance(value, type))


@dataclass(frozen=True)
class Line:
    """A line as it is read back: what the morning needs of it."""

    time: datetime
    run: str
    event: str
    step: Step | None
    error: str | None
    seconds: float | None


@dataclass(frozen=True)
class Words:
    """The closed sets of one installation: a word of a line is in one of them, or the line is not written.

    Guarantee: nothing that a sender wrote reaches a log, whatever a caller passes (`tests/attack/test_logs.py`).
    """

    feeds: frozenset[str]
    attacks: frozenset[str]

    @cached_property
    def _sets(self) -> dict[str, frozenset[str]]:
        return {
            "event": frozenset(get_args(Event)),
            "step": frozenset(STEPS),
            "feed": self.feeds,
            "reason": frozenset({*REASONS, *DROPS}),
            "attack": self.attacks,
            "error": _ERRORS,
            "channel": frozenset(get_args(Channel)),
        }

    def line(
        self,
        *,
        time: datetime,
        night: date,
        run: UUID,
        seconds: float | None = None,
        counts: Mapping[Count, int] | None = None,
        **words: str | None,
    ) -> str:
        """A line of a log.

        Args:
            time: With a zone.
            night: Whose log it is.
            run: Dagster's id of the run, or nil for what no run did.
            seconds: How long it took.
            counts: Whole numbers by name.
            words: `event`, `step`, `feed`, `reason`, `attack`, `error`, `channel`.

        Raises: ValueError if a word is in none of its sets, or a number is none; the message does not quote it.
        """
        told: dict[str, Any] = {
            "time": time.astimezone(UTC).isoformat(timespec="milliseconds"),
            "night": date.isoformat(night),
            "run": str(UUID(int=run.int)),
        }
        for name, word in words.items():
            if name not in self._sets or (word is not None and word not in self._sets[name]):
                raise ValueError("a line of a log holds words out of closed sets only")
            if word is not None:
                told[name] = str(word)
        if seconds is not None:
            told["seconds"] = round(float(seconds), 3)
        for count, number in sorted((counts or {}).items()):
            if count not in get_args(Count) or type(number) is not int:
                raise ValueError("a line of a log holds whole numbers by known names only")
            told[count] = number
        return json.dumps(told) + "\n"


@dataclass(frozen=True)
class NightLog:
    """A night's log, to be written."""

    path: Path
    night: date
    run: UUID
    words: Words

    def write(self, event: Event, **told: Any) -> None:
        """Adds one line; see `Words.line`. A line is one write at the file's end, so that two writers never mix."""
        line = self.words.line(time=datetime.now(UTC), night=self.night, run=self.run, event=event, **told)
        handle = open_private(self.path)
        try:
            os.write(handle, line.encode("ascii"))
        finally:
            os.close(handle)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Holds the log as long as a step runs; the system lets go of it when the process ends, however it ends."""
        handle = open_private(self.path)
        try:
            fcntl.flock(handle, fcntl.LOCK_SH)
            yield
        finally:
            os.close(handle)


def log_path(home: Home, night: date) -> Path:
    """Where a night's log stands."""
    return home.private / "logs" / f"{night.isoformat()}.jsonl"


def open_private(path: Path) -> int:
    """A file opened at its end, made with mode 0600 in a folder of mode 0700."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def is_held(path: Path) -> bool:
    """Whether a step of that night runs right now."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def lines(path: Path) -> list[Line]:
    """What a log says, in order; empty without one. A line that was cut by a crash or a full disk is passed over."""
    found = []
    for raw in path.read_bytes().splitlines() if path.is_file() else []:
        try:
            told = json.loads(raw)
            found.append(
                Line(
                    time=datetime.fromisoformat(told["time"]),
                    run=told["run"],
                    event=told["event"],
                    step=told.get("step"),
                    error=told.get("error"),
                    seconds=told.get("seconds"),
                )
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
    return found


def remove_old(home: Home, night: date, *, keep_days: int) -> None:
    """Removes the logs of nights more than `keep_days` days before a night."""
    for path in (home.private / "logs").glob("*.jsonl"):
        try:
            is_old = date.fromisoformat(path.stem) < night - timedelta(days=keep_days)
        except ValueError:
            continue
        if is_old:
            path.unlink(missing_ok=True)
