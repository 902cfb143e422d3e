"""The recognisers on many texts at once: gates and names for all of them in one go, then the engine one by one.

Belongs here: which texts the engine is asked about and for what; a text on which anything fails is told by null.
Does not belong here: which texts are distinct (`spotting`), processes (`workers`). Callers: those two.
"""

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

import numpy as np
import polars as pl

from anonymize.scrub.engine import Engine
from anonymize.scrub.entities import Found, mask
from anonymize.scrub.names.decoder import NameSpan

TEXT_LIMIT_S = 20.0
"""Time all recognisers together may take on one text; beyond it the text is withheld."""

FEW_TEXTS = 400
"""Fewer texts are shown to every recogniser: making the gates ready takes longer than that."""

Spans = list[Found] | None
"""What is found in one text; null where anything failed."""


def find_all(
    engine: Engine,
    texts: Sequence[str],
    regions: Sequence[str | None],
    *,
    is_plain: bool = False,
    is_careful: bool = False,
    limit_s: float = TEXT_LIMIT_S,
    told: Callable[[int], None] = lambda _: None,
) -> list[Spans]:
    """What the engine finds in each text.

    Args: texts, normalised; regions, the country of each; is_plain asks every recogniser about every text, one by one;
        is_careful looks at each text by itself, so that whatever happens happens at a known one; limit_s holds in the
        main thread of a process, where a text can be interrupted; told learns of each text, by its place, before it
        is looked at.
    Guarantee: the same as `engine.find` of each text by itself (tests/property/test_fast_path.py).
    """
    masked = [mask(text) for text in texts]
    is_alone = is_plain or is_careful
    is_gated = not is_alone and len(texts) >= FEW_TEXTS
    shut = _shut(engine, masked) if is_gated else [frozenset[int]()] * len(texts)
    is_together = not is_alone and engine.finds_names_together
    names: Sequence[Sequence[NameSpan] | None] = _names(engine, masked) if is_together else [None] * len(texts)
    found: list[Spans] = []
    with _limited() as start:
        for at, (text, region, unneeded, known) in enumerate(zip(texts, regions, shut, names, strict=True)):
            told(at)
            spans: Spans = None
            try:
                try:
                    start(limit_s)
                    if known is None and not is_plain:
                        (known,) = engine.names([text])
                    spans = engine.find(text, region, [] if unneeded is None else None, known, unneeded or frozenset())
                finally:
                    start(0.0)
            except Exception:  # the text is withheld; what failed may hold it and is not told
                spans = None
            found.append(spans)
    return found


def _names(engine: Engine, masked: Sequence[str]) -> Sequence[Sequence[NameSpan] | None]:
    """What the name engine finds in each text; null where it failed, so that it is asked again and fails alone."""
    try:
        return engine.names(masked)
    except Exception:  # one of the texts fails: each by itself
        return [None] * len(masked)


def _shut(engine: Engine, masked: Sequence[str]) -> list[frozenset[int] | None]:
    """For each text the patterns that cannot match it; null where none can."""
    opened = engine.open_patterns(pl.Series("text", masked, dtype=pl.String))
    everything = frozenset(engine.pattern_ids)
    ids = engine.pattern_ids
    shut: list[frozenset[int] | None] = [None] * len(masked)
    for at in np.flatnonzero(opened.any(axis=1)).tolist():
        shut[at] = everything.difference(ids[place] for place in np.flatnonzero(opened[at]).tolist())
    return shut


@contextmanager
def _limited() -> Iterator[Callable[[float], None]]:
    """A clock that raises TimeoutError when it runs out, where signals can be had: in a process's main thread."""
    if threading.current_thread() is not threading.main_thread() or signal.getitimer(signal.ITIMER_REAL)[0] > 0:
        yield lambda _: None
        return

    def run_out(_number: int, _frame: FrameType | None) -> None:
        raise TimeoutError("a text took too long")

    before = signal.signal(signal.SIGALRM, run_out)
    try:
        yield lambda seconds: _set_clock(seconds)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)


def _set_clock(seconds: float) -> None:
    signal.setitimer(signal.ITIMER_REAL, seconds)
