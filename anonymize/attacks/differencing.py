"""The differencing attack: figures whose differences could tell of less than a whole class.

Every figure of a release must be a sum over whole classes, or a quotient of two such sums. This recomputes each from
the published classes alone, by a way of its own, so that a figure that holds anything else (half a class, an event of
the pool) stands out. Every public column has its argument in `ARGUMENTS`; a column without one is a finding by itself,
so that nothing new is published before somebody has thought about what its differences tell.
"""

from collections.abc import Mapping

import polars as pl

from anonymize.attacks.findings import Finding

ATTACK = "differencing"
NODE = ("kind", "product_code", "place_code", "period_level", "period_start")

ARGUMENTS: Mapping[str, str] = {
    "release_id": "label", "class_id": "order of public labels", "kind": "label", "nes": "label",
    "product_level": "label", "product_code": "label", "place_level": "label", "place_code": "label",
    "period_level": "label", "period_start": "label", "period_end": "label",
    "price_unit": "label", "price_low": "public grid", "price_high": "public grid",
    "n_events": "sum of classes", "value_usd": "sum of given classes", "quotes_received": "class",
    "n_contributors": "class", "contributors_min": "largest class", "contributors_max": "sum of classes",
    "placed_ratio": "quotient of sums of classes",
    "n_events_estimate": "noisy, with sums of classes", "n_events_margin": "noisy",
    "value_usd_estimate": "noisy, with sums of classes", "value_usd_margin": "noisy",
    "is_after_estimate": "label of classes",
    "value_status": "status of a class", "quotes_status": "status of a class",
    **dict.fromkeys(
        (
            "is_closed", "n_events_previous", "value_usd_previous", "placed_ratio_previous",
            "n_events_possible_previous", "n_events_change", "n_events_change_ratio", "value_usd_change",
            "value_usd_change_ratio", "change_low", "change_high", "variance_factor", "p_value", "q_value", "trend",
            "trend_reason", "n_events_year_before", "value_usd_year_before", "n_events_year_change",
            "n_events_year_change_ratio", "value_usd_year_change", "value_usd_year_change_ratio", "momentum_ratio",
            "product_share", "product_share_change", "product_rank", "product_rank_change", "place_share",
            "place_share_change", "place_rank", "place_rank_change", "events_index", "index_base", "seasonal_index",
        ),
        "function of classes",
    ),
    **dict.fromkeys(
        (
            "window_start", "window_end", "n_months", "product_events", "market_events", "all_events", "market_share",
            "location_quotient", "n_events_before", "product_events_before", "placed_ratio_before",
            "share_growth_ratio", "n_rfqs", "n_rfqs_told", "quotes_coverage", "quotes_per_rfq", "unanswered_ratio",
            "hhi_over_markets", "top3_share_over_markets", "hhi_over_products", "top3_share_over_products",
            "quotes_placed_ratio", "demand_part", "growth_part", "supply_gap_part", "demand_status", "growth_status",
            "supply_gap_status", "demand_grade", "growth_grade", "supply_gap_grade", "score",
        ),
        "function of classes",
    ),
    **dict.fromkeys(
        (
            "events_share", "value_share", "unit_value_usd", "node_events", "node_tiered_ratio", "node_typical_low",
            "node_typical_high", "node_unit_value_usd", "node_typical_low_previous", "node_typical_high_previous",
            "node_unit_value_change_ratio",
        ),
        "function of classes",
    ),
    "term": "label", "term_kind": "label", "term_en": "label", "term_hi": "label",
    "contributors_low": "noisy", "contributors_high": "noisy", "term_rank": "noisy",
}  # fmt: skip
"""What each public column is made of, beside `quantity_*` and their statuses, which are a class's own; each kind of
argument has its check here, in `anonymize.attacks.noise` or in `anonymize.attacks.history`."""

_DIMENSIONS = ("product", "place", "period")
_STEPS = (1, 2, 5)
_FINEST = {"product": "subheading", "place": "country", "period": "day"}


