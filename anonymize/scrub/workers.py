"""Several processes that find identifiers in texts, so that a night uses every core; they end with their parent.

Belongs here: starting processes (`spawn`: a fork after Polars has started its threads may hang), sharing texts out,
and what happens when one dies or hangs: the text it was at is withheld, the others are looked at again.
Does not belong here: what a process does with its texts (`batches`). Caller: `texts`.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import current_process, get_context
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Any

from anonymize.one_thread import one_thread
from anonymize.scrub.batches import TEXT_LIMIT_S, Spans, find_all
from anonymize.scrub.engine import Engine

HANG_S = 3 * TEXT_LIMIT_S
"""A process that has told of no new text for so long hangs where no signal reaches it, and is killed."""

ENOUGH_TO_START = 20_000
"""Fewer texts are done sooner by this process than others have started."""

ENOUGH_TO_SHARE = 2_000
"""Fewer texts are not worth sending to processes that run already."""

_MOST_IN_A_SHARE = 8_000
_MOST_DEATHS = 40
"""After so many in one batch the share of a process that dies is withheld as a whole: the night goes on."""

_START_S = 120.0
_STARTING, _TOGETHER = -2, -1
"""What a process does before it looks at single texts: start, or look at all its texts together."""


@dataclass(frozen=True)
class _Share:
    """Places of some texts in a batch."""

    places: list[int]
    is_careful: bool = False
    """Whether each text is looked at by itself, for a process died or hung while it looked at all of them."""


@dataclass
class _Worker:
    process: Any
    connection: "Connection[Any, Any]"
    place: Any
    """Shared memory: the place, within its share, of the text that the process is at."""
    share: _Share | None = None
    seen: int = _STARTING
    since: float = field(default_factory=time.monotonic)

    def is_stuck(self, hang_s: float) -> bool:
        """Whether it has been at the same place for too long."""
        place, now = self.place.value, time.monotonic()
        if place != self.seen:
            self.seen, self.since = place, now
        if place == _STARTING:
            return now - self.since > _START_S
        n_texts = len(self.share.places) if self.share is not None and place == _TOGETHER else 1
        return now - self.since > hang_s * max(1.0, n_texts / ENOUGH_TO_SHARE)

    def end(self) -> None:
        """Kills the process if it runs, and waits for its end."""
        self.process.kill()
        self.process.join()
        self.connection.close()


class Workers:
    """Processes that each hold an engine of their own; started with the first large batch."""

    def __init__(
        self,
        build: Callable[[], Engine],
        n_processes: int,
        *,
        text_limit_s: float = TEXT_LIMIT_S,
        hang_s: float = HANG_S,
        enough_to_start: int = ENOUGH_TO_START,
    ) -> None:
        """Args: build makes the engine within each process, so it is a function of a module, or a partial of one."""
        self._build = build
        self._n_processes = n_processes
        self._text_limit_s = text_limit_s
        self._hang_s = hang_s
        self._enough_to_start = enough_to_start
        self._workers: list[_Worker] = []
        self._cannot_start = n_processes < 2 or current_process().daemon

    def __enter__(self) -> "Workers":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Ends every process."""
        for worker in self._workers:
            worker.end()
        self._workers = []

    @property
    def pids(self) -> list[int]:
        """The processes that run."""
        return [worker.process.pid for worker in self._workers]

    def are_worth_it(self, n_texts: int) -> bool:
        """Whether so many texts are done sooner by these processes."""
        least = min(ENOUGH_TO_SHARE, self._enough_to_start) if self._workers else self._enough_to_start
        return not self._cannot_start and n_texts >= least

    def find_all(self, texts: Sequence[str], regions: Sequence[str | None]) -> list[Spans] | None:
        """As `batches.find_all`; null for all where the processes cannot be started.

        Guarantee: the same with any number of processes (tests/property/test_fast_path.py). A text at which a process
            dies or hangs is told by null; the rest of its share is given out again (tests/unit/test_scrub_workers.py).
        """
        found: list[Spans] = [None] * len(texts)
        shares = deque(_shares(len(texts), self._n_processes))
        n_deaths = 0
        while shares or any(worker.share is not None for worker in self._workers):
            self._start(min(self._n_processes, len(shares) + len(self._workers)))
            for worker in self._workers:
                if worker.share is None and shares:
                    _give(worker, shares.popleft(), texts, regions)
            wait([worker.connection for worker in self._workers if worker.share is not None], timeout=self._hang_s / 20)
            for worker in list(self._workers):
                if worker.share is None:
                    continue
                answer, is_lost = _answer(worker, self._hang_s)
                if answer is not None:
                    for place, spans in zip(worker.share.places, answer, strict=True):
                        found[place] = spans
                    worker.share = None
                elif is_lost:
                    self._workers.remove(worker)
                    worker.end()
                    if worker.place.value == _STARTING:
                        self._cannot_start = True
                        self.close()
                        return None
                    n_deaths += 1
                    if n_deaths <= _MOST_DEATHS:
                        shares.extend(_again(worker.share, worker.place.value))
        return found

    def _start(self, n_wanted: int) -> None:
        context = get_context("spawn")
        while len(self._workers) < n_wanted:
            mine, its = context.Pipe()
            place = context.RawValue("q", _STARTING)
            process = context.Process(
                target=_work, args=(self._build, its, place, self._text_limit_s), daemon=True, name="mandi-scrub"
            )
            with one_thread():
                process.start()
            its.close()
            self._workers.append(_Worker(process, mine, place))


