"""`mandi status`: green, amber or red, and why, whatever a night left behind; and what a machine learns of it."""

import json
import os
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from assets import night_facts
from assets.concerns import ZONE, due_night
from assets.figures import keep_figures
from assets.morning import morning_of, write_page
from assets.nights import NIGHTS
from assets.settings import ROOT, Settings
from pipelines.commands.status import EXIT_CODES
from pipelines.definitions import definitions
from pipelines.waiting import waiting_nights
from schemas.home import Home
from schemas.morning import Morning
from schemas.releases import ReleaseManifest
from schemas.steps import STEPS
from tests.conftest import Installation
from tests.support.command import Mandi
from tests.support.left_behind import FEEDS, leave, leave_pool, log_of
from warehouse.access import make_home
from warehouse.audit import ATTACKS
from warehouse.ledger import open_ledger
from warehouse.morning_page import PAGE, morning_page

NIGHT = date(2026, 2, 5)
MORNING = datetime(2026, 2, 6, 8, 30, tzinfo=ZONE)
"""Of the day after, when the night is overdue."""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A home on a disk with room, whichever disk this is."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**12, 10**11, 9 * 10**11))
    make_home(Home(tmp_path / "home"))
    return Settings(Home(tmp_path / "home"), ROOT / "config")


def seen(settings: Settings, now: datetime = MORNING, night: date | None = None) -> Morning:
    return morning_of(settings, now=now, night=night)


def landed(settings: Settings, *feeds: str, night: date = NIGHT) -> None:
    for feed in feeds:
        folder = settings.home.landed(feed, night)
        folder.mkdir(parents=True)
        (folder / "SHA256SUMS").write_text("")
        (folder / "rows.csv").write_text("12345")


def stop(settings: Settings, error: str = "RefusalLimitError", message: str = "demo_orders: too many refused.") -> None:
    leave(settings.home, NIGHT, until="landed_feeds")
    log = log_of(settings.home, NIGHT)
    log.write("step_started", step="scrubbed_events")
    log.write("step_failed", step="scrubbed_events", error=error, seconds=1.0)
    keep_figures(settings.home, NIGHT, "failure", {"step": "scrubbed_events", "error": error, "message": message})


# What the verdict is.


def test_a_published_night_without_a_concern_is_green(settings: Settings) -> None:
    leave(settings.home, NIGHT)
    leave_pool(settings.home, NIGHT, 70, date(2026, 2, 12))

    morning = seen(settings)

    assert (morning.colour, morning.phase, morning.concerns) == ("green", "published", ())
    assert morning.sentence == (
        "Night 2026-02-05 is published: 1,200 rows came, 12 classes are new, and every attack failed."
    )
    assert morning.release is not None and morning.release.n_demand_rows == 345
    assert [(each.attack, each.n_found) for each in morning.attacks] == [("dominance", 0), ("identifiers", 0)]
    assert morning.pool is not None and (morning.pool.n_events, morning.pool.next_close) == (70, date(2026, 2, 12))
    assert {step.state for step in morning.steps} == {"finished"}


def test_a_night_that_never_ran_is_red_and_told_with_the_hour_it_was_due(settings: Settings) -> None:
    leave(settings.home, NIGHT - timedelta(days=1))

    morning = seen(settings)

    assert (morning.colour, morning.phase) == ("red", "missing")
    assert morning.sentence == ("No night for 2026-02-05; it should have run at 02:00. Nothing has landed for it.")
    assert morning.concerns[0].command == "mandi land FEED FILE --night 2026-02-05"
    assert morning.newest_release == "2026-02-04"


def test_a_page_about_a_night_that_never_ran_makes_it_no_night_that_began(settings: Settings) -> None:
    leave(settings.home, NIGHT - timedelta(days=1))
    leave(settings.home, NIGHT - timedelta(days=2), until="audit")
    log_of(settings.home, NIGHT).write("alert_sent", channel="mail")
    write_page(settings.home, seen(settings))

    morning = seen(settings)

    assert morning.phase == "missing"
    assert [each.state for each in morning.nights][-4:] == ["nothing", "unpublished", "published", "nothing"]


