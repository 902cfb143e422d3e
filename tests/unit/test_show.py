"""How results are shown: nothing is lost, altered or read as markup."""

import io
import threading

import polars as pl
import pytest
from rich.console import Console

from pipelines import show
from pipelines.nights import progress


def printed(shown: object, width: int = 100) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(shown)
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "yes"),
        (2_026, "2,026"),
        (12_345, "12,345"),
        (1.5, "1.50"),
        (0.069, "0.069"),
        (1e300, "1e+300"),
    ],
)
def test_a_cell_reads_as_people_read_it(value: object, text: str) -> None:
    assert show.cell(value) == text


def test_brackets_in_cells_and_headings_are_text_and_no_markup() -> None:
    rows = pl.DataFrame({"[red]x[/red]": ["[/x]", "[bold]y[/bold]"]})
    assert {"[red]x[/red]", "[/x]", "[bold]y[/bold]"} <= set(printed(show.frame(rows, limit=9)).split())


def test_a_result_wider_than_the_screen_is_printed_record_by_record(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(show.out, "_width", 60)
    rows = pl.DataFrame({f"column_{n}": [f"value_{n}"] for n in range(12)})
    lines = [line.split() for line in printed(show.frame(rows, limit=9), 60).splitlines()]
    assert ["column_11", "value_11"] in lines


def test_what_the_limit_leaves_out_is_said() -> None:
    assert "2 of 5 rows" in printed(show.frame(pl.DataFrame({"n": range(5)}), limit=2))


def test_years_in_a_result_have_no_separator_and_large_numbers_do() -> None:
    words = printed(show.frame(pl.DataFrame({"year": [2026], "events": [12_345]}), limit=9)).split()
    assert {"2026", "12,345"} <= set(words)


def test_no_thread_of_a_progress_display_outlives_it() -> None:
    before = threading.active_count()
    for _ in range(20):  # rich only tells its thread to end, which takes a moment
        with progress():
            pass
        assert threading.active_count() == before
