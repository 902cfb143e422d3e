"""How much one contributor may add to a vector of counts: its part is shrunk until its length is within the bound.

Counts are in hundredths of an event (`UNIT`), so that a shrunk part keeps its shape and everything stays whole.
"""

from collections.abc import Sequence

import polars as pl

UNIT = 100
"""What one event counts."""

_FINE = 1000


def bounded_sums(events: pl.DataFrame, cells: Sequence[str], *, l2_bound: int) -> pl.DataFrame:
    """Sums over contributors of their bounded parts, by cell.

    Args:
        events: `contributor`, the columns named in `cells`, and `n_events`; more than one row of a cell is added up.
        cells: Columns that name a cell.
        l2_bound: Greatest length of one contributor's part, in `UNIT`.

    Returns: the columns of `cells` and `amount` (int64), one row per cell that somebody adds to, sorted by cell.

    Guarantee: each contributor's part is non-negative and of length at most `l2_bound`, in whole arithmetic without a
        rounding, so that exchanging the labels of all its events moves the sums by at most sqrt(2) times that
        (`tests/property/test_noise.py`).
    """
    parts = events.lazy().group_by("contributor", *cells).agg(n=pl.col("n_events").sum().cast(pl.Int64))
    squares = (pl.col("n") * pl.col("n")).sum().over("contributor")
    # a whole number above 1000 times the length: the root's error is far below the 1 that is added
    length = (squares.cast(pl.Float64).sqrt() * _FINE).floor().cast(pl.Int64) + 1
    shrunk = pl.col("n") * (l2_bound * _FINE) // length
    is_within = squares * (UNIT * UNIT) <= l2_bound * l2_bound
    return (
        parts.with_columns(amount=pl.when(is_within).then(pl.col("n") * UNIT).otherwise(shrunk))
        .group_by(*cells)
        .agg(pl.col("amount").sum())
        .sort(*cells)
        .collect()
    )