def _shares(n_texts: int, n_processes: int) -> Iterator[_Share]:
    """Every second, third ... text: neighbours cost alike, so all shares take about as long."""
    n_shares = max(n_processes, -(-n_texts // _MOST_IN_A_SHARE))
    for first in range(min(n_shares, n_texts)):
        yield _Share(list(range(first, n_texts, n_shares)))


def _again(share: _Share, place: int) -> list[_Share]:
    """What of a lost share is looked at again: all but the one text, or each by itself where it is not known which."""
    if place >= 0:
        parts = [share.places[:place], share.places[place + 1 :]]
        return [_Share(part, share.is_careful) for part in parts if part]
    return [] if share.is_careful else [_Share(share.places, is_careful=True)]


def _give(worker: _Worker, share: _Share, texts: Sequence[str], regions: Sequence[str | None]) -> None:
    worker.share = share
    worker.since = time.monotonic()
    if worker.place.value != _STARTING:
        worker.place.value = worker.seen = _TOGETHER
    mine, where = [texts[place] for place in share.places], [regions[place] for place in share.places]
    with suppress(ConnectionError):  # if it is dead, `_answer` notices
        worker.connection.send((mine, where, share.is_careful))


def _answer(worker: _Worker, hang_s: float) -> tuple[list[Spans] | None, bool]:
    """What a process sent, if it did, and whether it is lost."""
    try:
        if worker.connection.poll():
            answer: list[Spans] | None = worker.connection.recv()
            return answer, answer is None
    except (EOFError, OSError):
        return None, True
    return None, not worker.process.is_alive() or worker.is_stuck(hang_s)


def _work(build: Callable[[], Engine], connection: "Connection[Any, Any]", place: Any, limit_s: float) -> None:
    """One process: answers until its parent is gone."""
    engine = build()
    place.value = _TOGETHER

    def told(at: int) -> None:
        place.value = at

    while True:
        try:
            texts, regions, is_careful = connection.recv()
        except EOFError:
            return
        place.value = _TOGETHER
        try:
            connection.send(find_all(engine, texts, regions, is_careful=is_careful, limit_s=limit_s, told=told))
        except Exception:  # what failed may hold a text: the parent learns that it failed, no more
            place.value = _TOGETHER
            connection.send(None)
