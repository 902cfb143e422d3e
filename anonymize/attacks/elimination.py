"""Exact elimination: what the figures of a small table determine when all of them are taken together.

The attacker knows which published figure covers which cells and solves the linear system for the cells, as whoever
meets a table with suppressed cells and honest totals does. Whole numbers and fractions only, so that nothing is missed
or invented by rounding.

Source: Hundepool et al., Statistical Disclosure Control (2012), 4.3, on recovering suppressed cells from margins.
"""

from collections.abc import Iterable
from fractions import Fraction

import polars as pl

from anonymize.attacks.differencing import ATTACK
from anonymize.attacks.findings import Finding

MAX_CELLS = 400
"""Cells of a table that is solved exactly; elimination takes time with their cube."""

Figure = tuple[frozenset[int], int]
"""The cells that a published figure covers, and its value."""


def determined(figures: Iterable[Figure]) -> dict[frozenset[int], Fraction]:
    """The groups of cells whose sum the figures determine, in reduced form.

    Returns: for each row of the reduced system with no negative part, its cells and their sum. A group of one is a
        cell that the table gives away.
    """
    rows: dict[int, tuple[dict[int, Fraction], Fraction]] = {}
    for cells, value in figures:
        row, total = dict.fromkeys(cells, Fraction(1)), Fraction(value)
        for pivot in [cell for cell in row if cell in rows]:
            row, total = _less(row, total, pivot, *rows[pivot])
        if not row:
            continue
        pivot = min(row)
        scale = row[pivot]
        row, total = {cell: part / scale for cell, part in row.items()}, total / scale
        for other, (known, sum_of_known) in rows.items():
            if pivot in known:
                rows[other] = _less(known, sum_of_known, pivot, row, total)
        rows[pivot] = (row, total)
    return {frozenset(row): total for row, total in rows.values() if all(part > 0 for part in row.values())}


def small_groups(demand: pl.DataFrame, product_up: pl.DataFrame, place_up: pl.DataFrame, *, k: int) -> list[Finding]:
    """Groups of fewer than k events that the figures of `demand` give away, year by year, in as much detail as fits.

    Uses neither `classes` nor the n.e.s. rows' names: a cell is what stands exactly at a product and place node, or
    lies within a leaf of the table; every figure of the year covers the cells within its node.

    Args:
        demand: Rows of `schemas.published.DemandRow`, or of any table with the same labels and `n_events`.
        product_up: Ancestry of the product tree: `code`, `up_code`.
        place_up: Ancestry of the place tree.
        k: Fewest contributors, hence events, that a group may have.
    """
    nodes = demand.filter(pl.col("nes").is_null(), period_level="year")
    above = {
        name: {code: frozenset(ups) for code, ups in up.group_by("code").agg("up_code").iter_rows()}
        for name, up in (("product", product_up), ("place", place_up))
    }
    n_small = 0
    for _, table in nodes.group_by(["kind", "period_start"], maintain_order=True):
        n_small += _n_small(_as_deep_as_fits(table, above), above, k)
    return [Finding(ATTACK, "demand", "small group that elimination isolates", n_small)] if n_small else []


def _as_deep_as_fits(table: pl.DataFrame, above: dict[str, dict[str, frozenset[str]]]) -> pl.DataFrame:
    """The rows of a year down to the deepest product and place nodes that leave at most `MAX_CELLS` cells."""
    depth = table.with_columns(
        depth=pl.max_horizontal(
            pl.col("product_code").replace_strict({code: len(up) for code, up in above["product"].items()}),
            pl.col("place_code").replace_strict({code: len(up) for code, up in above["place"].items()}),
        )
    )
    for most in range(5, 1, -1):
        kept = depth.filter(pl.col("depth") <= most)
        if kept.height <= MAX_CELLS:
            return kept
    return depth.filter(pl.col("depth") <= 1)


def _n_small(table: pl.DataFrame, above: dict[str, dict[str, frozenset[str]]], k: int) -> int:
    nodes = table.select("product_code", "place_code", "n_events").rows()
    number = {(product, place): at for at, (product, place, _) in enumerate(nodes)}
    covered: dict[int, set[int]] = {at: set() for at in number.values()}
    for (product, place), cell in number.items():
        for up_product in above["product"][product]:
            for up_place in above["place"][place]:
                if (node := number.get((up_product, up_place))) is not None:
                    covered[node].add(cell)
    figures = [(frozenset(covered[at]), int(n)) for at, (_, _, n) in enumerate(nodes)]
    return sum(0 < total < k for total in determined(figures).values())


def _less(
    row: dict[int, Fraction], total: Fraction, pivot: int, known: dict[int, Fraction], sum_of_known: Fraction
) -> tuple[dict[int, Fraction], Fraction]:
    """A row without its pivot cell, by taking a known row off it."""
    part = row[pivot]
    left = dict(row)
    for cell, weight in known.items():
        new = left.get(cell, Fraction(0)) - part * weight
        if new:
            left[cell] = new
        else:
            left.pop(cell, None)
    return left, total - part * sum_of_known
