"""What a bad night, key or query gets: one line that begins with `mandi: `, exit code 2, nothing published."""

import fcntl
import resource
import socket
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from anonymize.keyring import Keyring
from schemas.home import Home
from tests.conftest import Installation
from tests.support.command import Mandi
from tests.support.refusals import NIGHT, assert_refused, delivered, put
from warehouse.ledger import open_ledger

# Nights.


@pytest.mark.parametrize("text", ["banana", "2026-02-30", "2026-13-01", "2026/02/01", "20260201", "2026-W05-3", ""])
def test_a_night_that_is_no_date(mandi: Mandi, text: str) -> None:
    assert_refused(mandi, "night", text, saying="a night is a date such as 2026-02-01")


def test_a_night_that_is_published_already(later: Mandi) -> None:
    assert_refused(later, "night", "2026-02-02", saying="night 2026-02-02 is already published as release 2026-02-02")


def test_a_night_before_a_published_one(later: Mandi) -> None:
    assert_refused(later, "night", "2026-01-20", saying="night 2026-01-20 lies before 2026-02-03")


def test_landing_for_a_night_that_can_no_longer_run(later: Mandi, published: Installation) -> None:
    file = delivered(published, "demo_inquiries")

    assert_refused(later, "land", "demo_inquiries", file, "--night", "2026-01-20", saying="nights run in order")


def test_an_earlier_night_that_has_landed_and_waits(later: Mandi, published: Installation) -> None:
    for night in (NIGHT, NIGHT + timedelta(days=1)):
        put(later.home, delivered(published, "demo_inquiries"), "demo_inquiries", night)

    assert_refused(
        later, "night", str(NIGHT + timedelta(days=1)), saying=f"night {NIGHT} has landed and is not published"
    )


def test_a_night_for_which_nothing_landed(mandi: Mandi) -> None:
    assert_refused(mandi, "night", str(NIGHT), saying=f"nothing has landed for night {NIGHT}; run mandi land")


def test_a_night_in_the_future(mandi: Mandi, published: Installation) -> None:
    far = date.today() + timedelta(days=40)
    put(mandi.home, delivered(published, "demo_inquiries"), "demo_inquiries", far)

    assert_refused(mandi, "night", str(far), saying="lies in the future")


