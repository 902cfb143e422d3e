"""Improvement of a night: the search of `improve.py` over the spots of tonight, every group judged by every rule.

Called by `ladder.walk` once the rungs are done, before events get their class. Only classes that the night has just
formed are touched, and only at the levels of rungs that are open. Nights on which the last rung is not in use are left
alone: what waits on them climbs at a close, and may be placed finer then than anything could place it now.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from anonymize.classes.engine import Engine, statement
from anonymize.classes.improve import UNPLACED, Bools, Stands, improve
from anonymize.classes.judging import judge, requiring, tell
from anonymize.classes.lattice import NOWHERE, Ints, Levels
from anonymize.classes.market import Market, kinds_of
from anonymize.classes.rungs import OpenRung, rung_name, rungs_of
from anonymize.classes.spots import Found, Spots, n_found
from schemas.policy import Measure, Policy

_LABELS = 1 << 48
"""More than there are keys at any level of the market's lattice."""


@dataclass(frozen=True)
class Improved:
    """What improvement changed: classes that are no more, and those formed in their place."""

    dissolved: Ints
    found: tuple[Found, ...]


UNCHANGED = Improved(np.zeros(0, dtype=np.int64), ())


def improve_tonight(
    engine: Engine, market: Market, spots: Spots, rungs: Sequence[OpenRung], policy: Policy, found: Sequence[Found]
) -> Improved:
    """Forms some of tonight's classes anew where that loses less information.

    Args:
        engine: Holds `standing`, `moves` and `found_measures`; the last is brought up to date.
        market: The lattice of tonight.
        spots: As the walk left them; they get their new classes.
        rungs: The open rungs, in order.
        policy: Rules, and how long to search.
        found: The classes of the walk, one entry a rung that gave any.

    Returns: the classes that are no more, and new ones with numbers above those of the walk.

    Guarantee: classes stay disjoint, each stands at one node of an open rung and passes every rule; as many events
        are in classes as before, or more; the mean loss of an event, one in no class taken to lose what the root of
        every dimension loses, is never higher; the result depends neither on order nor on names
        (`tests/property/test_improved_ladder.py`).
    """
    improvement = policy.ladder.improvement
    if improvement is None or not rungs or rungs[-1].rung != rungs_of(policy.ladder)[-1]:
        return UNCHANGED
    levels = tuple(market.levels(each.rung) for each in rungs)
    is_open = np.stack(
        [market.starts_before(spots.leaves, level, each.open_from) for level, each in zip(levels, rungs, strict=True)]
    )
    here = np.flatnonzero(_is_reached(spots, is_open[-1]))
    if not len(here):
        return UNCHANGED
    engine.load("open_spots", pl.DataFrame({"spot": spots.number[here]}))
    engine.run(statement("reopened"))
    cells = engine.frame(statement("cells"))
    stands = Stands(
        lattice=market.lattice,
        leaves=tuple(leaf[here] for leaf in spots.leaves),
        n_events=spots.n_events[here],
        cell_spot=np.searchsorted(spots.number[here], cells["spot"].to_numpy()),
        cell_contributor=cells["contributor"].rank("dense").cast(pl.Int64).to_numpy() - 1,
        levels=levels,
        is_open=is_open[:, here],
        unplaced_loss=sum(float(each.loss.max()) for each in market.lattice.dimensions),
    )
    before = _levels_of_classes(found, levels)[spots.class_no[here]]

    def is_safe(at: Ints, group: Ints) -> Bools:
        return _are_safe(engine, policy, spots, here[at], group)

    after = improve(
        stands, before, k=policy.buyers.k, n_rounds=improvement.rounds, seed=improvement.seed, is_safe=is_safe
    )
    is_touched, class_no, renewed = _renewed(stands, before, after, rungs, n_found(found) + 1)
    touched, numbers = here[is_touched], class_no[is_touched]
    if not renewed or not _say(engine, policy, spots, touched[numbers > 0], numbers[numbers > 0], renewed):
        return UNCHANGED
    dissolved = np.unique(spots.class_no[touched])
    spots.class_no[touched] = numbers
    engine.load("dissolved", pl.DataFrame({"class_no": dissolved}))
    engine.run(statement("dissolve"))
    return Improved(dissolved[dissolved > 0], renewed)


