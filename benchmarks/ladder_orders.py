"""Which order of rungs keeps most: the demo and the wholesale orders, several weights of place against product.

The stages of `config/policy.yaml` are walked as they are; only the loss of place levels is multiplied, so that rungs
that keep the country come earlier (weight above 1) or later (below 1). Events are read through the demo's contracts;
texts are left out, for no rung looks at them. The demo is walked once, at the close of January; the orders once, when
all their thirteen months are closed: no rung reaches over a month, so that this gives what thirteen closes give. What
stands at a level stands there or finer. Mean loss is always that of the committed policy, 2.3 for an event in no class.

    .venv/bin/python -m benchmarks.ladder_orders --events 300000
    .venv/bin/python -m benchmarks.ladder_orders --market orders
"""

import argparse
import sys
import tempfile
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

import polars as pl
from rich.console import Console
from rich.table import Table

from anonymize.classes.contributors import contributors
from anonymize.classes.ladder import POOLED_COLUMNS, walk
from anonymize.classes.rungs import rungs_of
from anonymize.pseudonyms import pseudonymise
from anonymize.wordlists import read_wordlists
from assets.settings import ROOT, Settings
from benchmarks.improvement import ORDERS, order_deliveries
from feeds.canonical import canonical_batches
from feeds.context import build_context
from feeds.demo.write import write_marketplace
from schemas.events import CONTRIBUTOR_KEYS
from schemas.home import Home
from schemas.policy import Policy
from warehouse.duck import Duck, connected

NIGHTS = tuple(date(2026, 1, 28) + timedelta(days=n) for n in range(7))
NIGHT, PREVIOUS = date(2026, 2, 3), date(2026, 1, 27)
Delivered = tuple[date, str, Path]
"""The night on which a file arrived, its feed, and where it lies."""

WEIGHTS = (0.1, 0.5, 0.75, 1.0, 1.5, 2.0, 10.0)
LEVELS = {
    "heading x country": (("subheading", "heading"), True),
    "heading x world": (("subheading", "heading"), False),
    "sector x country": (("subheading", "heading", "chapter", "sector"), True),
    "country": (("subheading", "heading", "chapter", "sector", "all"), True),
}


def demo_files(folder: Path, n_events: int) -> list[Delivered]:
    """The demo's files, as if all had arrived on the last night."""
    write_marketplace(folder, n_events=n_events, nights=NIGHTS)
    return [(NIGHT, file.parts[-3], file) for file in sorted((folder / "feeds").rglob("demo_*.*"))]


def pool_of(files: Iterable[Delivered], settings: Settings) -> pl.DataFrame:
    """Events as the ladder takes them, their accounts joined into contributors by every key."""
    wordlists = read_wordlists(settings.config)
    frames = []
    for night, feed, file in files:
        contract = settings.contracts[feed]
        for batch in canonical_batches(file, contract, build_context(settings.config, night, settings.policy)):
            keys = pseudonymise(
                batch.events, feed=contract.feed, keyring=settings.keyring, namespace=contract.namespace,
                wordlists=wordlists,
            )  # fmt: skip
            frames.append(
                batch.events.drop("title", "description").with_columns(keys.get_columns(), feed=pl.lit(contract.feed))
            )
    events = pl.concat(frames).unique(["feed", "event_id"], keep="first", maintain_order=True)
    account = pl.col("key_account").rank("dense").cast(pl.Int64) - 1
    events = events.with_columns(account_no=account).with_columns(event_no=pl.int_range(pl.len(), dtype=pl.Int64))
    edges = events.select("account_no", *CONTRIBUTOR_KEYS).unpivot(index="account_no", variable_name="key_kind")
    edges = edges.drop_nulls("value").with_columns(key=pl.struct("key_kind", "value").rank("dense").cast(pl.Int64) - 1)
    joined = contributors(edges.select("key", account="account_no").unique().sort("account", "key"))
    return (
        events.join(joined, left_on="account_no", right_on="account")
        .with_columns(
            is_counting=pl.col("is_verified").any().over("contributor"),
            supplier=pl.when(pl.col("key_supplier").is_not_null()).then(pl.col("key_supplier").rank("dense")),
            first_month=pl.lit(None),
            is_settled=pl.lit(True),
            quantity_milli=(pl.col("quantity") * 1000).round(),
            value_cents=(pl.col("value_usd") * 100).round(),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in POOLED_COLUMNS.items())
    )


