"""The lattice: every dimension's levels as node numbers, and the keys of groups at one level a dimension.

Nothing here knows what the dimensions are: the market has kind, product, place and period, a benchmark has six columns
of a census. `market.py` builds the market's lattice; `ladder.py` and `improve.py` walk whatever lattice they are given.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Levels = tuple[int, ...]
"""One level a dimension, 0 the finest."""

NOWHERE = -1
"""The node of a leaf that stands coarser than a level."""


@dataclass(frozen=True)
class Dimension:
    """One generalisation hierarchy: for each level, finest first, the node of every leaf and what it costs there."""

    name: str
    nodes: Ints
    """Shape (levels, leaves); `NOWHERE` where a leaf stands coarser than the level."""
    loss: Floats
    """Shape (levels, leaves): information loss of that node, 0 at what is not generalised."""

    @property
    def n_levels(self) -> int:
        """How many levels there are."""
        return int(self.nodes.shape[0])


@dataclass(frozen=True)
class Lattice:
    """The product of dimensions."""

    dimensions: tuple[Dimension, ...]

    def keys(self, leaves: Sequence[Ints], levels: Levels) -> Ints:
        """The group of each spot at one level a dimension.

        Args:
            leaves: For each dimension the leaf of each spot.
            levels: One level a dimension.

        Returns: one number per spot, ordered as the nodes are, dimension by dimension; `NOWHERE` where a spot stands
            coarser than a level in any dimension. Numbers of two different `levels` must not be compared.
        """
        keys = np.zeros(len(leaves[0]), dtype=np.int64)
        outside = np.zeros(len(leaves[0]), dtype=np.bool_)
        for dimension, leaf, level in zip(self.dimensions, leaves, levels, strict=True):
            node = dimension.nodes[level][leaf]
            outside |= node == NOWHERE
            keys = keys * (int(dimension.nodes.max()) + 1) + node
        keys[outside] = NOWHERE
        return keys

    def nodes_of(self, keys: Ints) -> tuple[Ints, ...]:
        """The node in each dimension that keys were made of; the inverse of `keys`."""
        nodes = []
        rest = keys
        for dimension in reversed(self.dimensions):
            rest, node = np.divmod(rest, int(dimension.nodes.max()) + 1)
            nodes.append(node)
        return tuple(reversed(nodes))

    def loss(self, leaves: Sequence[Ints], levels: Levels) -> Floats:
        """Summed information loss of each spot at one level a dimension."""
        total = np.zeros(len(leaves[0]), dtype=np.float64)
        for dimension, leaf, level in zip(self.dimensions, leaves, levels, strict=True):
            total += dimension.loss[level][leaf]
        return total
