"""Forensics of spreadsheets.

What the attacker does: unzips a workbook, opens a CSV file in a text editor. What a careless writer leaves there: who
wrote it and when, sheets and rows that are hidden, formulas, texts of cells that are gone, bytes between the members.
"""

import io
import zipfile
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from anonymize.attacks.spreadsheets import (
    csv_remains,
    csv_texts,
    workbook_bytes,
    workbook_remains,
    workbook_texts,
)
from anonymize.attacks.vocabulary import foreign_words, words_among_figures
from warehouse.searched_files import search_files


def book(path: Path, fill=lambda book, sheet: None) -> Path:
    """A small workbook of the kind that is published, and whatever a careless writer adds."""
    with xlsxwriter.Workbook(path, {"in_memory": True}) as made:
        made.set_properties({"created": datetime(2026, 1, 20)})
        sheet = made.add_worksheet("demand")
        sheet.write_column(0, 0, ["place", "Kenya", "Kenya"])
        sheet.write_column(0, 1, ["n_events", 12345678, 4])
        fill(made, sheet)
    return path


def _remains(path: Path) -> set[str]:
    return {finding.what for finding in workbook_remains(path, where="x")}


def _with_member(path: Path, name: str, content: bytes, **told: object) -> Path:
    with zipfile.ZipFile(path, "a") as archive:
        info = zipfile.ZipInfo(name)
        for what, value in told.items():
            setattr(info, what, value)
        archive.writestr(info, content)
    return path


def test_a_workbook_of_cells_and_nothing_else_passes(tmp_path):
    assert _remains(book(tmp_path / "x.xlsx")) == set()


@pytest.mark.parametrize(
    ("what", "fill"),
    [
        ("author or editor", lambda book, _: book.set_properties({"author": "Ana Roy"})),
        ("hidden sheet, row or column", lambda book, _: book.add_worksheet("rows").hide()),
        ("hidden sheet, row or column", lambda book, _: book.add_worksheet("rows").very_hidden()),
        ("hidden sheet, row or column", lambda _, sheet: sheet.set_row(2, None, None, {"hidden": True})),
        ("hidden sheet, row or column", lambda _, sheet: sheet.set_column(1, 1, None, None, {"hidden": True})),
        ("formula", lambda _, sheet: sheet.write_formula(3, 1, "=B2+B3")),
        ("member of no sheet", lambda _, sheet: sheet.write_comment(1, 0, "ask Ana Roy")),
        ("member of no sheet", lambda _, sheet: sheet.write_url(1, 2, "https://example.org/Ana")),
        ("member of no sheet", lambda book, _: book.set_custom_property("by", "Ana Roy")),
    ],
)
def test_what_a_writer_adds_beside_cells_falls(tmp_path, what, fill):
    assert what in _remains(book(tmp_path / "x.xlsx", fill))


def test_a_text_of_a_row_that_was_deleted_stays_among_the_shared_texts_and_falls(tmp_path):
    path = book(tmp_path / "x.xlsx", lambda _, sheet: sheet.write_string(3, 0, "Roy Traders"))
    members = {}
    with zipfile.ZipFile(path) as archive:
        members = {info: archive.read(info) for info in archive.infolist()}
    with zipfile.ZipFile(path, "w") as archive:
        for info, content in members.items():
            if info.filename == "xl/worksheets/sheet1.xml":
                start, end = content.index(b'<row r="4"'), content.index(b"</sheetData>")
                content = content[:start] + content[end:]
            archive.writestr(info, content)
    assert _remains(path) == {"text of no cell"}
    assert "Roy Traders" in set(workbook_texts(path))