def weighted(policy: Policy, weight: float) -> Policy:
    """The policy with the loss of every place level times a weight."""
    loss = policy.ladder.loss
    assert loss is not None
    place = {level: weight * cost for level, cost in loss.place.items()}
    ladder = policy.ladder.model_copy(update={"loss": loss.model_copy(update={"place": place})})
    return policy.model_copy(update={"ladder": ladder})


def kept(duck: Duck, policy: Policy, settings: Settings, weight: float, nights: tuple[date, date]) -> list[str]:
    """One row of the table: share of events and of value at each level or finer, and mean loss."""
    previous, night = nights
    walk(duck, policy=weighted(policy, weight), taxonomy=settings.taxonomy, night=night, previous=previous)
    placed = duck.frame(
        "select pooled.value_cents, found_classes.rung from pooled "
        "left join classed on classed.event_no = pooled.event_no "
        "left join found_classes on found_classes.class_no = classed.class_no"
    )
    levels = pl.col("rung").str.split(" x ")
    placed = placed.with_columns(product=levels.list.get(0), place=levels.list.get(1))
    n, value = placed.height, placed["value_cents"].sum()
    row = []
    for products, is_country in LEVELS.values():
        here = placed.filter(pl.col("product").is_in(products), pl.lit(not is_country) | (pl.col("place") == "country"))
        row.append(f"{100 * here.height / n:.1f} / {100 * here['value_cents'].sum() / value:.1f}")
    loss = policy.ladder.loss
    assert loss is not None
    costs = {" x ".join((rung.product, rung.place, rung.period)): loss.of(rung) for rung in rungs_of(policy.ladder)}
    worst = loss.product["all"] + loss.place["world"] + loss.period["year"]
    lost = placed["rung"].replace_strict(costs, default=worst, return_dtype=pl.Float64).mean()
    classed = 100 * placed["rung"].drop_nulls().len() / n
    return [f"{weight:g}", *row, f"{classed:.1f}", f"{lost:.4f}"]


def measure(name: str, files: Iterable[Delivered], settings: Settings, nights: tuple[date, date]) -> None:
    """Prints the table of one market, walked on the second of two nights."""
    table = Table("place weight", *LEVELS, "in classes", "mean loss")
    with connected(None, memory_limit="2GB") as duck:
        pool = pool_of(files, settings)
        duck.load("pooled", pool)
        for weight in WEIGHTS:
            table.add_row(*kept(duck, settings.policy, settings, weight, nights))
    console = Console(width=140)
    console.print(f"{name}: {pool.height:,} events; % of events / % of value")
    console.print(table)


def main() -> int:
    """Prints the tables; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=300_000, help="of the demo marketplace")
    parser.add_argument("--market", choices=["demo", "orders"], help="only this one")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        settings = Settings(Home(Path(name) / "home"), ROOT / "config")
        if arguments.market != "orders":
            demo = demo_files(Path(name) / "demo", arguments.events)
            measure("demo", demo, settings, (PREVIOUS, NIGHT))
        if arguments.market == "demo":
            return 0
        if not ORDERS.exists():
            print("benchmarks/ladder_orders: ../shared/data/orders is absent.", file=sys.stderr)
            return 0
        deliveries = order_deliveries(Path(name), settings)
        files = [(night, feed, file) for night, feeds in deliveries.items() for feed, file in feeds.items()]
        measure("wholesale orders", files, settings, (min(deliveries) - timedelta(days=31), max(deliveries)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
