"""Why a cell of `demand` shows what it shows, from published files alone; and what waits, for the operator."""

from pathlib import Path
from typing import Any

import polars as pl

from anonymize.classes.periods import period_end
from anonymize.classes.rungs import rung_name, rungs_of
from schemas.errors import NightError
from schemas.explanation import Cell, Chance, Explanation, Node, Standing, Waiting, Withheld
from schemas.policy import PeriodLevel, Policy
from schemas.published import MEASURED_UNITS
from schemas.taxonomy import Taxonomy
from warehouse import waiting
from warehouse.cells import kind_of, period_of
from warehouse.duck import connected
from warehouse.ledger import Ledger
from warehouse.reading import code_of
from warehouse.statements import statement

_MEASURES = ("value", "quotes", *(f"quantity_{unit}" for unit in MEASURED_UNITS))
_LEVELS = ["product_level", "place_level", "period_level"]
_NODE = [*_LEVELS, "product_code", "place_code", "period_start"]


def explain(path: Path, *, kind: str, product: str, place: str, period: str) -> Explanation:
    """Explains one cell of a release.

    Args:
        path: `demand.duckdb` of the release; nothing else is read.
        kind: A kind of event.
        product: A product node, as the macro `product_of` reads it.
        place: A place node, as the macro `place_of` reads it.
        period: As `warehouse.cells.period_of` reads it.

    Raises: ConfigurationError that names what is near where a kind, product, place or period does not exist.
    """
    level, first, last = period_of(period)
    asked = {
        "kind": kind_of(kind),
        "first": first,
        "last": last,
        "product": code_of(path, "product_of", product),
        "place": code_of(path, "place_of", place),
    }
    with connected(path, is_read_only=True) as duck:
        products = duck.frame("select level, code, title from products")
        places = duck.frame("select level, code, title from places")
        classes = duck.frame(statement("explain_classes"), **asked)
        nodes = duck.frame(statement("explain_coarser"), level=level, **asked)
        release_id = duck.value("select max(release_id) from demand")
    titles = _Titles(products, places)
    cell = next((titles.cell(row) for row in nodes.filter(n_steps=0).iter_rows(named=True)), None)
    inside, overlapping = (classes.filter(pl.col("is_inside") == is_inside) for is_inside in (True, False))
    return Explanation(
        release_id=str(release_id),
        kind=kind_of(kind),
        node=titles.node(
            {
                "product_code": asked["product"],
                "place_code": asked["place"],
                "period_level": level,
                "period_start": first,
            }
        ),
        cell=cell,
        inside=tuple(
            Standing(node=None, levels=" x ".join(row[name] for name in _LEVELS), **_sums(row))
            for row in _standing(inside, _LEVELS).iter_rows(named=True)
        ),
        overlapping=tuple(
            Standing(node=titles.node(row), levels=" x ".join(row[name] for name in _LEVELS), **_sums(row))
            for row in _standing(overlapping, _NODE).iter_rows(named=True)
        ),
        measures=_measures(inside),
        complete=_most_complete(nodes, titles),
    )


def with_waiting(told: Explanation, ledger: Ledger, *, policy: Policy, taxonomy: Taxonomy) -> Explanation:
    """Adds what waits in the pool for the cell, as a band, and when it may come out.

    Raises: NightError if no night is sealed yet.
    """
    after = ledger.last_sealed()
    if after is None:
        raise NightError("no night is published yet; run mandi demo, or mandi land and mandi night")
    node = told.node
    found = waiting.waiting_in(
        ledger,
        taxonomy,
        kind=told.kind,
        product=node.product_code,
        place=node.place_code,
        first=node.period_start,
        last=period_end(node.period_level, node.period_start),
    )
    order = [rung_name(rung) for rung in rungs_of(policy.ladder)]
    soonest: dict[str, waiting.Chance] = {}
    for row in found.iter_rows(named=True):
        for chance in waiting.chances(
            policy,
            after,
            row["occurred_on"],
            product_level=row["product_level"],
            is_country_known=row["is_country_known"],
        ):
            known = soonest.setdefault(chance.when, chance)
            if (chance.night, order.index(chance.rung)) < (known.night, order.index(known.rung)):
                soonest[chance.when] = chance
    chances = sorted(soonest.values(), key=lambda chance: (chance.night, order.index(chance.rung)))
    return told.model_copy(
        update={
            "waiting": Waiting(
                events=waiting.band(int(found["n_events"].sum()), k=policy.buyers.k),
                chances=tuple(Chance(when=one.when, night=one.night, rung=one.rung) for one in chances),
            )
        }
    )


class _Titles:
    """Published trees as levels and titles by code."""

    def __init__(self, products: pl.DataFrame, places: pl.DataFrame) -> None:
        self._products = {code: (level, title) for level, code, title in products.rows()}
        self._places = {code: (level, title) for level, code, title in places.rows()}

    def node(self, row: dict[str, Any]) -> Node:
        product_level, product_title = self._products[row["product_code"]]
        place_level, place_title = self._places[row["place_code"]]
        period_level: PeriodLevel = row["period_level"]
        return Node(
            product_level=product_level,
            product_code=row["product_code"],
            product_title=product_title,
            place_level=place_level,
            place_code=row["place_code"],
            place_title=place_title,
            period_level=period_level,
            period_start=row["period_start"],
        )

    def cell(self, row: dict[str, Any]) -> Cell:
        names = ("n_events", "value_usd", "contributors_min", "contributors_max", "placed_ratio")
        return Cell(node=self.node(row), **{name: row[name] for name in names})


def _standing(classes: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """Classes put together by levels or nodes, most events first."""
    cents = (pl.col("value_usd") * 100).round().cast(pl.Int64)
    return (
        classes.group_by(by)
        .agg(
            n_classes=pl.len(),
            n_events=pl.col("n_events").sum(),
            value_usd=pl.when(cents.count() > 0).then(cents.sum() / 100),
            smallest_crowd=pl.col("n_contributors").min(),
        )
        .sort("n_events", *by, descending=[True, *(False for _ in by)])
    )


def _sums(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("n_classes", "n_events", "value_usd", "smallest_crowd")}


def _measures(inside: pl.DataFrame) -> tuple[Withheld, ...]:
    """Measures that at least one of the classes knows."""
    found = []
    for measure in _MEASURES:
        status = inside[f"{measure}_status"]
        given, withheld, none = (int((status == word).sum()) for word in ("given", "withheld", "none"))
        if given or withheld:
            found.append(Withheld(measure=measure, n_given=given, n_withheld=withheld, n_none=none))
    return tuple(found)


def _most_complete(nodes: pl.DataFrame, titles: _Titles) -> Cell | None:
    """The nearest node that holds the cell and has the best placed ratio; the cell itself where nothing is better."""
    if nodes.is_empty():
        return None
    best = nodes.filter(pl.col("placed_ratio") == pl.col("placed_ratio").max()).row(0, named=True)
    return titles.cell(best)
