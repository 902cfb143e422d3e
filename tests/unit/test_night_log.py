"""The log of a night: lines of closed words and numbers, private, whole, and gone after their time."""

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from assets.logged_counts import counted
from assets.logs import Words, is_held, lines, log_path, remove_old
from assets.settings import ROOT
from schemas.home import Home
from tests.support.left_behind import RUN, feed_figures, log_of

NIGHT = date(2026, 2, 3)
NOON = datetime(2026, 2, 4, 6, 30, tzinfo=UTC)
WORDS = Words(feeds=frozenset({"demo_orders"}), attacks=frozenset({"linkage"}))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def line(**told: Any) -> dict[str, Any]:
    return dict(json.loads(WORDS.line(time=NOON, night=NIGHT, run=RUN, **told)))


def test_a_line_tells_when_which_night_which_run_and_what() -> None:
    told = line(event="rows_refused", step="scrubbed_events", feed="demo_orders", reason="no_date", counts={"n": 4})

    assert told == {
        "time": "2026-02-04T06:30:00.000+00:00",
        "night": "2026-02-03",
        "run": "00000000-0000-0000-0000-000000000007",
        "event": "rows_refused",
        "step": "scrubbed_events",
        "feed": "demo_orders",
        "reason": "no_date",
        "n": 4,
    }


def test_seconds_are_kept_to_the_millisecond() -> None:
    assert line(event="step_finished", step="audit", seconds=1.23456)["seconds"] == 1.235


@pytest.mark.parametrize(
    "told",
    [
        {"event": "step_started", "feed": "other_feed"},
        {"event": "step_started", "reason": "because"},
        {"event": "step_started", "attack": "brute_force"},
        {"event": "step_started", "error": "KeyError"},
        {"event": "step_started", "step": "lunch"},
        {"event": "something"},
        {"event": "step_started", "message": "audit"},
        {"event": "step_started", "counts": {"n_rows": 1.0}},
        {"event": "step_started", "counts": {"n_rows": True}},
        {"event": "step_started", "counts": {"n_phones": 1}},
    ],
)
def test_a_word_or_number_that_is_in_no_set_makes_no_line(told: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"closed sets only|known names only"):
        line(**told)


def test_lines_are_read_back_in_order_and_a_torn_one_is_passed_over(home: Home) -> None:
    log = log_of(home, NIGHT)
    log.write("step_started", step="audit")
    with log.path.open("ab") as file:
        file.write(b'{"time": "2026-02-04T06:3\n"no object"\n')
    log.write("step_failed", step="audit", error="DisclosureError", seconds=2.5)

    told = lines(log.path)

    assert [(each.event, each.step, each.error, each.seconds) for each in told] == [
        ("step_started", "audit", None, None),
        ("step_failed", "audit", "DisclosureError", 2.5),
    ]
    assert {each.run for each in told} == {str(UUID(int=7))}
    assert lines(log_path(home, date(2026, 2, 4))) == []


def test_a_log_is_for_its_owner_alone_whatever_the_umask(home: Home) -> None:
    kept = os.umask(0)
    try:
        log_of(home, NIGHT).write("step_started", step="audit")
    finally:
        os.umask(kept)

    path = log_path(home, NIGHT)
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_link_in_the_place_of_a_log_is_not_followed(home: Home, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere"
    target.write_text("")
    log_path(home, NIGHT).parent.mkdir(parents=True)
    log_path(home, NIGHT).symlink_to(target)

    with pytest.raises(OSError, match=r"symbolic links|Too many levels"):
        log_of(home, NIGHT).write("step_started", step="audit")
    assert target.read_text() == ""


def test_logs_of_old_nights_go_and_other_files_stay(home: Home) -> None:
    nights = [date(2025, 11, 4), date(2025, 11, 5), date(2025, 11, 6), NIGHT]
    for night in nights:
        log_of(home, night).write("step_started", step="audit")
    (home.private / "logs" / "notes.jsonl").write_text("mine")

    remove_old(home, NIGHT, keep_days=90)

    kept = sorted(path.stem for path in (home.private / "logs").iterdir())
    assert kept == ["2025-11-05", "2025-11-06", "2026-02-03", "notes"]


def test_a_log_is_held_while_a_step_runs_and_no_longer(home: Home) -> None:
    log = log_of(home, NIGHT)
    assert not is_held(log.path)

    with log.held():
        assert is_held(log.path)
        log.write("step_started", step="audit")

    assert not is_held(log.path)


def test_a_killed_process_lets_go_of_its_log(home: Home) -> None:
    script = (
        "import sys, time; from datetime import date; from pathlib import Path; from schemas.home import Home\n"
        "from assets.logs import open_private, log_path; import fcntl\n"
        "handle = open_private(log_path(Home(Path(sys.argv[1])), date(2026, 2, 3)))\n"
        "fcntl.flock(handle, fcntl.LOCK_SH); print('held', flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(home.root)], stdout=subprocess.PIPE, cwd=ROOT, text=True
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == "held\n"
        held = is_held(log_path(home, NIGHT))
        process.send_signal(signal.SIGKILL)
        process.wait()

    assert held and not is_held(log_path(home, NIGHT))


def test_what_a_step_counted_becomes_lines_that_the_log_takes() -> None:
    found = feed_figures(100, 7) | {"dropped_values": {"no_rate": 2}}

    told = [line(event=event, step="scrubbed_events", **rest) for event, rest in counted("scrubbed_events", {
        "demo_orders": found})]  # fmt: skip

    assert [(each["event"], each.get("reason"), each.get("n"), each.get("n_rows")) for each in told] == [
        ("feed_read", None, None, 100),
        ("rows_refused", "no_date", 7, None),
        ("values_left_out", "no_rate", 2, None),
    ]


def test_an_attack_that_found_something_is_counted_and_its_place_is_not_told() -> None:
    audit = {
        "figures": {"linkage": {}},
        "findings": [{"attack": "linkage", "n": 3, "what": "identifier", "where": "extracts/acma/note.txt"}],
        "n_files": 5,
        "n_identifiers": 6,
    }

    told = [line(event=event, step="audit", **rest) for event, rest in counted("audit", audit)]

    assert [(each["event"], each.get("n")) for each in told] == [("step_counted", None), ("attack_ran", 3)]
    assert "acma" not in json.dumps(told)


def test_a_step_that_kept_nothing_counts_nothing() -> None:
    assert list(counted("audit", {})) == [] and list(counted("extracts", {"acma": {"demand": 3}})) == []
