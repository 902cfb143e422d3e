"""How close estimates come to the truth, for several budgets, beside no estimate and a proportional allocation.

The demo's seven nights, and every month of the wholesale orders, go through a ledger of their own; at each close the
noise is drawn and fitted by the functions that the night uses. Error is the sum of absolute
differences over all nodes of a level, of all events (or of all given value), averaged over kinds and months by size. A
margin holds if the truth lies within it: of all nodes that have one, and of the fifty largest. A row "value counted"
spends the same loss on counts of value, in units of the mean of the month's coarse classes, instead of events.
Keys are fixed, so that every run prints the same figures.

    .venv/bin/python -m benchmarks.estimates                                  # 120,000 events; wholesale orders
    .venv/bin/python -m benchmarks.estimates --market demo --rho 0.5 --max-events 1.5 --max-events 3
"""

import argparse
import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import polars as pl
from rich.console import Console
from rich.table import Table

from anonymize.key_sources import variable_of
from anonymize.keyring import epoch_name
from anonymize.noise.bounds import UNIT, bounded_sums
from anonymize.noise.domain import Domain, is_coarse, is_coarse_place, is_coarse_product
from anonymize.noise.estimates import Counted, estimated
from anonymize.noise.loss import epsilon
from anonymize.noise.marginals import MARGINALS, cells_of, counted
from anonymize.noise.mechanism import noisy_counts
from assets.settings import ROOT, Settings
from benchmarks.improvement import ORDERS, demo_deliveries, order_deliveries, scrubbed
from pipelines.runner import make_home
from schemas.home import Home
from schemas.policy import Estimates
from warehouse.door import prove_classes
from warehouse.draws import closing_months
from warehouse.ledger import open_ledger
from warehouse.statements import statement

CELL = ["product_code", "place_code"]
LEVELS = ("headings", "countries", "sectors x countries")
RHOS = ("0.06", "0.5", "2", "6")
DELTA = 1e-6
N_LARGEST = 50
EPOCHS = range(2009, 2028)
"""Years that any of the two markets has events of, and the next ones."""

FINER = 100
"""Parts of the mean value in which value is counted."""


@dataclass(frozen=True)
class Month:
    """One kind and month at its close: published classes, and the events that coarse ones hold."""

    kind: str
    month: date
    classes: pl.DataFrame
    events: pl.DataFrame
    """Columns of `sql/ledger/coarse_events.sql`, and `value_cents` of events whose class gives a value."""


def months_of(settings: Settings, files: Mapping[date, Sequence[Path]], folder: Path) -> Iterator[Month]:
    """Every kind and month that closes, as the draw sees it."""
    policy = settings.policy.model_copy(update={"estimates": None})
    epochs = {int(epoch) for paths in files.values() for path in paths for epoch in pl.read_parquet(path)["epoch"]}
    fingerprints = {epoch: settings.keyring.fingerprint(epoch) for epoch in epochs}
    settle = {feed: contract.settle.days for feed, contract in settings.contracts.items() if contract.settle}
    previous = None
    with open_ledger(folder / "ledger.duckdb") as ledger:
        for night, paths in files.items():
            ledger.take_night(
                night, files=paths, n_refused=0, policy=policy, policy_digest=settings.policy_digest,
                taxonomy=settings.taxonomy, settle_days=settle, fingerprints=fingerprints,
            )  # fmt: skip
            sealed = prove_classes(
                ledger, night=night, policy=policy, policy_digest=settings.policy_digest, taxonomy=settings.taxonomy
            )
            for month in closing_months(night, previous, lag_days=policy.close_lag_days):
                of_month = sealed.frame.filter(pl.col("period_start").dt.truncate("1mo") == month)
                for kind in of_month["kind"].unique().sort():
                    events = ledger.duck.frame(VALUED, night=night, month=month, kind=kind)
                    if events.height:
                        yield Month(kind, month, of_month.filter(kind=kind), events)
            ledger.seal(night, sealed.digest, files_digest="no files")
            previous = night


VALUED = statement("ledger/coarse_events").replace(
    "cast(count(*) as bigint) as n_events",
    "cast(count(*) as bigint) as n_events, cast(sum(case when (select max(is_given) from class_measures as told "
    "where told.night = pool.fate_night and told.class_no = pool.class_no and told.measure = 'value_usd') "
    "then pool.value_cents end) as bigint) as value_cents",
)
"""The counted events, with what they are worth beside."""