def test_of_a_night_that_never_ran_it_is_told_what_has_landed(settings: Settings) -> None:
    leave(settings.home, NIGHT - timedelta(days=1))
    landed(settings, "demo_orders", "demo_rfqs")

    morning = seen(settings)

    assert morning.sentence.endswith("Landed: demo_orders, demo_rfqs.")
    assert morning.concerns[0].command == "mandi night 2026-02-05"
    assert [(feed.feed, feed.n_files, feed.n_bytes, feed.n_rows) for feed in morning.feeds] == [
        ("demo_orders", 1, 5, None), ("demo_rfqs", 1, 5, None),
    ]  # fmt: skip


def test_before_the_late_hour_a_night_that_has_not_run_is_amber(settings: Settings) -> None:
    leave(settings.home, NIGHT - timedelta(days=1))

    early = seen(settings, MORNING.replace(hour=3))

    assert (early.colour, early.phase, early.night) == ("amber", "missing", NIGHT)
    assert early.sentence.startswith("No night for 2026-02-05 yet")


def test_before_the_due_hour_the_night_before_is_looked_at(settings: Settings) -> None:
    leave(settings.home, NIGHT - timedelta(days=1))

    assert seen(settings, MORNING.replace(hour=1)).night == NIGHT - timedelta(days=1)
    assert due_night(MORNING.replace(hour=1, minute=59), time(2)) == date(2026, 2, 4)
    assert due_night(MORNING.replace(hour=2, minute=0), time(2)) == date(2026, 2, 5)
    assert due_night(datetime(2026, 2, 5, 20, 30, tzinfo=UTC), time(2)) == date(2026, 2, 5), "02:00 in Kolkata"


def test_an_installation_whose_nights_are_run_by_hand_misses_none(settings: Settings, tmp_path: Path) -> None:
    by_hand = with_watch(settings, tmp_path, 'due: "02:00" ', "due: null ")
    leave(settings.home, NIGHT - timedelta(days=20))

    morning = seen(by_hand)

    assert (morning.night, morning.colour) == (NIGHT - timedelta(days=20), "green")


def test_a_night_that_stopped_is_red_with_its_own_sentence_and_the_next_command(settings: Settings) -> None:
    stop(settings)

    morning = seen(settings)

    assert (morning.colour, morning.phase) == ("red", "stopped")
    assert morning.sentence == "Night 2026-02-05 stopped at scrubbed_events: demo_orders: too many refused."
    assert morning.concerns[0].command == "mandi night 2026-02-05"
    assert [step.state for step in morning.steps][:3] == ["finished", "failed", "not run"]


@pytest.mark.parametrize(
    ("error", "command"),
    [
        ("DisclosureError", "mandi report 2026-02-05 --private"),
        ("NightError", "mandi night 2026-02-05"),
        ("StepError", "mandi night 2026-02-05"),
    ],
)
def test_what_to_run_next_follows_the_kind_of_error(settings: Settings, error: str, command: str) -> None:
    stop(settings, error=error)

    assert seen(settings).concerns[0].command == command


def test_an_earlier_night_that_stopped_comes_first_with_its_reason_and_the_command_that_works(
    settings: Settings,
) -> None:
    later = NIGHT + timedelta(days=1)
    leave(settings.home, NIGHT - timedelta(days=1))
    landed(settings, "demo_orders")
    stop(settings)
    told = (
        "Night 2026-02-05 stopped at scrubbed_events: demo_orders: too many refused. Later nights wait behind "
        "2026-02-05."
    )

    weeks = seen(settings, MORNING + timedelta(days=30))  # nothing has landed since
    assert (weeks.sentence, weeks.concerns[0].command) == (told, "mandi night 2026-02-05")
    assert weeks.concerns[1].command == "mandi land FEED FILE --night 2026-03-07"

    landed(settings, "demo_orders", night=later)
    keep_figures(
        settings.home, later, "failure", {"step": "landed_feeds", "error": "NightError", "message": "too early"}
    )
    morning = seen(settings, MORNING + timedelta(days=1))
    assert (morning.night, morning.sentence) == (later, told)
    assert [each.command for each in morning.concerns[:2]] == ["mandi night 2026-02-05", None]
    with open_ledger(settings.home.ledger) as ledger:
        first, second = waiting_nights(settings, ledger)
    assert first.sentence().startswith("stopped at scrubbed_events (RefusalLimitError): demo_orders: too many refused")
    assert second.sentence().endswith("waits behind night 2026-02-05") and "too early" not in second.sentence()


