"""Differencing of estimates: a published estimate must come from a stored draw and whole classes, and never move.

An estimate that is computed from anything else (rows, an un-noised count, a second draw) could be subtracted from one
that is not. This works every published estimate out again from the estimates that the ledger keeps and from classes, by
a way of its own, and compares releases: what was estimated stays, as long as no class came after it.
"""

import polars as pl

from anonymize.attacks.differencing import ATTACK, NODE, lifted, overlapping
from anonymize.attacks.findings import Finding
from schemas.published import MOST_WITHHELD_PCT

_PERIODS = ("month", "quarter", "year")
_FIGURES = ("n_events_estimate", "n_events_margin", "value_usd_estimate", "value_usd_margin")


def estimates_beyond_draws(
    demand: pl.DataFrame,
    classes: pl.DataFrame,
    estimates: pl.DataFrame,
    product_up: pl.DataFrame,
    place_up: pl.DataFrame,
) -> list[Finding]:
    """Estimates, margins and flags of `demand` that do not follow from stored estimates and whole `classes`.

    Args:
        demand: Rows of `schemas.published.DemandRow`.
        classes: Rows of `schemas.published.ClassRow`.
        estimates: What the ledger keeps: `release_id`, `kind`, `month`, `product_code`, `place_code`, `events_centi`,
            `events_margin_centi`, `value_cents`, `value_margin_cents`.
        product_up: Ancestry of the product tree: `code`, `up_code`.
        place_up: Ancestry of the place tree.
    """
    drawn = estimates.select("kind", "month", drawn_in="release_id").unique()
    later = (
        classes.with_columns(month=pl.col("period_start").dt.truncate("1mo"))
        .join(drawn, on=["kind", "month"], how="left")
        .filter(pl.col("drawn_in").is_null() | (pl.col("release_id") > pl.col("drawn_in")))
    )
    nodes = demand.lazy().filter(pl.col("nes").is_null()).filter(is_estimated())
    months = nodes.select(*NODE, "period_end").join_where(
        drawn.lazy().select(of_kind="kind", month="month"),
        pl.col("kind") == pl.col("of_kind"),
        pl.col("month") >= pl.col("period_start"),
        pl.col("month") <= pl.col("period_end"),
    )
    stored = months.join(
        estimates.lazy().drop("release_id"), on=["kind", "month", "product_code", "place_code"], how="left"
    )
    square = [(pl.col(name).cast(pl.Float64) ** 2) for name in ("events_margin_centi", "value_margin_cents")]
    expected = stored.group_by(*NODE).agg(
        pl.col("events_centi").fill_null(0).sum(),
        pl.col("value_cents").sum(),
        has_value=pl.col("value_cents").is_not_null().any(),
        events_margin=square[0].sum().sqrt() / 100,
        value_margin_cents=square[1].sum().sqrt(),
    )
    hidden = _withheld(demand, classes, product_up, place_up)
    came = (
        lifted(demand, later, product_up, place_up)
        .group_by(*NODE)
        .agg(n_later=pl.col("n_events").sum(), cents_later=(pl.col("value_usd") * 100).round().cast(pl.Int64).sum())
    )
    beside = overlapping(demand, later, product_up, place_up).rename({"overlap": "n_beside"})
    compared = demand.lazy()
    for found in (expected, came, beside, hidden):
        compared = compared.join(found, on=list(NODE), how="left", nulls_equal=True)
    is_none = pl.col("nes").is_not_null() | pl.col("events_centi").is_null()
    n_later, cents_later, n_beside = (pl.col(name).fill_null(0) for name in ("n_later", "cents_later", "n_beside"))
    cents = (pl.col("value_usd_estimate") * 100).round().cast(pl.Int64)
    is_told = pl.col("value_margin_cents") < pl.col("value_cents") + cents_later
    has_value = pl.col("has_value").fill_null(False) & is_told & ~pl.col("is_withheld").fill_null(False) & ~is_none
    is_wrong = (
        pl.when(is_none)
        .then(pl.any_horizontal(pl.col(name).is_not_null() for name in _FIGURES) | pl.col("is_after_estimate"))
        .otherwise(
            ((pl.col("n_events_estimate") * 100).round() != pl.col("events_centi") + 100 * n_later)
            | ((pl.col("n_events_margin") - pl.col("events_margin")).abs() > 1e-6)
            | (pl.col("is_after_estimate") != (n_later + n_beside > 0))
            | (pl.col("value_usd_estimate").is_not_null() != has_value)
            | (has_value & (cents != pl.col("value_cents") + cents_later))
            | (pl.col("value_usd_margin").is_not_null() != has_value)
            | (has_value & ((pl.col("value_usd_margin") - pl.col("value_margin_cents") / 100).abs() > 1e-6))
        )
    )
    n_wrong = compared.filter(is_wrong.fill_null(True)).collect().height
    return [Finding(ATTACK, "demand", "estimate that no stored draw gives", n_wrong)] if n_wrong else []


def _withheld(
    demand: pl.DataFrame, classes: pl.DataFrame, product_up: pl.DataFrame, place_up: pl.DataFrame
) -> pl.LazyFrame:
    """Nodes of which too much value is withheld to estimate the rest: `NODE` and `is_withheld`."""
    is_valued = pl.col("value_status").is_in(["given", "withheld"])
    over = 100 * (pl.col("value_status") == "withheld").cast(pl.Int64) - MOST_WITHHELD_PCT * is_valued.cast(pl.Int64)
    weighed = classes.with_columns(n_events=pl.col("n_events") * over)
    nodes = demand.filter(is_estimated())
    within = lifted(nodes, weighed, product_up, place_up).group_by(*NODE).agg(overlap=pl.col("n_events").sum())
    around = overlapping(nodes, weighed, product_up, place_up)
    summed = pl.concat([within, around]).group_by(*NODE).agg(pl.col("overlap").sum())
    return summed.select(*NODE, is_withheld=pl.col("overlap") > 0)


def estimates_that_moved(earlier: pl.DataFrame, demand: pl.DataFrame, *, where: str) -> list[Finding]:
    """Estimates of an earlier release that are others now although no class came after them.

    Args:
        earlier: `demand` as an earlier release published it.
        demand: `demand` of the candidate release.
        where: Name of the earlier release.
    """
    settled = earlier.filter(pl.col("n_events_estimate").is_not_null(), ~pl.col("is_after_estimate"))
    both = settled.join(demand, on=[*NODE, "nes"], how="left", suffix="_now", nulls_equal=True)
    is_other = pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}_now")) for name in _FIGURES)
    n = both.filter(is_other & (~pl.col("is_after_estimate_now")).fill_null(True)).height
    return [Finding(ATTACK, f"demand since {where}", "estimate that moved", n)] if n else []


def is_estimated() -> pl.Expr:
    """Of a node: its level has estimates where its months were drawn."""
    return pl.col("period_level").is_in(_PERIODS) & (
        pl.col("product_level").is_in(["all", "sector"])
        | (pl.col("product_level").is_in(["chapter", "heading"]) & (pl.col("place_level") == "world"))
    )
