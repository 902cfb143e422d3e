"""An explanation agrees with the cell it explains: what it sums, and what may belong to it besides."""

import tempfile
from datetime import date
from pathlib import Path

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymize.classes.periods import period_end, period_start
from schemas.policy import PERIOD_LEVELS
from tests.support.published import random_classes, write_release
from tests.support.small_world import PLACES, PRODUCTS
from warehouse.cells import period_name, period_of
from warehouse.duck import connected
from warehouse.explain import explain


@given(seed=st.integers(0, 10_000), n=st.integers(1, 30), at=st.integers(0, 1_000))
@settings(max_examples=15, deadline=None)
def test_it_sums_the_cell_and_its_ratio(seed: int, n: int, at: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = write_release(Path(folder) / "demand.duckdb", random_classes(seed, n))
        with connected(path, is_read_only=True) as duck:
            rows = duck.frame("select * from demand where nes is null order by all")
        row = rows.row(at % rows.height, named=True)
        told = explain(
            path,
            kind=row["kind"],
            product=row["product_code"],
            place=row["place_code"],
            period=period_name(row["period_level"], row["period_start"]),
        )

    inside, beside = (sum(part.n_events for part in parts) for parts in (told.inside, told.overlapping))
    assert told.cell is not None and told.complete is not None
    assert told.cell.n_events == row["n_events"] == inside
    assert told.cell.value_usd == row["value_usd"]
    assert abs(row["placed_ratio"] - inside / (inside + beside)) < 1e-12
    assert told.complete.placed_ratio >= told.cell.placed_ratio
    better = rows.filter(kind=row["kind"]).filter(pl.col("placed_ratio") > told.complete.placed_ratio)
    assert not any(_holds(one, row) for one in better.iter_rows(named=True))


def _holds(node: dict, cell: dict) -> bool:
    """Whether a node lies at or above a cell in every dimension."""
    up = {code: parent for _, code, parent, _ in (*PRODUCTS, *PLACES)}

    def reaches(code: str | None, target: str) -> bool:
        while code is not None and code != target:
            code = up[code]
        return code == target

    return (
        reaches(cell["product_code"], node["product_code"])
        and reaches(cell["place_code"], node["place_code"])
        and node["period_start"] <= cell["period_start"]
        and node["period_end"] >= cell["period_end"]
    )


@given(
    day=st.dates(date(1000, 1, 1), date(9998, 12, 31)),
    level=st.sampled_from(PERIOD_LEVELS),
)
@settings(deadline=None)
def test_a_period_is_read_as_it_is_written(day, level) -> None:
    start = period_start(level, day)
    assert period_of(period_name(level, start)) == (level, start, period_end(level, start))
