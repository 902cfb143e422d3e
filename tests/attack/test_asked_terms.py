"""The membership attack on counts of terms.

What the attacker knows and wants: nine accounts of his own ask for a rare certificate in one sector and sub-region, and
he waits whether a tenth buyer, his victim, does so, too. He holds the noisy counts of all cells, which is more than the
bands made of them, and knows what everybody else asked for.
"""

import math
from collections.abc import Callable
from fractions import Fraction
from statistics import NormalDist

import numpy as np
import polars as pl
import pytest

from anonymize.noise.bounds import UNIT, bounded_sums
from anonymize.noise.mechanism import noisy_counts
from anonymize.terms.cells import CELL, term_cells
from anonymize.terms.choice import chosen
from tests.support.asking import ASKING
from tests.support.scrubbed import key

CELLS = term_cells(ASKING)
RARE = ("who_gmp", "pharma", "145")
N = 1500
MAX_TERMS, BOUND = 4, UNIT
RHO = Fraction(1, 2)


def counts_if(*of_victim: tuple[str, str, str]) -> np.ndarray:
    """What is counted of nine who ask for the rare term, of others, and of the victim."""
    wishes = [("sybil", number, RARE) for number in range(9)]
    wishes += [("other", number, CELLS.row(number % 3)) for number in range(30)]
    wishes += [("victim", 0, cell) for cell in of_victim]
    rows = [(key(f"{name} {number}"), CELLS.rows().index(cell)) for name, number, cell in wishes]
    asked = pl.DataFrame(rows, schema={"contributor": pl.Binary, "cell": pl.UInt32}, orient="row")
    kept = chosen(asked, max_terms=MAX_TERMS, key=bytes(32)).with_columns(n_events=1)
    sums = bounded_sums(kept, ["cell"], l2_bound=BOUND)
    every = pl.DataFrame({"cell": range(CELLS.height)}, schema={"cell": pl.UInt32})
    return every.join(sums, on="cell", how="left", maintain_order="left")["amount"].fill_null(0).to_numpy()


def advantage(worlds: list[np.ndarray], release: Callable[[np.ndarray, int], np.ndarray]) -> float:
    """How much more often the attacker says the first world in it than in the second, by likelihood."""
    between, direction = (worlds[0] + worlds[1]) / 2, worlds[0] - worlds[1]
    said = [np.mean([(release(world, number) - between) @ direction > 0 for number in range(N)]) for world in worlds]
    return float(said[0] - said[1])


def noised(amounts: np.ndarray, number: int) -> np.ndarray:
    names = CELLS.select(pl.concat_str(CELL, separator=" "))["term"].to_list()
    secret = number.to_bytes(32, "big")
    return noisy_counts(amounts, names, l2_bound=BOUND, rho=RHO, key=secret, purpose="2026-01 terms").amounts


def test_exact_counts_and_a_floor_of_ten_tell_of_the_tenth():
    at = CELLS.rows().index(RARE)
    with_victim, without = counts_if(RARE), counts_if()
    assert (with_victim[at] // UNIT >= 10, without[at] // UNIT >= 10) == (True, False)
    assert advantage([with_victim, without], lambda amounts, number: amounts) == 1.0


def allowed(distance: float) -> float:
    """The advantage of the best test between two Gaussians so many deviations apart."""
    return 2 * NormalDist().cdf(distance / 2) - 1


@pytest.mark.parametrize(
    ("worlds", "distance"),
    [
        # whether the victim asked at all: one cell by one
        (((RARE,), ()), math.sqrt(float(RHO))),
        # what the victim asked for, all of it exchanged: as far apart as two parts can be
        ((CELLS.rows()[:4], CELLS.rows()[4:8]), math.sqrt(2 * float(RHO))),
    ],
    ids=["member", "wishes"],
)
def test_noised_counts_tell_it_no_better_than_their_loss_allows(worlds, distance):
    found = advantage([counts_if(*world) for world in worlds], noised)
    error = math.sqrt(0.5 / N)
    assert found < allowed(distance) + 4 * error
    assert found > allowed(distance) - 4 * error  # the attack is the best there is: this bound is met, not merely kept
