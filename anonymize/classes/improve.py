"""Improvement: takes tonight's classes apart here and there and puts them together again where that loses less.

The greedy walk takes what is safe at the finest rung and leaves small remainders that climb far. Here groups of whole
spots are *ruined* and formed anew with foresight: a remainder that would climb may *absorb* the cheapest finer class
beside it, if what both lose together is less than what the remainder lost so far. A change is kept only where it
loses less, piece by piece; so the loss never rises. No contributor is moved without its spot. The search itself knows
the threshold only; a caller with more rules hands in their judge, whom every group must convince.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from anonymize.classes.lattice import NOWHERE, Floats, Ints, Lattice, Levels

Bools = NDArray[np.bool_]
UNPLACED = -1
"""Where a spot stands that is in no class."""
Judge = Callable[[Ints, Ints], Bools]
"""Of spots and the group of each, numbered from 0 without gaps: whether each group is safe."""

MOST_LEVELS = 100
"""A lattice with more levels than this is searched only where the greedy walk found something."""

RUINED_SHARE = 0.3
"""Of the nodes of a random level, how many are taken apart in one round."""
FIRST_FORESIGHT = 0.7
LEAST_FORESIGHT, MOST_FORESIGHT = 0.5, 1.1
"""How much of its present loss a remainder fears: of the first round, and the bounds of
what is drawn anew for each node in later rounds."""
ORDER_NOISE = 0.1
"""How far the order of levels strays from that of their loss, as the deviation of a factor's logarithm."""


@dataclass(frozen=True)
class Stands:
    """What improvement is about: spots, who stands there, and the levels at which groups may be formed."""

    lattice: Lattice
    leaves: tuple[Ints, ...]
    n_events: Ints
    cell_spot: Ints
    """With `cell_contributor`: one row per spot and counting contributor, sorted by spot."""
    cell_contributor: Ints
    levels: tuple[Levels, ...]
    """In the order of the ladder; the spot's place in a class is an index into it."""
    is_open: Bools
    """Shape (levels, spots): whether a spot may stand at a level tonight."""
    unplaced_loss: float
    """What an event in no class is taken to lose; the more, the more others lose so that it finds company."""


def loss_of(stands: Stands, at: Ints) -> float:
    """Mean loss of an event, the sum over dimensions."""
    lost = np.full(len(at), stands.unplaced_loss)
    for level in np.unique(at[at != UNPLACED]):
        here = at == level
        lost[here] = stands.lattice.loss(tuple(leaf[here] for leaf in stands.leaves), stands.levels[level])
    return float((lost * stands.n_events).sum() / stands.n_events.sum())


def improve(stands: Stands, at: Ints | None, *, k: int, n_rounds: int, seed: int, is_safe: Judge | None = None) -> Ints:
    """Where each spot stands after improvement.

    Args:
        stands: The spots.
        at: For each spot the index of the level of its class, or `UNPLACED`; None to begin with a greedy walk.
        k: Least number of distinct counting contributors of a class.
        n_rounds: How often parts are taken apart.
        seed: Of all draws; the same seed and spots give the same result.
        is_safe: Judge of every group before it becomes a class; without one the threshold is all there is.

    Returns: as `at`. Spots with the same node at the same level are one class.

    Guarantee: every class that was formed here has at least k counting contributors and was found safe by the judge,
        spots stand at or below their class, no more events stand in no class than before, and the loss is never
        higher than before (`tests/property/test_improvement.py`).
    """
    search = _Search(stands, k, is_safe)
    if at is None:
        at = search.greedy()
    random = np.random.default_rng(seed)
    search.choose_levels(at)
    state = search.classes_at(at)
    for number in range(n_rounds):
        state = search.round(state, random, is_first=number == 0)
    return state.at


@dataclass(frozen=True)
class _Classes:
    """A partition: where each spot stands and its class; of each class its level and one of its spots."""

    at: Ints
    class_of: Ints
    level: Ints
    spot: Ints
    loss: Floats
    """Of each spot."""


