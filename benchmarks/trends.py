"""How often a trend is called where nothing moved, and where something did; what the tables cost over years.

An invented market of RFQs through the committed ladder: headings and countries by a power law, contributors who come
with a geometric number of events in one heading and country. Three months, each closed before the next: the record
begins with the first, the third is judged against the second. *still*: all months are drawn alike. *moving*: in the
third, textiles are wanted 1.6 times as often and electronics 1.6 times as seldom. A call is false where the node did
not move, or moved the other way; `all` moves a little and is left out. Beside it the nodes that are judged, called by
chance alone (the same test, coarser classes not counted against it), and all nodes by a Poisson test that takes every
event for independent and every month for complete.

    .venv/bin/python -m benchmarks.trends --events 150000
"""

import argparse
from datetime import date, timedelta
from math import erfc, sqrt
from time import perf_counter

import numpy as np
import polars as pl
from rich.console import Console
from rich.table import Table

from anonymize.classes.ladder import POOLED_COLUMNS, walk
from anonymize.classes.periods import next_month, period_end, period_start
from anonymize.noise.estimates import ESTIMATES
from assets.settings import ROOT, Settings
from schemas.home import Home
from schemas.policy import Policy
from schemas.published import MOST_WITHHELD_PCT, SIGNIFICANCE, ClassRow
from schemas.tables import columns_of
from schemas.taxonomy import Taxonomy
from warehouse.demand import ancestry, derived_from, period_ancestry
from warehouse.duck import connected
from warehouse.statements import statement

MONTHS = (date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1))
MOVES = {"still": {}, "moving": {"textiles_apparel": 1.6, "electronics_electrical": 1 / 1.6}}
N_HEADINGS, N_COUNTRIES, EVENTS_EACH = 300, 60, 2.5
N_YEARS_MONTHS = 26
DTYPES = {"text": pl.String, "int64": pl.Int64, "double": pl.Float64, "date": pl.Date}


def sectors(taxonomy: Taxonomy) -> dict[str, str]:
    """The sector of every product node below `all`."""
    return dict(ancestry(taxonomy.products).filter(up_level="sector").select("code", "up_code").iter_rows())


def events_of(
    month: date, n_events: int, moves: dict[str, float], taxonomy: Taxonomy, random: np.random.Generator
) -> pl.DataFrame:
    """A month's RFQs as the ladder takes them: about `n_events` in thirty days if nothing moved."""
    market = np.random.default_rng(7)  # the same market in every month
    headings, countries = (
        [code for level, code, _, _ in rows if level == leaf]
        for rows, leaf in ((taxonomy.products, "heading"), (taxonomy.places, "country"))
    )
    wanted = market.choice(headings, N_HEADINGS, replace=False)
    where = market.choice(countries, N_COUNTRIES, replace=False)
    plain = 1 / np.arange(1, N_HEADINGS + 1) ** 0.9
    sector = sectors(taxonomy)
    weight = plain * [moves.get(sector[code], 1.0) for code in wanted]
    place_weight = 1 / np.arange(1, N_COUNTRIES + 1)
    n_days = (next_month(month) - month).days
    n = random.poisson(n_events / EVENTS_EACH * n_days / 30 * weight.sum() / plain.sum())
    product = random.choice(N_HEADINGS, n, p=weight / weight.sum())
    place = random.choice(N_COUNTRIES, n, p=place_weight / place_weight.sum())
    contributor = np.repeat(np.arange(n), random.geometric(1 / EVENTS_EACH, n))
    frame = pl.DataFrame(
        {
            "event_no": np.arange(contributor.size),
            "occurred_on": np.datetime64(month) + random.integers(0, n_days, contributor.size),
            "contributor": contributor,
            "product_code": pl.Series(wanted)[product[contributor]],
            "country": pl.Series(where)[place[contributor]],
        }
    ).with_columns(kind=pl.lit("rfq"), is_settled=pl.lit(True), is_counting=pl.lit(True))
    absent = {name: pl.lit(None) for name in POOLED_COLUMNS if name not in frame.columns}
    return frame.with_columns(**absent).select(pl.col(name).cast(dtype) for name, dtype in POOLED_COLUMNS.items())


