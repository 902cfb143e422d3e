"""Numbers as people write them: `1,234.50`, `£3`, `1,00,000`, `1 000`. Expressions only; called by `feeds.helpers`."""

from collections.abc import Callable, Iterable
from typing import Final

import polars as pl

_SCRIPTS: Final = ("٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "०१२३४५६७८९", "০১২৩৪৫৬৭৮৯", "๐๑๒๓๔๕๖๗๘๙", "０１２３４５６７８９")
_FIGURES: Final = {figure: str(value) for figures in _SCRIPTS for value, figure in enumerate(figures)}
_UNSEEN: Final = r"\p{Cf}+"
"""Marks without a shape, such as the zero-width space and the marks that turn the direction of a text."""
_SPACE: Final = r"[ \x{a0}\x{2009}\x{202f}'’]"
_BY_SPACES: Final = rf"^([+-]?\d{{1,3}}(?:{_SPACE}\d{{3}})+)(?:[^\d]|$)"
"""Thousands grouped by spaces or apostrophes."""

_GROUPED = r"^[+-]?[0-9]{1,3}(?:,[0-9]{2,3})*,[0-9]{3}(?:\.[0-9]*)?$"
_GROUPED_BY_POINTS = r"^[+-]?[0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]*)?$"
_DECIMAL_COMMA = r"^[+-]?[0-9]*,?[0-9]*$"
_CODES: Final = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF "
    "CLP CNH CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL "
    "HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD "
    "MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR "
    "RMB RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD "
    "TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG"
)
"""Codes of currencies by ISO 4217, with those that trade writes as if they were: other capitals, as of FOB or CIF, say
something else about a price."""
_CURRENCY = rf"(?:[A-Z]{{0,2}}\s?\p{{Sc}}|(?:{_CODES.replace(' ', '|')})|Rs\.?|Tk\.?|Rp\.?|RM|Dhs?\.?)"
_BEFORE = rf"^([+-]?)\s*{_CURRENCY}\s*([+-]?)\s*"
_AFTER = rf"\s*{_CURRENCY}$"
_CLOSED = r"(\d)\s*/[-=]$"
"""How a sum is closed in South Asia and East Africa, so that no figure can be added: `500/-`."""
_EACH = r"(?i)\s*/\s*(?:pieces?|pcs?|units?|each|ea)\.?(?:\s*/\s*pieces?|\s*\(s\))?$"
"""A price of one piece. One of a kilogram or a dozen stays unread: what the price is of must be a unit of its own."""


def number(text: pl.Expr, *, decimal: str = ".") -> pl.Expr:
    """The number a text stands for, as double; null where it is none or could be read in two ways.

    A currency's sign or code before or after it is passed over, so are `/-` and `/ Piece` behind it. Thousands are
    grouped by three, by comma, space or apostrophe, or as in India by two; `1,5` is not guessed at: say `decimal=","`
    where the comma is the decimal sign. Figures may be Arabic, Persian, Devanagari, Bengali, Thai or wide.
    """
    return in_steps(
        text,
        lambda each: european(each, decimal=decimal).str.strip_chars(),
        ungrouped,
        lambda each: _number_of(each, decimal),
        return_dtype=pl.Float64(),
    )


def _number_of(plain: pl.Expr, decimal: str) -> pl.Expr:
    ended = plain.str.replace(_CLOSED, "${1}").str.replace(_EACH, "")
    bare = ungrouped(ended.str.replace(_BEFORE, "${1}${2}").str.replace(_AFTER, ""))
    if decimal == ",":
        whole = pl.coalesce(_from_points(plain), _from_points(bare))
        return finite(whole)
    first = plain.cast(pl.Float64, strict=False)
    rest = pl.when(first.is_null()).then(bare)
    grouped = pl.when(rest.str.contains(_GROUPED)).then(rest.str.replace_all(",", "", literal=True)).otherwise(rest)
    return finite(pl.coalesce(first, grouped.cast(pl.Float64, strict=False)))


def european(text: pl.Expr, *, decimal: str = ".") -> pl.Expr:
    """The text in European figures and signs, without marks that have no shape.

    Args:
        text: figures of any script that `number` reads.
        decimal: the decimal sign that the Arabic one becomes; the Arabic sign of thousands becomes the other.
    """
    signs = {"٫": decimal, "٬": "," if decimal == "." else "."}
    return text.str.replace_all(_UNSEEN, "").str.replace_many(_FIGURES | signs)


def ungrouped(text: pl.Expr) -> pl.Expr:
    """A text that begins with a number, without the spaces or apostrophes between its thousands."""
    grouped = text.str.extract(_BY_SPACES, 1)
    whole = pl.concat_str(grouped.str.replace_all(_SPACE, ""), text.str.slice(grouped.str.len_chars()))
    return pl.coalesce(whole, text)


def finite(value: pl.Expr) -> pl.Expr:
    """The value, null where it is infinite or not a number."""
    return pl.when(value.is_finite()).then(value)


def in_steps(
    text: pl.Expr, *steps: Callable[[pl.Expr], pl.Expr], return_dtype: pl.DataType | type[pl.DataType]
) -> pl.Expr:
    """The steps one after the other, each on the finished result of the one before.

    Written into one another they would be worked out again wherever a later step names an earlier one: a tree of
    thousands of expressions, which takes seconds to plan for a single row.
    """
    return text.map_batches(lambda values: _worked_out(values, steps).cast(return_dtype), return_dtype=return_dtype)


def over_distinct(
    text: pl.Expr, *steps: Callable[[pl.Expr], pl.Expr], return_dtype: pl.DataType | type[pl.DataType]
) -> pl.Expr:
    """`in_steps`, worked out once for each distinct value where values repeat.

    Example: quantities and prices of a feed are a few hundred texts among millions of rows.
    """

    def apply(values: pl.Series) -> pl.Series:
        rows = values.rename("text").to_frame()
        distinct = rows.unique()
        if distinct.height * 2 > rows.height:
            return _worked_out(values, steps).cast(return_dtype)
        table = distinct.with_columns(_worked_out(distinct["text"], steps).cast(return_dtype).alias("result"))
        return rows.join(table, on="text", how="left", maintain_order="left", nulls_equal=True)["result"]

    return text.map_batches(apply, return_dtype=return_dtype)


def _worked_out(values: pl.Series, steps: Iterable[Callable[[pl.Expr], pl.Expr]]) -> pl.Series:
    for step in steps:
        values = values.rename("text").to_frame().select(step(pl.col("text"))).to_series()
    return values


def _from_points(text: pl.Expr) -> pl.Expr:
    """Numbers whose decimal sign is the comma and whose thousands are grouped by points, if at all."""
    plain = pl.when(text.str.contains(_DECIMAL_COMMA)).then(text)
    grouped = pl.when(text.str.contains(_GROUPED_BY_POINTS)).then(text.str.replace_all(".", "", literal=True))
    return grouped.otherwise(plain).str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
