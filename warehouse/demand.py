"""Demand tables: a DuckDB file built from sealed classes and the taxonomy alone, on a connection of its own."""

import functools
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl

from anonymize.classes.periods import period_end, period_start
from schemas.errors import DisclosureError
from schemas.policy import PERIOD_LEVELS, PeriodLevel
from schemas.published import (
    LEAST_EVENTS,
    LEAST_PLACED,
    MOST_WITHHELD_PCT,
    SIGNIFICANCE,
    STEADY_FACTOR,
    TERM_FLOOR_PCT,
    TERM_MARGIN_PCT,
    TERM_MONTHS_BEFORE,
    TERM_SURELY,
    ClassRow,
    DemandRow,
    OpportunityRow,
    PriceTierRow,
    TermRow,
    TrendRow,
)
from schemas.tables import Table, columns_of
from schemas.taxonomy import PlaceNode, ProductNode, Taxonomy
from warehouse.catalogue import create_catalogue
from warehouse.comments import create_table
from warehouse.door import SealedClasses, digest_of
from warehouse.duck import Duck, connected
from warehouse.statements import statement

TABLES: dict[str, type[Table]] = {
    "classes": ClassRow,
    "demand": DemandRow,
    "trends": TrendRow,
    "opportunity": OpportunityRow,
    "price_tiers": PriceTierRow,
    "terms": TermRow,
    "products": ProductNode,
    "places": PlaceNode,
}
"""Every table of `demand.duckdb`, and the model that describes it."""

OPENS_IN = "v1.0.0"
"""Oldest DuckDB that opens the file: analysts hold older versions than ours, and R's lags behind for years."""

DERIVED = ("trends", "opportunity", "price_tiers")
"""Tables that are made of `classes`, `demand` and the trees, each by its SQL file, in this order."""

PREPARED = ("vintages", "records", "comparisons")
"""What these tables read beside: made first, each by its SQL file, in this order, and dropped."""

_KEY = object()


@dataclass(frozen=True)
class SealedTables:
    """A demand file that was built from sealed classes; the only thing that extracts are written from."""

    classes: SealedClasses
    path: Path
    n_rows: dict[str, int]
    key: object = field(repr=False)

    def __post_init__(self) -> None:
        if self.key is not _KEY:
            raise DisclosureError(
                "demand tables are built from sealed classes only; call warehouse.demand.build_tables"
            )


def build_tables(sealed: SealedClasses, taxonomy: Taxonomy, path: Path) -> SealedTables:
    """Builds `demand.duckdb` at `path`, in place of an earlier try.

    It holds `TABLES`, the view `data_dictionary` and the macros of `warehouse.catalogue`, each with a comment.

    Guarantee: nothing private is attached to the connection, and every figure is a sum over whole classes, or over
        stored estimates and whole classes that came after them
        (`tests/golden/test_demand.py`, `tests/property/test_demand.py`),
        or a function of such sums (`tests/property/test_derived.py`); `terms` are made of stored noisy counts alone
        (`tests/golden/test_asked_terms.py`).
    """
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with connected(path, opens_in=OPENS_IN) as duck:
        create_catalogue(duck, TABLES)
        _fill(duck, "classes", sealed.frame)
        _fill(duck, "products", _nodes(taxonomy.products, ProductNode))
        _fill(duck, "places", _nodes(taxonomy.places, PlaceNode))
        _load_ancestries(duck, taxonomy, sealed.frame)
        duck.load("estimates", sealed.estimates)
        duck.run(
            f"insert into demand {statement('demand')}",
            release_id=sealed.release_id,
            most_withheld_pct=MOST_WITHHELD_PCT,
        )
        fill_derived(duck, release_id=sealed.release_id, night=sealed.night, closed_to=sealed.closed_to)
        fill_terms(duck, sealed.terms, taxonomy, release_id=sealed.release_id)
        duck.run("drop table product_up; drop table place_up; drop table period_up; drop table estimates; checkpoint")
    return open_tables(sealed, path)


def fill_derived(duck: Duck, *, release_id: str, night: date, closed_to: date) -> None:
    """Fills the tables of `DERIVED`, which exist and are empty, from `classes`, `demand`, the trees and ancestries.

    Args:
        duck: A connection that holds these tables and nothing else.
        release_id: Release that is built.
        night: Night on which it is made.
        closed_to: Last day that a period may have to be closed on that night.

    Guarantee: reads nothing but these tables, so that every figure is a function of published classes
        (`tests/property/test_derived.py`).
    """
    given: dict[str, object] = {
        "release_id": release_id,
        "night": night,
        "closed_to": closed_to,
        "least_placed": LEAST_PLACED,
        "least_events": LEAST_EVENTS,
        "steady_factor": STEADY_FACTOR,
        "significance": SIGNIFICANCE,
    }
    for name in PREPARED:
        duck.run(f"create temp table {name} as {statement(name)}", **given)
    for name in DERIVED:
        duck.run(f"insert into {name} {statement(name)}", **given)
    duck.run("".join(f"drop table {name};" for name in PREPARED))


