"""What the table of terms shows of a market, and how often its bands hold, for several bounds of a contributor's part.

The demo's seven nights go through a ledger of their own, which keeps what was asked for as a night does; then January
is counted, noised and made into the table by the functions that the night uses, under several keys. Terms are looked
for in texts before scrubbing, which takes names out and hardly any term. A market ten times as large is told by ten
times the counts: ten such markets side by side. The home's keys are new in each run, so that last digits move.

    .venv/bin/python -m benchmarks.asked_terms                        # 120,000 events
    .venv/bin/python -m benchmarks.asked_terms --events 60000 --bound 10:1.5 --bound 3:1.74 --times 1 --times 30

A bound is the most terms of a contributor and the greatest length of its part; with a length of the root of the number
each term counts in full.
"""

import argparse
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import polars as pl
from rich.console import Console
from rich.table import Table

from anonymize.events import SCRUBBED_SCHEMA, scrub_events
from anonymize.noise.bounds import UNIT
from anonymize.noise.mechanism import noisy_counts
from anonymize.scrub.texts import build_scrubber
from anonymize.terms.cells import CELL, term_cells
from anonymize.terms.finding import terms_of
from anonymize.terms.vocabulary import read_vocabulary
from assets.scrubbed_events import read_opt_outs
from assets.settings import ROOT, Settings
from benchmarks.improvement import demo_deliveries
from feeds.canonical import canonical_batches
from feeds.context import build_context
from schemas.home import Home
from schemas.policy import AskedTerms, Policy
from schemas.published import TERM_FLOOR_PCT, TERM_MARGIN_PCT, TermRow
from warehouse.access import make_home
from warehouse.asked_terms import counted_terms
from warehouse.budget import MONTHS, whole_nano
from warehouse.comments import create_table
from warehouse.demand import fill_terms
from warehouse.duck import connected
from warehouse.ledger import open_ledger

JANUARY = date(2026, 1, 1)
Bound = tuple[int, str]
"""Most terms of a contributor, and the greatest length of its part."""

BOUNDS: tuple[Bound, ...] = ((1, "1"), (3, "1.74"), (10, "3.17"), (10, "1"), (10, "1.5"), (10, "2"))
EVERY = (10_000, "100")
"""More terms than anybody asks for, each in full."""

N_DRAWS = 50
console = Console(width=140)


@dataclass(frozen=True)
class Market:
    """What January's contributors asked for, exactly."""

    n_events: int
    n_contributors: int
    """That count and asked for anything."""

    counted: Mapping[Bound, pl.DataFrame]
    """Columns `CELL` and `amount` in hundredths, by the bound of one contributor's part."""


def market(settings: Settings, n_events: int, bounds: list[Bound], folder: Path) -> Market:
    """The demo's nights in a ledger that lets no month close, and what it would count of January."""
    files = _with_terms(settings, demo_deliveries(folder, n_events), folder)
    policy = settings.policy.model_copy(update={"close_lag_days": 14})
    epochs = (2025, 2026)
    fingerprints = {
        epoch: settings.keyring.fingerprint(epoch) for epoch in epochs if settings.keyring.has_epoch_key(epoch)
    }
    settle = {feed: contract.settle.days for feed, contract in settings.contracts.items() if contract.settle}
    cells = term_cells(settings.taxonomy)
    with open_ledger(folder / "ledger.duckdb") as ledger:
        n_taken = 0
        for night, paths in files.items():
            result = ledger.take_night(
                night, files=paths, n_refused=0, policy=policy, policy_digest=settings.policy_digest,
                taxonomy=settings.taxonomy, settle_days=settle, fingerprints=fingerprints,
            )  # fmt: skip
            ledger.seal(night, "not published", files_digest="no files")
            n_taken += result.accounting.n_events
        asked = ledger.duck.value("select count(distinct account) from asked_terms where month = $month", month=JANUARY)
        counted = {
            bound: counted_terms(ledger.duck, JANUARY, _wanted(bound), cells, bytes(32)) for bound in (*bounds, EVERY)
        }
    return Market(n_taken, int(str(asked)), counted)


def shown(settings: Settings, counts: pl.DataFrame, bound: Bound, rho: Fraction, draw: int) -> tuple[pl.DataFrame, int]:
    """The table that one draw of counts gives, and the scale of its noise."""
    noisy = noisy_counts(
        counts["amount"].to_numpy(), counts.select(pl.concat_str(CELL, separator=" "))["term"].to_list(),
        l2_bound=int(_wanted(bound).max_length * UNIT), rho=rho, key=draw.to_bytes(32, "big"), purpose="2026-01 terms",
    )  # fmt: skip
    drawn = counts.select(
        *CELL, pl.Series("amount", noisy.amounts), month=pl.lit(JANUARY), scale=pl.lit(noisy.scale, pl.Int64),
        release_id=pl.lit("2026-02-02"),
    )  # fmt: skip
    with connected(None) as duck:
        duck.run(create_table("terms", TermRow))
        fill_terms(duck, drawn, settings.taxonomy, release_id="2026-02-02")
        return duck.frame("select * from terms"), noisy.scale


