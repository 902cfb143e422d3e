"""Price tiers: classes with room are split by unit price, wherever every part is a safe class by itself.

The price of an event is its value over its quantity: the two whole numbers that its class sums, so that a tier's
bounds hold for value over quantity of the tier as well. Bounds lie on the public grid of `schemas.published`. A part is
judged like any group of the ladder and never peeled: who may not stand in a part keeps the class whole. Called by
`ladder.walk` once the rungs are done.
"""

import polars as pl

from anonymize.classes.engine import Engine, statement
from anonymize.classes.judging import judge, requiring, tell
from schemas.policy import Measure, Policy, Tiers
from schemas.published import PRICE_GRID_MILLI

N_STEPS = len(PRICE_GRID_MILLI) + 1
"""Steps of the grid: step n holds prices from bound n - 1 to below bound n; the outer ones are open."""
N_SPOTS = 64
"""Spots set aside for each class: its steps, and the last for events without a price."""

BOUNDS = {"price_unit": pl.String, "price_low_milli": pl.Int64, "price_high_milli": pl.Int64}
"""Columns that say which tier a class is: bounds in thousandths of a US dollar; all null where it is none."""


def split_by_price(engine: Engine, policy: Policy, classes: pl.DataFrame, levels: pl.Series) -> pl.DataFrame:
    """Tonight's classes, those with room replaced by their price tiers.

    A class is priced in the unit that most of its prices are given in. It is cut at a bound of the grid where both
    sides are safe, the one that leaves the smaller side most counting contributors (of several, the lowest); so are
    the sides that have room still. Events without a price in that unit stay together as a class without bounds; where
    there are some and they are not safe by themselves, the class stays whole, for a tier less than all of it would
    give them away by subtraction.

    Args:
        engine: Holds `placed` and `found_measures`; both are brought up to date.
        policy: Rules and `tiers`. A tier must pass them for its value too, whatever its kind requires.
        classes: As `found_classes`: one row per class.
        levels: Product level of each row of `classes`.

    Returns: `classes` with `BOUNDS`; tiers carry numbers above those of all classes.

    Guarantee: the tiers of a class hold exactly its events, each within its tier's bounds; every tier passes every
        rule; the result depends neither on order nor on names (`tests/property/test_tiers.py`).
    """
    whole = classes.with_columns(pl.lit(None, dtype).alias(name) for name, dtype in BOUNDS.items())
    spots = _spots(engine, policy.tiers, classes, levels) if policy.tiers else None
    if policy.tiers is None or spots is None or spots.is_empty():
        return whole
    valued = {kind: tuple({*policy.required.get(kind, ()), Measure.VALUE}) for kind in policy.tiers.kinds}
    strict = policy.model_copy(update={"required": policy.required | valued})
    spots = _less_unsafe_rests(engine, policy, spots)
    segments = _segments(engine, strict, spots.drop_nulls("step"), policy.tiers.min_contributors)
    split = segments.filter(pl.len().over("class_no") > 1)
    rests = spots.filter(pl.col("step").is_null(), pl.col("class_no").is_in(split["class_no"].implode()))
    parts = (
        pl.concat([split, rests.select("class_no", "kind", "price_unit", low="step", high="step")])
        .sort("class_no", "low", nulls_last=True)
        .with_columns(tier_no=pl.int_range(pl.len(), dtype=pl.Int64) + classes["class_no"].max() + 1)
    )
    if parts.is_empty():
        return whole
    tier_spots = pl.concat(
        [
            spots.join(parts, on="class_no").filter(pl.col("step") >= pl.col("low"), pl.col("step") < pl.col("high")),
            rests.join(parts.filter(pl.col("low").is_null()), on="class_no"),
        ]
    ).select("spot", "tier_no")
    engine.load("tier_spots", tier_spots)
    engine.load("split_classes", split.select("class_no").unique())
    engine.run(statement("retier"))
    is_tier = parts["low"].is_not_null()
    _say(engine, strict, parts.filter(is_tier), tier_spots)
    _say(engine, policy, parts.filter(~is_tier), tier_spots)
    return pl.concat([whole.join(split, on="class_no", how="anti"), _with_bounds(whole, parts)]).sort("class_no")


def _spots(engine: Engine, tiers: Tiers, classes: pl.DataFrame, levels: pl.Series) -> pl.DataFrame:
    """Classes with room by the steps that their events stand in: `class_no`, `kind`, `price_unit`, `step`, `spot`."""
    kinds = [kind.value for kind in tiers.kinds]
    fitting = classes.select("class_no", "kind").filter(classes["kind"].is_in(kinds), levels.is_in(tiers.products))
    n_counting = engine.frame("select class_no, n_counting from found_measures where measure = 'n_events'")
    roomy = fitting.join(n_counting, on="class_no").filter(pl.col("n_counting") >= tiers.min_contributors)
    engine.load("roomy", roomy.select("class_no"))
    low = [0, *PRICE_GRID_MILLI]
    engine.load(
        "price_steps",
        pl.DataFrame(
            {"step": range(N_STEPS), "low_milli": low, "high_milli": [*PRICE_GRID_MILLI, None]},
            schema_overrides={"step": pl.Int64, "low_milli": pl.Int64, "high_milli": pl.Int64},
        ),
    )
    engine.run(statement("priced"), n_spots=N_SPOTS)
    return engine.frame(statement("priced_spots")).join(fitting, on="class_no").sort("spot")


