"""What it costs to ask for seasoned contributors: the demo marketplace over ten weeks, and the wholesale orders.

As `benchmarks.improvement`, every night goes through a ledger of its own: the real ladder, the real door, seal. The
first month is the installation's first, of which nobody is seasoned: the policy asks from the second on, and shares are
of the events of these months, and of the value of their orders. `cold` shows what becomes of the first month where the
policy asks at once.

    .venv/bin/python -m benchmarks.seasoned
    .venv/bin/python -m benchmarks.seasoned --market demo --events 20000 --k-seasoned 0 --k-seasoned 10
"""

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import polars as pl
from rich.console import Console
from rich.table import Table

from anonymize.attacks.steering import price
from anonymize.classes.periods import next_month
from assets.settings import ROOT, Settings
from benchmarks.improvement import CUTS, ORDERS, SEED, Formed, form, order_deliveries, scrubbed
from feeds.demo import FEEDS, feed_path, write_marketplace
from pipelines.runner import make_home
from schemas.home import Home
from schemas.policy import PLACE_LEVELS, PRODUCT_LEVELS, Policy
from warehouse.duck import connected

DEMO_NIGHTS = tuple(date(2025, 12, 1) + timedelta(days=7 * n) for n in range(10))
"""A night a week, to the one on which January closes: December is the first month, and a year ends between."""


def demo_deliveries(folder: Path, n_events: int) -> dict[date, dict[str, Path]]:
    """The files of the demo's nights, by night and feed."""
    write_marketplace(folder, n_events=n_events, nights=DEMO_NIGHTS, seed=SEED, on_progress=lambda *_: None)
    paths = {night: {feed: feed_path(folder, feed, night) for feed in FEEDS} for night in DEMO_NIGHTS}
    return {night: {feed: path for feed, path in feeds.items() if path.is_file()} for night, feeds in paths.items()}


def asking(policy: Policy, k_seasoned: int, since: date | None) -> Policy:
    """The policy with another number of seasoned contributors."""
    buyers = policy.buyers.model_copy(update={"k_seasoned": k_seasoned, "seasoned_from": since})
    return policy.model_copy(update={"buyers": buyers})


def shares(formed: Formed, events: pl.DataFrame, first: date, last: date) -> dict[str, tuple[float, float]]:
    """For each cut the share of events, and of the value of orders, that stands there or finer, of some months."""
    key = ["night", "class_no"]
    told = (
        formed.classes.filter(pl.col("period_start").is_between(first, last, closed="left"))
        .join(formed.facts.filter(measure="n_events").select(*key, n="amount"), on=key)
        .join(formed.facts.filter(measure="value_usd", is_given=True).select(*key, value="amount"), on=key, how="left")
    )
    asked = events.filter(pl.col("occurred_on").is_between(first, last, closed="left"))
    n_events, value = asked.height, asked.filter(kind="order")["value_cents"].sum()
    found = {}
    for name, (product, place) in CUTS.items():
        fine = told.filter(
            pl.col("product_level").is_in(PRODUCT_LEVELS[PRODUCT_LEVELS.index(product) :]),
            pl.col("place_level").is_in(PLACE_LEVELS[PLACE_LEVELS.index(place) :]),
        )
        found[name] = fine["n"].sum() / n_events, fine.filter(kind="order")["value"].sum() / value
    return found


def measure(
    name: str, settings: Settings, deliveries: Mapping[date, Mapping[str, Path]], asked: Sequence[int], begins: date
) -> None:
    """Prints one table for one market whose first month begins on a day."""
    since = next_month(begins)
    end = max(deliveries).replace(day=1)
    table = Table("k_seasoned", "of", *CUTS, "classes", "accounts", "ahead", "months", title=name)
    with tempfile.TemporaryDirectory(prefix="mandi-seasoned-") as folder:
        files = scrubbed(settings, deliveries, Path(folder))
        columns = ["feed", "event_key", "kind", "occurred_on", "value_cents"]
        events = pl.concat([pl.read_parquet(path, columns=columns) for paths in files.values() for path in paths])
        events = events.unique(["feed", "event_key"])
        for k_seasoned in asked:
            policy = asking(settings.policy, k_seasoned, since)
            formed = form(settings, files, policy, Path(folder) / f"ledger-{k_seasoned}.duckdb")
            found = shares(formed, events, since, end)
            cost = price(lambda: connected(None), policy)
            attack = (f"{cost.n_accounts}", f"{cost.n_accounts_ahead}", f"{cost.months_ahead}")
            table.add_row(f"{k_seasoned}", "events", *_percent(found, 0), f"{formed.classes.height:,}", *attack)
            table.add_row("", "order value", *_percent(found, 1))
        cold = form(settings, files, asking(settings.policy, asked[-1], None), Path(folder) / "ledger-cold.duckdb")
        table.add_row(f"{asked[-1]}, cold", "events", *_percent(shares(cold, events, begins, since), 0))
    Console(width=180).print(table)


def _percent(found: Mapping[str, tuple[float, float]], at: int) -> list[str]:
    return [f"{100 * found[cut][at]:.1f} %" for cut in CUTS]


def main() -> int:
    """Prints the tables; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=60_000, help="of the demo marketplace")
    parser.add_argument("--k-seasoned", type=int, action="append", help="0, 3, 5 and 10 if not given")
    parser.add_argument("--market", choices=["demo", "orders"], help="only this one")
    arguments = parser.parse_args()
    asked = arguments.k_seasoned or [0, 3, 5, 10]
    with tempfile.TemporaryDirectory(prefix="mandi-seasoned-") as name:
        settings = Settings(Home(Path(name)), ROOT / "config")
        make_home(settings.home)
        if arguments.market != "orders":
            demo = demo_deliveries(Path(name) / "demo", arguments.events)
            measure(f"demo, {arguments.events:,} events", settings, demo, asked, DEMO_NIGHTS[0])
        if arguments.market == "demo":
            return 0
        if not ORDERS.exists():
            print("benchmarks/seasoned: ../shared/data/orders is absent.", file=sys.stderr)
            return 0
        orders = order_deliveries(Path(name), settings)
        begins = pl.scan_parquet(ORDERS).select(pl.col("InvoiceDate").min().dt.date().dt.month_start()).collect().item()
        measure("wholesale orders", settings, orders, asked, begins)
    return 0


if __name__ == "__main__":
    sys.exit(main())
