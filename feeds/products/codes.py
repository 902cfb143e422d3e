"""HS codes as feeds write them to nodes of the product tree.

Belongs here: cutting national codes to HS 2022 and finding the finest node they name. Injected into `feeds.placing` by
`feeds.context`.
"""

import polars as pl

from feeds.products.tree import ProductTree

_SEPARATORS = r"[\s.\u{00a0}]+"


def hs_placement(codes: pl.Series, tree: ProductTree) -> pl.DataFrame:
    """Where each HS code stands in the product tree.

    Dots and spaces are removed. An odd number of digits (3 to 11) has most likely lost a leading zero: restored.
    Codes of 6 to 12 digits are cut to 6: their subheading, else that of an odd code taken as written, else their
    heading; 4 digits: their heading; 2 digits: their chapter, or `all` where the chapter spans sectors.

    Args:
        codes: as written, or null.
        tree: the product tree.

    Returns: product_level and product_code, one row per code in the same order; both null where the code is unknown.
    """
    digits = (
        codes.cast(pl.String)
        .alias("digits")
        .to_frame()
        .select(pl.col("digits").str.replace_all(_SEPARATORS, ""))
        .select(pl.when(pl.col("digits").str.contains("^[0-9]{2,12}$")).then("digits"))
        .with_columns(length=pl.col("digits").str.len_bytes())
        .with_columns(as_written=pl.when(pl.col("length") >= 7).then(pl.col("digits").str.slice(0, 6)))
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
    )
    places = _places(tree)
    found = keyed
    for attempt in ("first", "second", "third"):
        found = found.join(
            places.select(key="key", **{f"{name}_{attempt}": name for name in ("product_level", "product_code")}),
            left_on=attempt,
            right_on="key",
            how="left",
            maintain_order="left",
        )
    return found.select(
        pl.coalesce(f"{name}_{attempt}" for attempt in ("first", "second", "third")).alias(name)
        for name in ("product_level", "product_code")
    )


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
