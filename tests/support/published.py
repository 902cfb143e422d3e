"""Published classes and demand rows for tests, made by hand or at random from the small world."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from anonymize.classes.periods import period_end, period_start
from anonymize.noise.estimates import ESTIMATES
from schemas.policy import PERIOD_LEVELS
from schemas.published import MOST_WITHHELD_PCT, ClassRow, TermRow
from schemas.tables import columns_of
from tests.support.small_world import PLACES, PRODUCTS, TAXONOMY
from warehouse.catalogue import FINDING, MACROS, create_macros
from warehouse.comments import create_table
from warehouse.demand import ancestry, derived_from, period_ancestry
from warehouse.duck import Duck, connected
from warehouse.statements import statement

NO_ESTIMATES = pl.DataFrame(schema={"release_id": pl.String, "kind": pl.String, "month": pl.Date, **ESTIMATES})
"""What `sql/estimates.sql` gives where nothing was drawn."""

_TYPES: dict[str, Any] = {"text": pl.String, "int64": pl.Int64, "double": pl.Float64, "date": pl.Date}
_PRODUCT_LEVEL = {code: level for level, code, _, _ in PRODUCTS}
_PLACE_LEVEL = {code: level for level, code, _, _ in PLACES}


def published_classes(*rows: dict[str, Any]) -> pl.DataFrame:
    """Rows of `ClassRow`; each names `product`, `place`, `period` (level and first day) and what it publishes."""
    full = []
    for number, row in enumerate(rows, 1):
        level, start = row["period"]
        defaults: dict[str, Any] = {
            "release_id": "2026-02-02",
            "class_id": number,
            "kind": "order",
            "product_level": _PRODUCT_LEVEL[row["product"]],
            "product_code": row["product"],
            "place_level": _PLACE_LEVEL[row["place"]],
            "place_code": row["place"],
            "period_level": level,
            "period_start": start,
            "period_end": period_end(level, start),
            "n_contributors": row["n_events"],
            "value_status": "none" if row.get("value_usd") is None else "given",
        }
        statuses = {column.name: "none" for column in columns_of(ClassRow) if column.name.endswith("_status")}
        full.append(statuses | defaults | row)
    return pl.DataFrame(
        {
            column.name: pl.Series([row.get(column.name) for row in full], dtype=_TYPES[column.type])
            for column in columns_of(ClassRow)
        }
    )


def random_classes(seed: int, n: int) -> pl.DataFrame:
    """Classes at random nodes of every level, some without a value."""
    random = np.random.default_rng(seed)
    rows = []
    for _ in range(n):
        level = PERIOD_LEVELS[random.integers(0, len(PERIOD_LEVELS))]
        day = date(2025, 12, 20) + timedelta(days=int(random.integers(0, 30)))
        rows.append(
            {
                "kind": str(random.choice(["order", "rfq"])),
                "product": PRODUCTS[random.integers(0, len(PRODUCTS))][1],
                "place": PLACES[random.integers(0, len(PLACES))][1],
                "period": (level, period_start(level, day)),
                "n_events": int(random.integers(3, 50)),
                "n_contributors": int(random.integers(3, 20)),
                "value_usd": None if random.random() < 0.3 else int(random.integers(0, 10_000_000)) / 100,
            }
        )
    return published_classes(*rows)


def demand_of(
    duck: Duck,
    classes: pl.DataFrame,
    estimates: pl.DataFrame = NO_ESTIMATES,
    *,
    most_withheld_pct: int = MOST_WITHHELD_PCT,
) -> pl.DataFrame:
    """The demand table of classes, by the SQL that publishes it."""
    duck.load("estimates", estimates)
    duck.load("classes", classes)
    duck.load("product_up", ancestry(TAXONOMY.products))
    duck.load("place_up", ancestry(TAXONOMY.places))
    duck.load("period_up", period_ancestry(classes))
    return duck.frame(statement("demand"), release_id="2026-02-02", most_withheld_pct=most_withheld_pct)


def derived_of(classes: pl.DataFrame, night: date) -> dict[str, pl.DataFrame]:
    """`demand` and the derived tables of classes, on a night; a period closes two days after its end."""
    with connected(None) as duck:
        demand = demand_of(duck, classes)
    closed_to = night - timedelta(days=2)
    derived = derived_from(classes, demand, TAXONOMY, release_id="2026-02-02", night=night, closed_to=closed_to)
    return {"demand": demand, **derived}


def write_release(path: Path, classes: pl.DataFrame, *, night: date | None = None) -> Path:
    """A release's `demand.duckdb` of these classes: `classes`, `demand`, `products`, `places`.

    With a night also the derived tables of that night, `terms` without a row, and every macro; without one the macros
    that find a product or a place.
    """
    if night is None:
        with connected(None) as duck:
            tables = {"classes": classes, "demand": demand_of(duck, classes)}
    else:
        tables = {"classes": classes, **derived_of(classes, night)}
    names = ("level", "code", "parent", "title")
    trees = {
        "products": pl.DataFrame(PRODUCTS, schema=dict.fromkeys(names, pl.String), orient="row"),
        "places": pl.DataFrame(PLACES, schema=dict.fromkeys(names, pl.String), orient="row"),
    }
    with connected(path) as duck:
        for name, frame in {**tables, **trees}.items():
            duck.load(f"new_{name}", frame)
            duck.run(f"create table {name} as select * from new_{name}")
        if night is not None:
            duck.run(create_table("terms", TermRow))
        create_macros(duck, MACROS if night is not None else FINDING)
    return path
