"""What one contributor can change: at most so many cells, by one each, and nobody else's choice."""

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymize.noise.bounds import UNIT, bounded_sums
from anonymize.terms.cells import CELL, term_cells
from anonymize.terms.choice import chosen
from tests.support.asking import ASKING

CELLS = term_cells(ASKING)
KEY = bytes(range(32))
WISHES = st.lists(st.tuples(st.integers(0, 6), st.integers(0, CELLS.height)), max_size=60)
"""Who asks for which cell; the last number is a cell that there is not."""


def asked(wishes: list[tuple[int, int]]) -> pl.DataFrame:
    cells = [*CELLS.rows(), ("project_x", "textiles", "014")]
    rows = [(who.to_bytes(16, "big")[::-1], *cells[cell]) for who, cell in wishes]
    return pl.DataFrame(rows, schema={"contributor": pl.Binary, **dict.fromkeys(CELL, pl.String)}, orient="row")


def counts(wishes: list[tuple[int, int]], max_terms: int, l2_bound: int) -> np.ndarray:
    kept = chosen(asked(wishes), CELLS, max_terms=max_terms, key=KEY).with_columns(n_events=1)
    sums = bounded_sums(kept, CELL, l2_bound=l2_bound)
    return CELLS.join(sums, on=CELL, how="left", maintain_order="left")["amount"].fill_null(0).to_numpy()


@settings(max_examples=80, deadline=None)
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
    together = chosen(asked(wishes), CELLS, max_terms=max_terms, key=KEY)
    alone = chosen(asked([wish for wish in wishes if wish[0] == who]), CELLS, max_terms=max_terms, key=KEY)
    assert together.filter(contributor=who.to_bytes(16, "big")[::-1]).equals(alone)
    assert chosen(asked(wishes[::-1]), CELLS, max_terms=max_terms, key=KEY).equals(together)


def test_no_cell_is_preferred_and_another_key_chooses_otherwise():
    every = asked([(who, cell) for who in range(400) for cell in range(CELLS.height)])
    times = chosen(every, CELLS, max_terms=2, key=KEY).group_by(CELL).len()["len"]
    # 800 choices over 10 cells: 80 each, give or take 8
    assert times.len() == CELLS.height and times.is_between(80 - 40, 80 + 40).all()
    other = chosen(every, CELLS, max_terms=2, key=KEY[::-1])
    assert not other.equals(chosen(every, CELLS, max_terms=2, key=KEY))