def test_a_ledger_older_than_the_releases_is_told(settings: Settings, mandi: Mandi) -> None:
    leave(settings.home, NIGHT)
    release = settings.home.release(str(NIGHT))
    release.mkdir()
    (release / "release.json").write_text("{}")
    with open_ledger(settings.home.ledger):
        pass
    told = "of 1 releases are not in the ledger, 2026-02-05 the newest"
    status, nights = mandi("status", str(NIGHT)), mandi("nights")

    assert status.code == 4 and told in status.out.replace("\n", " ")
    assert (nights.code, nights.out) == (2, "") and told in nights.err


def test_what_an_audit_found_is_shown_and_what_an_earlier_one_found_is_not(settings: Settings) -> None:
    leave(settings.home, NIGHT, until="extracts")
    finding = {"attack": "identifiers", "n": 2, "what": "identifier", "where": "extracts/acma/note.txt"}
    audit = {"figures": {"dominance": {}, "identifiers": {}}, "findings": [finding], "n_files": 1, "n_identifiers": 1}
    log = log_of(settings.home, NIGHT)
    log.write("step_started", step="audit")
    keep_figures(settings.home, NIGHT, "audit", audit)
    log.write("step_failed", step="audit", error="DisclosureError", seconds=0.1)
    failure = {"step": "audit", "error": "DisclosureError", "message": "identifiers_finds_nothing did not hold."}
    keep_figures(settings.home, NIGHT, "failure", failure)

    found = seen(settings).attacks
    os.utime(settings.home.report(NIGHT) / "audit.json", (0, 0))

    assert [(each.attack, each.n_found) for each in found] == [("dominance", 0), ("identifiers", 2)]
    assert seen(settings).attacks == ()


def test_a_held_night_is_red_with_the_sentence_that_holds_it_and_the_rows_against_their_band(
    settings: Settings,
) -> None:
    leave(settings.home, NIGHT, until="scrubbed_events", rows={"demo_orders": (40, 0)})
    log = log_of(settings.home, NIGHT)
    log.write("step_started", step="arrivals")
    log.write("step_failed", step="arrivals", error="HeldNightError", seconds=0.1)
    whole = {"feed": "demo_orders", "country": None, "n_rows": 40, "n_low": 900, "n_high": 1_300, "verdict": "short"}
    keep_figures(settings.home, NIGHT, "arrivals", {"arrivals": [whole | {"country": "DE"}, whole], "accepted": []})
    message = f"night {NIGHT} is held: demo_orders is short. Ask the sender."
    keep_figures(settings.home, NIGHT, "failure", {"step": "arrivals", "error": "HeldNightError", "message": message})

    morning = seen(settings)

    assert (morning.colour, morning.phase) == ("red", "held")
    assert morning.sentence == f"Night {NIGHT} is held: demo_orders is short. Ask the sender."
    (feed,) = morning.feeds
    assert (feed.verdict, feed.n_low, feed.n_high) == ("short", 900, 1_300)
    assert "short: 900 to 1,300" in morning_page(morning)


def test_what_an_operator_let_pass_is_amber(settings: Settings) -> None:
    leave(settings.home, NIGHT)
    accepted = [{"feed": "demo_orders", "verdict": "short", "n_rows": 40, "reason": "a holiday"}]
    keep_figures(settings.home, NIGHT, "arrivals", {"arrivals": [], "accepted": accepted})

    morning = seen(settings)

    assert (morning.colour, morning.concerns[0].sentence) == (
        "amber", "demo_orders was accepted although it was short.",
    )  # fmt: skip
    assert "holiday" not in morning.model_dump_json()


def test_figures_of_an_earlier_try_are_not_shown_for_a_later_one(settings: Settings) -> None:
    leave(settings.home, NIGHT, until="audit")
    stop(settings)

    morning = seen(settings)

    assert (morning.attacks, morning.identities, morning.feeds) == ((), (), ())


def test_a_process_that_was_killed_is_told_as_gone_and_where(settings: Settings) -> None:
    leave(settings.home, NIGHT, until="scrubbed_events")
    log_of(settings.home, NIGHT).write("step_started", step="demand_classes")

    morning = seen(settings)

    assert (morning.colour, morning.phase) == ("red", "vanished")
    assert "its process was gone at demand_classes" in morning.sentence
    assert morning.concerns[0].command == "mandi night 2026-02-05"
    assert [step.state for step in morning.steps][STEPS.index("demand_classes")] == "failed"


