"""The workbook of an extract: every headline table as a sheet, a first sheet that explains, a last one of meanings.

The same tables give the same bytes: no clock, no author, no name of a machine (`tests/unit/test_extracts.py`).
"""

from collections.abc import Mapping
from datetime import date, datetime, time
from io import BytesIO

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from schemas.releases import TradeBody
from warehouse.headline import MAX_ROWS, PERIODS, Headline

READ_ME, MEANINGS = "Read me", "Columns"

HOW_TO_READ = (
    "One row is one kind of act (search, inquiry, rfq, order, cancellation) at one product, place and period. Kinds "
    "are never added.",
    "Levels repeat each other: Asia contains Western Asia. Filter to one product level and one place level before "
    "you sum.",
    "placed_ratio tells how much of what may belong to a row is known to. Compare periods only where it is high, and "
    "similar, in both.",
    "An empty cell is not zero: nothing safe can be said there. A missing row is not zero demand: too few buyers, or "
    "they still wait.",
    "contributors_min and contributors_max bracket the number of buyers behind a row.",
    "terms counts buyers with noise: read a row as its band, and call no row larger than one whose band it overlaps.",
    "This is the demand of one marketplace's users. It is no statistic of world trade.",
    "Everything here, and more, stands in the Parquet files beside this workbook, which is part of the signed extract.",
)
"""What a reader must know before the first sum; the same in every workbook."""

_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_NUMBERS = {"int64": "#,##0", "double": "#,##0.00", "date": "yyyy-mm-dd"}
_WIDTHS = {"product": 44, "place": 26, "product_code": 18, "date": 12}


def workbook(body: TradeBody, headlines: Mapping[str, Headline], metadata: Mapping[str, str], *, night: date) -> bytes:
    """The workbook's bytes.

    Args:
        body: Whose extract it is.
        headlines: Headline tables by name, in the order of their sheets.
        metadata: Release, schema and policy, as in the footers of the Parquet files.
        night: Stands as the day on which the workbook was made.

    Guarantee: numbers are numbers, dates are dates, every text is a text and no cell a formula
        (`tests/unit/test_extracts.py`).
    """
    content = BytesIO()
    book = xlsxwriter.Workbook(content, dict(_OPTIONS))
    book.set_properties(
        {
            "title": f"Demand for {body.title}",
            "comments": metadata["release_id"],
            "created": datetime.combine(night, time()),
        }
    )
    bold = book.add_format({"bold": True, "bg_color": "#E8EEF4", "bottom": 1, "text_wrap": True, "valign": "top"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    formats = {kind: book.add_format({"num_format": written}) for kind, written in _NUMBERS.items()}
    _explain(book.add_worksheet(READ_ME), body, headlines, metadata, bold, wrapped)
    for name, shown in headlines.items():
        _fill(book.add_worksheet(name), shown, bold, formats)
    _tell_meanings(book.add_worksheet(MEANINGS), headlines, bold, wrapped)
    book.close()
    return content.getvalue()


def _explain(
    sheet: Worksheet,
    body: TradeBody,
    headlines: Mapping[str, Headline],
    metadata: Mapping[str, str],
    bold: Format,
    wrapped: Format,
) -> None:
    rows: list[tuple[str, str | int]] = [
        ("For", body.title),
        ("Products", ", ".join(body.products)),
        ("Release", metadata["release_id"]),
        ("Schema", metadata["schema_version"]),
        ("Policy", metadata["policy"]),
        *(("How to read" if at == 0 else "", sentence) for at, sentence in enumerate(HOW_TO_READ)),
    ]
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 90)
    for at, (label, told) in enumerate(rows):
        sheet.write_string(at, 0, label, bold)
        sheet.write(at, 1, told, wrapped)
    start = len(rows) + 1
    for at, heading in enumerate(("Sheet", "What it shows", "Rows")):
        sheet.write_string(start, at, heading, bold)
    for at, (name, shown) in enumerate(headlines.items(), start + 1):
        sheet.write_string(at, 0, name)
        sheet.write_string(at, 1, scope(shown), wrapped)
        sheet.write_number(at, 2, shown.frame.height)


def scope(shown: Headline) -> str:
    """One sentence on which rows of its table a headline holds."""
    told = "Nodes down to headings"
    if shown.period_level:
        told += f", the newest {PERIODS} periods of level {shown.period_level}"
    if shown.left_out:
        told += f"; left out to stay below {MAX_ROWS:,} rows: level {', '.join(shown.left_out)}"
    return told + "."


def _fill(sheet: Worksheet, shown: Headline, bold: Format, formats: Mapping[str, Format]) -> None:
    sheet.freeze_panes(1, 0)
    for at, column in enumerate(shown.columns):
        written = formats.get(column.type)
        sheet.set_column(at, at, _WIDTHS.get(column.name, _WIDTHS.get(column.type, 14)), written)
        sheet.write_string(0, at, column.name, bold)
        sheet.write_column(1, at, shown.frame[column.name].to_list(), written)
    if not shown.frame.is_empty():
        sheet.autofilter(0, 0, shown.frame.height, len(shown.columns) - 1)


def _tell_meanings(sheet: Worksheet, headlines: Mapping[str, Headline], bold: Format, wrapped: Format) -> None:
    headings = ("sheet", "column", "unit", "meaning")
    rows = [
        (name, column.name, column.unit or "", column.text)
        for name, shown in headlines.items()
        for column in shown.columns
    ]
    for at, (heading, width) in enumerate(zip(headings, (16, 24, 10, 90), strict=True)):
        sheet.set_column(at, at, width)
        sheet.write_string(0, at, heading, bold)
        sheet.write_column(1, at, [row[at] for row in rows], wrapped)
    sheet.freeze_panes(1, 0)


def fixed_texts() -> frozenset[str]:
    """Texts that every workbook holds: public, whatever a buyer may be called."""
    labels = {"For", "Products", "Release", "Schema", "Policy", "How to read", "Sheet", "What it shows", "Rows"}
    return frozenset({READ_ME, MEANINGS, *HOW_TO_READ, *labels, "sheet", "column", "unit", "meaning"})
