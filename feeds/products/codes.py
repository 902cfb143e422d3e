"""HS codes as feeds write them to nodes of the product tree.

Belongs here: cutting national codes to HS 2022 and finding the finest node they name. Injected into `feeds.placing` by
`feeds.context`.
"""

from types import MappingProxyType

import polars as pl

from feeds.numbers import european
from feeds.products.tree import ProductTree

_NAME = r"(?:hsn\s*/\s*sac|h\.?\s?s\.?\s?n?|hts(?:us)?|taric|cn|ncm|(?:customs\s+)?tariff|chapter|heading|sub-?heading)"
_EDITION = r"(?:\s*\(?(?:1988|1992|1996|2002|2007|2012|2017|2022)\)?\s*:)?"
"""The year of a nomenclature, told by the colon behind it: `HS 2007 99` is a code."""
_LABEL = rf"(?i)^\s*['’‘`]*\s*(?:(?:{_NAME}[\s-]*(?:codes?|no|number)?|codes?){_EDITION}\s*[.:#=\-‐‑–—]*\s*|[.:#]+\s*)?"
"""Dashes belong to a label; without one they would hide that a number is below zero."""
_ONE_DIGIT_CHAPTER = r"(?i)^\s*chapter\s*[.:#]*\s*(\d)\s*$"
_SEPARATORS = r"[\s.\x{a0}]+"
_HYPHEN = r"(\d)\s*[-‐‑–—]\s*(\d)"
_BETWEEN = r"^\d{4}\s*[,/]\s*\d{2}(?:\s*[,/.]?\s*\d{2})*$"
"""A comma or stroke parts a heading from what is below it; elsewhere it parts codes."""
_TWO_CODES = (r"^(\d{2})\s*[-‐‑–—,/]\s*(\d{2})$", r"^(\d{2})\d{2}\s*[-‐‑–—,/]\s*(\d{2})\d{2}$")
"""Chapters or headings from one to another."""
_AS_NUMBER = r"^(\d{3,4})\.(\d)$"
"""A dotted code that a spreadsheet took for a number: `6302.60` lost its last zero."""
_AS_DECIMAL = r"^(\d{3,12})\.0$"
"""A code that a spreadsheet took for a number."""

_EARLIER = MappingProxyType({
    # HS 2022
    "8803": "8807",
    # HS 2017
    "2848": "2853", "6908": "6907", "8469": "8472",
    # HS 2007
    "0503": "0511", "0509": "0511", "1402": "1404", "1403": "1404", "2851": "2853", "4815": "48", "5304": "5305",
    "6503": "6505", "7012": "7020", "7414": "7419", "7416": "7419", "7417": "7418", "7803": "7806", "7805": "7806",
    "7906": "7907", "8004": "8007", "8005": "8007", "8006": "8007", "8520": "8519", "9009": "8443", "9203": "9205",
    "9204": "9205", "9501": "9503", "9502": "9503",
    # HS 2002
    "4108": "4114", "4109": "4114", "4110": "4115", "4111": "4115",
})  # fmt: skip
"""Headings that a revision of the HS gave up, by the revision, and the one that took most of each in; 4815 was divided
among headings of its chapter. Source: the correlation tables that the World Customs Organization publishes."""

_ATTEMPTS = ("first", "second", "third", "fourth")


