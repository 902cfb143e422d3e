"""What a bad policy, contract or file gets: one line that begins with `mandi: `, exit code 2, nothing published."""

import gzip
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from assets.demand_classes import class_night
from assets.settings import ROOT, Settings
from schemas.errors import NightError
from schemas.home import Home
from tests.conftest import Installation
from tests.support.command import Mandi
from tests.support.refusals import HEADER, NIGHT, assert_refused, delivered, put

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
