"""`mandi real`: the real feeds of ../shared/data through the same nights, and figures of what came out.

RFQs arrive as one night, the wholesale orders as one night a month by their own dates. Only figures are written; no
name, text or row of the data leaves the private folders.
"""

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from anonymize.classes.periods import next_month
from assets.figures import Figures, figures_of
from assets.settings import ROOT, Settings
from feeds.landing import land
from pipelines import show
from pipelines.nights import published, run_nights
from schemas.errors import ConfigurationError
from warehouse.access import make_home
from warehouse.files import write_whole
from warehouse.reading import query
from warehouse.release import current_tables

RFQ_NIGHT = date(2025, 8, 2)
"""July 2025, in which most of the RFQs were posted, closes on this night."""

RFQS = ("rfqs_uae", "rfqs_toys_world", "rfqs_described")
PAGE = ROOT / "docs" / "real-feeds.md"

LEVELS_QUERY = """select kind, product_level || ' x ' || place_level || ' x ' || period_level as level,
       count(*) as classes, sum(n_events)::bigint as events, sum(value_usd) as value_usd
from classes group by all order by kind, events desc, level"""


def run_real(settings: Settings, data: Path = ROOT.parent / "shared" / "data") -> None:
    """Lands and runs every real feed, then writes and shows `docs/real-feeds.md`; published nights stay as they are.

    Raises: ConfigurationError if the folder of real feeds is not there.
    """
    if not data.is_dir():
        raise ConfigurationError(f"the real feeds are not at {data.parent.name}/{data.name} beside this checkout")
    make_home(settings.home)
    done = published(settings)
    nights = _land_orders(settings, data / "orders" / "online_retail.parquet", done)
    if RFQ_NIGHT not in done:
        for feed in RFQS:
            contract = settings.contracts[feed]
            land([data / "rfqs" / f"{feed}.csv"], contract, settings.home.landed(feed, RFQ_NIGHT))
    nights.append(RFQ_NIGHT)
    run_nights(settings, [night for night in nights if night not in done])
    page = _page(settings, nights)
    write_whole(PAGE, page.encode())
    show.out.print(page, highlight=False, markup=False)
    show.out.print(f"Written to {PAGE.relative_to(ROOT)}")


def _land_orders(settings: Settings, file: Path, done: frozenset[date]) -> list[date]:
    """Lands the wholesale orders month by month, each on the night its month closes; returns those nights."""
    orders = pl.scan_parquet(file)
    month = pl.col("InvoiceDate").dt.truncate("1mo").dt.date()
    months = orders.select(month.unique().sort()).collect().to_series().to_list()
    nights = [next_month(start) + timedelta(days=settings.policy.close_lag_days - 1) for start in months]
    folder = settings.home.private / "real"
    folder.mkdir(exist_ok=True, mode=0o700)
    for start, night in zip(months, nights, strict=True):
        if night in done:
            continue
        part = folder / f"online_retail-{start:%Y-%m}.parquet"
        orders.filter(month == start).collect().write_parquet(part)
        land([part], settings.contracts["online_retail"], settings.home.landed("online_retail", night))
        part.unlink()
    return nights


def _page(settings: Settings, nights: list[date]) -> str:
    scrubbed = [figures_of(settings.home, night, "scrubbed_events") for night in nights]
    classes = [figures_of(settings.home, night, "demand_classes") for night in nights]
    parts = [
        "# The real feeds",
        "Written by `make real`; figures only. The feeds are described in the contracts under `config/feeds/`. Order "
        "lines arrive as one night a month, RFQs as one night. What is classified from text depends on the lexicon.",
        "## What came in",
        _markdown(*_feeds(scrubbed)),
        "## What became of it",
        _markdown(*_accounting(nights, classes)),
        "Events of an epoch (a calendar year) that are still pooled when its late window closes are destroyed.",
        "## Classes by rung, all nights",
        _markdown(*_rungs(classes)),
        "## Published share at each level",
        "Share of all events that were ever taken in, of every kind, and the value that the classes give.",
        _markdown(*_levels(settings, classes)),
    ]
    return "\n\n".join(parts) + "\n"


def _feeds(scrubbed: list[Figures]) -> tuple[list[str], list[tuple[object, ...]]]:
    rows: list[tuple[object, ...]] = []
    for feed in ("online_retail", *RFQS):
        mine = [night[feed] for night in scrubbed if feed in night]
        refused = sum((Counter(night["refused"]) for night in mine), Counter[str]())
        rows.append(
            (
                feed,
                sum(night["n_rows"] for night in mine),
                sum(night["n_refused"] for night in mine),
                ", ".join(f"{reason} {n:,}" for reason, n in refused.most_common()) or "–",
                sum(night["n_events"] for night in mine),
                sum(sum(night["placeholders"].values()) for night in mine),
                sum(night["n_withheld"] for night in mine),
            )
        )
    return ["feed", "rows", "refused", "why", "events", "identifiers scrubbed", "texts withheld"], rows


def _accounting(nights: list[date], classes: list[Figures]) -> tuple[list[str], list[tuple[object, ...]]]:
    names = ("n_rows", "n_refused", "n_duplicates", "n_events", "n_classed", "n_pooled", "n_destroyed")
    rows: list[tuple[object, ...]] = [
        (night.isoformat(), *(figures["accounting"][name] for name in names))
        for night, figures in zip(nights, classes, strict=True)
    ]
    summed = [sum(figures["accounting"][name] for figures in classes) for name in names]
    summed[names.index("n_pooled")] = classes[-1]["accounting"]["n_pooled"]
    return [
        "night", "rows", "refused", "duplicates", "events", "in classes", "pooled after", "destroyed",
    ], [*rows, ("all", *summed)]  # fmt: skip


def _rungs(classes: list[Figures]) -> tuple[list[str], list[tuple[object, ...]]]:
    n_classes: Counter[str] = Counter()
    n_events: Counter[str] = Counter()
    for night in classes:
        for found in night["rungs"]:
            n_classes[found["rung"]] += found["n_classes"]
            n_events[found["rung"]] += found["n_events"]
    all_events = sum(night["accounting"]["n_events"] for night in classes)
    rows: list[tuple[object, ...]] = [
        (rung, n, n_events[rung], f"{n_events[rung] / all_events:.1%}") for rung, n in n_classes.items() if n
    ]
    return ["product x place x period", "classes", "events", "share of all events"], rows


def _levels(settings: Settings, classes: list[Figures]) -> tuple[list[str], list[tuple[object, ...]]]:
    found = query(current_tables(settings.home), LEVELS_QUERY)
    all_events = sum(night["accounting"]["n_events"] for night in classes)
    rows: list[tuple[object, ...]] = [
        (kind, level, n, events, f"{events / all_events:.1%}", value) for kind, level, n, events, value in found.rows()
    ]
    return ["kind", "product x place x period", "classes", "events", "share of all events", "value, USD"], rows


def _markdown(columns: list[str], rows: list[tuple[object, ...]]) -> str:
    lines = [" | ".join(columns), " | ".join("---" for _ in columns)]
    lines += [" | ".join(show.cell(value) for value in row) for row in rows]
    return "\n".join(f"| {line} |" for line in lines)