def truth(month: Month, domain: Domain, measure: str) -> dict[str, dict[tuple[str, str], float]]:
    """What is at every node of the three levels: fine classes say it, and coarse events know it of themselves."""
    value = (pl.col("value_usd") * 100).fill_null(0.0) if measure == "value" else pl.col("n_events").cast(pl.Float64)
    worth = pl.col("value_cents").fill_null(0) if measure == "value" else pl.col("n_events")
    fine = month.classes.filter(~is_coarse()).select("product_code", "place_code", x=value)
    coarse = month.events.select(
        product_code="own_product", place_code=pl.col("own_country").fill_null(domain.world), x=worth.cast(pl.Float64)
    )
    every = pl.concat([fine, coarse]).with_columns(
        leaf=pl.col("product_code").replace_strict(domain.leaf_of),
        sector=pl.col("product_code").replace_strict(domain.sector_of),
        all=pl.lit(domain.all_products),
        world=pl.lit(domain.world),
    )
    keys = (("leaf", "world"), ("all", "place_code"), ("sector", "place_code"))
    return {
        level: {(product, place): x for product, place, x in every.group_by(key).agg(pl.col("x").sum()).rows()}
        for level, key in zip(LEVELS, keys, strict=True)
    }


def nodes(domain: Domain) -> dict[str, list[tuple[str, str]]]:
    """The nodes of the three levels."""
    headings = [code for code in domain.leaves if domain.product_level(code) == "heading"]
    sectors, countries = domain.sectors[:-1], domain.countries[:-1]
    return {
        LEVELS[0]: [(heading, domain.world) for heading in headings],
        LEVELS[1]: [(domain.all_products, country) for country in countries],
        LEVELS[2]: [(sector, country) for sector in sectors for country in countries],
    }


def told(month: Month, domain: Domain, measure: str) -> dict[str, dict[tuple[str, str], float]]:
    """What classes inside each node hold: no estimate."""
    value = (pl.col("value_usd") * 100).fill_null(0.0) if measure == "value" else pl.col("n_events").cast(pl.Float64)
    every = month.classes.with_columns(
        x=value,
        leaf=pl.col("product_code").replace_strict(domain.leaf_of),
        sector=pl.col("product_code").replace_strict(domain.sector_of),
        all=pl.lit(domain.all_products),
        world=pl.lit(domain.world),
    )
    cuts = (
        (~is_coarse_product(), ("leaf", "world")),
        (~is_coarse_place(), ("all", "place_code")),
        ((pl.col("product_level") != "all") & ~is_coarse_place(), ("sector", "place_code")),
    )
    return {
        level: {
            (product, place): x
            for product, place, x in every.filter(is_told).group_by(key).agg(pl.col("x").sum()).rows()
        }
        for level, (is_told, key) in zip(LEVELS, cuts, strict=True)
    }


def proportional(month: Month, domain: Domain, measure: str) -> dict[str, dict[tuple[str, str], float]]:
    """Every coarse class spread over what it may reach in proportion to what is told there; evenly where nothing is."""
    known = told(month, domain, measure)
    found = {level: dict(at) for level, at in known.items()}
    value = (pl.col("value_usd") * 100).fill_null(0.0) if measure == "value" else pl.col("n_events").cast(pl.Float64)
    classes = month.classes.with_columns(x=value)
    for level, marginal in zip(LEVELS, MARGINALS, strict=True):
        of_level = (
            classes.filter(marginal.is_counted()).group_by(*CELL, "product_level", "place_level").agg(pl.col("x").sum())
        )
        for row in of_level.iter_rows(named=True):
            cells = cells_of(marginal, pl.DataFrame([row], schema=of_level.schema), domain).rows()
            weights = np.array([known[level].get(cell, 0.0) for cell in cells])
            weights = weights if weights.sum() > 0 else np.ones(len(cells))
            for cell, part in zip(cells, (row["x"] * weights / weights.sum()).tolist(), strict=True):
                found[level][cell] = found[level].get(cell, 0.0) + part
    return found