class _Search:
    def __init__(self, stands: Stands, k: int, is_safe: Judge | None) -> None:
        self.stands = stands
        self.k = k
        self.is_safe = is_safe
        self.n_spots = len(stands.n_events)
        self.weight = stands.n_events.astype(np.float64)
        self.worst = stands.unplaced_loss
        levels = np.array(stands.levels)
        self.is_finer: Bools = np.asarray((levels[:, None, :] <= levels[None, :, :]).all(axis=2))
        self.cells = np.bincount(stands.cell_spot, minlength=self.n_spots)
        self.first_cell = np.concatenate([[0], np.cumsum(self.cells)])
        # where every contributor stands at one spot only, counts of spots add up and nobody has to be told apart
        self.adds_up = len(np.unique(stands.cell_contributor)) == len(stands.cell_contributor)
        self.node: dict[int, Ints] = {}
        self.node_loss: dict[int, Floats] = {}
        self.order = np.arange(len(stands.levels))
        self.mean_loss = np.zeros(len(stands.levels))

    # keys and counts

    def keys(self, level: int, spots: Ints) -> Ints:
        """Numbers of the nodes in which spots stand at a level, not dense."""
        keys = self.stands.lattice.keys(tuple(leaf[spots] for leaf in self.stands.leaves), self.stands.levels[level])
        return np.where(self.stands.is_open[level][spots], keys, NOWHERE)

    def loss_at(self, level: int, spots: Ints) -> Floats:
        return self.stands.lattice.loss(tuple(leaf[spots] for leaf in self.stands.leaves), self.stands.levels[level])

    def n_contributors(self, node: Ints, spots: Ints, n_nodes: int) -> Ints:
        """Distinct counting contributors of each node, over some spots."""
        if self.adds_up:
            return np.bincount(node, self.cells[spots], minlength=n_nodes).astype(np.int64)
        n_cells = self.cells[spots]
        of = np.repeat(np.arange(len(spots)), n_cells)
        cell = np.arange(len(of)) - np.repeat(np.cumsum(n_cells) - n_cells, n_cells) + self.first_cell[spots][of]
        n_names = int(self.stands.cell_contributor.max(initial=0)) + 1
        distinct = np.unique(node[of] * n_names + self.stands.cell_contributor[cell])
        return np.bincount(distinct // n_names, minlength=n_nodes)

    # the greedy walk, where the caller has none

    def greedy(self) -> Ints:
        at = np.full(self.n_spots, UNPLACED)
        left = np.arange(self.n_spots)
        for level in range(len(self.stands.levels)):
            if not len(left):
                break
            keys = self.keys(level, left)
            stands = np.flatnonzero(keys != NOWHERE)
            nodes, node = np.unique(keys[stands], return_inverse=True)
            is_safe = self.n_contributors(node, left[stands], len(nodes)) >= self.k
            taken = stands[is_safe[node]]
            at[left[taken]] = level
            left = np.delete(left, taken)
        return at

    def choose_levels(self, at: Ints) -> None:
        """In a large lattice keeps the levels at which anything stands, and the last: the others have not helped."""
        if len(self.stands.levels) > MOST_LEVELS:
            self.order = np.unique(np.append(at[at != UNPLACED], len(self.stands.levels) - 1))
        everything = np.arange(self.n_spots)
        for level in self.order.tolist():
            keys = self.keys(level, everything)
            nodes, first, node = np.unique(keys, return_index=True, return_inverse=True)
            self.node[level] = node - (1 if len(nodes) and nodes[0] == NOWHERE else 0)
            first = first[1:] if len(nodes) and nodes[0] == NOWHERE else first
            self.node_loss[level] = self.loss_at(level, first)
            self.mean_loss[level] = self.node_loss[level].mean() if len(first) else self.worst

    def classes_at(self, at: Ints) -> _Classes:
        node = np.zeros(self.n_spots, dtype=np.int64)
        loss = np.full(self.n_spots, self.worst)
        for level in np.unique(at[at != UNPLACED]):
            here = np.flatnonzero(at == level)
            node[here] = self.node[level][here]
            loss[here] = self.node_loss[level][node[here]]
        alone = at == UNPLACED
        node[alone] = np.flatnonzero(alone)
        _, spot, class_of = np.unique(at * self.n_spots + node, return_index=True, return_inverse=True)
        return _Classes(at, class_of, at[spot], spot, loss)

    # one round

    def round(self, state: _Classes, random: np.random.Generator, *, is_first: bool) -> _Classes:
        """Takes parts of a partition apart, forms them anew, and keeps each piece that loses less."""
        costly = self.order[self.mean_loss[self.order] > 0.05 * len(self.stands.leaves)]
        level = int(random.choice(costly if len(costly) else self.order))
        n_nodes = len(self.node_loss[level])
        ruined_node = random.random(n_nodes + 1) < RUINED_SHARE
        fear = random.uniform(LEAST_FORESIGHT, MOST_FORESIGHT, n_nodes + 1)[self.node[level]]
        noise = np.exp(ORDER_NOISE * random.standard_normal(len(self.order)))
        order = self.order[np.argsort(self.mean_loss[self.order] * noise, kind="stable")]
        is_ruined_class = np.zeros(len(state.level), dtype=np.bool_)
        is_ruined_class[state.class_of[ruined_node[self.node[level]]]] = True
        if is_first:
            is_ruined_class[:], fear, order = True, np.full(self.n_spots, FIRST_FORESIGHT), self.order
        other = self.classes_at(self.form_anew(state, is_ruined_class, fear * state.loss, order))
        return self.better_of(state, other)

    def better_of(self, one: _Classes, other: _Classes) -> _Classes:
        """Piece by piece the better of two partitions. Pieces are the smallest sets of spots that are unions of classes
        in both, so each may be taken from either.
        """
        n_one = len(one.level)
        n_both = n_one + len(other.level)
        graph = coo_array(
            (np.ones(self.n_spots, np.int8), (one.class_of, other.class_of + n_one)), shape=(n_both, n_both)
        )
        piece = connected_components(graph, directed=False)[1][one.class_of]
        gain = np.bincount(piece, self.weight * (one.loss - other.loss))
        n_placed = np.bincount(piece, self.weight * ((other.at != UNPLACED) * 1.0 - (one.at != UNPLACED)))
        is_better = (gain > 1e-9) & (n_placed >= 0)
        return self.classes_at(np.where(is_better[piece], other.at, one.at))

    def agreed(self, is_safe: Bools, here: Ints, node: Ints) -> Bools:
        """Which of the groups that are safe by the threshold the judge finds safe as well; groups are nodes."""
        if self.is_safe is None:
            return is_safe
        asked = here[is_safe[node[here]]]
        groups, group = np.unique(node[asked], return_inverse=True)
        agreed = np.zeros(len(is_safe), dtype=np.bool_)
        if len(groups):
            agreed[groups] = self.is_safe(asked, group)
        return agreed

    def form_anew(self, state: _Classes, is_ruined: Bools, feared: Floats, order: Ints) -> Ints:
        """Walks the levels over what was taken apart.

        A group with enough contributors becomes a class. One without absorbs the finer class that costs least, if that
        costs less than what its events fear to lose beyond this level.
        """
        at = state.at.copy()
        left = np.flatnonzero(is_ruined[state.class_of])
        at[left] = UNPLACED
        class_of = np.where(at == UNPLACED, -1, state.class_of)
        level_of, spot_of = state.level, state.spot
        size_of = np.bincount(state.class_of, self.weight, minlength=len(level_of))
        loss_of_class = state.loss[spot_of]
        is_alive = ~is_ruined & (level_of != UNPLACED)
        for level in order:
            if not len(left):
                break
            node = self.node[level][left]
            stand = node != NOWHERE
            n_nodes = len(self.node_loss[level])
            here, node = left[stand], node[stand]
            n_events = np.bincount(node, minlength=n_nodes)
            is_safe = self.n_contributors(node, here, n_nodes) >= self.k
            hope = np.bincount(
                node, self.weight[here] * (feared[here] - self.node_loss[level][node]), minlength=n_nodes
            )
            hopeful = (n_events > 0) & ~is_safe & (hope > 0)
            near = np.zeros(0, dtype=np.int64)
            if hopeful.any():
                near = np.flatnonzero(is_alive & self.is_finer[level_of, level])
                at_node = self.node[level][spot_of[near]]
                fits = (at_node != NOWHERE) & hopeful[at_node]
                near, at_node = near[fits], at_node[fits]
                cost = size_of[near] * (self.node_loss[level][at_node] - loss_of_class[near])
                pays = cost < hope[at_node]
                near, at_node, cost = near[pays], at_node[pays], cost[pays]
                cheapest = np.lexsort((near, cost, at_node))
                near, at_node = near[cheapest], at_node[cheapest]
                near = near[np.append(True, at_node[1:] != at_node[:-1])] if len(near) else near
            absorbed = np.zeros(len(level_of), dtype=np.bool_)
            absorbed[near] = True
            back = np.flatnonzero((class_of >= 0) & absorbed[class_of])
            is_safe[self.node[level][spot_of[near]]] = True
            is_safe = self.agreed(is_safe, np.concatenate([here, back]), self.node[level])
            back = back[is_safe[self.node[level][back]]]
            is_alive[class_of[back]] = False
            class_of[back], at[back] = -1, UNPLACED
            left = np.concatenate([left, back])
            here = np.concatenate([here, back])
            node = self.node[level][here]
            taken = here[is_safe[node]]
            if len(taken):
                at[taken] = level
                nodes, first, new = np.unique(self.node[level][taken], return_index=True, return_inverse=True)
                class_of[taken] = len(level_of) + new
                level_of = np.concatenate([level_of, np.full(len(nodes), level)])
                spot_of = np.concatenate([spot_of, taken[first]])
                size_of = np.concatenate([size_of, np.bincount(new, self.weight[taken])])
                loss_of_class = np.concatenate([loss_of_class, self.node_loss[level][nodes]])
                is_alive = np.concatenate([is_alive, np.ones(len(nodes), dtype=np.bool_)])
                left = left[at[left] == UNPLACED]
        return at
