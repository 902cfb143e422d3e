"""Which product nodes a trade body is told of, table by table.

Belongs here: the choice of rows by product node, and nothing of how they are written. Called by the extract and by its
brief.
"""

import polars as pl

from schemas.errors import ConfigurationError
from schemas.releases import TradeBody
from schemas.taxonomy import Taxonomy
from warehouse.demand import ancestry

OF_SECTORS = "terms"
"""The one table that knows no product below a sector."""


def sector_around(body: TradeBody, taxonomy: Taxonomy) -> str | None:
    """The one sector that all products of a body are parts of; none if they are sectors, or lie in several.

    Example: of a body with chapters 61 and 62 of `textiles_apparel` it is `textiles_apparel`.
    """
    above = ancestry(taxonomy.products)
    own = above.filter(pl.col("code").is_in(list(body.products)), pl.col("code") != pl.col("up_code"))
    sectors = own.filter(pl.col("up_level") == "sector").group_by("up_code").agg(pl.col("code").n_unique())
    whole = sectors.filter(pl.col("code") == len(set(body.products)))
    return whole["up_code"].item() if whole.height else None


def codes_of(body: TradeBody, taxonomy: Taxonomy, table: str) -> pl.DataFrame:
    """The product nodes whose rows of a table a body holds, as `product_code`.

    Args:
        body: Recipient.
        taxonomy: Product tree.
        table: Name of the table. Of terms, which are told of whole sectors only, a body whose products are parts of one
            sector holds that sector's.

    Raises: ConfigurationError if the body names a product node that does not exist.
    """
    above = ancestry(taxonomy.products)
    unknown = sorted(set(body.products) - set(above["code"]))
    if unknown:
        raise ConfigurationError(
            f"trade body {body.id}: no product node {', '.join(unknown)}; see mandi tables products"
        )
    codes = above.filter(pl.col("up_code").is_in(list(body.products))).select(product_code="code").unique()
    sector = sector_around(body, taxonomy) if table == OF_SECTORS else None
    return codes if sector is None else pl.concat([codes, pl.DataFrame({"product_code": [sector]})])
