"""How far an estimate may be off: 95 % margins of public nodes, from scales of noise and published classes only.

Each begins with the error of an unbiased estimate: what is known inside the node, plus noisy counts of the cells in
doubt. The published estimate is closer where it can be, because it may not be negative and must add up. Bounding takes
more from one cell than from another; a cell of which it took nothing is overestimated by the part that it took of all,
so that part of the estimate is added, as squares. `benchmarks/estimates.py` counts how often margins hold.
"""

from collections.abc import Mapping

import numpy as np
import polars as pl

from anonymize.noise.domain import COARSE_PRODUCTS, Domain, is_coarse
from anonymize.noise.fit import Floats
from anonymize.noise.marginals import PLACES, PRODUCTS, SECTORS

IN_95_OF_100 = 1.96
"""Standard deviations within which 95 of 100 draws of a Gaussian lie."""

_WIDEST = 3.0
"""Greatest spread of values that is believed: a few classes can show a larger one by chance."""

_COLUMNS = (
    "product_code", "place_code", "events_inside", "events_overlapping", "value_overlapping", "events_error",
    "lost_ratio",
)  # fmt: skip


def margins(
    nodes: pl.DataFrame, active: Mapping[str, pl.DataFrame], errors: Mapping[str, tuple[float, float]], domain: Domain
) -> pl.DataFrame:
    """What bounds the error of every node.

    Args:
        nodes: Published classes of one kind and month, with `sector`, `leaf`, `value_cents`.
        active: By marginal, the cells that were counted.
        errors: By marginal, the standard deviation of a cell, in events, and which part of them bounding took off.
        domain: Of the taxonomy.

    Returns: `product_code`, `place_code`, then `events_inside`, `events_overlapping`, `value_overlapping` (cents),
        `events_error` (95 %, in events), `lost_ratio`, and of the kind and month `value_mean` (cents an event) and
        `value_spread` (relative), one row per node.
    """
    found = pl.DataFrame(_of_places(nodes, active, errors, domain), schema=_COLUMNS, orient="row")
    of_products = pl.DataFrame(_of_products(nodes, active, errors, domain), schema=_COLUMNS, orient="row")
    mean, spread = _values(nodes)
    return pl.concat([found, of_products]).with_columns(value_mean=pl.lit(mean), value_spread=pl.lit(spread))


def _of_places(
    nodes: pl.DataFrame, active: Mapping[str, pl.DataFrame], errors: Mapping[str, tuple[float, float]], domain: Domain
) -> list[tuple[str, str, float, float, float, float, float]]:
    row = {code: number for number, code in enumerate(domain.sectors)}
    at = {code: number for number, code in enumerate(domain.places)}
    held, value = np.zeros((2, len(row), len(at)))
    for sector, place, n, cents in nodes.select("sector", "place_code", "n_events", "value_cents").rows():
        held[row[sector], at[place]] += n
        value[row[sector], at[place]] += cents
    above = domain.is_above
    below = above.T + np.eye(len(at))
    is_root = domain.sectors.index(domain.all_products)
    counted = _counted(active, row, at, domain)
    leaves = np.zeros(len(row))
    for product in active[PRODUCTS.name]["product_code"]:
        leaves[row[domain.sector_of[product]]] += 1
    rows = []
    inside = held @ below  # of a place, what stands at or below it
    for number, code in enumerate(domain.sectors):
        if number == is_root:
            in_node, overlap, worth = inside.sum(axis=0), held.sum(axis=0) @ above, value.sum(axis=0) @ above
            error, lost = errors[PLACES.name][0] * np.sqrt(counted[-1]), errors[PLACES.name][1]
        else:
            in_node = inside[number]
            overlap, worth = (each[number] @ above + each[is_root] @ (above + below) for each in (held, value))
            error, lost = errors[SECTORS.name][0] * np.sqrt(counted[number]), errors[SECTORS.name][1]
            world = at[domain.world]
            error[world] = min(error[world], errors[PRODUCTS.name][0] * leaves[number] ** 0.5)
        rows += [
            (code, place, float(in_node[n]), float(overlap[n]), float(worth[n]), float(IN_95_OF_100 * error[n]), lost)
            for n, place in enumerate(domain.places)
        ]
    return rows


def _counted(
    active: Mapping[str, pl.DataFrame], row: Mapping[str, int], at: Mapping[str, int], domain: Domain
) -> Floats:
    """How many counted cells lie below each place: sector by sector, and last those of all products."""
    cells = np.zeros((len(row) + 1, len(domain.countries)))
    column = {code: number for number, code in enumerate(domain.countries)}
    for product, place in active[SECTORS.name].rows():
        cells[row[product], column[place]] = 1
    for place in active[PLACES.name]["place_code"]:
        cells[-1, column[place]] = 1
    counted = np.zeros((len(row) + 1, len(at)))
    for place, number in at.items():
        counted[:, number] = cells[:, domain.countries_under[place]].sum(axis=1)
    return counted


def _of_products(
    nodes: pl.DataFrame, active: Mapping[str, pl.DataFrame], errors: Mapping[str, tuple[float, float]], domain: Domain
) -> list[tuple[str, str, float, float, float, float, float]]:
    held = {code: (n, cents) for code, n, cents in _by_leaf(nodes).rows()}
    counted = set(active[PRODUCTS.name]["product_code"])
    rows = []
    for code, under in domain.leaves_under.items():
        if domain.product_level(code) not in ("chapter", "heading"):
            continue
        leaves = [domain.leaves[leaf] for leaf in under]
        inside = sum(held.get(leaf, (0, 0))[0] for leaf in leaves)
        over = [held.get(up, (0, 0)) for up in domain.products_above(code)]
        error, lost = errors[PRODUCTS.name]
        error *= sum(leaf in counted for leaf in leaves) ** 0.5
        n, cents = (float(sum(each[part] for each in over)) for part in (0, 1))
        rows.append((code, domain.world, float(inside), n, cents, IN_95_OF_100 * error, lost))
    return rows


def _by_leaf(nodes: pl.DataFrame) -> pl.DataFrame:
    return nodes.group_by("leaf").agg(pl.col("n_events", "value_cents").sum())


def _values(nodes: pl.DataFrame) -> tuple[float, float]:
    """Cents an event in coarse classes that give a value, and how much finer ones differ from one another in that."""
    given = nodes.filter(pl.col("value_usd").is_not_null())
    coarse = given.filter(is_coarse())
    mean = int(coarse["value_cents"].sum()) / max(1, int(coarse["n_events"].sum()))
    fine = (
        given.filter(~pl.col("product_level").is_in(COARSE_PRODUCTS))
        .group_by("leaf")
        .agg(pl.col("n_events", "value_cents").sum())
    )
    each = (fine["value_cents"] / fine["n_events"]).to_numpy()
    spread = float(each.std() / each.mean()) if len(each) > 1 and each.mean() > 0 else 1.0
    return mean, min(_WIDEST, spread)
