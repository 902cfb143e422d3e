"""The asset graph, typed out: a change of it is seen here before an operator sees it."""

from datetime import datetime
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from dagster._core.definitions.partitions.context import partition_loading_context

from assets.nights import NIGHTS
from pipelines.definitions import definitions
from schemas.steps import STEPS

GRAPH = {
    # key: (made from, kinds, pool, blocking checks)
    "landed_feeds": ((), {"file"}, None, ()),
    "scrubbed_events": (("landed_feeds",), {"polars", "parquet"}, None, ("every_row_is_an_event_or_refused",)),
    "rejected_rows": (("landed_feeds",), {"polars", "parquet"}, None, ()),
    "arrivals": (("scrubbed_events",), {"duckdb"}, "duckdb", ()),
    "demand_classes": (("arrivals", "scrubbed_events"), {"duckdb", "sql"}, "duckdb", ("nothing_is_lost",)),
    "demand_tables": (("demand_classes",), {"duckdb", "sql"}, "duckdb", ()),
    "disclosure_report": (("demand_tables",), {"html", "json"}, "duckdb", ()),
    "extracts": (("demand_tables",), {"csv", "parquet"}, "duckdb", ()),
    "audit": (
        ("disclosure_report", "extracts"),
        {"polars"},
        "duckdb",
        tuple(
            f"{attack}_finds_nothing"
            for attack in (
                "collusion",
                "differencing",
                "dominance",
                "forensics",
                "identifiers",
                "linkage",
                "steering",
                "vocabulary",
            )
        ),
    ),
    "release": (("audit",), {"duckdb", "parquet"}, "duckdb", ()),
    "retention": (("release",), {"file"}, "duckdb", ()),
}
WITH_COLUMNS = {"scrubbed_events", "rejected_rows", "demand_classes", "demand_tables"}


@pytest.fixture(scope="module")
def defs() -> dg.Definitions:
    return definitions()


@pytest.fixture(scope="module")
def specs(defs: dg.Definitions) -> dict[str, dg.AssetSpec]:
    return {spec.key.to_user_string(): spec for spec in defs.resolve_all_asset_specs()}


def test_the_graph_is_this_one(defs: dg.Definitions) -> None:
    graph = defs.resolve_asset_graph()
    checks: dict[str, list[str]] = {}
    for key in graph.asset_check_keys:
        assert graph.get(key).blocking, key
        checks.setdefault(key.asset_key.to_user_string(), []).append(key.name)

    assert {
        node.key.to_user_string(): (
            tuple(sorted(parent.to_user_string() for parent in node.parent_keys)),
            node.kinds,
            next(iter(node.pools or ()), None),
            tuple(sorted(checks.get(node.key.to_user_string(), ()))),
        )
        for node in graph.asset_nodes
    } == GRAPH


def test_every_asset_has_its_group_owners_version_and_partitions(specs: dict[str, dg.AssetSpec]) -> None:
    assert {spec.group_name for spec in specs.values()} == {"night"}
    assert {tuple(spec.owners) for spec in specs.values()} == {("team:mandi",)}
    assert all(spec.code_version for spec in specs.values())
    assert {spec.partitions_def for spec in specs.values()} == {NIGHTS}


@pytest.mark.parametrize("name", GRAPH)
def test_every_description_starts_with_its_grain(specs: dict[str, dg.AssetSpec], name: str) -> None:
    description = specs[name].description or ""

    assert description.startswith("One ") and " per " in description.split(".")[0], description


def test_tables_of_rows_show_their_columns(specs: dict[str, dg.AssetSpec]) -> None:
    shown = {name: spec.metadata["dagster/column_schema"] for name, spec in specs.items() if spec.metadata}
    shown = {name: schema for name, schema in shown.items() if isinstance(schema, dg.TableSchema)}

    assert set(shown) == WITH_COLUMNS
    assert all(column.description for schema in shown.values() for column in schema.columns)


def test_every_check_says_what_must_hold(defs: dg.Definitions) -> None:
    graph = defs.resolve_asset_graph()

    assert all(graph.get(key).description for key in graph.asset_check_keys)


def test_one_partition_is_one_night_in_kolkata_and_tonight_may_run() -> None:
    noon = datetime(2026, 2, 2, 12, tzinfo=ZoneInfo("Asia/Kolkata"))

    with partition_loading_context(effective_dt=noon):
        assert NIGHTS.get_last_partition_key() == "2026-02-02"
    assert (NIGHTS.start.date().isoformat(), str(NIGHTS.timezone)) == ("2010-01-01", "Asia/Kolkata")


def test_one_job_runs_the_whole_night_in_the_order_of_the_data(defs: dg.Definitions) -> None:
    job = defs.resolve_job_def("night")
    plan = [step.removesuffix("__scrubbed_events") for step in dg_steps(job)]

    assert plan == list(STEPS)
    assert job.partitions_def == NIGHTS


def dg_steps(job: dg.JobDefinition) -> list[str]:
    from dagster._core.execution.api import create_execution_plan

    return [step.key for level in create_execution_plan(job).get_steps_to_execute_by_level() for step in level]


def test_schedule_and_sensors_are_on_and_a_release_is_expected_every_morning(defs: dg.Definitions) -> None:
    schedule, sensors = defs.resolve_schedule_def("nightly"), defs.get_repository_def().sensor_defs
    policy = defs.resolve_asset_graph().get(dg.AssetKey("release")).freshness_policy_or_from_metadata

    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 2 * * *", "Asia/Kolkata")
    assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING
    assert {sensor.name for sensor in sensors} == {"landed", "overdue"}
    assert {sensor.default_status for sensor in sensors} == {dg.DefaultSensorStatus.RUNNING}
    assert (policy.deadline_cron, policy.timezone) == ("0 8 * * *", "Asia/Kolkata")  # type: ignore[union-attr]
