"""The differencing attack: figures whose differences could tell of less than a whole class.

Every figure of a release must be the sum of whole classes. This recomputes each from the published classes alone, by a
way of its own, so that a figure that holds anything else (a half class, a pooled event) stands out.
"""

import polars as pl

from anonymize.attacks.findings import Finding

ATTACK = "differencing"
NODE = ("kind", "product_code", "place_code", "period_level", "period_start")


def figures_beyond_classes(
    demand: pl.DataFrame, classes: pl.DataFrame, product_up: pl.DataFrame, place_up: pl.DataFrame
) -> list[Finding]:
    """Figures of `demand` that are not sums over whole `classes`.

    Args:
        demand: Rows of `schemas.published.DemandRow`.
        classes: Rows of `schemas.published.ClassRow`.
        product_up: Ancestry of the product tree: `code`, `up_code`.
        place_up: Ancestry of the place tree.
    """
    periods = demand.select("period_level", "period_start", "period_end").unique()
    inside = (
        classes.lazy()
        .rename({"period_start": "from_day", "period_end": "to_day", "period_level": "own_level"})
        .select(
            "kind", "product_code", "place_code", "own_level", "from_day", "to_day", "n_events", "value_usd",
            "n_contributors",
        )
        .join(product_up.lazy().select("code", up_product="up_code"), left_on="product_code", right_on="code")
        .join(place_up.lazy().select("code", up_place="up_code"), left_on="place_code", right_on="code")
        .join_where(
            periods.lazy(),
            pl.col("from_day") >= pl.col("period_start"),
            pl.col("to_day") <= pl.col("period_end"),
        )
    )  # fmt: skip
    exact = {
        None: pl.lit(True),
        "product": pl.col("product_code") == pl.col("up_product"),
        "place": pl.col("place_code") == pl.col("up_place"),
        "period": pl.col("own_level") == pl.col("period_level"),
    }
    sums = [
        inside.filter(is_exact)
        .group_by("kind", "up_product", "up_place", "period_level", "period_start")
        .agg(
            n=pl.col("n_events").sum(),
            value=(pl.col("value_usd") * 100).round().cast(pl.Int64).sum(),
            has_value=pl.col("value_usd").is_not_null().any(),
            least=pl.col("n_contributors").max(),
            most=pl.col("n_contributors").sum(),
        )
        .with_columns(nes=pl.lit(nes, dtype=pl.String))
        .rename({"up_product": "product_code", "up_place": "place_code"})
        for nes, is_exact in exact.items()
    ]
    compared = demand.lazy().join(pl.concat(sums), on=[*NODE, "nes"], how="left", nulls_equal=True).collect()
    cents = (pl.col("value_usd") * 100).round().cast(pl.Int64)
    n_beyond = compared.filter(
        (pl.col("n").is_null())
        | (pl.col("n_events") != pl.col("n"))
        | (cents.fill_null(0) != pl.col("value"))
        | (pl.col("value_usd").is_not_null() != pl.col("has_value"))
        | (pl.col("contributors_min") != pl.col("least"))
        | (pl.col("contributors_max") != pl.col("most"))
    ).height
    return [Finding(ATTACK, "demand", "figure that is no sum of classes", n_beyond)] if n_beyond else []


def families_that_do_not_add_up(demand: pl.DataFrame, parents: pl.DataFrame) -> list[Finding]:
    """Product nodes whose children and n.e.s. row do not sum to them.

    Args:
        demand: Rows of `schemas.published.DemandRow`.
        parents: `code` and `parent` of the product tree.
    """
    others = ("kind", "place_code", "period_level", "period_start")
    nodes = demand.filter(pl.col("nes").is_null())
    children = nodes.join(parents, left_on="product_code", right_on="code").select(
        *others, pl.col("parent").alias("product_code"), "n_events"
    )
    rest = demand.filter(pl.col("nes") == "product").select(*others, "product_code", "n_events")
    summed = pl.concat([children, rest]).group_by(*others, "product_code").agg(parts=pl.col("n_events").sum())
    wrong = nodes.filter(pl.col("product_level") != "subheading").join(summed, on=[*others, "product_code"], how="left")
    n_wrong = wrong.filter(pl.col("parts").is_null() | (pl.col("parts") != pl.col("n_events"))).height
    return [Finding(ATTACK, "demand", "node that is not the sum of its parts", n_wrong)] if n_wrong else []