def test_a_night_that_runs_is_amber_until_it_is_late(settings: Settings) -> None:
    log = log_of(settings.home, NIGHT)
    with log.held():
        log.write("step_started", step="landed_feeds")
        early, late = seen(settings, MORNING.replace(hour=3)), seen(settings)

    assert (early.phase, early.colour, late.colour) == ("running", "amber", "red")
    assert "running since" in early.sentence and early.sentence.endswith("at landed_feeds.")


def test_between_two_steps_a_night_still_runs_but_not_for_ever(settings: Settings) -> None:
    leave(settings.home, NIGHT, until="demand_classes")
    written = night_facts.lines(log_of(settings.home, NIGHT).path)[-1].time

    assert seen(settings, written + timedelta(seconds=5), NIGHT).phase == "running"
    assert seen(settings, written + timedelta(minutes=5), NIGHT).phase == "vanished"


def test_what_is_asked_of_a_published_night_again_is_amber_and_hides_nothing(settings: Settings) -> None:
    leave(settings.home, NIGHT)
    log = log_of(settings.home, NIGHT)
    log.write("step_started", step="landed_feeds")
    log.write("step_failed", step="landed_feeds", error="NightError", seconds=0.1)
    failure = {"step": "landed_feeds", "error": "NightError", "message": "is already published"}
    keep_figures(settings.home, NIGHT, "failure", failure)

    morning = seen(settings)

    assert (morning.colour, morning.phase) == ("amber", "published")
    assert "is already published" in morning.sentence and morning.identities


def test_a_night_without_a_log_is_judged_by_its_figures(settings: Settings) -> None:
    leave(settings.home, NIGHT, with_log=False)

    assert seen(settings).colour == "green"


def test_an_empty_installation_is_red_and_is_not_made_by_looking(tmp_path: Path) -> None:
    nothing = Settings(Home(tmp_path / "nothing"), ROOT / "config")

    morning = seen(nothing)

    assert (morning.colour, morning.phase, morning.night) == ("red", "none", None)
    assert "MANDI_HOME" in morning.sentence and not nothing.home.root.exists()


@pytest.mark.parametrize("file", ["watch.yaml", "policy.yaml"])
def test_a_configuration_that_cannot_be_read_is_red_whatever_the_night(
    settings: Settings, tmp_path: Path, file: str
) -> None:
    leave(settings.home, NIGHT)
    config = tmp_path / "config"
    shutil.copytree(settings.config, config)
    (config / file).write_text("due: [")

    morning = seen(Settings(settings.home, config), night=NIGHT)

    assert morning.colour == "red" and morning.concerns[0].sentence.startswith("The configuration cannot be read: ")


# What is worth a look.


