"""A workbook read back with nothing but the standard library: what a spreadsheet program would show."""

import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

_NS = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
Cell = str | float | bool | None


def sheets_of(path: Path) -> dict[str, list[list[Cell]]]:
    """Every sheet by its name, as rows of cells; a formula is refused. Rows that hold nothing are left out."""
    with zipfile.ZipFile(path) as archive:
        shared = [
            "".join(node.itertext())
            for node in ElementTree.fromstring(archive.read("xl/sharedStrings.xml")).findall("m:si", _NS)
        ]
        names = [
            sheet.attrib["name"]
            for sheet in ElementTree.fromstring(archive.read("xl/workbook.xml")).findall("m:sheets/m:sheet", _NS)
        ]
        return {
            name: _rows(archive.read(f"xl/worksheets/sheet{at}.xml"), shared) for at, name in enumerate(names, start=1)
        }


def _rows(content: bytes, shared: list[str]) -> list[list[Cell]]:
    sheet = ElementTree.fromstring(content)
    assert sheet.find(".//m:f", _NS) is None, "a formula"
    rows = []
    for row in sheet.findall("m:sheetData/m:row", _NS):
        cells: dict[int, Cell] = {}
        for cell in row.findall("m:c", _NS):
            letters = re.match(r"[A-Z]+", cell.attrib["r"])
            assert letters is not None
            at = 0
            for letter in letters[0]:
                at = at * 26 + ord(letter) - 64
            value = cell.findtext("m:v", None, _NS)
            kind = cell.attrib.get("t", "n")
            if value is not None:
                cells[at - 1] = shared[int(value)] if kind == "s" else value == "1" if kind == "b" else float(value)
        if cells:
            rows.append([cells.get(at) for at in range(max(cells) + 1)])
    width = max((len(row) for row in rows), default=0)
    is_table = rows and len(rows[0]) == width
    return [row + [None] * (width - len(row)) for row in rows] if is_table else rows
