"""One demand table for the ladder and for pytauargus: heading by country, chapters and sub-regions as margins.

Writes seeded synthetic orders of one month (those of `benchmarks.ladder`, kind and day set aside) as the solver takes
them, lets the ladder walk the same orders over the same lattice, reads the solver's result back, and prints both sides.
The ladder keeps threshold, p% and share; the solver P(10) and FREQ 10.

    .venv/bin/python -m benchmarks.peers.tables --folder /tmp/mandi-table                      # writes, and walks
    .venv/bin/python -m benchmarks.peers.tables --folder /tmp/mandi-table --peer /tmp/mandi-table/tau.csv
"""

import argparse
import sys
import time
from datetime import date
from pathlib import Path

import polars as pl
import yaml
from rich.console import Console
from rich.table import Table

from anonymize.classes.hierarchies import place_path, product_path
from anonymize.classes.ladder import walk
from benchmarks.ladder import NIGHT, ROOT, write_events
from feeds.taxonomy import load_taxonomy
from schemas.policy import Policy
from schemas.taxonomy import Taxonomy
from warehouse.duck import connected

PRODUCTS = ("heading", "chapter", "all")
PLACES = ("country", "subregion", "world")


def orders(path: Path, n_events: int, taxonomy: Taxonomy) -> pl.DataFrame:
    """Synthetic events, all of them orders of one month by counting contributors; none names a supplier."""
    write_events(path, n_events, taxonomy)
    value = pl.coalesce("value_cents", (pl.col("event_no") * 7919) % 100_000 + 1)
    return pl.read_parquet(path).with_columns(
        kind=pl.lit("order"), is_counting=pl.lit(True), supplier=pl.lit(None, pl.Int64), value_cents=value,
        occurred_on=pl.lit(date(2026, 1, 15)),
    )  # fmt: skip


def standing(pool: pl.DataFrame, taxonomy: Taxonomy) -> pl.DataFrame:
    """Every order with its heading, chapter, country and sub-region by name."""
    products, places = product_path(taxonomy), place_path(taxonomy)
    code, place = products["code"], places["code"]
    chapter = products.select(product_code="code", chapter=code.gather(products["chapter"]))
    subregion = places.select(country="code", subregion=place.gather(places["subregion"]))
    return pool.join(chapter, on="product_code").join(subregion, on="country").rename({"product_code": "heading"})


def write_peer(frame: pl.DataFrame, folder: Path) -> None:
    """The holdings and hierarchies that `run_pytauargus.py` reads."""
    frame.group_by("heading", "country", contributor=pl.format("c{}", "contributor")).agg(
        value=pl.col("value_cents").sum() / 100
    ).sort("heading", "country", "contributor").write_csv(folder / "holdings.csv")
    for leaf, parent, name in (("heading", "chapter", "heading"), ("country", "subregion", "country")):
        lines = []
        nodes = frame.select(parent, leaf).unique().sort(parent, leaf)
        for (top,), below in nodes.group_by(parent, maintain_order=True):
            lines += [f"P{str(top).replace('/', '_')}", *(f"@{each}" for each in below[leaf])]
        (folder / f"{name}.hrc").write_text("\n".join(lines) + "\n", encoding="utf-8")


def walked(pool: pl.DataFrame, taxonomy: Taxonomy) -> tuple[pl.DataFrame, float, float]:
    """The ladder's classes of the pool (levels, nodes, value in cents), seconds, and those of the processor."""
    raw = yaml.safe_load((ROOT / "config" / "policy.yaml").read_text(encoding="utf-8"))
    names = ("when", "product", "place", "period")
    rungs = sorted(((p, q) for p in PRODUCTS for q in PLACES), key=lambda r: _cost(raw, *r))
    ladder = [dict(zip(names, ("month_close", *rung, "month"), strict=True)) for rung in rungs]
    raw["ladder"] = {"rungs": ladder, "improvement": None}
    policy = Policy.model_validate(raw)
    with connected(None, memory_limit="3GB") as duck:
        duck.load("pooled", pool)
        start, processor = time.perf_counter(), time.process_time()
        walk(duck, policy=policy, taxonomy=taxonomy, night=NIGHT, previous=None)
        seconds, processor = time.perf_counter() - start, time.process_time() - processor
        classes = duck.frame(
            "select found_classes.*, found_measures.amount from found_classes inner join found_measures "
            "on found_measures.class_no = found_classes.class_no and measure = 'value_usd' and is_given"
        )
    levels = classes["rung"].str.split(" x ").list
    told = classes.select(
        "amount",
        product=levels.get(0),
        place=levels.get(1),
        heading=product_path(taxonomy)["code"].gather(classes["product"]),
        country=place_path(taxonomy)["code"].gather(classes["place"]),
    )
    return told, seconds, processor


