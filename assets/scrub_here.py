"""Scrubbing by the processes of this machine: whole batches at a time, as many at once as there are cores.

Belongs here: when processes are worth their start, what each of them does, and how they share one cache. Does not
belong here: how they are watched (`processes`), nor what is done to a text (`anonymize.scrub`). What comes out is the
same bytes with any number of processes: a batch is scrubbed by itself, and batches are written in the order of the
files.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from functools import partial
from itertools import groupby
from pathlib import Path

import polars as pl

from anonymize.events import ScrubFigures
from anonymize.scrub.cores import n_processes_here
from anonymize.scrub.span_cache import DistantCache, SpanCache, answered
from anonymize.scrub.texts import build_scrubber, night_scrubber
from anonymize.scrub.version import finding_version
from anonymize.scrub.workers import ENOUGH_TO_SHARE, HANG_S
from assets.figures import Figures
from assets.processes import Ask, Processes
from assets.scrub_files import BatchScrubber, read_batches, write_scrubbed
from assets.settings import Settings
from feeds.context import ReadContext
from schemas.home import Home

ENOUGH_BYTES = 8 * 2**20
"""Deliveries of fewer bytes together are scrubbed sooner by one process than others have started."""

_BYTES_EACH = 2 * 2**30
"""Memory of the machine for each process; it holds one batch, and takes less than half of that."""

_Job = tuple[str, pl.DataFrame]
_Done = tuple[pl.DataFrame, ScrubFigures]


def scrub_here(
    settings: Settings,
    landed: Mapping[str, tuple[Path, ...]],
    context: ReadContext,
    *,
    n_processes: int | None = None,
) -> Iterator[tuple[str, Figures]]:
    """Scrubs the landed files of a night; figures of each feed as `write_scrubbed` tells them, in order.

    Args: n_processes, that scrub batches beside this one (default: one a core where the night is large enough).
    Guarantee: the same bytes with any number of processes; a batch at which one fails, dies or hangs is scrubbed again
        text by text (tests/e2e/test_nights.py, tests/unit/test_processes.py).
    Raises: whatever reading and scrubbing raise, for the first batch in order.
    """
    n_wanted = _n_processes(landed) if n_processes is None else n_processes
    with ExitStack() as stack:
        cache = stack.enter_context(_cache(settings, context.night))
        scrubber = stack.enter_context(
            night_scrubber(settings.config, settings.policy.scrub, cache=cache, is_careful=n_wanted > 0)
        )
        here = BatchScrubber.of(settings, scrubber)
        processes = stack.enter_context(
            Processes[_Job, _Done](
                partial(_batch_scrubber, str(settings.home.root), str(settings.config), context.night),
                lambda job: here.scrub(*job),
                n_processes=n_wanted,
                limit_s=lambda job: HANG_S * max(1.0, job[1].height / ENOUGH_TO_SHARE),
                answer=partial(answered, cache),
            )
        )
        told = processes.in_order(
            (read, (read.feed, read.batch.events)) for read in read_batches(settings, landed, context)
        )
        of_feeds = groupby(told, key=lambda one: one[0].feed)
        following = next(of_feeds, None)
        for feed in landed:
            mine = following[1] if following is not None and following[0] == feed else ()
            yield feed, write_scrubbed(settings.home, context.night, mine, name=feed)
            if following is not None and following[0] == feed:
                following = next(of_feeds, None)


def _n_processes(landed: Mapping[str, tuple[Path, ...]]) -> int:
    """Processes that are worth their start: one a core this process may use, as many as memory is there for."""
    if sum(path.stat().st_size for files in landed.values() for path in files) < ENOUGH_BYTES:
        return 0
    n_fit = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // _BYTES_EACH
    n = min(n_processes_here(), n_fit)
    return n if n > 1 else 0


def _cache(settings: Settings, night: date) -> SpanCache:
    """What earlier nights found in texts."""
    return SpanCache(
        settings.home.span_cache,
        key=settings.keyring.cache_key(),
        version=finding_version(settings.config, settings.policy.scrub),
        night=night,
        keep_days=settings.policy.retention_days,
    )


def _batch_scrubber(home: str, config: str, night: date, ask: Ask) -> Callable[[_Job], _Done]:
    """What does a job in a process of its own, which reads configuration, keys and opt-outs by itself."""
    settings = Settings(Home(Path(home)), Path(config))
    policy = settings.policy.scrub
    cache = DistantCache(
        ask, key=settings.keyring.cache_key(), version=finding_version(settings.config, policy), night=night
    )
    batches = BatchScrubber.of(settings, replace(build_scrubber(settings.config, policy), cache=cache))
    return lambda job: batches.scrub(*job)