def test_a_second_command_on_a_home_whose_night_runs(later: Mandi, published: Installation) -> None:
    put(later.home, delivered(published, "demo_inquiries"), "demo_inquiries")
    with (later.home / "private" / "night.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        assert_refused(later, "night", str(NIGHT), saying="another mandi command runs a night")


def test_a_second_command_does_not_touch_the_ledger_of_a_night_that_runs(mandi: Mandi) -> None:
    (mandi.home / "private" / "ledger.duckdb").write_text("whoever opens this fails otherwise")
    with (mandi.home / "private" / "night.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        assert_refused(mandi, "night", str(NIGHT), saying="another mandi command runs a night")


# Keys.


def delete_the_key(keys: Path) -> None:
    (keys / "epoch-2026.key").unlink()


def swap_the_key(keys: Path) -> None:
    (keys / "epoch-2026.key").unlink()
    Keyring(keys).epoch_key(2026)


def cut_the_key(keys: Path) -> None:
    path = keys / "epoch-2026.key"
    path.write_bytes(path.read_bytes()[:50])


def open_the_key(keys: Path) -> None:
    (keys / "epoch-2026.key").chmod(0o644)


def open_the_folder(keys: Path) -> None:
    keys.chmod(0o755)


@pytest.mark.parametrize(
    ("spoil", "saying"),
    [
        (delete_the_key, "epoch"),
        (swap_the_key, "the key of epoch 2026 is not the one this ledger was made with"),
        (cut_the_key, "key epoch-2026: is malformed or was changed"),
        (open_the_key, "private/keys/epoch-2026.key: others may read or change it. Run chmod 600"),
        (open_the_folder, "private/keys: others may read or change it. Run chmod 700"),
    ],
)
def test_a_key_that_is_missing_wrong_or_open(
    later: Mandi, published: Installation, spoil: Callable[[Path], None], saying: str
) -> None:
    put(later.home, delivered(published, "demo_inquiries"), "demo_inquiries")
    spoil(Home(later.home).keys)

    assert_refused(later, "night", str(NIGHT), saying=saying)


# Reading.


def test_reading_before_anything_is_released(mandi: Mandi) -> None:
    for words in (("tables",), ("query", "from demand")):
        assert_refused(mandi, *words, saying="nothing is released under home/ yet")
    assert_refused(mandi, "nights", saying="there is no ledger yet")


@pytest.mark.parametrize(
    "sql",
    [
        "select nothing from demand", "drop table demand", "selec 1", "", "from '/etc/passwd'",
        "copy demand to '/tmp/x.csv'", "attach '/tmp/x.duckdb'", "set threads = 1",
    ],
)  # fmt: skip
def test_a_query_that_is_wrong_or_wants_more_than_to_read(later: Mandi, sql: str) -> None:
    assert_refused(later, "query", sql, saying="query refused: ")


def test_a_table_that_does_not_exist(later: Mandi) -> None:
    assert_refused(later, "tables", "secrets", saying="try one of classes, ")


def test_an_extract_that_is_not_what_was_signed(later: Mandi) -> None:
    folder = later.home / "releases" / "2026-02-03" / "extracts" / "acma"
    path = folder / "datapackage.json"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes() + b" ")

    told = later("verify", folder)
    assert (told.code, told.err) == (5, "") and told.out == "tampered: acma: datapackage.json was changed\n"
    listed = later.home / "r.json"
    listed.write_text("{}")
    sound = folder.parent / "fieo"
    assert_refused(later, "verify", sound, "--releases", listed, saying="r.json is no list of releases")
    (folder / "SHA256SUMS").unlink()
    assert later("verify", folder).code == 5
    assert_refused(later, "verify", later.home, saying="lacks SHA256SUMS")


@pytest.mark.parametrize("command", ["serve", "ui"])
def test_a_port_that_is_none_or_taken(mandi: Mandi, command: str) -> None:
    for port in ("0", "-1", "65536"):
        told = mandi(command, f"--port={port}")
        assert told.code == 2 and "--port" in told.err, told
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert_refused(mandi, command, "--port", port, saying=f"port {port} cannot be had (Address already in use)")
    assert not (Home(mandi.home).dagster / "dagster.yaml").exists()


# What nobody foresaw.


def test_a_home_that_cannot_be_used(
    published: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "home").write_text("a file where a folder should be")
    file = delivered(published, "demo_orders")
    told = Mandi(tmp_path / "home", monkeypatch, capsys)("land", "demo_orders", file, "--night", str(NIGHT))

    assert (told.code, len(told.err.splitlines())) == (2, 1) and told.err.startswith("mandi: ")


def test_an_opt_out_list_that_cannot_be_read_stops_the_night(later: Mandi, published: Installation) -> None:
    put(later.home, delivered(published, "demo_orders"), "demo_orders")
    (later.home / "private" / "opt_out.tsv").write_text("demo_orders B1000000\n")

    told = assert_refused(later, "night", str(NIGHT), saying="opt_out.tsv: entry 1 is not a feed, a tab and an account")
    assert "B1000000" not in told.err


@pytest.mark.parametrize("kib", [0, 64, 128])
def test_a_disk_that_takes_no_more_is_one_line_whoever_was_writing(mandi: Mandi, kib: int) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (kib * 1024, before[1]))
    try:
        told = mandi("night", str(NIGHT))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert told.code == 2 and "unforeseen" not in told.err, told.err
    assert len([line for line in told.err.splitlines() if "cannot be recorded" not in line]) == 1, told.err


def test_an_unforeseen_failure_tells_its_type_and_place_only(mandi: Mandi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("warehouse.ledger.Ledger.records", lambda _: {}["Meera Textiles"])
    with open_ledger(mandi.home / "private" / "ledger.duckdb"):
        pass
    told = mandi("nights")

    assert told.code == 1 and "unforeseen KeyError" in told.err and "Meera" not in told.err + told.out
