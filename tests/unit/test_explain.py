"""`mandi explain`: what it says of a cell, whom it asks for it, and how it names what does not exist."""

import json
import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from schemas.errors import ConfigurationError
from schemas.explanation import Explanation
from tests.conftest import Installation
from tests.golden.test_explain import CLASSES
from tests.support.command import Mandi
from tests.support.published import write_release
from tests.support.small_world import policy
from warehouse.cells import kind_of, period_of
from warehouse.explain import explain
from warehouse.explain_words import sentences
from warehouse.waiting import Chance, band, chances

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def release(tmp_path_factory) -> Path:
    return write_release(tmp_path_factory.mktemp("release") / "demand.duckdb", CLASSES)


def said(release: Path, *words: str) -> list[str]:
    kind, product, place, period = words
    return sentences(explain(release, kind=kind, product=product, place=place, period=period))


def test_the_example_of_the_docs_is_what_the_command_says(release: Path) -> None:
    page = (ROOT / "docs" / "analysts.md").read_text(encoding="utf-8")
    example = re.search(r"```\n\$ mandi explain ([^\n]*)\n(.*?)```", page, re.DOTALL)
    assert example is not None

    assert said(release, *example[1].split()) == example[2].rstrip("\n").splitlines()


def test_a_cell_without_a_row_says_so_and_names_what_may_hold_some(release: Path) -> None:
    lines = said(release, "order", "6110", "KE", "2026-01-d2")

    assert lines[1] == "demand has no row here: no published class lies within this node."
    assert lines[2].startswith("2 classes with 11 events at coarser nodes")
    assert lines[-1].startswith(
        "Complete is the coarser cut textiles, Africa (002), 2026-01: 15 events worth USD 8.50."
    )


def test_a_complete_cell_says_so(release: Path) -> None:
    assert said(release, "order", "all", "001", "2026")[-1].startswith("The cut is complete")


def test_a_kind_that_is_not_published_here_has_no_better_cut(release: Path) -> None:
    told = explain(release, kind="search", product="6109", place="KE", period="2026")

    assert told.cell is None and told.complete is None and told.overlapping == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026", ("year", date(2026, 1, 1), date(2026, 12, 31))),
        ("2026-q2", ("quarter", date(2026, 4, 1), date(2026, 6, 30))),
        ("2026-02", ("month", date(2026, 2, 1), date(2026, 2, 28))),
        ("2026-02-d3", ("dekad", date(2026, 2, 21), date(2026, 2, 28))),
        ("2026-02-15", ("day", date(2026, 2, 15), date(2026, 2, 15))),
    ],
)
def test_periods_are_read_in_five_forms(text: str, expected: tuple[str, date, date]) -> None:
    assert period_of(text) == expected


@pytest.mark.parametrize("text", ["", "26", "2026-13", "2026-Q5", "2026-01-d4", "2026-02-30", "0000", "January"])
def test_any_other_period_is_refused_with_every_form(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"2026-Q1, 2026-01, 2026-01-d2 \(a dekad\) or 2026-01-15"):
        period_of(text)


def test_a_kind_that_is_none_is_refused_with_all_of_them() -> None:
    assert kind_of("RFQ") == "rfq"
    with pytest.raises(ConfigurationError, match="search, inquiry, rfq, order, cancellation"):
        kind_of("purchase")


@pytest.mark.parametrize(
    ("product", "place", "told"),
    [
        ("6109", "Kenia", r"no place is called Kenia; near are Kenya \(KE\)"),
        ("6109", "Arab", "2 places may be called Arab, such as "),
        ("61099", "KE", "no product is called 61099; near are 610990"),
        ("", "KE", "a product was not given"),
    ],
)
def test_what_is_called_nothing_is_refused_with_what_is_near(
    release: Path, product: str, place: str, told: str
) -> None:
    with pytest.raises(ConfigurationError, match=told):
        explain(release, kind="order", product=product, place=place, period="2026-01")


def test_products_and_places_are_named_as_macros_read_them(release: Path) -> None:
    node = explain(release, kind="order", product="61", place="Kenya", period="2026-01").node

    assert (node.product_code, node.place_code) == ("textiles/61", "KE")
    assert explain(release, kind="order", product="text", place="UAE", period="2026").node.product_code == "textiles"


