"""The public key domain of estimates: which cells there are, and which of them a published class may reach.

Two tables of cells: *places*, each sector (or `all`: no sector known) by each country (or the world: no country known),
and *products*, each heading (or a coarser node: no heading known) in the whole world. Both follow from the taxonomy;
which cells of them are in doubt follows from published classes. No event has a part in either.
"""

from collections.abc import Mapping
from functools import cached_property

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from anonymize.noise.gaussian import Ints
from schemas.taxonomy import Taxonomy

COARSE_PRODUCTS = ("all", "sector", "chapter")
"""Levels of a class whose headings are not told."""

FINEST_PLACE = "country"


class Domain:
    """Cells of a taxonomy. Codes are in its order, so that equal trees give equal cells."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._products = {code: (level, parent) for level, code, parent, _ in taxonomy.products}
        self._places = {code: (level, parent) for level, code, parent, _ in taxonomy.places}
        self.all_products = next(code for code, (level, _) in self._products.items() if level == "all")
        self.world = next(code for code, (level, _) in self._places.items() if level == "world")

    @cached_property
    def sectors(self) -> tuple[str, ...]:
        """Sectors, and last the root: no sector known. Rows of the table of places."""
        known = tuple(code for code, (level, _) in self._products.items() if level == "sector")
        return (*known, self.all_products)

    @cached_property
    def countries(self) -> tuple[str, ...]:
        """Countries, and last the world: no country known. Columns of the table of places."""
        known = tuple(code for code, (level, _) in self._places.items() if level == FINEST_PLACE)
        return (*known, self.world)

    @cached_property
    def leaves(self) -> tuple[str, ...]:
        """Headings, and every node above one: no heading known. Cells of the table of products."""
        return tuple(code for code, (level, _) in self._products.items() if level != "subheading")

    @cached_property
    def sector_of(self) -> Mapping[str, str]:
        """The sector of every product, the root for itself."""
        return {
            code: next((up for up in self._up(self._products, code) if self._products[up][0] == "sector"), code)
            for code in self._products
        }

    @cached_property
    def leaf_of(self) -> Mapping[str, str]:
        """The heading of every product, and a coarser node for itself."""
        return {
            code: parent if level == "subheading" and parent else code
            for code, (level, parent) in self._products.items()
        }

    @cached_property
    def leaves_under(self) -> Mapping[str, Ints]:
        """Which leaves lie at or below each product."""
        return _under({code: self._up(self._products, code) for code in self.leaves})

    @cached_property
    def countries_under(self) -> Mapping[str, Ints]:
        """Which countries lie at or below each place; below the world also the unknown one."""
        return _under({code: self._up(self._places, code) for code in self.countries})

    @cached_property
    def places(self) -> tuple[str, ...]:
        """Every place below which a country lies, or the world."""
        return tuple(code for code in self._places if code in self.countries_under)

    @cached_property
    def is_above(self) -> np.ndarray:
        """Whether the place of a row lies strictly above that of a column, both in the order of `places`."""
        at = {code: number for number, code in enumerate(self.places)}
        found = np.zeros((len(at), len(at)))
        for code in self.places:
            for up in self._up(self._places, code)[1:]:
                found[at[up], at[code]] = 1
        return found

    def product_level(self, code: str) -> str:
        """Level of a product."""
        return self._products[code][0]

    def products_above(self, code: str) -> tuple[str, ...]:
        """Every strict ancestor of a product."""
        return self._up(self._products, code)[1:]

    @staticmethod
    def _up(nodes: Mapping[str, tuple[str, str | None]], code: str) -> tuple[str, ...]:
        found = [code]
        while (parent := nodes[found[-1]][1]) is not None:
            found.append(parent)
        return tuple(found)


def is_coarse_product() -> pl.Expr:
    """Of a class: its headings are not told."""
    return pl.col("product_level").is_in(COARSE_PRODUCTS)


def is_coarse_place() -> pl.Expr:
    """Of a class: its countries are not told."""
    return pl.col("place_level") != FINEST_PLACE


def is_coarse() -> pl.Expr:
    """Of a class: some of its fine labels are not told."""
    return is_coarse_product() | is_coarse_place()


def incidence(groups: list[Ints], n_cells: int) -> csr_array:
    """Which cells each group holds, as a sparse table of ones: groups by cells."""
    lengths = np.array([len(group) for group in groups], dtype=np.int64)
    ends = np.concatenate([[0], np.cumsum(lengths)])
    cells = np.concatenate(groups) if groups else np.zeros(0, dtype=np.int64)
    return csr_array((np.ones(len(cells)), cells, ends), shape=(len(groups), n_cells))


def _under(up: Mapping[str, tuple[str, ...]]) -> dict[str, Ints]:
    found: dict[str, list[int]] = {}
    for number, code in enumerate(up):
        for node in up[code]:
            found.setdefault(node, []).append(number)
    return {code: np.array(numbers, dtype=np.int64) for code, numbers in found.items()}