def _cost(raw: dict[str, dict[str, dict[str, dict[str, float]]]], product: str, place: str) -> float:
    loss = raw["ladder"]["loss"]
    return loss["product"][product] + loss["place"][place]


def solved(path: Path, frame: pl.DataFrame) -> pl.DataFrame:
    """The solver's cells that hold anything: nodes, levels, value in cents, whether it is published."""
    cells = pl.read_csv(path, infer_schema=False).filter(pl.col("status") != "E")
    levels = {}
    for dimension, (leaf, parent, root) in {"product": PRODUCTS, "place": PLACES}.items():
        code = pl.col(leaf)
        is_leaf = code.is_in(frame[leaf].unique().implode())
        is_root = code == "Total"
        levels[dimension] = (
            pl.when(is_leaf).then(pl.lit(leaf)).when(is_root).then(pl.lit(root)).otherwise(pl.lit(parent))
        )
    return cells.select(
        "heading", "country", amount=pl.col("value").cast(pl.Float64) * 100,
        is_published=~pl.col("status").is_in(["U", "M"]), **levels,
    )  # fmt: skip


def compared(classes: pl.DataFrame, cells: pl.DataFrame, total: int) -> str:
    """At heading x country: cells and value that both, only the ladder, only the solver publish."""
    fine = {"product": "heading", "place": "country"}
    ladder = classes.filter(**fine).group_by("heading", "country").agg(pl.col("amount").sum())
    solver = cells.filter("is_published", **fine).select("heading", "country", whole="amount")
    both = ladder.join(solver, on=["heading", "country"])
    only_ladder = ladder.join(solver, on=["heading", "country"], how="anti")
    only_solver = solver.join(ladder, on=["heading", "country"], how="anti")
    return "heading x country: " + "; ".join(
        f"{what} {found.height:,} cells, {100 * found[amount].sum() / total:.1f} % of the value"
        for what, found, amount in (
            ("both", both, "whole"),
            ("only the ladder", only_ladder, "amount"),
            ("only the solver", only_solver, "whole"),
        )
    )


def main() -> int:
    """Writes, walks and prints; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=100_000, help="how many orders")
    parser.add_argument("--folder", type=Path, required=True, help="where the solver's files are written")
    parser.add_argument("--peer", type=Path, help="what run_pytauargus.py wrote")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    taxonomy = load_taxonomy(ROOT / "config")
    pool = orders(arguments.folder / "events.parquet", arguments.events, taxonomy)
    frame = standing(pool, taxonomy)
    write_peer(frame, arguments.folder)
    classes, seconds, processor = walked(pool, taxonomy)
    total = frame["value_cents"].sum()
    cells = solved(arguments.peer, frame) if arguments.peer else None
    table = Table("cut", "ladder: at it or finer", "solver: value", "solver: cells", title=f"{len(pool):,} orders")
    for product in PRODUCTS:
        for place in PLACES:
            fine = classes.filter(
                pl.col("product").is_in(PRODUCTS[: PRODUCTS.index(product) + 1]),
                pl.col("place").is_in(PLACES[: PLACES.index(place) + 1]),
            )
            row = [f"{product} x {place}", f"{100 * fine['amount'].sum() / total:.1f} %"]
            if cells is not None:
                here = cells.filter(product=product, place=place)
                shown = here.filter("is_published")
                row += [f"{100 * shown['amount'].sum() / total:.1f} %", f"{shown.height:,} of {here.height:,}"]
            table.add_row(*row)
    Console(width=110).print(table)
    if cells is not None:
        print(compared(classes, cells, total))
    print(f"ladder: {seconds:.1f} s, {processor:.1f} s of processor, {classes.height:,} classes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
