"""The spots of a night: where events stand, how many, and which class has taken them. Numbers only; no contributor."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from anonymize.classes.lattice import NOWHERE, Ints, Lattice, Levels


@dataclass(frozen=True)
class Found:
    """Classes that stand at one level a dimension, numbered from `first`, with their keys in order."""

    name: str
    levels: Levels
    first: int
    keys: Ints


@dataclass
class Spots:
    """Spots in the order of their numbers, and the class of each; 0 while it has none."""

    lattice: Lattice
    number: Ints
    n_events: Ints
    leaves: tuple[Ints, ...]
    class_no: Ints = field(init=False)
    n_read: int = 0
    """Events in the table that rungs read; more than are left, once classes have taken some."""

    def __post_init__(self) -> None:
        self.class_no = np.zeros(len(self.number), dtype=np.int64)

    def left(self) -> Ints:
        """Indexes of the spots that no class has taken."""
        return np.flatnonzero(self.class_no == 0)

    def n_left(self) -> int:
        """Events that no class has taken."""
        return int(self.n_events[self.class_no == 0].sum())

    def n_classed(self) -> int:
        """Events that stand in classes."""
        return int(self.n_events[self.class_no != 0].sum())

    def groups(self, levels: Levels, k: int, is_open: NDArray[np.bool_]) -> tuple[pl.DataFrame, Ints]:
        """The groups of what is left at one level a dimension that could be safe: those with at least k events.

        Returns: `spot`, `group_no` of every spot in such a group; and the groups' keys, the first being group 1.
        """
        left = self.left()
        left = left[is_open[left]]
        if not len(left):
            return pl.DataFrame(schema={"spot": pl.Int64, "group_no": pl.Int64}), np.zeros(0, dtype=np.int64)
        keys = self.lattice.keys(tuple(leaf[left] for leaf in self.leaves), levels)
        spots = pl.DataFrame({"spot": self.number[left], "key": keys, "n_events": self.n_events[left]})
        groups = (
            spots.filter(pl.col("key") != NOWHERE)
            .group_by("key")
            .agg(pl.col("n_events").sum())
            .filter(pl.col("n_events") >= k)
            .sort("key")
            .select("key", group_no=pl.int_range(1, pl.len() + 1, dtype=pl.Int64))
        )
        return spots.join(groups, on="key").select("spot", "group_no"), groups["key"].to_numpy()

    def part(self, left_behind: pl.DataFrame, twin: int) -> None:
        """Moves events that a class leaves behind to the twins of their spots.

        Args:
            left_behind: `spot`, `n_events`, one row per spot.
            twin: What is added to a spot's number.
        """
        by_spot = left_behind.sort("spot")
        at = np.searchsorted(self.number, by_spot["spot"].to_numpy())
        n_left = by_spot["n_events"].to_numpy()
        self.n_events[at] -= n_left
        self.number = np.concatenate([self.number, self.number[at] + twin])
        self.n_events = np.concatenate([self.n_events, n_left])
        self.leaves = tuple(np.concatenate([leaf, leaf[at]]) for leaf in self.leaves)
        self.class_no = np.concatenate([self.class_no, np.zeros(len(at), dtype=np.int64)])
        order = np.argsort(self.number, kind="stable")
        self.number, self.n_events = self.number[order], self.n_events[order]
        self.leaves = tuple(leaf[order] for leaf in self.leaves)
        self.class_no = self.class_no[order]

    def take(self, spot_classes: pl.DataFrame) -> None:
        """Gives spots to classes: `spot`, `class_no`."""
        self.class_no[np.searchsorted(self.number, spot_classes["spot"].to_numpy())] = spot_classes[
            "class_no"
        ].to_numpy()

    def classes(self) -> pl.DataFrame:
        """`spot`, `class_no` of all that stands in a class."""
        taken = self.class_no != 0
        return pl.DataFrame({"spot": self.number[taken], "class_no": self.class_no[taken]})


def n_found(found: Iterable[Found]) -> int:
    """How many classes there are."""
    return sum(len(each.keys) for each in found)
