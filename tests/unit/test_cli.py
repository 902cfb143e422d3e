"""The `mandi` command where all is well: what it prints, and what it leaves alone."""

import io
import json
import re
import shutil
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import typer.main

from feeds.demo import FEEDS, feed_path, known_identifiers
from feeds.landing import SUMS
from pipelines import cli
from schemas.home import Home
from tests.conftest import Installation
from tests.support.command import Mandi
from warehouse.catalogue import QUESTIONS

LAST = date(2026, 2, 3)


@pytest.fixture
def mandi(published: Installation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Mandi:
    """The command on the published home, for reading."""
    return Mandi(published.home.root, monkeypatch, capsys)


def every_command() -> list[tuple[str, ...]]:
    group = typer.main.get_command(cli.app)
    found: list[tuple[str, ...]] = []
    for name, command in sorted(group.commands.items()):  # type: ignore[attr-defined]
        below = getattr(command, "commands", None)
        found += [(name, sub) for sub in sorted(below)] if below else [(name,)]
    return found


@pytest.mark.parametrize("words", every_command(), ids=" ".join)
def test_every_command_helps_with_an_example(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told = Mandi(tmp_path, monkeypatch, capsys)(*words, "--help")

    assert told.code == 0
    assert "Example:" in told.out and f"mandi {' '.join(words)}" in re.sub(r"[\s│]+", " ", told.out)
    assert list(tmp_path.iterdir()) == []


def test_the_commands_are_these() -> None:
    assert {" ".join(words) for words in every_command()} >= {
        "demo", "report", "explain", "real", "land", "night", "nights", "query", "tables", "verify", "ui", "feed check",
    }  # fmt: skip


def test_a_dry_run_tells_what_a_night_would_read_and_changes_nothing(
    published: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = Home(tmp_path / "home")
    shutil.copytree(published.home.root, home.root, symlinks=True)
    shutil.copytree(home.landed("demo_orders", LAST), home.landed("demo_orders", date(2026, 2, 4)))
    before = state(home.root)

    told = Mandi(home.root, monkeypatch, capsys)("night", "2026-02-04", "--dry-run")

    assert told.code == 0 and re.search(r"demo_orders +1 ", told.out)
    assert state(home.root) == before


def state(folder: Path) -> dict[str, bytes]:
    """Content of every file but the ledger's, which opens for writing, and whose rows the next test sees unchanged."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "ledger.duckdb"
    }


def test_landing_says_what_landed_and_again_that_it_had(
    published: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mandi = Mandi(tmp_path / "home", monkeypatch, capsys)
    words = ("land", "demo_orders", feed_path(published.marketplace, "demo_orders", LAST), "--night", str(LAST))

    assert "demo_orders for 2026-02-03: 1 files" in mandi(*words).out
    assert "had landed before, unchanged" in mandi(*words).out


def test_a_query_prints_a_table_a_person_can_read(mandi: Mandi) -> None:
    told = mandi("query", "select kind, n_events from classes order by n_events desc limit 2")

    assert told.code == 0 and told.err == ""
    assert re.match(r"kind +n_events *\n(search|inquiry|rfq|order|cancellation) +[\d,]+ *\n", told.out)


def test_a_query_without_a_row_keeps_its_header_and_says_so(mandi: Mandi) -> None:
    for words in ((), ("--csv",)):
        told = mandi("query", "select kind, n_events from classes where n_events < 0", *words)

        assert (told.code, told.err) == (0, "no rows\n")
        assert re.fullmatch(r"kind(,| +)n_events *\n", told.out)


def test_a_query_says_how_many_rows_it_left_out(mandi: Mandi) -> None:
    assert re.search(r"3 of [\d,]+ rows; use --limit", mandi("query", "from demand", "--limit", "3").out)


def test_a_query_as_csv_gives_every_row(mandi: Mandi) -> None:
    told = mandi("query", "from classes", "--csv")

    rows = pl.read_csv(io.StringIO(told.out))
    assert rows.height == int(mandi("query", "select count(*) as n from classes", "--csv").out.split()[1])
    assert rows.columns[:2] == ["release_id", "class_id"]


def test_tables_lists_every_table_with_its_meaning_and_one_with_its_columns(mandi: Mandi) -> None:
    assert all(name in mandi("tables").out for name in ("classes", "demand", "products", "places", "data_dictionary"))
    assert all(name in mandi("tables").out for name in QUESTIONS)
    assert "placed_ratio" in mandi("tables", "demand").out
    assert "Example: from top_markets(" in " ".join(mandi("tables", "top_markets").out.split())


def test_verify_names_the_key_that_signed(mandi: Mandi) -> None:
    folder = mandi.home / "releases" / str(LAST) / "extracts" / "acma"

    told = mandi("verify", folder)
    trusted = mandi("verify", folder, "--key", folder / "public-key.pem")

    assert told.out.startswith("valid: acma, release 2026-02-03: it is the newest of a list that goes to 2026-02-03")
    assert "exactly as signed by this key" in told.out and "Compare this key" in told.out
    assert trusted.code == 0 and "Compare" not in trusted.out


def test_an_older_extract_is_superseded_and_of_a_withdrawn_release_withdrawn(
    published: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = Home(tmp_path / "home")
    shutil.copytree(published.home.root, home.root, symlinks=True, ignore=shutil.ignore_patterns("dagster", "landing"))
    mandi = Mandi(home.root, monkeypatch, capsys)
    old, new = (home.release(night) / "extracts" / "acma" for night in ("2026-02-02", str(LAST)))

    assert mandi("verify", old).code == 3
    refused = mandi("withdraw", str(LAST), "--reason", "Roy Traders sent nonsense")
    assert refused.code == 2 and "--reason is one of wrong_input, " in refused.err and "Roy" not in refused.err
    told = mandi("withdraw", str(LAST), "--reason", "wrong_input")
    assert told.code == 0 and "current is release 2026-02-02." in told.out
    assert mandi("withdraw", str(LAST), "--reason", "wrong_input").code == 0
    assert "the first reason stands" in mandi("withdraw", str(LAST), "--reason", "unsafe").err

    assert (mandi("verify", new).code, mandi("verify", old).code) == (4, 0)
    away = shutil.copytree(new, tmp_path / "acma")
    assert mandi("verify", away).code == 0
    assert json.loads(mandi("verify", away, "--releases", home.releases, "--json").out)["state"] == "withdrawn"
    assert mandi("ledger", "verify").code == 0
    assert [line.split()[1] for line in mandi("nights").out.splitlines()[-2:]] == ["published", "withdrawn"]
    assert "Release 2026-02-03 is withdrawn: A feed had delivered wrong data." in mandi("status", str(LAST)).out
    assert "Withdrawn: A feed had delivered wrong data." in mandi("report", str(LAST)).out
    assert "withdrawn" not in mandi("status", "2026-02-02").out + mandi("report", "2026-02-02").out.lower()


def test_the_budget_of_noise_is_told_by_year(mandi: Mandi) -> None:
    head, columns, row = mandi("ledger", "budget").out.splitlines()
    year, drawn, of, months, spent, allowed, left = row.split()

    assert head.startswith("Budget of noise") and columns.split()[0] == "year"
    assert (year, drawn, of, months) == ("2026", "1", "of", "12")
    assert 0 < float(spent) <= float(allowed) / 12 + 1e-6 and abs(float(spent) + float(left) - float(allowed)) < 2e-6


def test_nights_lists_every_night_with_its_accounting(mandi: Mandi) -> None:
    lines = mandi("nights").out.splitlines()

    assert len(lines) == 8 and all("published" in line for line in lines[1:])


@pytest.mark.parametrize("feed", FEEDS)
def test_a_feed_check_prints_no_value_of_a_cell(published: Installation, mandi: Mandi, feed: str) -> None:
    file = feed_path(published.marketplace, feed, LAST)

    told = mandi("feed", "check", feed, file, "--night", str(LAST))

    assert told.code == 0 and "accepted" in told.out
    values = known_identifiers(published.marketplace / "truth")["value"]
    long = values.filter(values.str.len_chars() >= 5)
    assert long.len() > 5_000
    assert [value for value in long if value in told.out + told.err] == []


def test_a_feed_check_prints_values_when_it_is_asked_to(published: Installation, mandi: Mandi) -> None:
    landed = published.home.landed("demo_inquiries", LAST)
    file = next(path for path in landed.iterdir() if path.name != SUMS)

    told = mandi("feed", "check", "demo_inquiries", file, "--night", str(LAST), "--show-values")

    emails = known_identifiers(published.marketplace / "truth")["value"]
    emails = emails.filter(emails.str.contains("@", literal=True))
    assert any(value in told.out.replace("\n", "") for value in emails)
