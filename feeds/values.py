"""Quantities, prices and values of parsed events, and which of them are left out.

Called by `feeds.canonical`. Nothing here refuses a row: a value that cannot be trusted becomes null and is counted
under its word of `feeds.reasons.DROPS`.
"""

import polars as pl

from feeds.context import ReadContext
from feeds.money import usd_per_unit
from feeds.numbers import finite

MAX_QUANTITY = 1e10
"""Quantity above which it is left out: sums of thousandths must stay exact whole numbers."""


def valued(events: pl.DataFrame, context: ReadContext) -> tuple[pl.DataFrame, dict[str, int]]:
    """Events with quantity, unit_price_usd and value_usd as they may be summed.

    Args:
        events: needs kind, occurred_on, quantity and unit_price (both per `unit`), currency, value_usd.
        context: gives rates and caps.

    Returns: the same rows in the same order, and how many values were dropped for which reason.
    """
    rate = usd_per_unit(events["currency"], events["occurred_on"], context.rates).alias("rate")
    limits = {kind: float(cap) for kind, cap in context.max_value_usd.items()}
    caps = pl.col("kind").replace_strict(limits, default=None, return_dtype=pl.Float64)
    quantity, price, value = pl.col("quantity"), pl.col("unit_price"), pl.col("value_usd")
    flagged = events.with_columns(rate, caps.alias("cap")).with_columns(
        quantity_too_large=quantity > MAX_QUANTITY,
        price_not_positive=(price <= 0) | (value <= 0),
        no_rate=(price > 0) & value.is_null() & pl.col("rate").is_null(),
    )
    priced = flagged.with_columns(
        quantity=pl.when((quantity > 0) & ~pl.col("quantity_too_large")).then(quantity),
        unit_price_usd=finite(pl.when(price > 0).then(price * pl.col("rate"))),
        value_usd=pl.when(value > 0).then(value),
    ).with_columns(value_usd=finite(pl.coalesce(value, pl.col("unit_price_usd") * quantity)))
    capped = priced.with_columns(
        value_above_cap=((value > pl.col("cap")) | (pl.col("unit_price_usd") > pl.col("cap"))).fill_null(value=False),
    ).with_columns(pl.when(~pl.col("value_above_cap")).then(pl.col("unit_price_usd", "value_usd")))
    words = ["quantity_too_large", "price_not_positive", "no_rate", "value_above_cap"]
    counts = capped.select(pl.col(words).sum()).row(0, named=True)
    return capped.drop(*words, "rate", "cap"), {word: int(count or 0) for word, count in counts.items()}
