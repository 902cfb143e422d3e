"""Files of JSON lines, scrubbed a batch of lines at a time: by this process, or by several at once, in their order.

Belongs here: lines to records and back, processes that scrub whole batches. Does not belong here: the command and its
options (`pipelines.commands.scrub`), what is found (`anonymize.scrub`).
"""

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, BinaryIO

from anonymize.one_thread import one_thread
from schemas.errors import FeedFileError

if TYPE_CHECKING:  # a second to import, which a command that refuses its options need not wait for
    from anonymize.scrub.engine import Engine
    from anonymize.scrub.texts import Scrubber

BATCH_LINES = 1_000
BATCH_CHARACTERS = 2_000_000
"""Lines are worked on together until one of both is reached; more processes change no batch, and so no result."""

ENOUGH_BYTES = 4_000_000
"""A smaller file is done sooner by one process than others have started."""

_BATCH_LIMIT_S = 600.0
"""A process that is at one batch for so long hangs where no signal reaches it."""


@dataclass(frozen=True)
class Line:
    """One record of a file, or none where the line is bad."""

    text: str | None
    own: dict[str, str | None]
    country: str | None
    is_bad: bool = False


@dataclass
class Counts:
    """What became of the lines."""

    n_lines: int = 0
    n_entities: int = 0
    n_withheld: int = 0
    n_bad: int = 0

    def add(self, other: "Counts") -> None:
        """Counts those of another batch as well."""
        self.n_lines += other.n_lines
        self.n_entities += other.n_entities
        self.n_withheld += other.n_withheld
        self.n_bad += other.n_bad


@dataclass(frozen=True)
class Form:
    """How records are read: the field of the text, where own fields stand, whose phone formats occur."""

    field: str
    places: Mapping[str, str]
    region: str | None
    skip_bad: bool


Done = tuple[bytes, Counts]
"""Lines that come out of a batch, and what became of them."""


def batches(lines: BinaryIO, form: Form) -> Iterator[list[Line]]:
    """Records, a bounded number of lines and characters together.

    Raises: FeedFileError at a line that is no record, by its number, unless the form skips those.
    """
    batch: list[Line] = []
    size = 0
    for number, raw in enumerate(lines, start=1):
        problem, line = _parsed(raw, form)
        if problem and not form.skip_bad:
            raise FeedFileError(f"line {number}: {problem}; mend it, or pass --skip-bad")
        batch.append(line)
        size += len(line.text or "")
        if len(batch) == BATCH_LINES or size >= BATCH_CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _parsed(raw: bytes, form: Form) -> tuple[str | None, Line]:
    """What is wrong with a line, if anything, and its record. Bytes that are no UTF-8 become replacement characters."""
    bad = Line(None, {}, None, is_bad=True)
    try:
        record = json.loads(raw.decode("utf-8-sig", errors="replace"))
    except (ValueError, RecursionError):
        return "is not JSON", bad
    if not isinstance(record, dict):
        return "is no JSON object", bad
    if form.field not in record:
        return "lacks the field that --field names", bad
    text = record[form.field]
    if text is not None and not isinstance(text, str):
        return "holds no text in the field that --field names", bad
    own: dict[str, str | None] = {}
    for name, place in form.places.items():
        value = record.get(place)
        if place == form.field or value is None or isinstance(value, bool):
            continue
        if isinstance(value, list | dict | float):
            return f"holds no text in its {name}", bad
        own[name] = str(value)
    given = record.get("country")
    is_code = isinstance(given, str) and len(given) == 2 and given.isascii() and given.isalpha()
    return None, Line(text, own, form.region or (str(given).upper() if is_code else None))


def scrub_batch(scrubber: "Scrubber", batch: list[Line]) -> Done:
    """One line for each record of a batch, in order."""
    from anonymize.scrub.records import frame_of, scrub_records

    counts = Counts(n_lines=len(batch))
    written = []
    records = frame_of([line.text for line in batch], [line.own for line in batch], [line.country for line in batch])
    for line, scrubbed in zip(batch, scrub_records(scrubber, records), strict=True):
        said: dict[str, Any]
        if line.is_bad or (line.text is not None and scrubbed.text is None):
            said = {"text": None, "withheld": True, "entities": []}
            counts.n_withheld += 1
            counts.n_bad += line.is_bad
        else:
            said = {
                "text": None if line.text is None else scrubbed.text,
                "entities": [
                    {
                        "start": one.start, "end": one.end, "type": one.entity.value, "score": round(one.score, 4),
                        "recognizer": one.recogniser,
                    }
                    for one in scrubbed.found
                ],
            }  # fmt: skip
            counts.n_entities += len(scrubbed.found)
        written.append(json.dumps(said, ensure_ascii=False).encode("utf-8") + b"\n")
    return b"".join(written), counts


@dataclass(frozen=True)
class LineProcesses:
    """Processes that scrub whole batches, each with a scrubber of its own.

    Guarantee: what `in_order` tells hangs on the batches alone, with any number of processes. If one dies or hangs,
        what is left is done by this process, whose recognisers run in processes apart, so that the deadly text alone is
        withheld (tests/unit/test_scrub_lines.py).
    """

    build: Callable[[], "Scrubber"]
    """A function of a module, or a partial of one: each process calls it."""
    n_processes: int
    batch_limit_s: float = _BATCH_LIMIT_S

    def in_order(self, given: Iterator[list[Line]]) -> Iterator[Done]:
        """What came of each batch, in their order; few are held at once.

        Raises: what `given` raises, after everything before it was told.
        """
        held: deque[list[Line]] = deque()
        asked: deque[Future[Done]] = deque()
        fault: Exception | None = None
        is_open = True
        pool = ProcessPoolExecutor(self.n_processes, get_context("spawn"), _start, (self.build,))
        try:
            while is_open or held:
                if is_open and len(held) <= 2 * self.n_processes:
                    try:
                        batch = next(given, None)
                    except Exception as error:  # told in its turn
                        batch, fault = None, error
                    is_open = batch is not None
                    if batch is not None:
                        held.append(batch)
                        with one_thread():  # the processes start with the first of them
                            asked.append(pool.submit(_scrub_there, batch))
                elif held:
                    done = asked.popleft().result(self.batch_limit_s)
                    held.popleft()
                    yield done
        except (BrokenProcessPool, TimeoutError):
            _kill(pool)
            yield from self._carefully(held, given if is_open else iter(()))
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
        if fault is not None:
            raise fault

    def _carefully(self, held: Iterable[list[Line]], rest: Iterator[list[Line]]) -> Iterator[Done]:
        from anonymize.scrub.workers import Workers

        with Workers(partial(_engine, self.build), max(2, self.n_processes), enough_to_start=1) as workers:
            scrubber = replace(self.build(), workers=workers)
            for batch in chain(held, rest):
                yield scrub_batch(scrubber, batch)


_HERE: "list[Scrubber]" = []
"""In a process that was started: its own scrubber."""


def _start(build: Callable[[], "Scrubber"]) -> None:
    _HERE[:] = [build()]


def _scrub_there(batch: list[Line]) -> Done:
    return scrub_batch(_HERE[0], batch)


def _engine(build: Callable[[], "Scrubber"]) -> "Engine":
    return build().engine


def _kill(pool: ProcessPoolExecutor) -> None:
    for process in list((pool._processes or {}).values()):
        process.kill()
