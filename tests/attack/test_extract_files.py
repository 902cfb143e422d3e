"""Differencing between the forms of one extract: a spreadsheet must say nothing that its Parquet files do not.

What the attacker knows: every file of an extract. What they want: a figure or a text in one form that another lacks,
for that difference is something else than published classes.
"""

import shutil

import pytest
import xlsxwriter

from anonymize.attacks.findings import Finding
from schemas.releases import TradeBody
from tests.support.books import POLICY
from tests.support.releases import KNITWEAR, PHARMA, house
from tests.support.scrubbed import NIGHT, orders
from tests.support.small_world import TAXONOMY
from warehouse.audit import other_than_tables
from warehouse.release import EXTRACTS


@pytest.fixture(scope="module")
def staged(tmp_path_factory):
    with house(tmp_path_factory.mktemp("house")) as opened:
        opened.books.take(NIGHT, orders(100, 110, 120), orders(80, 90, 95, country="AE", feed="jerseys"))
        yield opened.stage(NIGHT), opened.home


@pytest.fixture
def attack(staged, tmp_path):
    """Changes one file of a copy of an extract; what the attack finds."""
    tables, home = staged
    folder = shutil.copytree(home.staging(NIGHT) / EXTRACTS / "knitwear", tmp_path / "knitwear")

    def found(change, *bodies: TradeBody) -> list[tuple[str, str]]:
        change(folder)
        findings: list[Finding] = other_than_tables(
            tables,
            folder,
            releases=home.releases,
            taxonomy=TAXONOMY,
            bodies=bodies or (KNITWEAR, PHARMA),
            policy=POLICY,
        )
        return [(finding.where.removeprefix("extracts/knitwear").strip("/"), finding.what) for finding in findings]

    return found


def test_an_extract_as_it_was_staged_holds(attack):
    assert attack(lambda _: None) == []


def _one_event_more(folder):
    path = folder / "headline_demand.csv"
    path.write_text(path.read_text(encoding="utf-8-sig").replace(",3,", ",4,", 1), encoding="utf-8-sig")


def _another_workbook(folder):
    with xlsxwriter.Workbook(folder / "headline.xlsx", {"in_memory": True}) as book:
        book.add_worksheet("demand").write_string(0, 0, "n_events")


def _a_byte_more(folder):
    path = folder / "headline.xlsx"
    path.write_bytes(path.read_bytes() + b" ")


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("headline_demand.csv", _one_event_more),
        ("headline_demand.csv", lambda folder: (folder / "headline_demand.csv").unlink()),
        ("headline.xlsx", _another_workbook),
        ("headline.xlsx", _a_byte_more),
        ("CHANGES.md", lambda folder: (folder / "CHANGES.md").write_text("3 new classes, of Roy Traders")),
        ("brief.hi.html", lambda folder: (folder / "brief.hi.html").write_text("<p>Roy Traders asked most")),
    ],
    ids=["figure", "missing", "other workbook", "byte behind", "remark", "page"],
)
def test_a_form_that_says_something_else_falls(attack, name, change):
    assert (name, "file that says other than its tables") in attack(change)


def test_a_remark_in_the_data_package_falls(attack):
    def remark(folder):
        path = folder / "datapackage.json"
        path.write_text(path.read_text().replace('"title": "', '"title": "of Roy Traders ', 1))

    assert attack(remark) == [("datapackage.json", "file that says other than its tables")]


def test_a_file_that_nobody_accounts_for_falls(attack):
    assert attack(lambda folder: (folder / "notes.txt").write_text("x")) == [("", "file of no known kind")]


def test_an_extract_of_nobody_falls(attack):
    assert attack(lambda _: None, PHARMA) == [("", "extract of no trade body")]