def drawn(
    month: Month, domain: Domain, estimates: Estimates, rho_year: Decimal, key: bytes, *, finer: int = 1
) -> pl.DataFrame:
    """Estimates of a month, by the functions of the night; events may be told in parts, `finer` to one."""
    share = next(share for kind, share in estimates.shares.items() if kind.value == month.kind)
    l2_bound = int(estimates.max_events * UNIT) * finer
    counts = {}
    for marginal in MARGINALS:
        cells = cells_of(marginal, month.classes, domain)
        sums = bounded_sums(counted(marginal, month.events, domain), CELL, l2_bound=l2_bound)
        amounts = cells.join(sums, on=CELL, how="left", maintain_order="left")["amount"].fill_null(0)
        noisy = noisy_counts(
            amounts.to_numpy(), [f"{product} {place}" for product, place in cells.rows()], l2_bound=l2_bound,
            rho=Fraction(rho_year) / 12 * Fraction(share) * marginal.share, key=key,
            purpose=f"{month.month} {month.kind} {marginal.name}",
        )  # fmt: skip
        amounts = pl.Series(values=noisy.amounts // finer)
        counts[marginal.name] = Counted(cells.with_columns(amount=amounts), noisy.scale // finer)
    return estimated(month.classes, counts, domain)


def by_value(month: Month, domain: Domain, estimates: Estimates, rho_year: Decimal, key: bytes) -> pl.DataFrame | None:
    """Estimates of value from counts of value; None where none is given. Margins are left out."""
    given = month.classes.filter(pl.col("value_usd").is_not_null())
    coarse = given.filter(is_coarse())
    n, cents = coarse["n_events"].sum(), (coarse["value_usd"] * 100).sum()
    if not n or not cents:
        return None
    unit = cents / n
    as_events = Month(
        month.kind,
        month.month,
        given.with_columns(n_events=(pl.col("value_usd") * 100 / unit).round().cast(pl.Int64)),
        month.events.drop_nulls("value_cents").with_columns(
            n_events=(pl.col("value_cents") * FINER / unit).round().cast(pl.Int64)
        ),
    )
    found = drawn(as_events, domain, estimates, rho_year, key, finer=FINER)
    return found.with_columns(value_cents=(pl.col("events_centi") * unit / UNIT).round().cast(pl.Int64))


class Score:
    """Errors and margins of one way to estimate, summed over kinds and months."""

    def __init__(self) -> None:
        self.off = dict.fromkeys(LEVELS, 0.0)
        self.total = dict.fromkeys(LEVELS, 0.0)
        self.held: dict[str, list[bool]] = {level: [] for level in LEVELS}
        self.held_large: dict[str, list[bool]] = {level: [] for level in LEVELS}

    def add(
        self,
        at: Mapping[str, Mapping[tuple[str, str], float]],
        true: Mapping[str, Mapping[tuple[str, str], float]],
        where: Mapping[str, list[tuple[str, str]]],
        margins: Mapping[tuple[str, str], float] | None = None,
    ) -> None:
        """Compares one kind and month."""
        for level in LEVELS:
            pairs = [(node, at[level].get(node, 0.0), true[level].get(node, 0.0)) for node in where[level]]
            self.off[level] += sum(abs(one - other) for _, one, other in pairs)
            self.total[level] += sum(true[level].values())
            if margins is not None:
                with_margin = sorted((pair for pair in pairs if pair[0] in margins), key=lambda pair: -pair[2])
                held = [abs(one - other) <= margins[node] + 1 for node, one, other in with_margin]
                self.held[level] += held
                self.held_large[level] += held[:N_LARGEST]

    def row(self, level: str) -> list[str]:
        """Error, and how often margins held, of all nodes and of the largest."""
        cells = [f"{100 * self.off[level] / max(1.0, self.total[level]):.1f} %"]
        for held in (self.held[level], self.held_large[level]):
            cells.append(f"{100 * float(np.mean(held)):.1f}" if held else "")
        return cells


def measure(name: str, settings: Settings, months: Sequence[Month], rhos: Sequence[str], bounds: Sequence[str]) -> None:
    """Prints a table of events and one of value."""
    domain, estimates = Domain(settings.taxonomy), settings.policy.estimates
    assert estimates is not None  # the committed policy has them
    kinds = {kind.value for kind in estimates.shares}
    months = [month for month in months if month.kind in kinds]
    key = bytes(32)  # no secret here: the same run prints the same figures
    where = nodes(domain)
    arms: dict[str, tuple[str, str, list[pl.DataFrame | None]]] = {}
    for rho in rhos:
        for bound in bounds:
            settled = estimates.model_copy(update={"max_events": Decimal(bound)})
            arms[f"drawn, {rho}, {bound}"] = (
                rho, bound, [drawn(month, domain, settled, Decimal(rho), key) for month in months]
            )  # fmt: skip
            arms[f"value counted, {rho}, {bound}"] = (
                rho, bound, [by_value(month, domain, settled, Decimal(rho), key) for month in months]
            )  # fmt: skip
    for what, column in (("events", "events_centi"), ("value", "value_cents")):
        columns = [f"{level}{part}" for level in LEVELS for part in ("", " held", " large held")]
        size = sum(sum(truth(month, domain, what)[LEVELS[0]].values()) for month in months)
        title = f"{name}, {what}: {size / (1 if what == 'events' else 100):,.0f} in {len(months)} kinds and months"
        table = Table("", "rho a year", "epsilon", "bound", *columns, title=title)
        shown = [arm for arm in arms if what == "value" or arm.startswith("drawn")]
        scores = {label: Score() for label in ("no estimate", "proportional", *shown)}
        for number, month in enumerate(months):
            true = truth(month, domain, what)
            scores["no estimate"].add(told(month, domain, what), true, where)
            scores["proportional"].add(proportional(month, domain, what), true, where)
            for label in shown:
                found = arms[label][2][number]
                if found is None:
                    continue
                margin = column.replace("_", "_margin_")
                rows = found.select(*CELL, column, margin).fill_null(0).rows()
                by = UNIT if what == "events" else 1
                at = {(product, place): x / by for product, place, x, _ in rows}
                margins = {(product, place): x / by for product, place, _, x in rows}
                is_told = label.startswith("drawn")
                scores[label].add(dict.fromkeys(LEVELS, at), true, where, margins if is_told else None)
        for label, score in scores.items():
            head = [label.split(",")[0], "", "", ""]
            if label in arms:
                rho, bound, _ = arms[label]
                head = [head[0], rho, f"{epsilon(Fraction(Decimal(rho)), DELTA):.1f}", bound]
            table.add_row(*head, *(cell for level in LEVELS for cell in score.row(level)))
        Console(width=180).print(table)


def fix_keys() -> None:
    """Lets this process find a key of its own for each epoch, the same in every run: contributors' order hangs on it.

    No secret is needed here: what is measured is printed, and the ledger goes with its folder.
    """
    os.environ["MANDI_KEYS"] = "environment"
    for epoch in EPOCHS:
        name = epoch_name(epoch)
        os.environ[variable_of(name)] = hashlib.sha256(f"benchmarks/estimates {name}".encode()).hexdigest()


def policy_bound(settings: Settings) -> str:
    """What the committed policy bounds one contributor's part by."""
    assert settings.policy.estimates is not None  # the committed policy has them
    return str(settings.policy.estimates.max_events)


def main() -> int:
    """Prints the tables; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=120_000, help="of the demo marketplace")
    parser.add_argument("--rho", action="append", help="a year's budget; 0.06, 0.5, 2 and 6 if not given")
    parser.add_argument(
        "--max-events", action="append", help="greatest length of one's part; the policy's if not given"
    )
    parser.add_argument("--market", choices=["demo", "orders"], help="only this one")
    arguments = parser.parse_args()
    rhos = arguments.rho or list(RHOS)
    fix_keys()
    with tempfile.TemporaryDirectory(prefix="mandi-estimates-") as name:
        folder = Path(name)
        settings = Settings(Home(folder), ROOT / "config")
        make_home(settings.home)
        markets = {}
        if arguments.market != "orders":
            markets[f"demo, {arguments.events:,} events"] = demo_deliveries(folder / "demo", arguments.events)
        if arguments.market != "demo" and ORDERS.exists():
            markets["wholesale orders"] = order_deliveries(folder, settings)
        for number, (market, deliveries) in enumerate(markets.items()):
            place = folder / f"market-{number}"
            place.mkdir()
            months = list(months_of(settings, scrubbed(settings, deliveries, place), place))
            measure(market, settings, months, rhos, arguments.max_events or [policy_bound(settings)])
    if not ORDERS.exists():
        print("benchmarks/estimates: ../shared/data/orders is absent.", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
