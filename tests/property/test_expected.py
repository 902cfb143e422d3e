"""Bands are fair: order says nothing, the median is as usual, fewer rows are never better, a rare outlier is none."""

from datetime import date, timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.expected import COUNTS, PAST, judged
from schemas.contracts import Band, Expectation

NIGHT = date(2026, 3, 2)
EXPECTED = {"orders": Expectation(band=Band(learning_nights=3, country_rows=1))}
RANK = {"short": 0, "as_usual": 1, "long": 2}


@st.composite
def pasts(draw: st.DrawFn) -> pl.DataFrame:
    """Rows of some nights, of a feed and of two of its countries."""
    n_rows = draw(st.lists(st.integers(0, 5_000), min_size=3, max_size=40))
    rows = []
    for at, n in enumerate(n_rows, 1):
        night, share = NIGHT - timedelta(days=at), draw(st.integers(0, n))
        rows += [(night, "orders", None, n), (night, "orders", "KE", share), (night, "orders", "US", n - share)]
    return pl.DataFrame(rows, schema=PAST, orient="row")


def verdict(n_rows: int, past: pl.DataFrame) -> tuple[int, int | None]:
    counts = pl.DataFrame([("orders", None, n_rows)], schema=COUNTS, orient="row")
    whole = judged(counts, past, EXPECTED, NIGHT, {})[0]
    return RANK[whole.verdict], whole.n_usual


@settings(max_examples=60, deadline=None)
@given(past=pasts(), seed=st.integers(0, 1_000), low=st.integers(0, 9_000), more=st.integers(0, 9_000))
def test_verdicts_are_fair(past: pl.DataFrame, seed: int, low: int, more: int) -> None:
    rank, usual = verdict(low, past)

    assert verdict(low, past.sample(fraction=1, shuffle=True, seed=seed)) == (rank, usual)
    assert verdict(low + more, past)[0] >= rank
    assert usual is not None and (usual == 0 or verdict(usual, past)[0] == RANK["as_usual"])
