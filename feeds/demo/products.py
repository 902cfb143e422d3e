"""What is wanted: products over all HS chapters, how popular they are where, and which rise or fall.

The table is `products.csv`: one HS 2022 subheading a row with a weight, a unit, a price range in USD, titles in trade
language and, for the most wanted, titles in other languages. Who asks for them is drawn in `events`.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

from feeds.demo.places import Places
from feeds.demo.pools import Floats, Ints, Pools

LANGUAGES = ("en", "es", "pt", "fr", "ar", "hi", "zh", "id")
FAMILIES = (
    "apparel", "textile", "pharma", "auto", "electronics", "food", "chemical", "leather", "metal", "machine", "general",
)  # fmt: skip
_AUTO_HEADINGS = {"8511", "8512", "4011", "8409", "6813", "7009", "7320"}
_FOCUS = {"apparel": 1.7, "textile": 1.5, "pharma": 1.6, "auto": 1.4, "electronics": 1.25}


@dataclass(frozen=True)
class Products:
    """One entry a product, in the order of `products.csv` (by HS code)."""

    hs6: pl.Series
    units: pl.Series
    weights: Floats
    price_low_usd: Floats
    price_high_usd: Floats
    trends: Ints
    chapters: Ints
    headings: Ints
    families: Ints
    titles: Pools
    """Group `product * len(LANGUAGES) + language`; English where a product has no title of that language."""

    @property
    def n(self) -> int:
        """How many products there are."""
        return len(self.hs6)

    @property
    def n_headings(self) -> int:
        """How many HS headings they fall in."""
        return int(self.headings.max()) + 1


def family_of(hs6: str) -> str:
    """The family whose attributes and company names suit a subheading."""
    chapter = int(hs6[:2])
    if hs6[:4] in _AUTO_HEADINGS or chapter == 87:
        return "auto"
    bounds = (
        (24, "food"),
        (28, "chemical"),
        (30, "pharma"),
        (32, "chemical"),
        (37, "general"),
        (40, "chemical"),
        (43, "leather"),
        (49, "general"),
    )
    for last, family in (*bounds, (60, "textile"), (63, "apparel"), (64, "leather"), (71, "general"), (83, "metal")):
        if chapter <= last:
            return family
    return {84: "machine", 85: "electronics", 90: "pharma"}.get(chapter, "general")


_CONCENTRATION = 1.6
"""Sharpens the table's weights: a few products make most of demand."""


@cache
def read_products() -> Products:
    """The products of the committed table."""
    rows = pl.read_csv(Path(__file__).with_name("products.csv"), schema_overrides={"hs6": pl.String})
    codes = rows["hs6"].to_list()
    families = [family_of(code) for code in codes]
    weights = np.array([w * _FOCUS.get(f, 1.0) for w, f in zip(rows["weight"], families, strict=True)])
    weights **= _CONCENTRATION
    groups: list[list[str]] = []
    for titles, local in zip(rows["titles"], rows["local_titles"], strict=True):
        in_language = dict(pair.split(":", 1) for pair in (local or "").split(";") if pair)
        groups += [[in_language[code]] if code in in_language else titles.split("|") for code in LANGUAGES]
    return Products(
        hs6=rows["hs6"],
        units=rows["unit"],
        weights=weights / weights.sum(),
        price_low_usd=rows["price_low_usd"].to_numpy().astype(np.float64),
        price_high_usd=rows["price_high_usd"].to_numpy().astype(np.float64),
        trends=np.array([{"rising": 1, "falling": -1}.get(trend or "", 0) for trend in rows["trend"]], np.int64),
        chapters=np.array([int(code[:2]) for code in codes], np.int64),
        headings=np.unique([code[:4] for code in codes], return_inverse=True)[1].astype(np.int64),
        families=np.array([FAMILIES.index(family) for family in families], np.int64),
        titles=Pools.of(groups),
    )


def draw_tastes(places: Places, products: Products, rng: np.random.Generator) -> Floats:
    """The cumulative shares of products in each country's demand, countries x products.

    A country's taste is the world's, bent by chapter and by product.
    """
    by_chapter = np.exp(rng.normal(0.0, 0.6, (places.n, 100)))[:, products.chapters]
    by_product = np.exp(rng.normal(0.0, 0.5, (places.n, products.n)))
    shares = products.weights[None, :] * by_chapter * by_product
    cumulative: Floats = np.cumsum(shares / shares.sum(axis=1, keepdims=True), axis=1)
    cumulative[:, -1] = 1.0
    return cumulative


def draw_products(tastes: Floats, countries: Ints, u: Floats) -> Ints:
    """One product a row from its country's taste, by `u` in [0, 1)."""
    flat = (tastes + np.arange(len(tastes))[:, None]).ravel()
    found: Ints = np.searchsorted(flat, u + countries, side="right").astype(np.int64)
    products: Ints = np.clip(found - countries * tastes.shape[1], 0, tastes.shape[1] - 1)
    return products
