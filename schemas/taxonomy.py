"""The generalisation hierarchies of product and place as plain rows; `feeds` loads them, `warehouse` sums over them."""

from dataclasses import dataclass
from typing import Annotated

from schemas.tables import Meaning, Table


class ProductNode(Table):
    """One row per node of the product tree, from `all` to the subheadings of HS 2022."""

    level: Annotated[str, Meaning("text", "all, sector, chapter, heading or subheading.")]
    code: Annotated[str, Meaning("text", "`all`, sector id, `sector/NN`, `NNNN` or `NNNNNN`.")]
    parent: Annotated[str | None, Meaning("text", "Code of the parent node; null at the root.")]
    title: Annotated[str | None, Meaning("text", "Short title in Mandi's own words.")]


class PlaceNode(Table):
    """One row per node of the place tree: world, UN M49 region and sub-region, country."""

    level: Annotated[str, Meaning("text", "world, region, subregion or country.")]
    code: Annotated[str, Meaning("text", "`001`, a UN M49 code, or ISO 3166 alpha-2 for a country.")]
    parent: Annotated[str | None, Meaning("text", "Code of the parent node; null at the root.")]
    title: Annotated[str, Meaning("text", "English short name.")]


@dataclass(frozen=True)
class TermNode:
    """One term of the vocabulary: what a release may call it, and which sectors it counts for."""

    id: str
    kind: str
    title: str
    title_hi: str
    sectors: tuple[str, ...]


@dataclass(frozen=True)
class Taxonomy:
    """What everybody may know: both trees, each sorted from root to leaves and by code, and the vocabulary of terms.

    Every non-root node's parent is in its tree.
    """

    products: tuple[tuple[str, str, str | None, str | None], ...]
    """Rows of `ProductNode`: level, code, parent, title."""

    places: tuple[tuple[str, str, str | None, str], ...]
    """Rows of `PlaceNode`: level, code, parent, title."""

    terms: tuple[TermNode, ...] = ()
    """Terms in the order of their ids; none where the vocabulary has no part in what is done."""