def test_of_a_period_that_had_not_begun_nothing_is_said_but_that(release: Path) -> None:
    assert said(release, "order", "6109", "KE", "2026-03") == [
        "order of 6109, Kenya (KE), 2026-03, in release 2026-02-02",
        "2026-03 had not begun on the night of this release: nothing of it can be known yet.",
    ]
    assert len(said(release, "order", "6109", "KE", "2026-02")) > 2


def test_a_code_is_found_whatever_its_case(release: Path) -> None:
    assert explain(release, kind="ORDER", product="Textiles/61", place="ke", period="2026-01").node.place_code == "KE"


# What waits


@pytest.mark.parametrize(
    ("n", "k", "expected"),
    [
        (0, 10, "none"),
        (1, 10, "fewer than 10"),
        (9, 10, "fewer than 10"),
        (10, 10, "10 to 99"),
        (99, 10, "10 to 99"),
        (100, 10, "100 to 999"),
        (2_500, 10, "1,000 to 9,999"),
        (149, 150, "fewer than 150"),
        (150, 150, "150 to 999"),
        (1_000, 150, "1,000 to 9,999"),
    ],
)
def test_a_count_is_told_as_a_band(n: int, k: int, expected: str) -> None:
    assert band(n, k=k) == expected


def test_an_event_may_come_out_tonight_at_its_dekads_close_and_at_its_months() -> None:
    found = chances(policy(), date(2026, 1, 20), date(2026, 1, 15), product_level="heading", is_country_known=True)

    assert found == (
        Chance("nightly", date(2026, 1, 21), "heading x country x day"),
        Chance("dekad_close", date(2026, 1, 22), "heading x country x dekad"),
        Chance("month_close", date(2026, 2, 2), "heading x country x month"),
    )


def test_what_is_known_coarsely_climbs_only_coarse_rungs() -> None:
    found = chances(policy(), date(2026, 1, 20), date(2026, 1, 15), product_level="sector", is_country_known=False)

    assert found == (Chance("month_close", date(2026, 2, 2), "all x world x month"),)


def test_a_late_event_waits_for_the_next_close_of_any_month() -> None:
    found = chances(policy(), date(2026, 2, 20), date(2026, 1, 15), product_level="heading", is_country_known=True)

    assert [(chance.when, chance.night) for chance in found] == [
        ("nightly", date(2026, 2, 21)),
        ("dekad_close", date(2026, 2, 22)),
        ("month_close", date(2026, 3, 2)),
    ]


# The command


@pytest.fixture
def reading(published: Installation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Mandi:
    return Mandi(published.home.root, monkeypatch, capsys)


CELL = ("rfq", "textiles_apparel", "142", "2026-01")


def test_the_command_tells_in_sentences_and_for_machines(reading: Mandi) -> None:
    told, machine = reading("explain", *CELL), reading("explain", *CELL, "--json")

    assert told.code == machine.code == 0
    answer = Explanation.model_validate_json(machine.out)
    assert told.out.splitlines() == sentences(answer)
    assert answer.waiting is None and "Private" not in told.out


def test_the_public_answer_needs_the_current_release_and_nothing_else(
    published: Installation, reading: Mandi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    shutil.copytree(published.home.current.resolve(), tmp_path / "current")

    alone = Mandi(tmp_path, monkeypatch, capsys)("explain", *CELL, "--json")

    assert alone.code == 0 and alone.out == reading("explain", *CELL, "--json").out
    assert [path.name for path in tmp_path.iterdir()] == ["current"]


def test_the_operator_also_sees_what_waits_as_a_band_and_when_it_may_come_out(reading: Mandi) -> None:
    told = reading("explain", "search", "all", "001", "2026", "--private", "--json")

    waiting = json.loads(told.out)["waiting"]
    assert re.fullmatch(r"fewer than 10|10 to 99|[\d,]+ to [\d,]+", waiting["events"])
    assert {chance["when"] for chance in waiting["chances"]} == {"nightly", "dekad_close", "month_close"}
    assert all(chance["night"] > "2026-02-03" for chance in waiting["chances"])


def test_an_unknown_code_is_one_line(reading: Mandi) -> None:
    told = reading("explain", "rfq", "6109", "Kenia", "2026")

    assert told.code == 2 and told.err.count("\n") == 1 and "near are Kenya (KE)" in told.err