def classes_of(month: date, events: pl.DataFrame, policy: Policy, taxonomy: Taxonomy) -> pl.DataFrame:
    """What the ladder makes of one month on the night of its close, as `classes` publishes it."""
    night = next_month(month) + timedelta(days=policy.close_lag_days - 1)
    with connected(None) as duck:
        duck.load("pooled", events)
        walk(duck, policy=policy, taxonomy=taxonomy, night=night, previous=None)
        found = duck.frame("select * from found_classes")
        measures = duck.frame("select class_no, measure, amount, n_counting, is_given from found_measures")
    nodes = [
        pl.DataFrame(
            [(no, level, code) for no, (level, code, _, _) in enumerate(rows)],
            schema={name: pl.Int32, f"{name}_level": pl.String, f"{name}_code": pl.String},
            orient="row",
        )
        for name, rows in (("product", taxonomy.products), ("place", taxonomy.places))
    ]
    found = (
        found.join(nodes[0], on="product")
        .join(nodes[1], on="place")
        .join(_measured(measures), on="class_no")
        .sort("class_no")
    )
    ends = [period_end(level, start) for level, start in found.select("period_level", "period_start").iter_rows()]
    found = found.with_columns(
        release_id=pl.lit(night.isoformat()), class_id="class_no", period_end=pl.Series(ends, dtype=pl.Date)
    )
    return _published(found)


def _measured(measures: pl.DataFrame) -> pl.DataFrame:
    """What classes say of their measures, one row a class; a measure that no event has is left out."""
    events = measures.filter(measure="n_events").select("class_no", n_events="amount", n_contributors="n_counting")
    for name in sorted(set(measures["measure"]) - {"n_events"}):
        scale = 100 if name.endswith("_usd") else 1000 if name.startswith("quantity_") else 1
        amount = pl.when("is_given").then(pl.col("amount") / scale)
        status = pl.when("is_given").then(pl.lit("given")).otherwise(pl.lit("withheld"))
        each = {name: amount, f"{name.removesuffix('_usd').removesuffix('_received')}_status": status}
        events = events.join(measures.filter(measure=name).select("class_no", **each), on="class_no", how="left")
    return events


def _published(found: pl.DataFrame) -> pl.DataFrame:
    """The columns of `ClassRow`; a status where nothing is known is `none`."""
    low, high = (
        (pl.col(f"price_{end}_milli") / 1000 if f"price_{end}_milli" in found.columns else pl.lit(None))
        for end in ("low", "high")
    )
    found = found.with_columns(price_low=low, price_high=high)
    columns = []
    for column in columns_of(ClassRow):
        shown = pl.col(column.name) if column.name in found.columns else pl.lit(None)
        if column.name.endswith("_status"):
            shown = shown.fill_null(pl.lit("none"))
        columns.append(shown.cast(DTYPES[column.type]).alias(column.name))
    return found.select(columns)


def tables_of(classes: pl.DataFrame, night: date, taxonomy: Taxonomy) -> tuple[dict[str, pl.DataFrame], float, float]:
    """`demand` and the derived tables, and the seconds that it and they took."""
    release_id = night.isoformat()
    with connected(None) as duck:
        duck.load("classes", classes)
        for name, rows in (("product_up", taxonomy.products), ("place_up", taxonomy.places)):
            duck.load(name, ancestry(rows))
        duck.load("period_up", period_ancestry(classes))
        duck.load(
            "estimates",
            pl.DataFrame(schema={"release_id": pl.String, "kind": pl.String, "month": pl.Date, **ESTIMATES}),
        )
        began = perf_counter()
        demand = duck.frame(statement("demand"), release_id=release_id, most_withheld_pct=MOST_WITHHELD_PCT)
        summed = perf_counter()
    derived = derived_from(
        classes, demand, taxonomy, release_id=release_id, night=night, closed_to=night - timedelta(days=2)
    )
    return {"demand": demand} | derived, summed - began, perf_counter() - summed


