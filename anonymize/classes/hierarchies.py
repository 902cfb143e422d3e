"""The generalisation hierarchies as the ladder reads them: each node's number, and its ancestors' numbers."""

from collections.abc import Iterable, Sequence

import polars as pl

from schemas.policy import PLACE_LEVELS, PRODUCT_LEVELS
from schemas.taxonomy import Taxonomy

Row = tuple[str, str, str | None, str | None]


def product_path(taxonomy: Taxonomy) -> pl.DataFrame:
    """Every product node with the numbers of its ancestors.

    Returns: `no`, `level`, `code`, then `root`, `sector`, `chapter`, `heading`, `subheading`: the number of the
        ancestor (or of the node itself) at that level, null below the node. One row per node, in taxonomy order.
    """
    return _paths(taxonomy.products, PRODUCT_LEVELS)


def place_path(taxonomy: Taxonomy) -> pl.DataFrame:
    """Every place node with the numbers of its ancestors; columns as in `product_path`, by place levels."""
    return _paths(taxonomy.places, PLACE_LEVELS)


def _paths(rows: Iterable[Row], levels: Sequence[str]) -> pl.DataFrame:
    listed = list(rows)
    number = {code: no for no, (_, code, _, _) in enumerate(listed)}
    parent = {code: above for _, code, above, _ in listed}
    level_of = {code: level for level, code, _, _ in listed}
    columns = ("root", *levels[1:])
    paths = []
    for level, code, _, _ in listed:
        path: dict[str, int | str | None] = {"no": number[code], "level": level, "code": code}
        path |= dict.fromkeys(columns)
        at: str | None = code
        while at is not None:
            path[columns[levels.index(level_of[at])]] = number[at]
            at = parent[at]
        paths.append(path)
    schema = {"no": pl.Int32, "level": pl.String, "code": pl.String, **dict.fromkeys(columns, pl.Int32)}
    return pl.DataFrame(paths, schema=schema)