def table(settings: Settings, found: Market, bounds: list[Bound], times: list[int], policy: Policy) -> Table:
    """One row a size of the market and bound."""
    assert policy.estimates and policy.estimates.terms
    rho = whole_nano(Fraction(policy.estimates.rho_year) / MONTHS * Fraction(policy.estimates.terms.share))
    title = (
        f"January, {found.n_events:,} events, {found.n_contributors:,} accounts that asked for a term; "
        f"rho {float(rho):.5f} a month; floor {TERM_FLOOR_PCT / 100}, bands {TERM_MARGIN_PCT / 100} deviations; "
        f"means of {N_DRAWS} draws"
    )
    columns = (
        "market", "terms", "length", "asked % counted", "deviation", "floor", "rows", "of them nobody asked",
        "counted in band %", "asked at least low %", "asked % in rows",
    )  # fmt: skip
    printed = Table(*columns, title=title, title_justify="left")
    whole = found.counted[EVERY].rename({"amount": "asked"})
    for size in times:
        for bound in bounds:
            exact = found.counted[bound].with_columns(pl.col("amount") * size)
            truth = exact.join(whole, on=CELL).with_columns(pl.col("asked") * size)
            rows, scale = [], 0
            for draw in range(N_DRAWS):
                told, scale = shown(settings, exact, bound, rho, draw)
                rows.append(told.join(truth, on=CELL))
            every = pl.concat(rows)
            counted, asked, low = pl.col("amount") / UNIT, pl.col("asked") / UNIT, pl.col("contributors_low")
            n_nobody = every.filter(asked=0).height
            in_band = every.filter(counted.is_between(low, pl.col("contributors_high"))).height
            printed.add_row(
                f"x {size}", str(bound[0]), bound[1], _percent(exact["amount"].sum(), truth["asked"].sum()),
                f"{scale / UNIT:.1f}", f"{TERM_FLOOR_PCT * scale / UNIT / 100:.0f}", f"{every.height / N_DRAWS:.1f}",
                f"{n_nobody / N_DRAWS:.2f}", _percent(in_band, every.height),
                _percent(every.filter(asked >= low).height, every.height),
                _percent(every["asked"].sum() / N_DRAWS, truth["asked"].sum()),
            )  # fmt: skip
    return printed


def _percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f}" if whole else ""


def _wanted(bound: Bound) -> AskedTerms:
    checked = AskedTerms(share=Decimal(1), max_terms=1, max_length=Decimal(1))
    return checked.model_copy(update={"max_terms": bound[0], "max_length": Decimal(bound[1])})


def _with_terms(
    settings: Settings, deliveries: Mapping[date, Mapping[str, Path]], folder: Path
) -> dict[date, list[Path]]:
    """Files of `ScrubbedEvent` rows with terms and without texts, by night."""
    scrubber = build_scrubber(settings.config, settings.policy.scrub)
    vocabulary = read_vocabulary(settings.config)
    files: dict[date, list[Path]] = {}
    for night, feeds in deliveries.items():
        context = build_context(settings.config, night, settings.policy)
        files[night] = []
        for feed, path in feeds.items():
            contract = settings.contracts[feed]
            parts = [pl.DataFrame(schema=SCRUBBED_SCHEMA)]
            for batch in canonical_batches(path, contract, context):
                texts = batch.events["title"], batch.events["description"]
                bare = batch.events.with_columns(pl.lit(None, pl.String).alias(each.name) for each in texts)
                events, _ = scrub_events(
                    bare, feed=feed, keyring=settings.keyring, scrubber=scrubber,
                    opted_out=read_opt_outs(settings.home.opt_out), counts_by_name=contract.counts_by_name,
                    namespace=contract.namespace, phone_region=contract.phone_region,
                )  # fmt: skip
                parts.append(events.with_columns(terms_of(*texts, vocabulary)))
            files[night].append(folder / f"{night}-{feed}.parquet")
            pl.concat(parts).write_parquet(files[night][-1])
    return files


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--events", type=int, default=120_000)
    parser.add_argument("--bound", action="append", metavar="TERMS:LENGTH")
    parser.add_argument("--times", type=int, action="append")
    given = parser.parse_args()
    parts = [each.partition(":") for each in given.bound or ()]
    bounds, times = [(int(n), length) for n, _, length in parts] or list(BOUNDS), given.times or [1, 10]
    with tempfile.TemporaryDirectory(prefix="mandi-") as name:
        settings = Settings(Home(Path(name) / "home"), ROOT / "config")
        make_home(settings.home)
        found = market(settings, given.events, bounds, Path(name))
        console.print(table(settings, found, bounds, times, settings.policy))


if __name__ == "__main__":
    main()