def columns_without_argument(tables: Mapping[str, pl.DataFrame]) -> list[Finding]:
    """Public columns about whose differences nobody has said anything."""
    findings = []
    for name, frame in tables.items():
        for column in frame.columns:
            argument = "class" if column.startswith("quantity_") else ARGUMENTS.get(column)
            if argument is None:
                findings.append(Finding(ATTACK, f"{name}.{column}", "column without an argument", frame.height))
    return findings


def statuses_at_odds(classes: pl.DataFrame) -> list[Finding]:
    """Measures of classes whose status and value contradict each other: a value that is withheld must be null."""
    findings = []
    for column in classes.columns:
        if not column.endswith("_status"):
            continue
        stem = column.removesuffix("_status")
        value = {"value": "value_usd", "quotes": "quotes_received"}.get(stem, stem)
        n = classes.filter((pl.col(column) == "given") != pl.col(value).is_not_null()).height
        findings += [Finding(ATTACK, f"classes.{value}", "value and status contradict each other", n)] if n else []
    return findings


def bounds_off_grid(classes: pl.DataFrame) -> list[Finding]:
    """Price tiers whose bounds tell more than a step of the public grid, or contradict what their class sums.

    A bound that follows the data is somebody's price. The grid is 1, 2 and 5 times powers of ten, and each unit price
    of a tier lies within its bounds, so their mean, value over quantity, does as well.
    """
    low, high, unit = pl.col("price_low"), pl.col("price_high"), pl.col("price_unit")
    is_tier = pl.any_horizontal(column.is_not_null() for column in (unit, low, high))
    on_grid = [
        (
            bound.is_null()
            | pl.any_horizontal((bound == float(f"{step}e{power}")) for power in range(-3, 7) for step in _STEPS)
        )
        for bound in (low, high)
    ]
    is_open_at_both_ends = low.is_null() & high.is_null()
    n_off = classes.filter(
        is_tier & (~on_grid[0] | ~on_grid[1] | (low >= high).fill_null(False) | unit.is_null() | is_open_at_both_ends)
    ).height
    findings = [Finding(ATTACK, "classes.price_low", "price tier with bounds off the public grid", n_off)]
    n_outside = 0
    for name in classes["price_unit"].drop_nulls().unique().sort():
        quantity = pl.col(f"quantity_{name}")
        slack = pl.col("value_usd") * 1e-9
        outside = (pl.col("value_usd") + slack < low * quantity) | (pl.col("value_usd") - slack > high * quantity)
        n_outside += classes.filter(unit == name, outside.fill_null(False)).height
    findings.append(Finding(ATTACK, "classes.price_low", "mean price outside its tier", n_outside))
    return [finding for finding in findings if finding.n]


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
    inside = lifted(demand, classes, product_up, place_up)
    exact: list[tuple[str | None, pl.Expr]] = [(None, pl.lit(True))]
    exact += [(name, pl.col(f"at_{name}")) for name in _DIMENSIONS]
    sums = [_summed(inside.filter(is_exact)).with_columns(nes=pl.lit(nes, dtype=pl.String)) for nes, is_exact in exact]
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


def ratios_beyond_classes(
    demand: pl.DataFrame, classes: pl.DataFrame, product_up: pl.DataFrame, place_up: pl.DataFrame
) -> list[Finding]:
    """Values of `placed_ratio` that are not n / (n + overlapping) with both sums over whole classes.

    Args as in `figures_beyond_classes`.
    """
    nodes = demand.lazy().filter(pl.col("nes").is_null())
    total = overlapping(demand, classes, product_up, place_up)
    compared = nodes.join(total, on=list(NODE), how="left").with_columns(pl.col("overlap").fill_null(0))
    expected = pl.col("n_events") / (pl.col("n_events") + pl.col("overlap"))
    n_wrong = compared.filter((pl.col("placed_ratio") - expected).abs().fill_null(1.0) > 1e-12).collect().height
    n_wrong += demand.filter(pl.col("nes").is_not_null() & pl.col("placed_ratio").is_not_null()).height
    return [Finding(ATTACK, "demand.placed_ratio", "ratio that is no quotient of classes", n_wrong)] if n_wrong else []


