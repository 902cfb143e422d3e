"""Where events stand in the product tree: by the HS code they give, else by their text.

Called by `feeds.canonical`. The placements themselves are injected (`ReadContext.place_codes`, `place_texts`) and see
distinct values only.
"""

from collections.abc import Callable

import polars as pl

from feeds.context import ReadContext
from schemas.policy import PRODUCT_LEVELS

_DEPTH = {level: depth for depth, level in enumerate(PRODUCT_LEVELS)}
_TEXT_DEPTH = _DEPTH["heading"]
_COLUMNS = ("product_level", "product_code")


def placed(events: pl.DataFrame, confidence: float, context: ReadContext) -> tuple[pl.DataFrame, int]:
    """Events with product_level and product_code.

    A known HS code decides. Else the title is classified; where that does not reach a heading and there is a message,
    title and message are classified together and the finer placement stands. Without any text an event stands at `all`.

    Args:
        events: needs hs_code, title, description.
        confidence: least confidence a placement by text needs, 0 to 1.
        context: gives the placements.

    Returns: the same rows in the same order with the two columns, and how many given codes are unknown.
    """
    by_code = _by_value(events["hs_code"], context.place_codes)
    n_unknown = events["hs_code"].count() - by_code["product_code"].count()

    def classify(texts: pl.Series) -> pl.DataFrame:
        return context.place_texts(texts, confidence)

    has_code = by_code["product_code"].is_not_null()
    columns = events.select(
        title=pl.when(~has_code).then(pl.coalesce("title", "description")),
        both=pl.when(~has_code).then(pl.concat_str("title", "description", separator="\n")),
    )
    by_title = _by_value(columns["title"], classify)
    is_coarse = by_title["product_level"].replace_strict(_DEPTH, default=0, return_dtype=pl.Int8) < _TEXT_DEPTH
    both = columns.select(pl.when(is_coarse).then("both")).to_series()
    by_both = _by_value(both, classify)
    is_finer = _depth(by_both) > _depth(by_title)
    placements = pl.DataFrame(
        {
            name: by_code[name].fill_null(by_both[name].zip_with(is_finer, by_title[name])).fill_null("all")
            for name in _COLUMNS
        }
    )
    return events.with_columns(placements), n_unknown


def _by_value(values: pl.Series, place: Callable[[pl.Series], pl.DataFrame]) -> pl.DataFrame:
    distinct = values.drop_nulls().unique(maintain_order=True)
    found = place(distinct) if distinct.len() else pl.DataFrame(schema=dict.fromkeys(_COLUMNS, pl.String()))
    table = found.select(pl.col(_COLUMNS).cast(pl.String)).with_columns(distinct.alias("value"))
    rows = values.alias("value").to_frame().join(table, on="value", how="left", maintain_order="left")
    return rows.select(_COLUMNS)


def _depth(placements: pl.DataFrame) -> pl.Series:
    return placements["product_level"].replace_strict(_DEPTH, default=-1, return_dtype=pl.Int8).fill_null(-1)
