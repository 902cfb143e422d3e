"""The market as a lattice: kind, product, place and period, and the spots at which events of the pool stand.

A *spot* is one kind, product node, place node and day: the finest that public keys tell apart. Its number packs the
four, so that SQL makes it with one sum; `TWIN` is added for events that were left behind by a class of their spot.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from anonymize.classes.hierarchies import place_path, product_path
from anonymize.classes.lattice import NOWHERE, Dimension, Ints, Lattice, Levels
from anonymize.classes.periods import period_start
from schemas.events import Kind
from schemas.policy import PERIOD_LEVELS, PLACE_LEVELS, PRODUCT_LEVELS, Ladder, Rung
from schemas.taxonomy import Taxonomy

KINDS = tuple(sorted(kind.value for kind in Kind))
"""Kinds by number, in the order in which classes are numbered."""
FIRST_DAY = date(2000, 1, 1)
N_DAYS = 1 << 16
TWIN = 1 << 48
"""Added to a spot's number each time a class leaves some of its contributors behind."""

_FINEST_FIRST = {
    "product": tuple(reversed(PRODUCT_LEVELS)),
    "place": tuple(reversed(PLACE_LEVELS)),
    "period": tuple(reversed(PERIOD_LEVELS)),
}


class Market:
    """The lattice of one night: which nodes there are, and where each spot stands."""

    def __init__(self, taxonomy: Taxonomy, ladder: Ladder, first: date, last: date) -> None:
        self.products = product_path(taxonomy)
        self.places = place_path(taxonomy)
        self._first = (first - FIRST_DAY).days
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        product, place, period = _losses(ladder)
        self.lattice = Lattice(
            (
                Dimension("kind", np.arange(len(KINDS))[None], np.zeros((1, len(KINDS)))),
                _dimension("product", self.products, product),
                _dimension("place", self.places, place),
                _periods(days, period),
            )
        )

    def leaves(self, spots: Ints) -> tuple[Ints, ...]:
        """The leaf of each spot in each dimension."""
        rest, day = np.divmod(spots % TWIN, N_DAYS)
        rest, place = np.divmod(rest, self.places.height)
        kind, product = np.divmod(rest, self.products.height)
        return kind, product, place, day - self._first

    def levels(self, rung: Rung) -> Levels:
        """A rung as levels of the lattice."""
        return (
            0,
            _FINEST_FIRST["product"].index(rung.product),
            _FINEST_FIRST["place"].index(rung.place),
            _FINEST_FIRST["period"].index(rung.period),
        )

    def starts_before(self, leaves: Sequence[Ints], levels: Levels, day: date) -> NDArray[np.bool_]:
        """Whether the period of each spot at these levels starts before a day."""
        is_before: NDArray[np.bool_] = self.lattice.dimensions[-1].nodes[levels[-1]] < (day - FIRST_DAY).days
        return is_before[leaves[-1]]


def day_of(numbers: Ints) -> pl.Series:
    """Days from the numbers of the period dimension."""
    return pl.DataFrame({"n": numbers}).select(pl.lit(FIRST_DAY) + pl.duration(days="n")).to_series()


def kinds_of(numbers: Ints) -> pl.Series:
    """Kinds from the numbers of the kind dimension."""
    return pl.Series("kind", KINDS).gather(pl.Series(numbers, dtype=pl.Int64))


def _losses(ladder: Ladder) -> tuple[Mapping[str, float], ...]:
    """What each level costs in product, place and period; nothing where a policy spells out its rungs without it."""
    loss = ladder.loss
    if loss is None:
        return {}, {}, {}
    return tuple({str(level): cost for level, cost in each.items()} for each in (loss.product, loss.place, loss.period))


def _dimension(name: str, path: pl.DataFrame, loss: Mapping[str, float]) -> Dimension:
    """A tree of nodes; its root level is called `root` in the path."""
    levels = _FINEST_FIRST[name]
    columns = [*levels[:-1], "root"]
    nodes = np.stack([path[column].cast(pl.Int64).fill_null(NOWHERE).to_numpy() for column in columns])
    return Dimension(name, nodes, np.repeat([[loss.get(level, 0.0)] for level in levels], path.height, axis=1))


def _periods(days: Sequence[date], loss: Mapping[str, float]) -> Dimension:
    levels = tuple(reversed(PERIOD_LEVELS))
    nodes = np.array([[(period_start(level, day) - FIRST_DAY).days for day in days] for level in levels])
    return Dimension("period", nodes, np.repeat([[loss.get(level, 0.0)] for level in levels], len(days), axis=1))
