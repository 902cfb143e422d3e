"""The raw feed files and the ground truth, written night by night in chunks.

Memory holds one chunk and the world's accounts, whatever the number of events: rows that arrive again on a later
night wait in files beside the output until their night comes.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np

from feeds.demo.events import FEEDS, SHARES, draw_events, plan_nights
from feeds.demo.exports import EXPORTS
from feeds.demo.marketplace import Marketplace, build_marketplace
from feeds.demo.nights import DemoSummary, Nights
from feeds.demo.pieces import Piece, make_piece

CHUNK_EVENTS = 100_000


def _batches(plan: dict[str, list[int]], n_nights: int) -> Iterator[dict[str, list[int]]]:
    """The plan cut into pieces of about `CHUNK_EVENTS`: several small nights, or a part of a large one."""
    batch = {feed: [0] * n_nights for feed in FEEDS}
    room = CHUNK_EVENTS
    for night in range(n_nights):
        left = {feed: plan[feed][night] for feed in FEEDS}
        while any(left.values()):
            total = sum(left.values())
            for feed in FEEDS:
                taken = left[feed] if total <= room else min(left[feed], -(-left[feed] * room // total))
                batch[feed][night] += taken
                left[feed] -= taken
            room -= total - sum(left.values())
            if room <= 0:
                yield batch
                batch, room = {feed: [0] * n_nights for feed in FEEDS}, CHUNK_EVENTS
    if any(any(counts) for counts in batch.values()):
        yield batch


def _write_batch(
    world: Marketplace,
    batch: dict[str, list[int]],
    files: Nights,
    nights: Sequence[date],
    firsts: dict[str, int],
    rng: np.random.Generator,
) -> int:
    """Draw and write one batch; how many events it held."""
    counts = np.array([batch[feed] for feed in FEEDS], np.int64)
    touched = np.flatnonzero(counts.sum(axis=0))
    pieces: dict[str, Piece] = {}
    for feed in FEEDS:
        at = np.repeat(np.arange(len(nights)), np.array(batch[feed], np.int64))
        events = draw_events(world, at, nights, rng, in_orders=feed == "demo_orders")
        pieces[feed] = make_piece(EXPORTS[feed](world, events, firsts[feed], rng), feed, len(nights), rng)
        firsts[feed] += events.n
    for night in range(int(touched[0]), int(touched[-1]) + 1):
        files.turn_to(night)
        for feed in FEEDS:
            files.take(feed, pieces[feed], night, is_last=night == int(touched[-1]))
    return int(counts.sum())


def write_marketplace(
    out: Path,
    *,
    n_events: int,
    nights: Sequence[date],
    seed: int = 7,
    shares: Mapping[str, float] = SHARES,
    on_progress: Callable[[int, int], None] | None = None,
) -> DemoSummary:
    """Write the raw files of four feeds and the truth about every identifier in them.

    The same arguments give the same bytes. Redelivered, updated and cancelled rows come on top of `n_events`.

    Args:
        out: folder that receives `feeds/<feed>/<night>/<feed>.<ext>` and `truth/<night>.parquet`.
        n_events: events over all feeds and nights; one row an event.
        nights: arrival nights, ascending and without repeats.
        seed: of the world and of everything that happens in it.
        shares: part of the events that each feed holds.
        on_progress: called after each chunk with the events written so far and `n_events`.

    Returns:
        Counts for each feed and night. The truth has one row an identifier, record and night: feed, record_id, field (a
        column, or `line` for a row that does not parse), entity, start and end (characters; null for whole columns) and
        value.

    Raises:
        ValueError: no nights, nights out of order, or fewer events than nights.
    """
    if not nights or any(later <= earlier for earlier, later in pairwise(nights)):
        raise ValueError("nights must be ascending and without repeats: give at least one.")
    if n_events < len(nights):
        raise ValueError(f"{n_events} events cannot fill {len(nights)} nights: ask for more events or fewer nights.")
    world = build_marketplace(n_events, seed)
    firsts = dict.fromkeys(FEEDS, 0)
    n_done = 0
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix=".waiting-") as waiting:
        files = Nights(out, Path(waiting), nights)
        for i, batch in enumerate(_batches(plan_nights(n_events, nights, shares), len(nights))):
            n_done += _write_batch(world, batch, files, nights, firsts, np.random.default_rng([seed, 1, i]))
            if on_progress:
                on_progress(n_done, n_events)
        files.turn_to(len(nights) - 1)
        files.close()
    return DemoSummary(tuple(files.counts), world.n_accounts)
