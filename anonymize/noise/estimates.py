"""Estimates of one kind and month: noisy counts and published classes, turned into figures of nodes with margins.

A function of published classes and of counts that are safe to publish; nothing private comes in, so nothing here can
leak (post-processing), and whoever holds both can compute every estimate again. The door does.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from anonymize.noise.bounds import UNIT
from anonymize.noise.domain import Domain, incidence, is_coarse_product
from anonymize.noise.fit import Floats, fitted, shared_out
from anonymize.noise.gaussian import Ints
from anonymize.noise.marginals import MARGINALS, PLACES, PRODUCTS, SECTORS, Marginal, table_cells
from anonymize.noise.margins import IN_95_OF_100, margins

ESTIMATES = {
    "product_code": pl.String,
    "place_code": pl.String,
    "events_centi": pl.Int64,
    "events_margin_centi": pl.Int64,
    "value_cents": pl.Int64,
    "value_margin_cents": pl.Int64,
}
"""Columns of `estimated`: hundredths of events, cents; a margin is 95 %; values are null where no class gives one."""

_KEPT, _KEPT_ERROR = 0.6, 0.2
"""Before a look at the counts: which part of events is left after contributions are bounded, and how unsure that is."""

_FLATTER = 0.5
"""Power of what is known of a cell that is the first guess of what is not: coarse classes are made of what was too rare
to stand alone, so they are spread more evenly than what could."""


@dataclass(frozen=True)
class Counted:
    """One marginal's noisy counts."""

    cells: pl.DataFrame
    """`product_code`, `place_code`, `amount` in hundredths of an event."""

    scale: int


@dataclass(frozen=True)
class _Told:
    """Noisy counts scaled up for what bounding took off, in events, by cell, and the error of each."""

    at: Mapping[tuple[str, str], float]
    error: float
    lost_ratio: float
    """Which part of the events bounding seems to have taken off."""


def estimated(classes: pl.DataFrame, counts: Mapping[str, Counted], domain: Domain) -> pl.DataFrame:
    """Estimates at every node of the two tables of `domain`.

    Args:
        classes: All published classes of the kind and month, as of the draw: `product_level`, `product_code`,
            `place_level`, `place_code`, `n_events`, `value_usd` (null unless given).
        counts: By name of each marginal.
        domain: Of the taxonomy.

    Returns: columns `ESTIMATES`: sectors and all products by every place, chapters and headings in the world; nodes
        that hold something or may; sorted by codes.

    Guarantee: no estimate is below what classes inside the node hold; a node is the sum of its children and of what is
        known no finer; all products in the world are the published total (`tests/property/test_noise.py`).
    """
    nodes = classes.with_columns(
        value_cents=(pl.col("value_usd") * 100).round().cast(pl.Int64).fill_null(0),
        sector=pl.col("product_code").replace_strict(domain.sector_of, return_dtype=pl.String),
        leaf=pl.col("product_code").replace_strict(domain.leaf_of, return_dtype=pl.String),
    )
    told = {marginal.name: _told(marginal, nodes, counts[marginal.name]) for marginal in MARGINALS}
    by_place = _by_place(nodes, told, domain)
    by_product = _by_product(nodes, told, by_place, domain)
    errors = {name: (each.error, each.lost_ratio) for name, each in told.items()}
    active = {name: counts[name].cells.select("product_code", "place_code") for name in counts}
    rows = _place_nodes(by_place, domain) + _product_nodes(by_product, domain)
    known = pl.DataFrame(rows, schema=["product_code", "place_code", "events_centi", "value_cents"], orient="row")
    found = known.join(margins(nodes, active, errors, domain), on=["product_code", "place_code"], how="left")
    part = pl.col("events_centi") / UNIT - pl.col("events_inside")
    error = (pl.col("events_error") ** 2 + (pl.col("lost_ratio") * part) ** 2).sqrt()
    spread = (error**2 + (IN_95_OF_100 * pl.col("value_spread") * part) ** 2).sqrt() * pl.col("value_mean")
    has_value = classes["value_usd"].is_not_null().any()
    return (
        found.with_columns(
            events_margin_centi=(pl.min_horizontal(error, "events_overlapping") * UNIT).ceil(),
            value_margin_cents=pl.min_horizontal(spread, "value_overlapping").ceil(),
        )
        .with_columns(pl.when(pl.lit(has_value)).then(pl.col("value_cents", "value_margin_cents")))
        .filter((pl.col("events_centi") > 0) | (pl.col("events_margin_centi") > 0))
        .select(pl.col(name).cast(dtype) for name, dtype in ESTIMATES.items())
        .sort("product_code", "place_code")
    )


