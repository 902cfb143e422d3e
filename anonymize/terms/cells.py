"""The public key domain of terms: each term, in each of its sectors, in each sub-region of the world.

It follows from the vocabulary and the trees; nothing that anybody asked for decides which cells there are. Beside it
what an event's own labels mean here: the sector of its product, the sub-region of its country.
"""

import polars as pl

from schemas.taxonomy import Taxonomy

CELL = ("term", "product_code", "place_code")
"""What names a cell: a term, a sector, a sub-region."""

SECTOR, PLACE = "sector", "subregion"
"""The one level at which terms are counted."""

Nodes = tuple[tuple[str, str, str | None, str | None], ...]


def term_cells(taxonomy: Taxonomy) -> pl.DataFrame:
    """Every cell: columns `CELL`, terms in the vocabulary's order, places in the tree's."""
    sectors = {code for level, code, _, _ in taxonomy.products if level == SECTOR}
    places = [code for level, code, _, _ in taxonomy.places if level == PLACE]
    rows = [
        (term.id, sector, place)
        for term in taxonomy.terms
        for sector in sorted(sectors.intersection(term.sectors))
        for place in places
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys(CELL, pl.String), orient="row")


def sectors_of(taxonomy: Taxonomy) -> pl.DataFrame:
    """The sector of every product at or below one: `code`, `sector`."""
    return _above(taxonomy.products, SECTOR)


def places_of(taxonomy: Taxonomy) -> pl.DataFrame:
    """The sub-region of every country, and of itself: `code`, `subregion`."""
    return _above(taxonomy.places, PLACE)


def _above(nodes: Nodes, level: str) -> pl.DataFrame:
    found: dict[str, str] = {}
    for at, code, parent, _ in nodes:  # from root to leaves
        if at == level:
            found[code] = code
        elif parent in found:
            found[code] = found[parent]
    return pl.DataFrame(list(found.items()), schema={"code": pl.String, level: pl.String}, orient="row")