def _is_reached(spots: Spots, is_open: Bools) -> Bools:
    """Spots that may stand on the last rung, and share no class with one that may not."""
    kept = np.unique(spots.class_no[~is_open])
    reached: Bools = is_open & ~np.isin(spots.class_no, kept[kept > 0])
    return reached


def _levels_of_classes(found: Sequence[Found], levels: Sequence[Levels]) -> Ints:
    """For each class number the place of its levels in the order of the ladder; for 0, which is no class, nowhere."""
    of_class = np.full(n_found(found) + 1, UNPLACED)
    for each in found:
        of_class[each.first : each.first + len(each.keys)] = levels.index(each.levels)
    return of_class


def _are_safe(engine: Engine, policy: Policy, spots: Spots, at: Ints, group: Ints) -> Bools:
    """Whether groups of spots, numbered from 0, pass every rule as they are, nobody peeled."""
    n_groups = int(group.max()) + 1
    kind = np.zeros(n_groups, dtype=np.int64)
    kind[group] = spots.leaves[0][at]
    engine.load("spot_groups", pl.DataFrame({"spot": spots.number[at], "group_no": group + 1}))
    safe, _ = judge(engine, policy, kinds_of(kind), n_peels=0)
    is_safe = np.zeros(n_groups, dtype=np.bool_)
    is_safe[safe.to_numpy() - 1] = True
    return is_safe


def _renewed(
    stands: Stands, before: Ints, after: Ints, rungs: Sequence[OpenRung], first: int
) -> tuple[Bools, Ints, tuple[Found, ...]]:
    """What differs between two partitions: a class stays only if no spot has left or joined its node.

    Returns: whether each spot was in a class that is no more or is in a new one; its new class, 0 for none; and the
        new classes, numbered from `first` in the order of levels and keys.
    """
    old, new = _labels(stands, before), _labels(stands, after)
    has_moved = before != after
    labels_touched = np.setdiff1d(np.union1d(old[has_moved], new[has_moved]), [NOWHERE])
    is_new = np.isin(new, labels_touched)
    labels, number = np.unique(new[is_new], return_inverse=True)
    class_no = np.zeros(len(before), dtype=np.int64)
    class_no[is_new] = first + number
    renewed = []
    for level in np.unique(after[is_new]).tolist():
        low, high = np.searchsorted(labels, [level * _LABELS, (level + 1) * _LABELS]).tolist()
        renewed.append(
            Found(rung_name(rungs[level].rung), stands.levels[level], first + low, labels[low:high] - level * _LABELS)
        )
    return np.isin(old, labels_touched) | is_new, class_no, tuple(renewed)


def _labels(stands: Stands, at: Ints) -> Ints:
    """A number for the node of each spot, ordered by level and key; `NOWHERE` for none."""
    labels = np.full(len(at), NOWHERE)
    for level in np.unique(at[at != UNPLACED]).tolist():
        here = at == level
        keys = stands.lattice.keys(tuple(leaf[here] for leaf in stands.leaves), stands.levels[level])
        labels[here] = level * _LABELS + keys
    return labels


def _say(engine: Engine, policy: Policy, spots: Spots, at: Ints, numbers: Ints, renewed: Sequence[Found]) -> bool:
    """Appends to `found_measures` what new classes may say. Returns whether all were safe; if not, nothing is said."""
    first = renewed[0].first
    if not _are_safe(engine, policy, spots, at, numbers - first).all():
        return False
    keys = np.concatenate([each.keys for each in renewed])
    group_classes = pl.DataFrame({"group_no": np.arange(len(keys)) + 1, "class_no": np.arange(len(keys)) + first})
    kinds = kinds_of(spots.lattice.nodes_of(keys)[0])
    optional = group_classes.filter(~kinds.is_in(requiring(policy, Measure.VALUE)))
    tell(engine, policy, group_classes, optional)
    return True