def overlapping(
    demand: pl.DataFrame, classes: pl.DataFrame, product_up: pl.DataFrame, place_up: pl.DataFrame
) -> pl.LazyFrame:
    """For every node of `demand` that `classes` overlap, how many events those hold: `NODE` and `overlap`.

    A class overlaps a node without lying inside it if it stands, along at least one dimension, at a strict ancestor of
    the node, and along the others at an ancestor or inside. Args as in `figures_beyond_classes`.
    """
    nodes = demand.lazy().filter(pl.col("nes").is_null())
    inside = lifted(demand, classes, product_up, place_up)
    periods = demand.select("period_level", "period_start", "period_end").unique().lazy()
    period_up = periods.join_where(
        periods.select(up_level="period_level", up_start="period_start", up_end="period_end"),
        pl.col("period_start") >= pl.col("up_start"),
        pl.col("period_end") <= pl.col("up_end"),
        (pl.col("period_start") > pl.col("up_start")) | (pl.col("period_end") < pl.col("up_end")),
    ).select("period_level", "period_start", "up_level", "up_start")
    is_strict = pl.col("code") != pl.col("up_code")
    strict_product, strict_place = (
        ups.lazy().select("code", "up_code").filter(is_strict) for ups in (product_up, place_up)
    )
    overlaps = []
    for above in range(1, 8):
        is_above = {name: bool(above >> bit & 1) for bit, name in enumerate(_DIMENSIONS)}
        exact = pl.all_horizontal(pl.lit(True), *(pl.col(f"at_{name}") for name in _DIMENSIONS if is_above[name]))
        standing = inside.filter(exact).group_by(*NODE).agg(overlap=pl.col("n_events").sum())
        reached = nodes.select(*NODE).with_columns(
            at_product="product_code", at_place="place_code", at_level="period_level", at_start="period_start"
        )
        if is_above["product"]:
            reached = reached.join(strict_product, left_on="product_code", right_on="code").with_columns(
                at_product="up_code"
            )
            reached = reached.drop("up_code")
        if is_above["place"]:
            reached = reached.join(strict_place, left_on="place_code", right_on="code").with_columns(at_place="up_code")
            reached = reached.drop("up_code")
        if is_above["period"]:
            reached = reached.join(period_up, on=["period_level", "period_start"]).with_columns(
                at_level="up_level", at_start="up_start"
            )
        overlaps.append(
            reached.join(
                standing,
                left_on=["kind", "at_product", "at_place", "at_level", "at_start"],
                right_on=list(NODE),
            ).select(*NODE, "overlap")
        )
    return pl.concat(overlaps).group_by(*NODE).agg(pl.col("overlap").sum())


def functions_beyond_classes(staged: Mapping[str, pl.DataFrame], rebuilt: Mapping[str, pl.DataFrame]) -> list[Finding]:
    """Rows of derived tables that published tables alone do not give.

    A function of figures that are known anyway tells nothing new, however odd it is; so each derived table must be
    one, row by row.

    Args:
        staged: Derived tables as they would be published.
        rebuilt: The same, made again from published `classes`, `demand` and the public trees, with nothing else near.
    """
    findings = []
    for name, frame in rebuilt.items():
        mine = staged[name]
        if mine.schema != frame.schema:
            findings.append(Finding(ATTACK, name, "columns that published tables do not give", mine.height))
            continue
        n = mine.join(frame, on=frame.columns, how="anti", nulls_equal=True).height
        n += frame.join(mine, on=frame.columns, how="anti", nulls_equal=True).height
        n += abs(mine.height - frame.height) if not n else 0
        findings += [Finding(ATTACK, name, "row that published tables do not give", n)] if n else []
    return findings


