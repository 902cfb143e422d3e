"""What improvement does to a market's classes: the demo marketplace and the wholesale orders, with and without.

Deliveries are read by their contracts, keys become pseudonyms, and every night goes through a ledger of its own: the
real ladder, the real door, seal. Only texts are left out once products are told from them, for no rung reads them.
Shares are of all events taken in, and of the value of all orders: what stands at the level that is named or finer.
Loss is the mean over events, by the policy's weights; an event in no class counts as the root of every dimension.

    .venv/bin/python -m benchmarks.improvement                                   # 300,000 events; orders
    .venv/bin/python -m benchmarks.improvement --market demo --events 60000 --rounds 0 --rounds 100
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl
from rich.console import Console
from rich.table import Table

from anonymize.classes.periods import next_month
from anonymize.events import SCRUBBED_SCHEMA, scrub_events
from anonymize.scrub.texts import build_scrubber
from assets.opt_outs import read_opt_outs
from assets.settings import ROOT, Settings
from feeds.canonical import canonical_batches
from feeds.context import build_context
from feeds.demo import FEEDS, feed_path, write_marketplace
from pipelines.demo import NIGHTS
from schemas.home import Home
from schemas.policy import PLACE_LEVELS, PRODUCT_LEVELS, Improvement, Policy
from warehouse.access import make_home
from warehouse.door import prove_classes
from warehouse.ledger import open_ledger

ORDERS = ROOT.parent / "shared" / "data" / "orders" / "online_retail.parquet"
SEED = 2026
CUTS = {
    "heading x country": ("heading", "country"),
    "sector x country": ("sector", "country"),
    "country": ("all", "country"),
    "heading x world": ("heading", "world"),
    "sector x world": ("sector", "world"),
    "in classes": ("all", "world"),
}
"""A class counts for a cut if it stands there or finer; in every period."""


@dataclass(frozen=True)
class Outcome:
    """What all nights together gave."""

    seconds: float
    processor_seconds: float
    n_classes: int
    loss: float
    events: Mapping[str, float]
    value: Mapping[str, float]
    given: float
    """Value that classes give, of all that stands in them."""


def demo_deliveries(folder: Path, n_events: int) -> dict[date, dict[str, Path]]:
    """The files of the demo's seven nights, by night and feed."""
    write_marketplace(folder, n_events=n_events, nights=NIGHTS, seed=SEED, on_progress=lambda *_: None)
    paths = {night: {feed: feed_path(folder, feed, night) for feed in FEEDS} for night in NIGHTS}
    return {night: {feed: path for feed, path in feeds.items() if path.is_file()} for night, feeds in paths.items()}


def order_deliveries(folder: Path, settings: Settings) -> dict[date, dict[str, Path]]:
    """The wholesale orders, one file a month, each on the night on which its month closes."""
    orders = pl.scan_parquet(ORDERS)
    month = pl.col("InvoiceDate").dt.truncate("1mo").dt.date()
    deliveries = {}
    for start in orders.select(month.unique().sort()).collect().to_series():
        path = folder / f"orders-{start:%Y-%m}.parquet"
        orders.filter(month == start).collect().write_parquet(path)
        deliveries[next_month(start) + timedelta(days=settings.policy.close_lag_days - 1)] = {"online_retail": path}
    return deliveries


def scrubbed(settings: Settings, deliveries: Mapping[date, Mapping[str, Path]], folder: Path) -> dict[date, list[Path]]:
    """Files of `ScrubbedEvent` rows without texts, by night."""
    scrubber = build_scrubber(settings.config, settings.policy.scrub)
    opted_out = read_opt_outs(settings.home.opt_out)
    files: dict[date, list[Path]] = {}
    for night, feeds in deliveries.items():
        context = build_context(settings.config, night, settings.policy)
        files[night] = []
        for feed, path in feeds.items():
            contract = settings.contracts[feed]
            parts = [pl.DataFrame(schema=SCRUBBED_SCHEMA)]
            for batch in canonical_batches(path, contract, context):
                told = batch.events.with_columns(
                    pl.lit(None, batch.events.schema[name]).alias(name) for name in ("title", "description")
                )
                events, _ = scrub_events(
                    told, feed=feed, keyring=settings.keyring, scrubber=scrubber, opted_out=opted_out,
                    counts_by_name=contract.counts_by_name, namespace=contract.namespace,
                    phone_region=contract.phone_region,
                )  # fmt: skip
                parts.append(events)
            files[night].append(folder / f"{night}-{feed}.parquet")
            pl.concat(parts).write_parquet(files[night][-1])
    return files


@dataclass(frozen=True)
class Formed:
    """What stands in a ledger once all nights are sealed."""

    seconds: float
    processor_seconds: float
    n_events: int
    classes: pl.DataFrame
    facts: pl.DataFrame


