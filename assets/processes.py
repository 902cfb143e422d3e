"""Jobs done by several processes at once, told in the order in which they were given.

Belongs here: starting processes (`spawn`: a fork after Polars has started its threads may hang), handing jobs out, and
what happens when a process fails, dies or hangs: whoever gave the job does it himself. Does not belong here: what a job
is. Caller: `scrub_batches`. As few jobs are held as keep every process busy, so that memory is bounded by them.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Any, Generic, TypeVar

from anonymize.one_thread import one_thread

Kept = TypeVar("Kept")
Job = TypeVar("Job")
Done = TypeVar("Done")
Ask = Callable[[object], object]
"""How a process asks the one that started it; the answer comes when that one has a moment."""

_LOOK_S = 1.0
_START_S = 120.0
_READY, _ASKED, _DONE, _FAILED = range(4)


@dataclass
class _Given(Generic[Kept, Job, Done]):
    kept: Kept
    job: Job
    done: Done | None = None
    is_lost: bool = False
    """Whether the process that had it failed."""
    worker: "_Worker | None" = None


@dataclass
class _Worker:
    process: Any
    connection: "Connection[Any, Any]"
    is_ready: bool = False
    given: "_Given[Any, Any, Any] | None" = None
    until: float = 0.0
    """When it hangs: it has to start, and to end each job, before this."""


class Processes(Generic[Job, Done]):
    """Processes that each do one job at a time; they start with the first call and end with this one.

    Guarantee: what `in_order` tells hangs on the jobs alone, with any number of processes, whichever of them dies
        (tests/unit/test_processes.py).
    """

    def __init__(
        self,
        build: Callable[[Ask], Callable[[Job], Done]],
        here: Callable[[Job], Done],
        *,
        n_processes: int,
        limit_s: Callable[[Job], float],
        answer: Ask = lambda _: None,
    ) -> None:
        """Args: build makes, within each process, what does a job there, so it is a function of a module or a partial
        of one; here does a job in this process; limit_s is the time after which a process counts as hanging; answer
        answers what a process asks.
        """
        self._build = build
        self._here = here
        self._n_processes = n_processes
        self._limit_s = limit_s
        self._answer = answer
        self._workers: list[_Worker] = []

    def __enter__(self) -> "Processes[Job, Done]":
        context = get_context("spawn")
        for _ in range(self._n_processes):
            mine, its = context.Pipe()
            process = context.Process(target=_work, args=(self._build, its), daemon=True, name="mandi-batches")
            with one_thread():
                process.start()
            its.close()
            self._workers.append(_Worker(process, mine, until=time.monotonic() + _START_S))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for worker in list(self._workers):
            self._end(worker)

    @property
    def pids(self) -> list[int]:
        """The processes that run."""
        return [worker.process.pid for worker in self._workers]

    def in_order(self, jobs: Iterator[tuple[Kept, Job]]) -> Iterator[tuple[Kept, Done]]:
        """What was done, in the order of the jobs, each with what was kept of it here.

        Raises: what `jobs` raises, after everything before it was told; what `here` raises.
        """
        held: deque[_Given[Kept, Job, Done]] = deque()
        fault: Exception | None = None
        is_open = True
        while is_open or held:
            self._listen()
            self._hand_out(held)
            while held and (held[0].done is not None or held[0].is_lost or not self._workers):
                first = held.popleft()
                yield first.kept, self._here(first.job) if first.done is None else first.done
            if is_open and len(held) <= len(self._workers) + 1 and all(one.worker for one in held):
                try:
                    following = next(jobs, None)
                except Exception as error:  # it is told in its turn, as if every job were done when it is read
                    following, fault = None, error
                is_open = following is not None
                if following is not None:
                    held.append(_Given(*following))
            elif held:
                wait([worker.connection for worker in self._workers], timeout=_LOOK_S)
        if fault is not None:
            raise fault

    def _hand_out(self, held: deque[_Given[Kept, Job, Done]]) -> None:
        waiting = (one for one in held if one.worker is None and one.done is None and not one.is_lost)
        for worker in list(self._workers):
            if worker.is_ready and worker.given is None:
                one = next(waiting, None)
                if one is None:
                    return
                worker.given, one.worker = one, worker
                worker.until = time.monotonic() + self._limit_s(one.job)
                try:
                    worker.connection.send(one.job)
                except OSError:
                    self._lose(worker)

    def _listen(self) -> None:
        for worker in list(self._workers):
            try:
                while worker.connection.poll():
                    self._hear(worker, *worker.connection.recv())
            except (EOFError, OSError):
                self._lose(worker)
                continue
            is_waited_for = worker.given is not None or not worker.is_ready
            is_hanging = is_waited_for and time.monotonic() > worker.until
            if is_hanging or not worker.process.is_alive():
                self._lose(worker)

    def _hear(self, worker: _Worker, word: int, told: Any) -> None:
        if word == _READY:
            worker.is_ready = True
        elif word == _ASKED:
            worker.connection.send(self._answer(told))
        elif worker.given is not None:
            worker.given.done = told
            worker.given.is_lost = word == _FAILED
            worker.given = None

    def _lose(self, worker: _Worker) -> None:
        if worker.given is not None:
            worker.given.is_lost = True
        self._end(worker)

    def _end(self, worker: _Worker) -> None:
        if worker in self._workers:
            self._workers.remove(worker)
            worker.process.kill()
            worker.process.join()
            worker.connection.close()


def _work(build: Callable[[Ask], Callable[[Any], Any]], connection: "Connection[Any, Any]") -> None:
    """One process: does jobs until its parent is gone."""

    def ask(question: object) -> object:
        connection.send((_ASKED, question))
        return connection.recv()

    do = build(ask)
    connection.send((_READY, None))
    while True:
        try:
            job = connection.recv()
        except EOFError:
            return
        try:
            told = (_DONE, do(job))
        except Exception:  # what failed may hold a value of a row: it fails again, and is told, where the job came from
            told = (_FAILED, None)
        connection.send(told)