@dataclass(frozen=True)
class _Table:
    """Cells with what they hold: whole hundredths of events and cents; and what came out of classes of any product."""

    events: Ints
    cents: Ints
    events_of_all: Ints
    cents_of_all: Ints


def _told(marginal: Marginal, nodes: pl.DataFrame, counted: Counted) -> _Told:
    """Scaled up so that they add up to what the classes hold: bounding took something off, the total is public."""
    total = int(nodes.filter(marginal.is_counted())["n_events"].sum())
    amounts = counted.cells["amount"].to_numpy() / UNIT
    error = counted.scale / UNIT
    variance, before = len(amounts) * error**2, (_KEPT_ERROR * total) ** 2
    if not total or not len(amounts):
        return _Told({}, error, 0.0)
    kept = (amounts.sum() / variance + _KEPT * total / before) / (1 / variance + 1 / before)
    up = min(1 / (_KEPT - 2 * _KEPT_ERROR), max(1.0, total / max(kept, 1e-9)))
    cells = counted.cells.select("product_code", "place_code").rows()
    return _Told(dict(zip(cells, (amounts * up).tolist(), strict=True)), error * up, 1 - 1 / up)


def _by_place(nodes: pl.DataFrame, told: Mapping[str, _Told], domain: Domain) -> _Table:
    """The table of places: every class split over sectors and countries."""
    n = len(domain.countries)
    summed = (
        nodes.group_by("sector", "place_code").agg(pl.col("n_events", "value_cents").sum()).sort("sector", "place_code")
    )
    groups = [table_cells(domain, *key) for key in summed.select("sector", "place_code").rows()]
    size = n * len(domain.sectors)
    totals = summed["n_events"].to_numpy().astype(np.float64)
    is_fixed = np.array([len(group) == 1 for group in groups], dtype=np.bool_)
    known = _held(groups, totals, is_fixed, size)
    queries: list[Ints] = []
    noisy: list[float] = []
    errors: list[float] = []
    row = {code: number for number, code in enumerate(domain.sectors)}
    column = {code: number for number, code in enumerate(domain.countries)}
    for (product, place), amount in told[SECTORS.name].at.items():
        cell = row[product] * n + column[place]
        queries.append(np.array([cell]))
        noisy.append(amount + known[cell])
        errors.append(told[SECTORS.name].error)
    in_place = dict(nodes.group_by("place_code").agg(pl.col("n_events").sum()).rows())
    for (_, place), amount in told[PLACES.name].at.items():
        queries.append(np.arange(len(domain.sectors)) * n + column[place])
        noisy.append(amount + (in_place.get(place, 0) if place != domain.world else 0))
        errors.append(told[PLACES.name].error)
    of_sector: dict[str, list[float]] = {}
    for (product, _), amount in told[PRODUCTS.name].at.items():
        of_sector.setdefault(domain.sector_of[product], []).append(amount)
    exact = dict(nodes.filter(~is_coarse_product()).group_by("sector").agg(pl.col("n_events").sum()).rows())
    for sector, amounts in of_sector.items():
        queries.append(row[sector] * n + np.arange(n))
        noisy.append(sum(amounts) + exact.get(sector, 0))
        errors.append(told[PRODUCTS.name].error * len(amounts) ** 0.5)
    across = known.reshape(len(domain.sectors), n)
    guess = across + 0.1 * np.outer(across.sum(axis=1) + 1, across.sum(axis=0) + 1) / (across.sum() + 1) + 0.01
    weights = _weights(groups, totals, queries, noisy, errors, guess.ravel() ** _FLATTER)
    return _split(groups, summed, weights, (summed["sector"] == domain.all_products).to_numpy(), size)