def verdicts(trends: pl.DataFrame, moves: dict[str, float], taxonomy: Taxonomy) -> pl.DataFrame:
    """Nodes of the third month by level: how many were judged, and what was called, truly and falsely."""
    level = ["product_level", "place_level"]
    true = pl.DataFrame(
        [(code, moves.get(sector, 1.0)) for code, sector in sectors(taxonomy).items()],
        schema={"product_code": pl.String, "truth": pl.Float64},
        orient="row",
    )
    change = (1 + pl.col("n_events_change_ratio")).log()
    poisson = (1 / pl.col("n_events") + 1 / pl.col("n_events_previous")).sqrt()
    rows = trends.filter(period_level="month", period_start=MONTHS[-1]).join(true, on="product_code")
    rows = rows.with_columns(
        moved=pl.col("truth").log().sign(),
        ours=(pl.col("trend") == "rising").cast(pl.Int8) - (pl.col("trend") == "fading").cast(pl.Int8),
        poisson=change.sign() * ((change / poisson).abs() > 1.96),
        z=pl.when(pl.col("p_value").is_not_null()).then(change / poisson / pl.col("variance_factor").sqrt()),
    )
    chance = pl.Series([None if z is None else erfc(abs(z) / sqrt(2)) for z in rows["z"]], dtype=pl.Float64)
    rows = rows.with_columns(p=chance).sort("p", descending=True, nulls_last=True)
    # Benjamini and Hochberg, as in trends.sql
    share = pl.col("p") * pl.col("p").count() / pl.col("p").rank("max")
    rows = rows.with_columns(q=share.cum_min().over(level)).with_columns(
        chance=change.sign() * (pl.col("q") <= SIGNIFICANCE).fill_null(False)
    )
    told = [
        ((pl.col(way) != 0) & ((pl.col(way) == pl.col("moved")) == is_right)).sum().alias(f"{way} {word}")
        for way in ("ours", "chance", "poisson")
        for is_right, word in ((True, "right"), (False, "wrong"))
    ]
    counts = [
        pl.len().alias("nodes"),
        pl.col("p_value").count().alias("judged"),
        (pl.col("moved") != 0).sum().alias("moved"),
        (pl.col("trend") == "steady").sum().alias("steady"),
        *told,
    ]
    whole = rows.select(pl.lit("every").alias(level[0]), pl.lit("level").alias(level[1]), *counts)
    return pl.concat([rows.group_by(level).agg(counts).sort(level), whole])


def history_of(classes: pl.DataFrame) -> pl.DataFrame:
    """One month's classes in each of 26 months, for time alone."""
    parts, month = [], MONTHS[0]
    for _ in range(N_YEARS_MONTHS):
        starts = [
            period_start(level, month.replace(day=min(start.day, 28)))
            for level, start in classes.select("period_level", "period_start").iter_rows()
        ]
        ends = [period_end(level, start) for level, start in zip(classes["period_level"], starts, strict=True)]
        night = next_month(month) + timedelta(days=1)
        parts.append(
            classes.with_columns(
                release_id=pl.lit(night.isoformat()), period_start=pl.Series(starts), period_end=pl.Series(ends)
            )
        )
        month = next_month(month)
    return pl.concat(parts)


def main() -> None:
    """Prints verdicts by scenario and level, and times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=150_000, help="RFQs a month.")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    settings = Settings(Home(ROOT / "var"), ROOT / "config")
    console = Console(width=140)
    taxonomy = settings.taxonomy
    classes = pl.DataFrame()
    for number, (scenario, moves) in enumerate(MOVES.items()):
        random = np.random.default_rng([arguments.seed, number])
        parts = [
            classes_of(
                month,
                events_of(month, arguments.events, moves if month == MONTHS[-1] else {}, taxonomy, random),
                settings.policy,
                taxonomy,
            )
            for month in MONTHS
        ]
        classes = pl.concat(parts)
        derived, *_ = tables_of(classes, date(2026, 4, 2), taxonomy)
        found = verdicts(derived["trends"], moves, taxonomy)
        table = Table(
            *found.columns, title=f"{scenario}: {arguments.events:,} RFQs a month, {classes.height:,} classes"
        )
        for row in found.iter_rows():
            table.add_row(*map(str, row))
        console.print(table)
    years = history_of(parts[0])
    derived, demand_seconds, seconds = tables_of(years, date(2028, 3, 2), taxonomy)
    sizes = ", ".join(f"{name} {frame.height:,} rows" for name, frame in derived.items())
    console.print(f"26 months, {years.height:,} classes: {demand_seconds:.1f} s, then {seconds:.1f} s, for {sizes}")


if __name__ == "__main__":
    main()
