"""Briefs in which trends are called: what they cost the night beside an extract's spreadsheets, and how they look.

    .venv/bin/python -m benchmarks.briefs --events 60000 --into var/briefs
    .venv/bin/python -m benchmarks.briefs --events 150000 --into var/briefs --browser chromium

Makes a market out of the demo's products and countries, with quotes and priced orders: five months through the
committed ladder, textiles growing and electronics fading in the last; nobody asks for terms. Writes each trade body's
brief below the folder and prints seconds and bytes, beside the seconds of its spreadsheets. With a browser it also
draws `docs/images/brief-*.png`.
"""

import argparse
from collections.abc import Callable
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import TypeVar

import numpy as np
import polars as pl
from rich.console import Console
from rich.table import Table

from anonymize.classes.ladder import POOLED_COLUMNS
from anonymize.classes.periods import next_month
from assets.settings import ROOT, Settings
from benchmarks.screenshots import IMAGES, LIMIT_BYTES, draw_page
from benchmarks.trends import DTYPES, EVENTS_EACH, classes_of, tables_of
from feeds.demo.places import read_places
from feeds.demo.products import FAMILIES, read_products
from schemas.home import Home
from schemas.policy import Policy
from schemas.published import SCHEMA_VERSION, TermRow
from schemas.releases import TradeBody
from schemas.tables import columns_of
from schemas.taxonomy import Taxonomy
from warehouse.brief import brief_pages
from warehouse.demand import ancestry
from warehouse.extracts import EXTRACTED, HEADLINES
from warehouse.headline import headline, headline_csv
from warehouse.parquet_files import row_order
from warehouse.workbook import workbook

MONTHS = tuple(date(2026, month, 1) for month in range(1, 6))
NIGHT = date(2026, 6, 2)
MOVES = {"apparel": 1.6, "textile": 1.6, "electronics": 1 / 1.6}
Made = TypeVar("Made")
PICTURES = {
    "brief-phone": ("aepc", "brief.html", 390, 1_500),
    "brief-phone-hindi": ("aepc", "brief.hi.html", 390, 1_500),
    "brief-desk": ("esc", "brief.html", 1_100, 1_500),
}
"""By picture: whose brief, which page, its width, and the height after which it is cut."""


