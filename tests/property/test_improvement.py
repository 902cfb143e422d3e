"""What improvement promises: whole spots, at or below their class, enough contributors, and never a higher loss."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymize.classes.improve import UNPLACED, Stands, improve, loss_of
from anonymize.classes.lattice import Dimension, Lattice

K = 4
UNPLACED_LOSS = 15.0
"""Five times the root."""


def _tree(name: str, n_leaves: int) -> Dimension:
    """Leaves, pairs of leaves, everything; the last leaf is known no finer than its pair."""
    leaf = np.arange(n_leaves)
    nodes = np.stack([leaf, leaf // 2, np.zeros(n_leaves, dtype=np.int64)])
    nodes[0, -1] = -1
    return Dimension(name, nodes, np.repeat([[0.0], [0.4], [1.0]], n_leaves, axis=1))


LATTICE = Lattice((_tree("product", 6), _tree("place", 4), _tree("period", 2)))
LEVELS = tuple(sorted(product(range(3), repeat=3), key=lambda levels: (sum(levels), levels)))


@st.composite
def stands(draw: st.DrawFn) -> Stands:
    """A few spots, each with one or more contributors, some of whom stand at several."""
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    n = draw(st.integers(1, 120))
    rows = np.stack([random.integers(0, size, n) for size in (6, 4, 2)], axis=1)
    spots, spot = np.unique(rows, axis=0, return_inverse=True)
    who = random.integers(0, draw(st.sampled_from([6, 30, 1000])), n)
    cells = np.unique(np.stack([spot.reshape(-1), who], axis=1), axis=0)
    return Stands(
        lattice=LATTICE,
        leaves=tuple(spots[:, i] for i in range(3)),
        n_events=np.bincount(spot.reshape(-1)),
        cell_spot=cells[:, 0],
        cell_contributor=cells[:, 1],
        levels=LEVELS,
        is_open=np.ones((len(LEVELS), len(spots)), dtype=np.bool_),
        unplaced_loss=UNPLACED_LOSS,
    )


def _contributors(all_: Stands, at: np.ndarray) -> dict[tuple[int, int], set[int]]:
    """Contributors of each class, by level and key."""
    found: dict[tuple[int, int], set[int]] = {}
    for spot, contributor in zip(all_.cell_spot, all_.cell_contributor, strict=True):
        if at[spot] != UNPLACED:
            key = all_.lattice.keys(tuple(leaf[[spot]] for leaf in all_.leaves), all_.levels[at[spot]])[0]
            assert key >= 0, "a spot stands at a level finer than it is known"
            found.setdefault((int(at[spot]), int(key)), set()).add(int(contributor))
    return found


@given(stands(), st.integers(0, 5))
@settings(max_examples=40, deadline=None)
def test_every_class_has_k_contributors_and_holds_only_spots_at_or_below_it(all_: Stands, seed: int) -> None:
    at = improve(all_, None, k=K, n_rounds=6, seed=seed)
    assert all(len(contributors) >= K for contributors in _contributors(all_, at).values())


@given(stands(), st.integers(0, 5))
@settings(max_examples=40, deadline=None)
def test_the_loss_never_rises_from_round_to_round(all_: Stands, seed: int) -> None:
    walks = [improve(all_, None, k=K, n_rounds=n, seed=seed) for n in range(6)]
    losses = [loss_of(all_, at) for at in walks]
    assert losses == pytest.approx(sorted(losses, reverse=True), abs=1e-9)


@given(stands(), st.integers(0, 5))
@settings(max_examples=25, deadline=None)
def test_the_result_does_not_depend_on_the_names_of_contributors(all_: Stands, seed: int) -> None:
    names = np.random.default_rng(seed).permutation(2000)
    cells = np.stack([all_.cell_spot, names[all_.cell_contributor]], axis=1)
    cells = cells[np.lexsort((cells[:, 1], cells[:, 0]))]
    renamed = replace(all_, cell_spot=cells[:, 0], cell_contributor=cells[:, 1])
    first, second = (improve(each, None, k=K, n_rounds=5, seed=seed) for each in (all_, renamed))
    assert np.array_equal(first, second)


def test_a_remainder_absorbs_the_class_beside_it_instead_of_climbing_to_the_root() -> None:
    # four at one leaf, two at its sibling: alone the two would be in no class at all
    all_ = Stands(
        lattice=Lattice((_tree("product", 6),)),
        leaves=(np.array([0, 1]),),
        n_events=np.array([4, 2]),
        cell_spot=np.array([0, 0, 0, 0, 1, 1]),
        cell_contributor=np.arange(6),
        levels=((0,), (1,), (2,)),
        is_open=np.ones((3, 2), dtype=np.bool_),
        unplaced_loss=5.0,
    )
    assert improve(all_, None, k=K, n_rounds=0, seed=0).tolist() == [0, UNPLACED]
    assert improve(all_, None, k=K, n_rounds=3, seed=0).tolist() == [1, 1]
