"""Nights that nobody starts, many nights in order, and the same nights made again: on one copy of a published home."""

import shutil
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from dagster._core.storage.tags import RUN_KEY_TAG

from assets.settings import ROOT, Settings
from feeds.demo import FEEDS
from feeds.landing import SUMS, land, take_away
from pipelines.backfill import plan_backfill, run_backfill
from pipelines.definitions import definitions
from pipelines.replay import replay
from pipelines.runner import prepare_environment
from schemas.errors import FeedFileError, NightError
from schemas.home import Home
from tests.conftest import Installation
from tests.support.dagster_home import own_environment
from tests.support.held_home import held_elsewhere
from warehouse.chain import entries
from warehouse.comparison import compare
from warehouse.duck import connected
from warehouse.ledger import Ledger, open_ledger

SENSED, SCHEDULED, FILLED, BROKEN = (date(2026, 2, day) for day in (4, 5, 6, 7))
LATE_FEED = "demo_orders"
SILENT = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@pytest.fixture(scope="module")
def settings(published: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A copy of the published home that the tests of this module take further, in their order."""
    home = Home(tmp_path_factory.mktemp("by-itself") / "home")
    shutil.copytree(published.home.root, home.root, symlinks=True)
    with own_environment():
        found = Settings(home, ROOT / "config")
        prepare_environment(found)
        yield found


@pytest.fixture
def instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.get() as found:
        yield found


def deliver(settings: Settings, published: Installation, night: date, *feeds: str) -> None:
    """Lands what had landed on the last published night once more: all of it was delivered before."""
    for feed in feeds:
        files = [path for path in published.home.landed(feed, date(2026, 2, 3)).iterdir() if path.name != SUMS]
        land(files, settings.contracts[feed], settings.home.landed(feed, night))


def sensed(instance: dg.DagsterInstance) -> dg.RunRequest | dg.SkipReason:
    """What one tick of the sensor asks for."""
    defs = definitions()
    context = dg.build_sensor_context(instance=instance, repository_def=defs.get_repository_def())
    found = defs.resolve_sensor_def("landed").evaluate_tick(context)
    return found.run_requests[0] if found.run_requests else dg.SkipReason(found.skip_message)


def scheduled(instance: dg.DagsterInstance, at: datetime) -> dg.RunRequest | dg.SkipReason:
    """What one tick of the schedule asks for."""
    defs = definitions()
    context = dg.build_schedule_context(
        instance=instance, scheduled_execution_time=at, repository_def=defs.get_repository_def()
    )
    found = defs.resolve_schedule_def("nightly").evaluate_tick(context)
    return found.run_requests[0] if found.run_requests else dg.SkipReason(found.skip_message)


def run(instance: dg.DagsterInstance, request: dg.RunRequest) -> bool:
    """Runs what a tick asks for, as the daemon would: the same job, partition and tags, on the same instance."""
    tags = {**request.tags, **({RUN_KEY_TAG: request.run_key} if request.run_key else {})}
    result = (
        definitions()
        .resolve_job_def("night")
        .execute_in_process(
            instance=instance, partition_key=request.partition_key, tags=tags, run_config=SILENT, raise_on_error=False
        )
    )
    return result.success


def test_a_sensor_tick_waits_for_the_last_feed_and_then_runs_the_night_once(
    settings: Settings, published: Installation, instance: dg.DagsterInstance
) -> None:
    assert "nothing has landed that is not published" in str(sensed(instance))
    deliver(settings, published, SENSED, *(feed for feed in FEEDS if feed != LATE_FEED))
    assert f"night {SENSED}: waits for {LATE_FEED}" in str(sensed(instance))
    settings.home.landed(LATE_FEED, SENSED).mkdir()
    assert f"{LATE_FEED} is arriving" in str(sensed(instance))

    deliver(settings, published, SENSED, LATE_FEED)
    request = sensed(instance)

    assert isinstance(request, dg.RunRequest) and request.partition_key == SENSED.isoformat()
    assert run(instance, request)
    assert (settings.home.release(SENSED.isoformat()) / "release.json").is_file()
    assert "nothing has landed that is not published" in str(sensed(instance))


def test_a_schedule_tick_runs_the_night_whose_time_has_come_and_no_night_twice(
    settings: Settings, published: Installation, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    two = datetime(2026, 2, 6, 2, 0, tzinfo=ZoneInfo("Asia/Kolkata"))
    assert f"night {SENSED} is published" in str(scheduled(instance, two.replace(day=5)))
    deliver(settings, published, SCHEDULED, "demo_inquiries")
    waiting = str(sensed(instance))
    assert f"night {SCHEDULED}: waits for" in waiting and LATE_FEED in waiting

    request = scheduled(instance, two)

    assert isinstance(request, dg.RunRequest) and request.partition_key == SCHEDULED.isoformat()
    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "seal", _interrupted)
        assert not run(instance, request)
    assert (settings.home.release(SCHEDULED.isoformat()) / "release.json").is_file()
    assert f"night {SCHEDULED} is published" in str(scheduled(instance, two)), "the tick has finished its publication"


def _interrupted(*_: object, **__: object) -> None:
    raise NightError("ended between the rename and the seal")


def test_a_night_that_runs_is_not_begun_beside_itself(
    settings: Settings, published: Installation, instance: dg.DagsterInstance
) -> None:
    deliver(settings, published, FILLED, *FEEDS)
    job = definitions().resolve_job_def("night")
    begun = instance.create_run_for_job(
        job, tags={"dagster/partition": FILLED.isoformat()}, status=dg.DagsterRunStatus.STARTED
    )
    assert f"night {FILLED} runs, or is about to" in str(sensed(instance))
    instance.report_run_canceled(begun)

    with held_elsewhere(settings.home):
        assert "another mandi command runs a night" in str(sensed(instance))
    assert isinstance(sensed(instance), dg.RunRequest)


def test_a_backfill_stops_at_the_first_night_that_cannot_be_and_goes_on_from_there(
    settings: Settings, published: Installation
) -> None:
    deliver(settings, published, BROKEN, "demo_inquiries")
    sums = settings.home.landed("demo_inquiries", BROKEN) / SUMS
    sums.write_text("0" * 64 + sums.read_text(encoding="ascii")[64:], encoding="ascii")
    plan = plan_backfill(settings, SCHEDULED, BROKEN.replace(day=9))
    assert (plan.to_run, plan.published, plan.empty) == ((FILLED, BROKEN), (SCHEDULED,), 2)

    with pytest.raises(FeedFileError, match=r"1 of 2 nights published, then: .*changed since it landed"):
        run_backfill(settings, SCHEDULED, BROKEN)

    with pytest.raises(NightError, match=f"night {BROKEN} has landed, lies before"):
        plan_backfill(settings, BROKEN.replace(day=8), BROKEN.replace(day=9))
    take_away(settings.home.landed("demo_inquiries", BROKEN))
    deliver(settings, published, BROKEN, "demo_inquiries")
    assert run_backfill(settings, SCHEDULED, BROKEN).to_run == (BROKEN,)
    assert plan_backfill(settings, SCHEDULED, BROKEN).to_run == ()


def test_nights_made_again_from_raw_files_give_an_equal_ledger(
    settings: Settings, published: Installation, tmp_path: Path
) -> None:
    found = replay(settings, tmp_path / "again", ledger=published.home.ledger)

    assert found.nights == (SENSED, SCHEDULED, FILLED, BROKEN)
    assert (found.unequal, found.notes) == ((), ())
    with open_ledger(settings.home.ledger) as theirs, open_ledger(Home(tmp_path / "again").ledger) as ours:
        assert entries(theirs.duck) == entries(ours.duck)
    with connected(Home(tmp_path / "again").ledger) as duck:
        duck.run("delete from class_measures where class_no = 1")
    changed = compare(settings.home.ledger, Home(tmp_path / "again").ledger)
    assert [each.part for each in changed if not each.is_equal] == ["measures of classes"]


def test_nights_whose_raw_files_are_gone_are_not_made_again(
    settings: Settings, published: Installation, tmp_path: Path
) -> None:
    shutil.rmtree(settings.home.landed("demo_inquiries", BROKEN))

    with pytest.raises(NightError, match=f"night {BROKEN}: demo_inquiries is purged"):
        replay(settings, tmp_path / "again", ledger=published.home.ledger)
    assert not (tmp_path / "again").exists()
