"""Forensics of spreadsheets: what a workbook or a CSV file holds beside the cells that a person sees.

The attacker unzips a workbook. What a careless writer leaves there: an author, a clock, a hidden sheet, a comment, a
formula, a text of a row that was deleted (shared texts are kept apart from cells), a picture, a member nobody opens.
"""

import csv
import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import polars as pl

from anonymize.attacks.findings import Finding
from anonymize.attacks.forensics import ATTACK

_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a member of a zip file can bear: no time was noted."""

_MEMBERS = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|docProps/(app|core)\.xml|"
    r"xl/(workbook|styles|sharedStrings|metadata)\.xml|xl/_rels/workbook\.xml\.rels|xl/theme/theme1\.xml|"
    r"xl/worksheets/sheet\d+\.xml"
)
"""Members that sheets of cells need."""

_PRIVATE = {
    "author or editor": re.compile(rb"<(dc:creator|cp:lastModifiedBy)>[^<]+<"),
    "hidden sheet, row or column": re.compile(rb'<(?:sheet|row|col)\b[^>]*\b(?:state="(?:very)?[hH]idden"|hidden="1")'),
    "formula": re.compile(rb"<f[ >]"),
}
_TEXT = re.compile(r">([^<>]+)<|=\"([^\"]*)\"")
_FIGURE = re.compile(r"[-+]?[\d.,:$]+(?:[eE][-+]?\d+)?%?|\d{4}-\d\d-\d\d(?:T[\d:]+Z)?|[A-Z]{1,3}\d+(?::[A-Z]{1,3}\d+)?|"
                     r"true|false|")  # fmt: skip
"""Numbers, dates, addresses of cells: numbers are no texts."""


def workbook_remains(path: Path, *, where: str) -> list[Finding]:
    """What a workbook holds beside the cells of its sheets; arguments as in `forensics.remains`."""
    with zipfile.ZipFile(path) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
        infos = archive.infolist()
        comment = archive.comment
    found = {what: sum(len(pattern.findall(content)) for content in members.values())
             for what, pattern in _PRIVATE.items()}  # fmt: skip
    found |= {
        "member of no sheet": sum(not _MEMBERS.fullmatch(name) for name in members),
        "time of writing": sum(info.date_time != _ZIP_EPOCH for info in infos),
        "comment or extra field": int(bool(comment)) + sum(bool(info.comment or info.extra) for info in infos),
        "member that stands twice": len(infos) - len(members),
        "text of no cell": _unused_texts(members),
        "bytes outside the archive": _bytes_outside(path),
    }
    return [Finding(ATTACK, where, what, n) for what, n in found.items() if n]


def csv_remains(path: Path, *, where: str) -> list[Finding]:
    """Cells of a CSV file that a spreadsheet program would compute, and lines of another length than the first."""
    rows = list(_rows(path))
    n_formulas = sum(cell.lstrip(" \t\r\n\"'")[:1] in ("=", "+", "-", "@") and not _FIGURE.fullmatch(cell)
                     for row in rows for cell in row if not cell.startswith("'"))  # fmt: skip
    found = {"formula": n_formulas, "line of another length": sum(len(row) != len(rows[0]) for row in rows)}
    return [Finding(ATTACK, where, what, n) for what, n in found.items() if n]


def workbook_texts(path: Path) -> pl.Series:
    """Every distinct text in a workbook: cells, names of sheets and members, properties, comments."""
    texts: set[str] = set()
    with zipfile.ZipFile(path) as archive:
        texts.add(archive.comment.decode("utf-8", "replace"))
        for info in archive.infolist():
            texts |= {info.filename, info.comment.decode("utf-8", "replace"), info.extra.decode("utf-8", "replace")}
            content = archive.read(info).decode("utf-8", "replace")
            texts |= {_plain(text or attribute) for text, attribute in _TEXT.findall(content)}
    return pl.Series(sorted(text for text in texts if not _FIGURE.fullmatch(text)), dtype=pl.String)


def workbook_bytes(path: Path) -> Iterator[bytes]:
    """The members of a workbook, decompressed."""
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            yield archive.read(info)


def csv_texts(path: Path) -> pl.Series:
    """Every distinct cell of a CSV file that is no figure, headings included."""
    return _texts(cell for row in _rows(path) for cell in row)


def _texts(cells: Iterable[str]) -> pl.Series:
    return pl.Series(sorted({cell for cell in cells if not _FIGURE.fullmatch(cell)}), dtype=pl.String)


def _rows(path: Path) -> Iterator[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.reader(file)


def _plain(text: str) -> str:
    for written, meant in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&")):
        text = text.replace(written, meant)
    return text


def _unused_texts(members: dict[str, bytes]) -> int:
    """Shared texts that no cell shows."""
    n_shared = len(re.findall(rb"<si[ >]", members.get("xl/sharedStrings.xml", b"")))
    used = {
        index
        for name, content in members.items()
        if name.startswith("xl/worksheets/")
        for index in re.findall(rb'<c [^>]*t="s"[^>]*><v>(\d+)</v>', content)
    }
    return n_shared - len(used)


def _bytes_outside(path: Path) -> int:
    """Bytes before the first member, between members, and after the directory's end."""
    content = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        infos = sorted(archive.infolist(), key=lambda info: info.header_offset)
        start_of_directory = archive.start_dir
        end = content.rfind(b"PK\x05\x06") + 22 + len(archive.comment)
    outside, at = len(content) - end, 0
    for info in infos:
        outside += info.header_offset - at
        name_length, extra_length = (
            int.from_bytes(content[info.header_offset + place : info.header_offset + place + 2], "little")
            for place in (26, 28)
        )
        at = info.header_offset + 30 + name_length + extra_length + info.compress_size
    return outside + start_of_directory - at
