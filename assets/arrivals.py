"""What arrived, shown in Dagster: the same judgement that `demand_classes` makes before it begins."""

import dagster as dg

from assets.completeness import judge_arrivals
from assets.guard import guarded
from assets.nights import DUCKDB_POOL, GROUP, NIGHTS, OWNERS, Mandi, night_of


@dg.asset(
    partitions_def=NIGHTS,
    deps=["scrubbed_events"],
    group_name=GROUP,
    owners=OWNERS,
    kinds={"duckdb"},
    code_version="1",
    pool=DUCKDB_POOL,
    description="One row per feed, and per country within it: how many rows came, as against the band of earlier "
    "nights or a manifest. A feed that is missing, short or far too long holds the night. Private.",
)
@guarded
def arrivals(context: dg.AssetExecutionContext, mandi: dg.ResourceParam[Mandi]) -> dg.MaterializeResult:
    """Judges what arrived for a night; see `judge_arrivals`."""
    figures = judge_arrivals(mandi.settings(), night_of(context))
    wholes = [each for each in figures["arrivals"] if each["country"] is None]
    return dg.MaterializeResult(
        metadata={
            "rows": sum(each["n_rows"] for each in wholes),
            "feeds_as_usual": sum(each["verdict"] == "as_usual" for each in wholes),
            "feeds_learning": sum(each["verdict"] == "learning" for each in wholes),
            "accepted": len(figures["accepted"]),
        }
    )