@pytest.mark.parametrize(
    ("what", "damage"),
    [
        ("member of no sheet", lambda path: _with_member(path, "docProps/thumbnail.jpeg", b"x")),
        ("member that stands twice", lambda path: _with_member(path, "xl/styles.xml", b"x")),
        ("time of writing", lambda path: _with_member(path, "xl/metadata.xml", b"x", date_time=(2026, 2, 3, 4, 5, 6))),
        ("comment or extra field", lambda path: _with_member(path, "xl/metadata.xml", b"x", comment=b"by Ana")),
        ("bytes outside the archive", lambda path: path.write_bytes(path.read_bytes() + b"Ana Roy")),
        ("bytes outside the archive", lambda path: path.write_bytes(b"Ana Roy" + path.read_bytes())),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")  # what zipfile says of the damage that is done here
def test_what_stands_in_the_archive_beside_its_members_falls(tmp_path, what, damage):
    path = book(tmp_path / "x.xlsx")
    damage(path)
    assert what in _remains(path)


def test_every_text_of_a_workbook_is_read_and_no_number(tmp_path):
    def fill(book, sheet):
        sheet.write_comment(1, 0, "a remark & more")
        book.set_properties({"author": "who made it", "created": datetime(2026, 1, 20)})
        sheet.set_header("&Ca heading of pages")
        book.define_name("Sales", "=demand!$A$1")

    texts = "\n".join(workbook_texts(book(tmp_path / "x.xlsx", fill)))
    for word in ("Kenya", "n_events", "demand", "a remark & more", "who made it", "a heading of pages", "Sales"):
        assert word in texts
    assert "12345678" not in texts


def test_an_identifier_and_a_pseudonym_in_a_workbook_or_a_csv_file_fall(tmp_path):
    pseudonym = bytes(range(100, 116))
    book(tmp_path / "x.xlsx", lambda _, sheet: sheet.write_string(3, 0, f"Roy {pseudonym.hex()}"))
    (tmp_path / "x.csv").write_text("place,n_events\nask Roy Traders,3\n")
    (tmp_path / "clean.csv").write_text("place,n_events\nKenya,12345678\n")
    found = search_files(
        tmp_path,
        public=frozenset({"Kenya"}),
        identifiers=pl.Series(["Roy Traders", "12345678", "kenya", "Roy"]),
        pseudonyms=[pseudonym],
    )
    assert {(finding.where, finding.what) for finding in found} == {("x.csv", "identifier"), ("x.xlsx", "pseudonym")}
    assert any(pseudonym.hex().encode() in member for member in workbook_bytes(tmp_path / "x.xlsx"))


@pytest.mark.parametrize("cell", ["=1+1", "+SUM(A1)", "-cmd", "@SUM(A1)", ' "=1+1"', "\t=1"])
def test_a_cell_that_a_spreadsheet_would_compute_falls(tmp_path, cell):
    buffer = io.StringIO()
    pl.DataFrame({"place": ["Kenya", cell], "n": [1, 2]}).write_csv(buffer)
    (tmp_path / "x.csv").write_text(buffer.getvalue())
    assert [(finding.what, finding.n) for finding in csv_remains(tmp_path / "x.csv", where="x")] == [("formula", 1)]


def test_figures_dates_and_inert_texts_are_no_formulas(tmp_path):
    (tmp_path / "x.csv").write_text("place,n\nKenya,-4.5\n2026-01-20,+3\n'=1+1,1e-7\n")
    assert csv_remains(tmp_path / "x.csv", where="x") == []


def test_a_line_that_is_longer_than_the_first_falls(tmp_path):
    (tmp_path / "x.csv").write_text("place,n\nKenya,3,Ana\n")
    assert [finding.what for finding in csv_remains(tmp_path / "x.csv", where="x")] == ["line of another length"]


def test_the_cells_of_a_csv_file_are_read_without_its_figures(tmp_path):
    (tmp_path / "x.csv").write_text("\ufeffplace,n\nKenya,12345678\n,2026-01-20\ntrue,4e5\n", encoding="utf-8")
    assert csv_texts(tmp_path / "x.csv").to_list() == ["Kenya", "n", "place"]


def test_a_word_among_figures_falls(tmp_path):
    cells = pl.DataFrame({"n_events": ["3", "ten", None], "period_start": ["2026-01-20", "", "soon"]})
    found = {finding.where: finding.n for finding in words_among_figures(cells, where="x")}
    assert found == {"x.n_events": 1, "x.period_start": 1}
    assert foreign_words(pl.DataFrame({"place": ["Kenya"]}), {"place": frozenset({"Kenya"})}, where="x") == []