def history(settings: Settings, *, orders: int = 1_000, refused: int = 5, seconds: float = 2.0) -> None:
    """Six Thursdays and the Wednesdays before them; a Wednesday brings a tenth."""
    for week in range(1, 7):
        thursday = NIGHT - timedelta(days=7 * week)
        for night, n in ((thursday, orders), (thursday - timedelta(days=1), orders // 10)):
            leave(settings.home, night, rows={"demo_orders": (n, refused * n // 1_000)}, seconds={"audit": seconds})


def test_rows_are_held_against_the_same_weekday(settings: Settings) -> None:
    history(settings)
    leave(settings.home, NIGHT, rows={"demo_orders": (350, 1)})

    morning = seen(settings)

    assert morning.colour == "amber"
    assert [concern.sentence for concern in morning.concerns] == [
        "demo_orders brought 350 rows; 1,000 are usual on this weekday."
    ]
    assert morning.feeds[0].usual_rows == 1_000


def test_a_feed_of_which_more_is_refused_than_usual_is_told_with_the_reason(settings: Settings) -> None:
    history(settings)
    leave(settings.home, NIGHT, rows={"demo_orders": (1_000, 30)})

    (concern,) = seen(settings).concerns

    assert concern.sentence == "demo_orders: 3.0% of its rows were refused, most for no_date; 0.2% is usual."
    assert concern.command == "mandi feed check config/feeds/demo_orders.yaml FILE"


def test_a_step_that_takes_far_longer_than_usual_is_told(settings: Settings) -> None:
    history(settings, seconds=40.0)
    leave(settings.home, NIGHT, rows={"demo_orders": (1_000, 5)}, seconds={"audit": 130.0})

    assert [concern.sentence for concern in seen(settings).concerns] == ["audit took 130 s; 40 s are usual."]


def test_few_earlier_nights_tell_nothing_yet(settings: Settings) -> None:
    leave(settings.home, NIGHT - timedelta(days=7), rows={"demo_orders": (100_000, 0)})
    leave(settings.home, NIGHT, rows={"demo_orders": (10, 5)}, seconds={"audit": 900.0})

    morning = seen(settings)

    assert morning.colour == "green" and morning.feeds[0].usual_rows == 100_000


@pytest.mark.parametrize(("free", "colour"), [(50 * 10**9, "green"), (9 * 10**9, "amber"), (10**9, "red")])
def test_a_disk_that_fills_up_is_told(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, free: int, colour: str
) -> None:
    leave(settings.home, NIGHT)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**12, 10**12 - free, free))

    assert seen(settings).colour == colour


def test_the_end_of_an_epoch_is_told_two_weeks_ahead(settings: Settings) -> None:
    """2026 closes on 2 May 2027, with April: 120 days after the year's end a month has to close."""
    leave(settings.home, date(2027, 4, 20))
    leave(settings.home, date(2027, 4, 10))

    near = seen(settings, night=date(2027, 4, 20))
    far = seen(settings, night=date(2027, 4, 10))

    assert near.concerns[0].sentence.startswith("Epoch 2026 closes on the night of 2027-05-02")
    assert (near.colour, far.colour) == ("amber", "green")
    assert [(each.on, each.what) for each in far.dates] == [(date(2027, 5, 2), "epoch 2026 closes")]


def test_an_erasure_that_was_interrupted_is_told(settings: Settings) -> None:
    leave(settings.home, NIGHT)
    settings.home.erasing.mkdir()

    assert "erasure was interrupted" in seen(settings).sentence


def test_a_home_that_others_may_read_is_red_before_the_next_night_stops_at_it(settings: Settings) -> None:
    leave(settings.home, NIGHT)
    settings.home.private.chmod(0o755)

    morning = seen(settings)

    assert morning.colour == "red" and "others may read or change it. Run chmod 700" in morning.sentence


def test_red_stands_before_amber(settings: Settings) -> None:
    settings.home.erasing.mkdir()
    stop(settings)

    assert [concern.colour for concern in seen(settings).concerns] == ["red", "amber"]


# The command.


@pytest.mark.parametrize(
    ("prepare", "code", "word"),
    [
        (lambda settings: leave(settings.home, NIGHT), 0, "GREEN"),
        (lambda settings: (leave(settings.home, NIGHT), settings.home.erasing.mkdir()), 3, "AMBER"),
        (stop, 4, "RED"),
    ],
    ids=["green", "amber", "red"],
)
def test_the_exit_code_tells_the_colour(
    settings: Settings, mandi: Mandi, prepare: Callable[[Settings], object], code: int, word: str
) -> None:
    prepare(settings)

    told = mandi("status", str(NIGHT))

    assert (told.code, told.err) == (code, "") and told.out.startswith(word)
    assert len(told.out.splitlines()) < 40, "one screen"


def test_as_json_it_tells_the_same(settings: Settings, mandi: Mandi) -> None:
    stop(settings)

    told = mandi("status", str(NIGHT), "--json")

    morning = Morning.model_validate_json(told.out)
    assert told.code == EXIT_CODES[morning.colour] == 4
    assert morning.sentence == seen(settings, night=NIGHT).sentence


def test_codes_of_a_colour_are_none_of_a_failed_command(mandi: Mandi) -> None:
    assert set(EXIT_CODES.values()) & {1, 2} == set()
    assert mandi("status", "banana").code == 2


def test_looking_writes_nothing_and_page_writes_page_and_metrics(settings: Settings, mandi: Mandi) -> None:
    leave(settings.home, NIGHT)
    before = sorted(settings.home.root.rglob("*"))
    assert mandi("status", str(NIGHT)).code == 0
    assert sorted(settings.home.root.rglob("*")) == before

    mandi("status", str(NIGHT), "--page")

    written = {path.relative_to(settings.home.root) for path in {*settings.home.root.rglob("*")} - {*before}}
    assert written == {
        Path("private/reports/2026-02-05") / PAGE, Path("private/metrics"), Path("private/metrics/mandi.prom"),
    }  # fmt: skip
    assert {(settings.home.root / path).stat().st_mode & 0o077 for path in written} == {0}


def test_a_page_for_a_home_that_is_not_there_is_refused(mandi: Mandi) -> None:
    shutil.rmtree(mandi.home)
    told = mandi("status", "--page")

    assert told.code == 2 and "there is no home here" in told.err and not mandi.home.exists()


@pytest.fixture
def mandi(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Mandi:
    return Mandi(settings.home.root, monkeypatch, capsys)


@pytest.mark.parametrize(("digest", "version", "colour"), [("b", 1, "red"), ("b", 2, "green"), ("a", 1, "green")])
def test_another_policy_under_the_same_version_is_told(
    settings: Settings, digest: str, version: int, colour: str
) -> None:
    release(settings.home, NIGHT - timedelta(days=1), None, digest="a", version=1)
    release(settings.home, NIGHT, NIGHT - timedelta(days=1), digest=digest, version=version)
    morning = morning_of(settings, now=MORNING, night=NIGHT)
    assert morning.colour == colour
    assert any("The policy is not that of release" in each.sentence for each in morning.concerns) == (colour == "red")


def release(home: Home, night: date, previous: date | None, *, digest: str, version: int) -> None:
    """Leaves a published night with its manifest."""
    leave(home, night)
    manifest = ReleaseManifest(
        release_id=str(night), night=night, previous=previous and str(previous), schema_version="1",
        policy_name="plain", policy_version=version, policy_digest=digest, classes_digest="c", chain_head="d",
        n_classes_new=0, n_classes=0, n_demand_rows=0,
    )  # fmt: skip
    home.release(str(night)).mkdir(parents=True, exist_ok=True)
    (home.release(str(night)) / "release.json").write_text(manifest.model_dump_json())


# Real nights.


def test_real_nights_left_a_page_a_log_and_metrics(published: Installation) -> None:
    night = date(2026, 2, 3)
    morning = morning_of(published.settings, now=datetime(2026, 2, 4, 9, tzinfo=ZONE), night=night)
    events = [json.loads(each)["event"] for each in log_of(published.home, night).path.read_text().splitlines()]

    assert (morning.phase, morning.pool is not None) == ("published", True)
    assert all(step.seconds is not None and step.usual_seconds is not None for step in morning.steps)
    assert {feed.feed for feed in morning.feeds} == {"demo_inquiries", "demo_orders", "demo_rfqs", "demo_searches"}
    assert events.count("step_started") == events.count("step_finished") == len(morning.steps)
    assert events.count("feed_read") == 4 and events.count("attack_ran") == len(ATTACKS)
    assert "Night 2026-02-03 is published" in (published.home.report(night) / PAGE).read_text()
    assert b"mandi_step_duration_seconds" in (published.home.private / "metrics" / "mandi.prom").read_bytes()


def test_the_hour_and_zone_are_those_of_the_schedule(settings: Settings) -> None:
    due = settings.watch.due
    assert due is not None
    nightly = definitions().resolve_schedule_def("nightly")
    assert nightly.cron_schedule == f"{due.minute} {due.hour} * * *"
    assert nightly.execution_timezone == str(NIGHTS.timezone) == str(ZONE)
    assert ZoneInfo(str(NIGHTS.timezone)) == ZONE


def test_feeds_of_these_tests_are_under_contract(settings: Settings) -> None:
    assert set(FEEDS) <= set(settings.contracts)


def with_watch(settings: Settings, folder: Path, before: str, after: str) -> Settings:
    """The same installation with one line of `watch.yaml` changed."""
    config = folder / "config"
    shutil.copytree(settings.config, config)
    text = (config / "watch.yaml").read_text(encoding="utf-8")
    assert before in text
    (config / "watch.yaml").write_text(text.replace(before, after), encoding="utf-8")
    return Settings(settings.home, config)


def test_a_page_is_written_for_a_night_that_stopped(settings: Settings) -> None:
    stop(settings)
    write_page(settings.home, seen(settings))

    assert "Red: " in (settings.home.report(NIGHT) / PAGE).read_text()
