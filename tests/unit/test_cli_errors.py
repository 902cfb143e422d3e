"""What bad input gets: one line on standard error that begins with `mandi: `, exit code 2, nothing published."""

import fcntl
import gzip
import hashlib
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from anonymize.keyring import Keyring
from assets.demand_classes import class_night
from assets.settings import ROOT, Settings
from feeds.landing import SUMS
from pipelines.runner import make_home
from schemas.errors import NightError
from schemas.home import Home
from tests.conftest import Installation
from tests.support.command import Mandi, Told
from warehouse.ledger import open_ledger

NIGHT = date(2026, 2, 4)
"""The night after the last published one."""

HEADER = "order_no,ordered_on,customer_id,seller_id,customer_name"


@pytest.fixture
def mandi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Mandi:
    """The command on an empty home."""
    make_home(Home(tmp_path / "home"))
    return Mandi(tmp_path / "home", monkeypatch, capsys)


@pytest.fixture
def later(
    published: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Mandi:
    """The command on a copy of a home with seven published nights."""
    shutil.copytree(published.home.root, tmp_path / "home", symlinks=True)
    return Mandi(tmp_path / "home", monkeypatch, capsys)


def released(mandi: Mandi) -> list[str]:
    return sorted(str(path.relative_to(mandi.home)) for path in (mandi.home / "releases").rglob("*"))


def assert_refused(mandi: Mandi, *words: str | Path, saying: str) -> Told:
    """The command ends in one line that says so, and publishes nothing."""
    before = released(mandi)
    told = mandi(*words)

    assert (told.code, len(told.err.splitlines())) == (2, 1), told
    assert told.err.startswith("mandi: ") and saying in told.err
    assert told.out == ""
    assert released(mandi) == before
    return told


def put(home: Path, file: Path, feed: str, night: date = NIGHT) -> None:
    """Puts a file among what landed, with its checksum, as it is: as if it had been damaged before it was landed."""
    folder = Home(home).landed(feed, night)
    folder.mkdir(parents=True, mode=0o700)
    shutil.copy(file, folder / file.name)
    (folder / SUMS).write_text(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n")


def delivered(published: Installation, feed: str) -> Path:
    """A file of a feed as it landed on the last night."""
    return next(path for path in published.home.landed(feed, date(2026, 2, 3)).iterdir() if path.name != SUMS)


# Policy and contracts.


@pytest.mark.parametrize(
    ("spoil", "saying"),
    [
        (lambda path: path.unlink(), "policy.yaml: is missing"),
        (lambda path: path.write_bytes(b"name: caf\xe9"), "policy.yaml: cannot be read as UTF-8"),
        (lambda path: path.write_text("name: [unclosed"), "policy.yaml: is no valid YAML"),
        (lambda path: path.write_text(path.read_text().replace("k: 10", "k: 1", 1)), "policy.yaml: buyers.k"),
        (lambda path: path.write_text("name: only"), "policy.yaml: version"),
        (lambda path: path.write_text(""), "policy.yaml: is empty"),
        (lambda path: path.write_text(path.read_text() + "\nkk: 3\n"), "policy.yaml: kk"),
    ],
    ids=["missing", "not UTF-8", "no YAML", "k of 1", "rules missing", "empty", "an unknown word"],
)
def test_a_policy_that_cannot_be_trusted_stops_the_night(
    later: Mandi,
    published: Installation,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[Path], object],
    saying: str,
) -> None:
    put(later.home, delivered(published, "demo_inquiries"), "demo_inquiries")
    shutil.copytree(ROOT / "config", tmp_path / "config")
    spoil(tmp_path / "config" / "policy.yaml")
    monkeypatch.setenv("MANDI_CONFIG", str(tmp_path / "config"))

    assert_refused(later, "night", str(NIGHT), saying=saying)


def test_a_contract_that_names_a_column_the_file_lacks(later: Mandi, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text(f"{HEADER}\n1,2026-02-03,C1,S1,Ann\n")
    put(later.home, path, "demo_inquiries")

    assert_refused(later, "night", str(NIGHT), saying="in.csv: has no column '")


def test_a_contract_file_that_is_no_contract(mandi: Mandi, tmp_path: Path) -> None:
    contract, file = tmp_path / "bad.yaml", tmp_path / "in.csv"
    contract.write_text("feed: bad\n")
    file.write_text("a\n1\n")

    assert_refused(mandi, "feed", "check", contract, file, saying="bad.yaml, ")


def test_a_feed_that_nobody_knows(mandi: Mandi, tmp_path: Path) -> None:
    file = tmp_path / "in.csv"
    file.write_text("a\n1\n")

    assert_refused(mandi, "land", "nobodys", file, "--night", str(NIGHT), saying="feeds under contract: demo_inquiries")


def test_an_unknown_folder_among_what_landed(later: Mandi, tmp_path: Path) -> None:
    file = tmp_path / "in.csv"
    file.write_text("a\n1\n")
    put(later.home, file, "stray_feed")

    assert_refused(later, "night", str(NIGHT), saying="landing/stray_feed has no contract")


# Files.


def cut_gzip(published: Installation, folder: Path) -> tuple[str, Path]:
    path = folder / "cut.jsonl.gz"
    path.write_bytes(delivered(published, "demo_rfqs").read_bytes()[:-200])
    return "demo_rfqs", path


def empty(_: Installation, folder: Path) -> tuple[str, Path]:
    path = folder / "empty.csv"
    path.write_bytes(b"")
    return "demo_inquiries", path


def empty_gzip(_: Installation, folder: Path) -> tuple[str, Path]:
    path = folder / "empty.jsonl.gz"
    path.write_bytes(gzip.compress(b""))
    return "demo_rfqs", path


def array(published: Installation, folder: Path) -> tuple[str, Path]:
    path = folder / "array.jsonl"
    lines = gzip.decompress(delivered(published, "demo_rfqs").read_bytes()).decode().splitlines()[:20]
    path.write_text("[" + ",\n".join(lines) + "]\n", encoding="utf-8")
    return "demo_rfqs", path


def header_alone(published: Installation, folder: Path) -> tuple[str, Path]:
    path = folder / "header.csv"
    path.write_text(delivered(published, "demo_inquiries").read_text(encoding="utf-8").splitlines()[0] + "\n")
    return "demo_inquiries", path


def latin_1(published: Installation, folder: Path) -> tuple[str, Path]:
    path = folder / "latin.csv"
    path.write_bytes(delivered(published, "demo_inquiries").read_bytes() + b"caf\xe9\n")
    return "demo_inquiries", path


def picture(_: Installation, folder: Path) -> tuple[str, Path]:
    path = folder / "picture.csv"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40)
    return "demo_inquiries", path


def cut_parquet(published: Installation, folder: Path) -> tuple[str, Path]:
    path = folder / "cut.parquet"
    path.write_bytes(delivered(published, "demo_searches").read_bytes()[:-40])
    return "demo_searches", path


def cut_zstd(published: Installation, folder: Path) -> tuple[str, Path]:
    path = folder / "cut.csv.zst"
    path.write_bytes(delivered(published, "demo_orders").read_bytes()[:-200])
    return "demo_orders", path


@pytest.mark.parametrize(
    ("make", "saying"),
    [
        (cut_gzip, "cut.jsonl.gz: is cut short or its compression is damaged"),
        (cut_zstd, "cut.csv.zst: is cut short or its compression is damaged"),
        (cut_parquet, "cut.parquet: "),
        (empty, "empty.csv: is empty"),
        (empty_gzip, "empty.jsonl.gz: is empty"),
        (array, "array.jsonl: is one JSON array"),
        (header_alone, "no delivery holds a row"),
        (latin_1, "latin.csv: is not UTF-8 text"),
        (picture, "picture.csv: "),
    ],
)
def test_a_file_that_is_not_what_it_should_be(
    later: Mandi,
    published: Installation,
    tmp_path: Path,
    make: Callable[[Installation, Path], tuple[str, Path]],
    saying: str,
) -> None:
    feed, path = make(published, tmp_path)
    put(later.home, path, feed)

    assert_refused(later, "night", str(NIGHT), saying=saying)
    assert not list((later.home / "private" / "staging").iterdir())


def test_a_file_that_does_not_exist(mandi: Mandi, tmp_path: Path) -> None:
    words = ("land", "demo_inquiries", tmp_path / "none.csv", "--night", str(NIGHT))

    assert_refused(mandi, *words, saying="none.csv: is missing")


def test_a_checksum_that_differs(later: Mandi, published: Installation) -> None:
    put(later.home, delivered(published, "demo_inquiries"), "demo_inquiries")
    landed = next(Home(later.home).landed("demo_inquiries", NIGHT).glob("*.csv"))
    landed.write_bytes(landed.read_bytes() + b"\n")

    assert_refused(later, "night", str(NIGHT), saying="changed since it landed")


def test_another_delivery_of_a_night_that_has_landed(later: Mandi, published: Installation, tmp_path: Path) -> None:
    put(later.home, delivered(published, "demo_inquiries"), "demo_inquiries")
    other = tmp_path / "other.csv"
    other.write_text("a\n1\n")

    assert_refused(
        later, "land", "demo_inquiries", other, "--night", str(NIGHT), saying="holds another delivery already"
    )


def test_more_refused_rows_than_the_contract_allows(later: Mandi, published: Installation, tmp_path: Path) -> None:
    header = delivered(published, "demo_inquiries").read_text(encoding="utf-8").splitlines()[0]
    path = tmp_path / "bad.csv"
    path.write_text("\n".join([header, *["x" + "," * header.count(",")] * 9, ""]))
    put(later.home, path, "demo_inquiries")

    told = assert_refused(later, "night", str(NIGHT), saying="demo_inquiries: 9 of 9 rows refused (100.0%")
    assert "mandi feed check" in told.err


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
        (open_the_key, "key epoch-2026: others may read or change it. Run chmod 600"),
        (open_the_folder, "key folder: others may read or change it. Run chmod 700"),
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

    assert_refused(later, "verify", folder, saying="acma is not what was signed: datapackage.json was changed")
    assert_refused(later, "verify", later.home, saying="lacks SHA256SUMS")


def test_nothing_of_a_refused_night_is_left_to_be_taken_for_a_good_one(
    later: Mandi, published: Installation, tmp_path: Path
) -> None:
    feed, path = cut_gzip(published, tmp_path)
    put(later.home, path, feed)
    home = Home(later.home)

    assert later("night", str(NIGHT)).code == 2

    assert not home.staging(NIGHT).exists()
    with pytest.raises(NightError, match="scrubbed_events has not run"):
        class_night(Settings(home, ROOT / "config"), NIGHT)


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


def test_an_unforeseen_failure_tells_its_type_and_place_only(mandi: Mandi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("warehouse.ledger.Ledger.records", lambda _: {}["Meera Textiles"])
    with open_ledger(mandi.home / "private" / "ledger.duckdb"):
        pass
    told = mandi("nights")

    assert told.code == 1 and "unforeseen KeyError" in told.err and "Meera" not in told.err + told.out
