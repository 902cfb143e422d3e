"""What a night costs as history grows: the same arrivals every night, seconds and rows scanned by table.

    python -m benchmarks.ledger --nights 60 --events 5000

Real ledger, real ladder, real door; events are drawn from one seed over a population that does not grow. Rows scanned
are DuckDB's own count, from its profile of every statement; they do not depend on how busy the machine is.
"""

import argparse
import json
import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import polars as pl

from assets.settings import ROOT, Settings
from pipelines import show
from pipelines.nights import progress
from schemas.home import Home
from tests.support.scrubbed import SCHEMA
from warehouse.door import prove_classes
from warehouse.duck import Duck
from warehouse.ledger import Ledger, open_ledger

FIRST = date(2026, 1, 5)
TABLES = ("pool", "classes", "class_measures", "seen", "account_keys")
"""Tables whose scans are shown one by one; `pool` includes the temporary tables made of it."""


@dataclass(frozen=True)
class NightCost:
    """One night: what it took, and what it read."""

    night: date
    seconds: float
    n_pooled: int
    n_classes: int
    scanned: Counter[str]


class Profiled(Duck):
    """A connection that counts the rows every statement scans, by table."""

    def __init__(self, duck: Duck) -> None:
        super().__init__(duck._connection)
        self.scanned: Counter[str] = Counter()
        self._connection.execute("pragma enable_profiling = 'no_output'")

    def run(self, sql: str, **parameters: object) -> int:
        """As `Duck.run`, statement by statement, so that each is counted."""
        n_changed = 0
        for statement in self._connection.extract_statements(sql):
            n_changed = super().run(statement.query, **parameters)
            self._count()
        return n_changed

    def frame(self, sql: str, **parameters: object) -> pl.DataFrame:
        """As `Duck.frame`."""
        found = super().frame(sql, **parameters)
        self._count()
        return found

    def value(self, sql: str, **parameters: object) -> object:
        """As `Duck.value`."""
        found = super().value(sql, **parameters)
        self._count()
        return found

    def _count(self) -> None:
        text = self._connection.get_profiling_information(format="json")
        profile = json.loads(text) if text else {}
        for operator in profile.get("operator", []):
            for node in _nodes(operator):
                table = re.sub(r"^.*\.", "", str(node["extra_info"].get("Table", "")))
                self.scanned[table if table in TABLES else "other"] += node.get("rows_scanned", 0)


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("children", []):
        yield from _nodes(child)


def arrivals(night: date, n: int, random: np.random.Generator) -> pl.DataFrame:
    """Events of one night: skewed products and countries, a few late days, 4,000 accounts, one in ten in a firm."""
    accounts = random.zipf(1.3, n) % 4_000
    products = np.array(["610910", "520852", "300490", "851712", "870829", "all"])[random.integers(0, 6, n)]
    countries = np.array(["AE", "US", "KE", "GB", "BR", "DE", "SA", "NG"])[random.zipf(1.6, n) % 8]
    days = [night - timedelta(days=int(late)) for late in random.choice([1, 1, 1, 1, 2, 9, 40], n)]
    ids = random.bytes(16 * n)
    frame = pl.DataFrame(
        {
            "event_key": [ids[16 * at : 16 * at + 16] for at in range(n)],
            "feed": "bench",
            "kind": np.where(random.random(n) < 0.5, "order", "rfq"),
            "occurred_on": days,
            "is_settled": True,
            "key_account": [int(account).to_bytes(16) for account in accounts],
            "key_domain": [int(account // 10).to_bytes(16) if account % 10 == 0 else None for account in accounts],
            "is_counting": True,
            "is_opted_out": False,
            "product_code": products,
            "country": countries,
            "value_cents": random.lognormal(11, 1, n).astype(np.int64),
        }
    ).with_columns(epoch=pl.col("occurred_on").dt.year().cast(pl.Int64))
    return pl.concat([pl.DataFrame(schema=SCHEMA), frame], how="diagonal_relaxed").select(list(SCHEMA))


@contextmanager
def profiled(path: Path) -> Iterator[tuple[Ledger, Profiled]]:
    """An open ledger whose scans are counted."""
    with open_ledger(path) as ledger:
        duck = Profiled(ledger.duck)
        ledger.duck = duck
        yield ledger, duck


def run_night(settings: Settings, folder: Path, night: date, n: int, random: np.random.Generator) -> NightCost:
    """Takes one night in, proves it as often as a real night does (four times), seals it."""
    arrivals(night, n, random).write_parquet(folder / "arrived.parquet")
    began = perf_counter()
    with profiled(folder / "private" / "ledger.duckdb") as (ledger, duck):
        ledger.take_night(
            night, files=[folder / "arrived.parquet"], n_refused=0, policy=settings.policy,
            policy_digest=settings.policy_digest, taxonomy=settings.taxonomy, settle_days={},
            fingerprints={2025: "key 2025", 2026: "key 2026"}, noise_key=lambda _: bytes(32),
        )  # fmt: skip
        for _ in range(4):
            sealed = prove_classes(
                ledger, night=night, policy=settings.policy, policy_digest=settings.policy_digest,
                taxonomy=settings.taxonomy,
            )  # fmt: skip
        ledger.seal(night, sealed.digest, files_digest="no files")
        cost = perf_counter() - began
        return NightCost(night, cost, ledger.n_pooled(), sealed.frame.height, duck.scanned)


def main() -> None:
    """Runs the nights and prints a table of every tenth."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nights", type=int, default=60, help="how many nights")
    parser.add_argument("--events", type=int, default=5_000, help="events a night")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    random = np.random.default_rng(asked.seed)
    costs = []
    with tempfile.TemporaryDirectory(prefix="mandi-ledger-") as name, progress() as display:
        settings = Settings(Home(Path(name)), ROOT / "config")
        task = display.add_task("Nights", total=asked.nights, step="")
        for number in range(asked.nights):
            costs.append(run_night(settings, Path(name), FIRST + timedelta(days=number), asked.events, random))
            display.update(task, advance=1, step=str(costs[-1].night))
        n_bytes = (Path(name) / "private" / "ledger.duckdb").stat().st_size
    columns = ["night", "seconds", "pooled", "classes so far", *TABLES, "other"]
    rows = [
        (number, round(cost.seconds, 2), cost.n_pooled, cost.n_classes, *(cost.scanned[t] for t in (*TABLES, "other")))
        for number, cost in enumerate(costs, 1)
        if number == 1 or number % 5 == 0
    ]
    show.out.print(
        show.table(f"{asked.events:,} events a night; from `pool` on: rows scanned, by table", columns, rows)
    )
    history = asked.events * asked.nights
    show.out.print(f"{history:,} events of history; the ledger file has {n_bytes:,} bytes.", highlight=False)


if __name__ == "__main__":
    main()
