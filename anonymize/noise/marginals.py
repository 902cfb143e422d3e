"""The three counts that a month's draw makes of coarsely placed events, each over cells that public knowledge names.

Few and coarse, because each pays for its own noise: headings in the world, countries over all products, and sectors by
countries. Sectors by country are enough to tie the other two together; chapters by country would be ten times the cells
with less than one event in most of them (decision 29).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import polars as pl

from anonymize.noise.domain import Domain, is_coarse_place, is_coarse_product
from anonymize.noise.gaussian import Ints


@dataclass(frozen=True)
class Marginal:
    """One count by cells: of the events of which classes, and which part of the draw's loss it spends."""

    name: str
    share: Fraction
    is_counted: Callable[[], pl.Expr]
    """Of a class: its events are counted."""


PRODUCTS = Marginal("products", Fraction(1, 2), is_coarse_product)
PLACES = Marginal("places", Fraction(1, 4), is_coarse_place)
SECTORS = Marginal("sectors", Fraction(1, 4), lambda: (pl.col("product_level") == "all") | is_coarse_place())
MARGINALS = (PRODUCTS, PLACES, SECTORS)
"""Headings are many and get half; of each, one event is one cell."""


def cells_of(marginal: Marginal, classes: pl.DataFrame, domain: Domain) -> pl.DataFrame:
    """The cells of a marginal: every one that some published coarse class may hold an event of.

    Args:
        marginal: Which.
        classes: Published classes of one kind and month: `product_level`, `product_code`, `place_level`, `place_code`.
        domain: Of the taxonomy.

    Returns: `product_code`, `place_code`, one row per cell, in the taxonomy's order.
    """
    nodes = classes.filter(marginal.is_counted()).select("product_code", "place_code").unique()
    if marginal is PRODUCTS:
        leaves = _union(domain.leaves_under[code] for code in nodes["product_code"].unique())
        return _cells([domain.leaves[leaf] for leaf in leaves], [domain.world] * len(leaves))
    if marginal is PLACES:
        places = _union(domain.countries_under[code] for code in nodes["place_code"].unique())
        return _cells([domain.all_products] * len(places), [domain.countries[place] for place in places])
    pairs = _union(table_cells(domain, product, place) for product, place in nodes.rows())
    n = len(domain.countries)
    return _cells([domain.sectors[at // n] for at in pairs], [domain.countries[at % n] for at in pairs])


def table_cells(domain: Domain, product: str, place: str) -> Ints:
    """Which cells of the table of places a class at a node may reach, row by row."""
    n = len(domain.countries)
    sector = domain.sector_of[product]
    rows = range(len(domain.sectors)) if sector == domain.all_products else [domain.sectors.index(sector)]
    return np.concatenate([row * n + domain.countries_under[place] for row in rows])


def counted(marginal: Marginal, events: pl.DataFrame, domain: Domain) -> pl.DataFrame:
    """Events of a marginal's classes by contributor and cell.

    Args:
        marginal: Which.
        events: `contributor`, `own_product`, `own_country` (null if unknown), `n_events`, and `product_level` and
            `place_level` of the class.
        domain: Of the taxonomy.

    Returns: `contributor`, `product_code`, `place_code`, `n_events`.
    """
    names = domain.leaf_of if marginal is PRODUCTS else domain.sector_of
    product = pl.col("own_product").replace_strict(list(names), list(names.values()), return_dtype=pl.String)
    return events.filter(marginal.is_counted()).select(
        "contributor",
        product_code=pl.lit(domain.all_products) if marginal is PLACES else product,
        place_code=pl.lit(domain.world) if marginal is PRODUCTS else pl.col("own_country").fill_null(domain.world),
        n_events=pl.col("n_events"),
    )


def _union(cells: Iterable[Ints]) -> list[int]:
    found: set[int] = set()
    for some in cells:
        found.update(some.tolist())
    return sorted(found)


def _cells(products: list[str], places: list[str]) -> pl.DataFrame:
    return pl.DataFrame(
        {"product_code": products, "place_code": places}, schema={"product_code": pl.String, "place_code": pl.String}
    )