def market(month: date, n_events: int, random: np.random.Generator) -> pl.DataFrame:
    """A month's RFQs with the quotes they received, and half as many orders with prices, as the ladder takes them."""
    rfqs = _acts(month, n_events, random).with_columns(kind=pl.lit("rfq"))
    rate = 0.3 + 0.6 * (pl.col("product_code").cast(pl.Int64) % 7 + pl.col("country").hash(7) % 5).cast(pl.Float64)
    quotes = pl.Series(random.poisson(rfqs.select(rate).to_series()))
    orders = _acts(month, n_events // 2, random)
    pieces = random.integers(50, 2_000, orders.height)
    low, high = orders["low"].to_numpy(), orders["high"].to_numpy()
    cents = pl.Series((low * (high / low) ** random.beta(2, 2, orders.height) * pieces * 100).round().astype(np.int64))
    numbers = {name: pl.col(name) + rfqs.height for name in ("event_no", "contributor")}
    orders = orders.with_columns(
        kind=pl.lit("order"),
        unit=pl.lit("count"),
        quantity_milli=pl.Series(pieces * 1_000),
        value_cents=cents,
        **numbers,
    )
    frame = pl.concat([rfqs.with_columns(quotes_received=quotes), orders], how="diagonal")
    frame = frame.with_columns(is_settled=pl.lit(True), is_counting=pl.lit(True))
    absent = {name: pl.lit(None) for name in POOLED_COLUMNS if name not in frame.columns}
    return frame.with_columns(**absent).select(pl.col(name).cast(dtype) for name, dtype in POOLED_COLUMNS.items())


def _acts(month: date, n_events: int, random: np.random.Generator) -> pl.DataFrame:
    """Who wants which product when, and between which prices; alike in every month but the last."""
    products, places = read_products(), read_places()
    moved = np.array([MOVES.get(FAMILIES[family], 1.0) for family in products.families])
    weights = products.weights * (moved if month == MONTHS[-1] else 1.0)
    n_days = (next_month(month) - month).days
    n = random.poisson(n_events / EVENTS_EACH * n_days / 30 * weights.sum())
    product = random.choice(products.n, n, p=weights / weights.sum())
    place = random.choice(places.n, n, p=places.weights)
    contributor = np.repeat(np.arange(n), random.geometric(1 / EVENTS_EACH, n))
    product, place = product[contributor], place[contributor]
    return pl.DataFrame(
        {
            "event_no": np.arange(contributor.size),
            "occurred_on": np.datetime64(month) + random.integers(0, n_days, contributor.size),
            "contributor": contributor,
            "product_code": products.hs6[product],
            "country": places.iso2[place],
            "low": products.price_low_usd[product],
            "high": products.price_high_usd[product],
        }
    )


def release(n_events: int, policy: Policy, taxonomy: Taxonomy) -> dict[str, pl.DataFrame]:
    """Every extracted table after the last month's close."""
    random = np.random.default_rng(1)
    classes = pl.concat(classes_of(month, market(month, n_events, random), policy, taxonomy) for month in MONTHS)
    none = pl.DataFrame(schema={column.name: DTYPES[column.type] for column in columns_of(TermRow)})
    return {"classes": classes, "terms": none} | tables_of(classes, NIGHT, taxonomy)[0]


def main() -> None:
    """Writes the briefs and prints what they cost."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--events", type=int, default=60_000, help="RFQs a month; orders are half as many")
    options.add_argument("--into", type=Path, required=True)
    options.add_argument("--browser")
    given = options.parse_args()
    settings = Settings(Home(ROOT / "var"), ROOT / "config")
    taxonomy, policy = settings.taxonomy, settings.policy
    tables = release(given.events, policy, taxonomy)
    metadata = {
        "release_id": NIGHT.isoformat(),
        "schema_version": SCHEMA_VERSION,
        "policy": f"{policy.name} {policy.version}",
    }
    above = ancestry(taxonomy.products)
    shown = Table("body", "demand rows", "briefs s", "spreadsheets s", "brief.html kB", "brief.hi.html kB", "called")
    for body in settings.trade_bodies:
        codes = above.filter(pl.col("up_code").is_in(list(body.products))).select(product_code="code").unique()
        own = {
            name: tables[name]
            .join(codes, on="product_code", how="semi")
            .sort(row_order(tables[name].columns), nulls_last=False)
            for name in EXTRACTED
        }
        pages, seconds = _timed(lambda own=own, body=body: brief_pages(body, own, metadata, taxonomy))
        _, others = _timed(lambda own=own, body=body: _spreadsheets(body, own, metadata, taxonomy))
        (given.into / body.id).mkdir(parents=True, exist_ok=True)
        for name, page in pages.items():
            (given.into / body.id / name).write_bytes(page)
        sizes = [f"{len(page) / 1_000:.0f}" for page in pages.values()]
        called = own["trends"].filter(pl.col("trend") != "not_called").height
        shown.add_row(body.id, f"{own['demand'].height:,}", f"{seconds:.2f}", f"{others:.2f}", *sizes, f"{called:,}")
    Console().print(shown)
    if given.browser:
        for picture, (body_id, name, width, height) in PICTURES.items():
            path = IMAGES / f"{picture}.png"
            page = (given.into / body_id / name).read_text(encoding="utf-8")
            draw_page(page, path, browser=given.browser, width=width, height=height)
            print(f"{path.relative_to(ROOT)}: {path.stat().st_size:,} bytes of at most {LIMIT_BYTES:,}")


def _spreadsheets(body: TradeBody, own: dict[str, pl.DataFrame], metadata: dict[str, str], taxonomy: Taxonomy) -> bytes:
    """CSV and workbook, as the extract makes them."""
    heads = {name: headline(own[name], EXTRACTED[name], taxonomy) for name in HEADLINES}
    for head in heads.values():
        headline_csv(head)
    return workbook(body, heads, metadata, night=NIGHT)


def _timed(work: Callable[[], Made]) -> tuple[Made, float]:
    began = perf_counter()
    done = work()
    return done, perf_counter() - began


if __name__ == "__main__":
    main()