def form(settings: Settings, files: Mapping[date, Sequence[Path]], policy: Policy, ledger_path: Path) -> Formed:
    """All nights under a policy, its estimates left out: taken, proven by the door, sealed."""
    policy = policy.model_copy(update={"estimates": None})
    epochs = {int(epoch) for paths in files.values() for path in paths for epoch in pl.read_parquet(path)["epoch"]}
    fingerprints = {epoch: settings.keyring.fingerprint(epoch) for epoch in epochs}
    settle = {feed: contract.settle.days for feed, contract in settings.contracts.items() if contract.settle}
    seconds = processor = 0.0
    n_events = 0
    with open_ledger(ledger_path) as ledger:
        for night, paths in files.items():
            wall, cpu = time.perf_counter(), time.process_time()
            result = ledger.take_night(
                night, files=paths, n_refused=0, policy=policy, policy_digest=settings.policy_digest,
                taxonomy=settings.taxonomy, settle_days=settle, fingerprints=fingerprints,
            )  # fmt: skip
            seconds, processor = seconds + time.perf_counter() - wall, processor + time.process_time() - cpu
            n_events += result.accounting.n_events - result.accounting.n_netted
            sealed = prove_classes(
                ledger, night=night, policy=policy, policy_digest=settings.policy_digest, taxonomy=settings.taxonomy
            )
            ledger.seal(night, sealed.digest, files_digest="no files")
        facts = ledger.duck.frame("select * from class_measures")
        classes = ledger.duck.frame("select * from classes")
    return Formed(seconds, processor, n_events, classes, facts)


def run(settings: Settings, files: Mapping[date, Sequence[Path]], policy: Policy, ledger_path: Path) -> Outcome:
    """What all nights under a policy gave."""
    formed = form(settings, files, policy, ledger_path)
    valued = [pl.read_parquet(path, columns=["event_key", "kind", "value_cents"]) for p in files.values() for path in p]
    all_value = pl.concat(valued).unique("event_key").filter(kind="order")["value_cents"].sum()
    return _outcome(policy, formed, int(all_value))


def _outcome(policy: Policy, formed: Formed, value: int) -> Outcome:
    classes, facts, n_events = formed.classes, formed.facts, formed.n_events
    loss = policy.ladder.loss
    assert loss is not None  # the committed ladder has it, and improvement asks for it
    key = ["night", "class_no"]
    told = (
        classes.join(facts.filter(measure="n_events").select(*key, n="amount"), on=key)
        .join(facts.filter(measure="value_usd").select(*key, "is_given", value="amount"), on=key, how="left")
        .with_columns(
            cost=pl.col("product_level").replace_strict(dict(loss.product), return_dtype=pl.Float64)
            + pl.col("place_level").replace_strict(dict(loss.place), return_dtype=pl.Float64)
            + pl.col("period_level").replace_strict(dict(loss.period), return_dtype=pl.Float64)
        )
    )
    root = sum(max(costs.values()) for costs in (loss.product, loss.place, loss.period))
    total_loss = (told["cost"] * told["n"]).sum() + root * (n_events - told["n"].sum())
    orders = told.filter(pl.col("kind") == "order")
    events, worth = {}, {}
    for name, (product, place) in CUTS.items():
        fine = pl.col("product_level").is_in(PRODUCT_LEVELS[PRODUCT_LEVELS.index(product) :]) & pl.col(
            "place_level"
        ).is_in(PLACE_LEVELS[PLACE_LEVELS.index(place) :])
        events[name] = told.filter(fine)["n"].sum() / n_events
        worth[name] = orders.filter(fine, pl.col("is_given"))["value"].sum() / value
    known = told.drop_nulls("value")
    return Outcome(
        formed.seconds, formed.processor_seconds, classes.height, total_loss / n_events, events, worth,
        known.filter("is_given")["value"].sum() / known["value"].sum(),
    )  # fmt: skip


def measure(
    name: str, settings: Settings, deliveries: Mapping[date, Mapping[str, Path]], rounds: Sequence[int]
) -> None:
    """Prints one table for one market."""
    table = Table("rounds", "seconds", "cpu s", "classes", "mean loss", "of", *CUTS, "value given", title=name)
    with tempfile.TemporaryDirectory(prefix="mandi-improvement-") as folder:
        files = scrubbed(settings, deliveries, Path(folder))
        for n in rounds:
            improvement = Improvement(rounds=n, seed=SEED) if n else None
            ladder = settings.policy.ladder.model_copy(update={"improvement": improvement})
            policy = settings.policy.model_copy(update={"ladder": ladder})
            got = run(settings, files, policy, Path(folder) / f"ledger-{n}.duckdb")
            for what, shares in (("events", got.events), ("order value", got.value)):
                head = (
                    f"{n}", f"{got.seconds:.1f}", f"{got.processor_seconds:.1f}", f"{got.n_classes:,}",
                    f"{got.loss:.4f}",
                )  # fmt: skip
                table.add_row(
                    *(head if what == "events" else [""] * len(head)), what,
                    *(f"{100 * shares[cut]:.1f} %" for cut in CUTS),
                    f"{100 * got.given:.1f} %" if what == "events" else "",
                )  # fmt: skip
    Console(width=180).print(table)


def main() -> int:
    """Prints the tables; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=300_000, help="of the demo marketplace")
    parser.add_argument("--rounds", type=int, action="append", help="of improvement; 0 and 30 if not given")
    parser.add_argument("--market", choices=["demo", "orders"], help="only this one")
    arguments = parser.parse_args()
    rounds = arguments.rounds or [0, 30]
    with tempfile.TemporaryDirectory(prefix="mandi-improvement-") as name:
        settings = Settings(Home(Path(name)), ROOT / "config")
        make_home(settings.home)
        if arguments.market != "orders":
            demo = demo_deliveries(Path(name) / "demo", arguments.events)
            measure(f"demo, {arguments.events:,} events", settings, demo, rounds)
        if arguments.market == "demo":
            return 0
        if not ORDERS.exists():
            print("benchmarks/improvement: ../shared/data/orders is absent.", file=sys.stderr)
            return 0
        measure("wholesale orders", settings, order_deliveries(Path(name), settings), rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