def fill_terms(duck: Duck, counts: pl.DataFrame, taxonomy: Taxonomy, *, release_id: str) -> None:
    """Fills the table `terms`, which exists and is empty, from stored noisy counts and the vocabulary.

    A term that is taken off the vocabulary is shown no longer.

    Args:
        duck: A connection to which nothing private is attached.
        counts: Rows of `sql/term_counts.sql`.
        taxonomy: Its terms.
        release_id: Release that is built.
    """
    columns = ("term", "term_kind", "term_en", "term_hi")
    words = [(term.id, term.kind, term.title, term.title_hi) for term in taxonomy.terms]
    duck.load("vocabulary", pl.DataFrame(words, schema=dict.fromkeys(columns, pl.String), orient="row"))
    duck.load("term_counts", counts)
    duck.run(
        f"insert into terms {statement('terms')}; drop table vocabulary; drop table term_counts",
        release_id=release_id,
        floor_pct=TERM_FLOOR_PCT,
        margin_pct=TERM_MARGIN_PCT,
        surely=TERM_SURELY,
        months_before=TERM_MONTHS_BEFORE,
    )


def derived_from(
    classes: pl.DataFrame,
    demand: pl.DataFrame,
    taxonomy: Taxonomy,
    *,
    release_id: str,
    night: date,
    closed_to: date,
) -> dict[str, pl.DataFrame]:
    """The tables of `DERIVED`, made from published tables on a connection of their own; see `fill_derived`.

    Args:
        classes: Rows of `ClassRow`.
        demand: Rows of `DemandRow`, of the same release.
        taxonomy: The public trees.
        release_id: As in `fill_derived`, like what follows.
        night: Night of the release.
        closed_to: Last day of closed periods.
    """
    with connected(None) as duck:
        for name in DERIVED:
            duck.run(create_table(name, TABLES[name]))
        duck.load("classes", classes)
        duck.load("demand", demand)
        duck.load("products", _nodes(taxonomy.products, ProductNode))
        duck.load("places", _nodes(taxonomy.places, PlaceNode))
        _load_ancestries(duck, taxonomy, classes)
        fill_derived(duck, release_id=release_id, night=night, closed_to=closed_to)
        return {name: duck.frame(f"select * from {name}") for name in DERIVED}


def open_tables(sealed: SealedClasses, path: Path) -> SealedTables:
    """Takes up a demand file that `build_tables` left, if it holds exactly the sealed classes.

    Raises: DisclosureError if it is missing or holds anything else.
    """
    if not path.is_file():
        raise DisclosureError(f"{path.name} is missing; materialise demand_tables first")
    with connected(path, is_read_only=True) as duck:
        classes = duck.frame("select * from classes order by release_id, class_id")
        n_rows = {name: duck.frame(f"select count(*) as n from {name}").item() for name in TABLES}
    if digest_of(classes) != sealed.digest:
        raise DisclosureError(f"{path.name} does not hold the sealed classes; materialise demand_tables again")
    return SealedTables(sealed, path, n_rows, _KEY)


@functools.lru_cache(maxsize=8)
def ancestry(rows: tuple[tuple[str, str, str | None, str | None], ...]) -> pl.DataFrame:
    """Every node with each of its ancestors, itself included; of one tree it is worked out once.

    Returns: `code`, `up_code`, `up_level`.
    """
    level_of = {code: level for level, code, _, _ in rows}
    parent = {code: above for _, code, above, _ in rows}
    found = []
    for code in level_of:
        at: str | None = code
        while at is not None:
            found.append((code, at, level_of[at]))
            at = parent[at]
    return pl.DataFrame(found, schema={"code": pl.String, "up_code": pl.String, "up_level": pl.String}, orient="row")


def period_ancestry(classes: pl.DataFrame) -> pl.DataFrame:
    """Every period that a class stands in, or that holds one, with each period that holds it, itself included.

    Returns: `level`, `start`, `up_level`, `up_start`, `up_end`.
    """
    coarser: dict[PeriodLevel, tuple[PeriodLevel, ...]] = {
        level: PERIOD_LEVELS[: place + 1] for place, level in enumerate(PERIOD_LEVELS)
    }
    own = classes.select("period_level", "period_start").unique().rows()
    every = {(up, period_start(up, start)) for level, start in own for up in coarser[level]}
    found = [
        (level, start, up, period_start(up, start), period_end(up, period_start(up, start)))
        for level, start in sorted(every)
        for up in coarser[level]
    ]
    schema = {"level": pl.String, "start": pl.Date, "up_level": pl.String, "up_start": pl.Date, "up_end": pl.Date}
    return pl.DataFrame(found, schema=schema, orient="row")


def _load_ancestries(duck: Duck, taxonomy: Taxonomy, classes: pl.DataFrame) -> None:
    duck.load("product_up", ancestry(taxonomy.products))
    duck.load("place_up", ancestry(taxonomy.places))
    duck.load("period_up", period_ancestry(classes))


def _fill(duck: Duck, name: str, frame: pl.DataFrame) -> None:
    duck.load("rows_to_fill", frame)
    duck.run(f"insert into {name} select {', '.join(frame.columns)} from rows_to_fill; drop table rows_to_fill")


def _nodes(rows: tuple[tuple[str, str, str | None, str | None], ...], table: type[Table]) -> pl.DataFrame:
    names = [column.name for column in columns_of(table)]
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