def hs_placement(codes: pl.Series, tree: ProductTree) -> pl.DataFrame:
    """Where each HS code stands in the product tree.

    A label such as `HS code:`, marks without a shape, dots, spaces and hyphens between figures are removed, and a comma
    or stroke behind a heading; figures may be of any script. Two chapters or two headings of one chapter with a dash
    between them name neither. An odd number of digits (3 to 11)
    has most likely lost a leading zero: restored. Codes of 6 to 12 digits are cut to 6: their subheading, else that of
    an odd code taken as written, else their heading, else the heading that took in theirs when a revision gave it up;
    4 digits: their heading; 2 digits: their chapter, or `all` where the chapter spans sectors. Nine digits may be a
    code of ten that lost its zero or a national code of nine: where both readings name a subheading, in other headings,
    neither is taken.

    Args:
        codes: as written, or null.
        tree: the product tree.

    Returns: product_level and product_code, one row per code in the same order; both null where the code is unknown.
    """
    digits = (
        codes.cast(pl.String)
        .alias("digits")
        .to_frame()
        .select(european(pl.col("digits")).str.strip_chars())
        .select(pl.col("digits").str.replace(_ONE_DIGIT_CHAPTER, "0${1}").str.replace(_LABEL, "").str.strip_chars())
        .select(pl.when(~_names_two(pl.col("digits"))).then("digits"))
        .select(
            pl.when(pl.col("digits").str.contains(_BETWEEN))
            .then(pl.col("digits").str.replace_all(r"[,/]", " "))
            .otherwise("digits")
        )
        .select(
            pl.col("digits")
            .str.replace(_AS_DECIMAL, "${1}")
            .str.replace(_AS_NUMBER, "${1}${2}0")
            .str.replace_all(_SEPARATORS, "")
            .str.replace_all(_HYPHEN, "${1}${2}")
        )
        .select(pl.when(pl.col("digits").str.contains("^[0-9]{2,12}$")).then("digits"))
        .with_columns(length=pl.col("digits").str.len_bytes())
        .with_columns(as_written=pl.when(pl.col("length").is_in([7, 9, 11])).then(pl.col("digits").str.slice(0, 6)))
        .with_columns(
            digits=pl.when((pl.col("length") % 2 == 1) & (pl.col("length") >= 3))
            .then(pl.concat_str(pl.lit("0"), "digits"))
            .otherwise("digits")
        )
        .with_columns(length=pl.col("digits").str.len_bytes())
    )
    keyed = digits.select(
        first=pl.when(pl.col("length") >= 6).then(pl.col("digits").str.slice(0, 6)).otherwise("digits"),
        second="as_written",
        third=pl.when(pl.col("length") >= 6).then(pl.col("digits").str.slice(0, 4)),
        fourth=pl.when(pl.col("length") >= 4)
        .then(pl.col("digits").str.slice(0, 4))
        .replace_strict(_EARLIER, default=None, return_dtype=pl.String),
    )
    places = _places(tree)
    known = places.filter(pl.col("product_level") == "subheading")["key"].implode()
    is_either = (
        (digits["length"] == 10)
        & keyed["second"].is_not_null()
        & keyed["first"].is_in(known)
        & keyed["second"].is_in(known)
    )
    found = keyed.with_columns(pl.when(~is_either.fill_null(False)).then(name).alias(name) for name in keyed.columns)
    for attempt in _ATTEMPTS:
        found = found.join(
            places.select(key="key", **{f"{name}_{attempt}": name for name in ("product_level", "product_code")}),
            left_on=attempt,
            right_on="key",
            how="left",
            maintain_order="left",
        )
    return found.select(
        pl.coalesce(f"{name}_{attempt}" for attempt in _ATTEMPTS).alias(name)
        for name in ("product_level", "product_code")
    )


def _names_two(text: pl.Expr) -> pl.Expr:
    """True for two chapters, and for two headings of one chapter, with a sign between them."""
    chapters = text.str.contains(_TWO_CODES[0])
    headings = text.str.extract_groups(_TWO_CODES[1])
    is_one_chapter = headings.struct[0] == headings.struct[1]
    return chapters.fill_null(False) | is_one_chapter.fill_null(False)


def _places(tree: ProductTree) -> pl.DataFrame:
    """One row per code of 2, 4 or 6 digits: key, product_level, product_code."""
    named = [(code, level, code) for level, code, _, _ in tree.nodes if level in ("heading", "subheading")]
    chapters = tree.headings.select("chapter", key=pl.col("heading").str.slice(0, 2)).unique()
    grouped = chapters.group_by("key").agg("chapter").sort("key")
    common = [
        (key, "chapter", nodes[0]) if len(nodes) == 1 else (key, "all", "all") for key, nodes in grouped.iter_rows()
    ]
    schema = {"key": pl.String(), "product_level": pl.String(), "product_code": pl.String()}
    return pl.DataFrame(common + named, schema=schema, orient="row")