def families_that_do_not_add_up(demand: pl.DataFrame, parents: Mapping[str, pl.DataFrame]) -> list[Finding]:
    """Nodes whose children and n.e.s. row do not sum to them, along products, places and periods.

    Args:
        demand: Rows of `schemas.published.DemandRow`.
        parents: For `product` and `place` the `code` and `parent` of each node of the tree.
    """
    nodes = demand.filter(pl.col("nes").is_null()).with_columns(
        cents=(pl.col("value_usd") * 100).round().cast(pl.Int64).fill_null(0)
    )
    findings = []
    for dimension in _DIMENSIONS:
        key = {"product": ["product_code"], "place": ["place_code"], "period": ["period_level", "period_start"]}
        others = [name for name in NODE if name not in key[dimension]]
        if dimension == "period":
            children = _children_of_periods(nodes)
        else:
            code = f"{dimension}_code"
            children = nodes.join(parents[dimension], left_on=code, right_on="code").with_columns(
                pl.col("parent").alias(code)
            )
        rest = demand.filter(pl.col("nes") == dimension).with_columns(
            cents=(pl.col("value_usd") * 100).round().cast(pl.Int64).fill_null(0)
        )
        columns = [*others, *key[dimension]]
        summed = (
            pl.concat([part.select(*columns, "n_events", "cents") for part in (children, rest)])
            .group_by(columns)
            .agg(parts=pl.col("n_events").sum(), cents_of_parts=pl.col("cents").sum())
        )
        compared = nodes.filter(pl.col(f"{dimension}_level") != _FINEST[dimension]).join(summed, on=columns, how="left")
        n_wrong = compared.filter(
            pl.col("parts").is_null()
            | (pl.col("parts") != pl.col("n_events"))
            | (pl.col("cents_of_parts") != pl.col("cents"))
        ).height
        if n_wrong:
            findings.append(Finding(ATTACK, "demand", f"node that is not the sum of its parts by {dimension}", n_wrong))
    return findings


def _children_of_periods(nodes: pl.DataFrame) -> pl.DataFrame:
    """Every node at the period that is its period's parent: the next coarser level of the nested calendar."""
    start = pl.col("period_start")
    first = pl.when(start.dt.day() <= 10).then(1).when(start.dt.day() <= 20).then(11).otherwise(21)
    dekad = pl.date(start.dt.year(), start.dt.month(), first)
    above = {
        "day": ("dekad", dekad),
        "dekad": ("month", start.dt.truncate("1mo")),
        "month": ("quarter", start.dt.truncate("1q")),
        "quarter": ("year", start.dt.truncate("1y")),
    }
    return pl.concat(
        [
            nodes.filter(period_level=level).with_columns(period_start=begin, period_level=pl.lit(parent))
            for level, (parent, begin) in above.items()
        ]
    )


def lifted(
    demand: pl.DataFrame, classes: pl.DataFrame, product_up: pl.DataFrame, place_up: pl.DataFrame
) -> pl.LazyFrame:
    """Every class at each node that holds it: `NODE`, its figures, and `at_*`: whether it stands exactly there."""
    periods = demand.select("period_level", "period_start", "period_end").unique()
    return (
        classes.lazy()
        .select(
            "kind", "n_events", "value_usd", "n_contributors",
            own_product="product_code", own_place="place_code", own_level="period_level",
            from_day="period_start", to_day="period_end",
        )
        .join(product_up.lazy().select("code", product_code="up_code"), left_on="own_product", right_on="code")
        .join(place_up.lazy().select("code", place_code="up_code"), left_on="own_place", right_on="code")
        .join_where(
            periods.lazy(), pl.col("from_day") >= pl.col("period_start"), pl.col("to_day") <= pl.col("period_end")
        )
        .with_columns(
            at_product=pl.col("own_product") == pl.col("product_code"),
            at_place=pl.col("own_place") == pl.col("place_code"),
            at_period=pl.col("own_level") == pl.col("period_level"),
        )
    )  # fmt: skip


def _summed(inside: pl.LazyFrame) -> pl.LazyFrame:
    return inside.group_by(*NODE).agg(
        n=pl.col("n_events").sum(),
        value=(pl.col("value_usd") * 100).round().cast(pl.Int64).sum(),
        has_value=pl.col("value_usd").is_not_null().any(),
        least=pl.col("n_contributors").max(),
        most=pl.col("n_contributors").sum(),
    )
