"""Demand tables: a DuckDB file built from sealed classes and the taxonomy alone, on a connection of its own."""

from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from anonymize.classes.periods import period_end, period_start
from schemas.errors import DisclosureError
from schemas.policy import PERIOD_LEVELS, PeriodLevel
from schemas.published import ClassRow, DemandRow
from schemas.tables import Table, columns_of
from schemas.taxonomy import PlaceNode, ProductNode, Taxonomy
from warehouse.catalogue import create_catalogue
from warehouse.door import SealedClasses, digest_of
from warehouse.duck import Duck, connected
from warehouse.statements import statement

TABLES: dict[str, type[Table]] = {
    "classes": ClassRow,
    "demand": DemandRow,
    "products": ProductNode,
    "places": PlaceNode,
}
"""Every table of `demand.duckdb`, and the model that describes it."""

OPENS_IN = "v1.0.0"
"""Oldest DuckDB that opens the file: analysts hold older versions than ours, and R's lags behind for years."""

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
        (`tests/golden/test_demand.py`, `tests/property/test_demand.py`).
    """
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with connected(path, opens_in=OPENS_IN) as duck:
        create_catalogue(duck, TABLES)
        _fill(duck, "classes", sealed.frame)
        _fill(duck, "products", _nodes(taxonomy.products, ProductNode))
        _fill(duck, "places", _nodes(taxonomy.places, PlaceNode))
        duck.load("product_up", ancestry(taxonomy.products))
        duck.load("place_up", ancestry(taxonomy.places))
        duck.load("period_up", period_ancestry(sealed.frame))
        duck.load("estimates", sealed.estimates)
        duck.run(f"insert into demand {statement('demand')}", release_id=sealed.release_id)
        duck.run("drop table product_up; drop table place_up; drop table period_up; drop table estimates; checkpoint")
    return open_tables(sealed, path)


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


def ancestry(rows: tuple[tuple[str, str, str | None, str | None], ...]) -> pl.DataFrame:
    """Every node with each of its ancestors, itself included.

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


def _fill(duck: Duck, name: str, frame: pl.DataFrame) -> None:
    duck.load("rows_to_fill", frame)
    duck.run(f"insert into {name} select {', '.join(frame.columns)} from rows_to_fill; drop table rows_to_fill")


def _nodes(rows: tuple[tuple[str, str, str | None, str | None], ...], table: type[Table]) -> pl.DataFrame:
    names = [column.name for column in columns_of(table)]
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
