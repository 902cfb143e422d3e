"""What one contributor can change: at most so many cells, by one each, and nobody else's choice."""

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymize.noise.bounds import UNIT, bounded_sums
from anonymize.terms.cells import term_cells
from anonymize.terms.choice import chosen
from tests.support.asking import ASKING

CELLS = term_cells(ASKING)
KEY = bytes(range(32))
WISHES = st.lists(st.tuples(st.integers(0, 6), st.integers(0, CELLS.height - 1)), max_size=60)
"""Who asks for which cell."""


def asked(wishes: list[tuple[int, int]]) -> pl.DataFrame:
    rows = [(named(who), cell) for who, cell in wishes]
    return pl.DataFrame(rows, schema={"contributor": pl.Binary, "cell": pl.UInt32}, orient="row")


def named(who: int) -> bytes:
    return who.to_bytes(16, "big")[::-1]


def counts(wishes: list[tuple[int, int]], max_terms: int, l2_bound: int) -> np.ndarray:
    kept = chosen(asked(wishes), max_terms=max_terms, key=KEY).with_columns(n_events=1)
    sums = bounded_sums(kept, ["cell"], l2_bound=l2_bound)
    every = pl.DataFrame({"cell": range(CELLS.height)}, schema={"cell": pl.UInt32})
    return every.join(sums, on="cell", how="left", maintain_order="left")["amount"].fill_null(0).to_numpy()


@settings(max_examples=60, deadline=None)
@given(
    WISHES,
    st.integers(0, 6),
    st.lists(st.integers(0, CELLS.height), max_size=12),
    st.integers(1, 6),
    st.integers(100, 300),
)
def test_one_contributor_changes_few_cells_by_one_at_most_and_all_together_by_its_bound(
    wishes, who, others, max_terms, bound
):
    without = [wish for wish in wishes if wish[0] != who]
    absent, present = counts(without, max_terms, bound), counts(wishes, max_terms, bound)
    changed = counts([*without, *((who, cell) for cell in others)], max_terms, bound)
    for part in (present - absent, changed - absent):
        assert part.min() >= 0 and part.max() <= UNIT
        assert (part > 0).sum() <= max_terms
        assert (part * part).sum() <= bound**2
    # whatever else it had asked for: two vectors that are nowhere negative, each no longer than the bound
    assert ((present - changed) ** 2).sum() <= 2 * bound**2


@settings(max_examples=60, deadline=None)
@given(WISHES, st.integers(0, 6), st.integers(1, 4))
def test_what_is_chosen_of_a_contributor_hangs_on_nobody_else_and_on_no_order(wishes, who, max_terms):
    together = chosen(asked(wishes), max_terms=max_terms, key=KEY)
    alone = chosen(asked([wish for wish in wishes if wish[0] == who]), max_terms=max_terms, key=KEY)
    assert together.filter(contributor=named(who)).equals(alone)
    assert chosen(asked(wishes[::-1]), max_terms=max_terms, key=KEY).equals(together)


def test_no_cell_is_preferred_and_another_key_chooses_otherwise():
    every = asked([(who, cell) for who in range(400) for cell in range(CELLS.height)])
    times = chosen(every, max_terms=2, key=KEY).group_by("cell").len()["len"]
    # 800 choices over 10 cells: 80 each, give or take 8
    assert times.len() == CELLS.height and times.is_between(80 - 40, 80 + 40).all()
    other = chosen(every, max_terms=2, key=KEY[::-1])
    assert not other.equals(chosen(every, max_terms=2, key=KEY))