def _less_unsafe_rests(engine: Engine, policy: Policy, spots: pl.DataFrame) -> pl.DataFrame:
    """Without the classes whose events without a price are no safe class."""
    rests = spots.filter(pl.col("step").is_null())
    safe = _judged(engine, policy, rests.select("kind"), rests.select("spot").with_row_index("group_no", offset=1))
    unsafe = rests.filter(~pl.int_range(1, pl.len() + 1).is_in(safe["group_no"].implode()))
    return spots.join(unsafe, on="class_no", how="anti")


def _segments(engine: Engine, policy: Policy, spots: pl.DataFrame, room: int) -> pl.DataFrame:
    """Every class cut into as many segments as are safe: `class_no`, `kind`, `price_unit`, `low`, `high` (steps)."""
    open_ones = spots.select("class_no", "kind", "price_unit").unique(maintain_order=True)
    open_ones = open_ones.with_columns(low=pl.lit(0, pl.Int64), high=pl.lit(N_STEPS, pl.Int64))
    done = [open_ones.clear()]
    while not open_ones.is_empty():
        within = open_ones.join(spots.select("class_no", "step", "spot"), on="class_no").filter(
            pl.col("step") >= pl.col("low"), pl.col("step") < pl.col("high")
        )
        # cutting at the lowest step that holds anything would leave nothing below
        cuts = within.filter(pl.col("step") > pl.col("step").min().over("class_no", "low"))
        cuts = cuts.select(*open_ones.columns, cut="step").sort("class_no", "cut").with_row_index("cut_no")
        groups = within.join(cuts.select("class_no", "low", "cut", "cut_no"), on=["class_no", "low"]).select(
            "spot", group_no=2 * pl.col("cut_no").cast(pl.Int64) + (pl.col("step") >= pl.col("cut")).cast(pl.Int64) + 1
        )
        safe = _judged(engine, policy, cuts.select(pl.col("kind").repeat_by(2).explode()), groups)
        sides = safe.with_columns(cut_no=((pl.col("group_no") - 1) // 2).cast(pl.UInt32)).group_by("cut_no")
        both = sides.agg(
            n_sides=pl.len(),
            smaller=pl.col("n_counting").min(),
            below=pl.col("n_counting").sort_by("group_no").first(),
            above=pl.col("n_counting").sort_by("group_no").last(),
        ).filter(n_sides=2)
        chosen = (
            cuts.join(both, on="cut_no")
            .sort("class_no", "low", pl.col("smaller") * -1, "cut")
            .unique(["class_no", "low"], keep="first", maintain_order=True)
        )
        done.append(open_ones.join(chosen, on=["class_no", "low"], how="anti"))
        halves = pl.concat(
            [
                chosen.select("class_no", "kind", "price_unit", "low", high="cut", n="below"),
                chosen.select("class_no", "kind", "price_unit", low="cut", high="high", n="above"),
            ]
        )
        has_room = halves["n"] >= room
        done.append(halves.filter(~has_room).drop("n"))
        open_ones = halves.filter(has_room).drop("n").sort("class_no", "low")
    return pl.concat(done)


def _judged(engine: Engine, policy: Policy, kinds: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """The safe ones of groups of spots: `group_no`, `n_counting`. `kinds` are those of groups 1, 2 ..."""
    if groups.is_empty():
        return pl.DataFrame(schema={"group_no": pl.Int64, "n_counting": pl.Int64})
    engine.load("spot_groups", groups.select("spot", pl.col("group_no").cast(pl.Int64)))
    judge(engine, policy, kinds.to_series(), n_peels=0)
    return engine.frame(
        "select passing.group_no, sums.n_counting from passing "
        "inner join sums on sums.group_no = passing.group_no and sums.measure = 'n_events' order by passing.group_no"
    )


def _say(engine: Engine, policy: Policy, parts: pl.DataFrame, tier_spots: pl.DataFrame) -> None:
    """Appends to `found_measures` what parts may say of events and value."""
    numbered = parts.select("tier_no", "kind").with_row_index("group_no", offset=1)
    _judged(engine, policy, parts.select("kind"), tier_spots.join(numbered, on="tier_no").select("spot", "group_no"))
    if parts.is_empty():
        return
    optional = numbered.filter(~pl.col("kind").is_in(requiring(policy, Measure.VALUE)))
    group_classes = numbered.select(pl.col("group_no").cast(pl.Int64), class_no="tier_no")
    tell(engine, policy, group_classes, optional.select("group_no"))


def _with_bounds(whole: pl.DataFrame, parts: pl.DataFrame) -> pl.DataFrame:
    """The rows of parts, as `whole` has rows of classes."""
    low = pl.Series([None, *PRICE_GRID_MILLI], dtype=pl.Int64)
    high = pl.Series([*PRICE_GRID_MILLI, None], dtype=pl.Int64)
    bounds = parts.select(
        "class_no",
        "tier_no",
        price_unit=pl.when(pl.col("low").is_not_null()).then("price_unit"),
        price_low_milli=low.gather(parts["low"]),
        price_high_milli=high.gather(parts["high"] - 1),
    )
    kept = whole.drop(BOUNDS)
    return (
        kept.join(bounds, on="class_no")
        .with_columns(class_no="tier_no")
        .select(*kept.columns, *BOUNDS)
        .cast(whole.schema)
    )
