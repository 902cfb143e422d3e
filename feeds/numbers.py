"""Numbers as people write them: `1,234.50`, `£3`, `1,00,000`. Expressions only; called by `feeds.helpers`."""

from collections.abc import Callable

import polars as pl

_GROUPED = r"^[+-]?[0-9]{1,3}(?:,[0-9]{2,3})*,[0-9]{3}(?:\.[0-9]*)?$"
_GROUPED_BY_POINTS = r"^[+-]?[0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]*)?$"
_DECIMAL_COMMA = r"^[+-]?[0-9]*,?[0-9]*$"
_CURRENCY = r"(?:US\s?\$|[A-Z]{2,3}\$?|\p{Sc}|Rs\.?)"
_BEFORE = rf"^([+-]?)\s*{_CURRENCY}\s*([+-]?)\s*"
_AFTER = rf"\s*{_CURRENCY}$"


def number(text: pl.Expr, *, decimal: str = ".") -> pl.Expr:
    """The number a text stands for, as double; null where it is none or could be read in two ways.

    A currency sign or code before or after it is passed over. Thousands are grouped by three, or as in India by two;
    `1,5` is not guessed at: say `decimal=","` where the comma is the decimal sign.
    """
    plain = text.str.strip_chars()
    bare = plain.str.replace(_BEFORE, "${1}${2}").str.replace(_AFTER, "")
    if decimal == ",":
        whole = pl.coalesce(_from_points(plain), _from_points(bare))
        return finite(whole)
    first = plain.cast(pl.Float64, strict=False)
    rest = pl.when(first.is_null()).then(bare)
    grouped = pl.when(rest.str.contains(_GROUPED)).then(rest.str.replace_all(",", "", literal=True)).otherwise(rest)
    return finite(pl.coalesce(first, grouped.cast(pl.Float64, strict=False)))


def finite(value: pl.Expr) -> pl.Expr:
    """The value, null where it is infinite or not a number."""
    return pl.when(value.is_finite()).then(value)


def over_distinct(
    text: pl.Expr, function: Callable[[pl.Expr], pl.Expr], return_dtype: pl.DataType | type[pl.DataType]
) -> pl.Expr:
    """The function of a text, worked out once for each distinct value where values repeat.

    Example: quantities and prices of a feed are a few hundred texts among millions of rows.
    """

    def apply(values: pl.Series) -> pl.Series:
        rows = values.rename("text").to_frame()
        distinct = rows.unique()
        if distinct.height * 2 > rows.height:
            return rows.select(function(pl.col("text")).cast(return_dtype)).to_series()
        table = distinct.with_columns(function(pl.col("text")).cast(return_dtype).alias("result"))
        return rows.join(table, on="text", how="left", maintain_order="left", nulls_equal=True)["result"]

    return text.map_batches(apply, return_dtype=return_dtype)


def _from_points(text: pl.Expr) -> pl.Expr:
    """Numbers whose decimal sign is the comma and whose thousands are grouped by points, if at all."""
    plain = pl.when(text.str.contains(_DECIMAL_COMMA)).then(text)
    grouped = pl.when(text.str.contains(_GROUPED_BY_POINTS)).then(text.str.replace_all(".", "", literal=True))
    return grouped.otherwise(plain).str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