def _by_product(nodes: pl.DataFrame, told: Mapping[str, _Told], places: _Table, domain: Domain) -> _Table:
    """The table of products: classes split over headings; those of any product first over sectors, as by place."""
    size, n = len(domain.leaves), len(domain.countries)
    summed = (
        nodes.filter(pl.col("leaf") != domain.all_products)
        .group_by("leaf")
        .agg(pl.col("n_events", "value_cents").sum())
        .sort("leaf")
    )
    groups = [domain.leaves_under[leaf] for leaf in summed["leaf"]]
    of_all = pl.DataFrame(
        {
            "leaf": domain.sectors,
            "n_events": places.events_of_all.reshape(-1, n).sum(axis=1) / UNIT,
            "value_cents": places.cents_of_all.reshape(-1, n).sum(axis=1),
        }
    )
    root = np.array([domain.leaves.index(domain.all_products)])
    groups += [domain.leaves_under[code] if code != domain.all_products else root for code in domain.sectors]
    summed = pl.concat([summed.with_columns(pl.col("n_events").cast(pl.Float64)), of_all])
    totals = summed["n_events"].to_numpy()
    exact = dict(nodes.filter(~is_coarse_product()).group_by("leaf").agg(pl.col("n_events").sum()).rows())
    leaf = {code: number for number, code in enumerate(domain.leaves)}
    known = np.array([float(exact.get(code, 0)) for code in domain.leaves])
    at = told[PRODUCTS.name].at
    queries = [np.array([leaf[product]]) for product, _ in at]
    noisy = [amount + known[leaf[product]] for (product, _), amount in at.items()]
    weights = _weights(groups, totals, queries, noisy, [told[PRODUCTS.name].error] * len(at), (known + 0.5) ** _FLATTER)
    return _split(groups, summed, weights, np.zeros(len(groups), dtype=np.bool_), size)


def _held(groups: list[Ints], totals: Floats, is_fixed: np.ndarray, size: int) -> Floats:
    """What cells hold for certain: groups of one cell."""
    known = np.zeros(size)
    for number in np.flatnonzero(is_fixed).tolist():
        known[groups[number]] += totals[number]
    return known


def _weights(
    groups: list[Ints], totals: Floats, queries: list[Ints], noisy: list[float], errors: list[float], guess: Floats
) -> Floats:
    """Weights of cells, as `fitted` finds them among the cells that a group may reach."""
    if not groups:
        return guess
    reached = np.unique(np.concatenate(groups))
    renumbered = np.full(len(guess), -1, dtype=np.int64)
    renumbered[reached] = np.arange(len(reached))
    asked = [renumbered[cells] for cells in queries]
    told: csr_array = incidence([cells[cells >= 0] for cells in asked], len(reached))
    held = incidence([renumbered[cells] for cells in groups], len(reached))
    weights = guess.copy()
    weights[reached] = fitted(held, totals, told, np.array(noisy), np.array(errors), guess[reached])
    return weights


def _split(groups: list[Ints], summed: pl.DataFrame, weights: Floats, is_of_all: np.ndarray, size: int) -> _Table:
    """Every group's whole total over its cells, in the proportion of weights."""
    events = np.rint(summed["n_events"].to_numpy() * UNIT).astype(np.int64).tolist()
    cents = summed["value_cents"].to_list()
    table = _Table(*(np.zeros(size, dtype=np.int64) for _ in range(4)))
    for group, n, value, of_all in zip(groups, events, cents, is_of_all, strict=True):
        shares = shared_out(n, weights[group])
        values = shared_out(value, weights[group])
        table.events[group] += shares
        table.cents[group] += values
        if of_all:
            table.events_of_all[group] += shares
            table.cents_of_all[group] += values
    return table


def _place_nodes(table: _Table, domain: Domain) -> list[tuple[str, str, int, int]]:
    """Sums at every sector, and at all products, by every place."""
    shape = len(domain.sectors), len(domain.countries)
    events, cents = table.events.reshape(shape), table.cents.reshape(shape)
    rows = []
    for place in domain.places:
        under = domain.countries_under[place]
        n, value = events[:, under].sum(axis=1), cents[:, under].sum(axis=1)
        for number, sector in enumerate(domain.sectors[:-1]):
            rows.append((sector, place, int(n[number]), int(value[number])))
        rows.append((domain.all_products, place, int(n.sum()), int(value.sum())))
    return rows


def _product_nodes(table: _Table, domain: Domain) -> list[tuple[str, str, int, int]]:
    """Sums at every chapter and heading in the world."""
    return [
        (code, domain.world, int(table.events[under].sum()), int(table.cents[under].sum()))
        for code, under in domain.leaves_under.items()
        if domain.product_level(code) in ("chapter", "heading")
    ]
