"""`mandi demo`: an invented marketplace, seven real nights over it, and a summary that fits a screen."""

import shutil
from datetime import date, timedelta
from time import perf_counter

import polars as pl

from anonymize.attacks.identifiers import found_in_texts
from assets.figures import Figures, figures_of
from assets.settings import Settings
from feeds.demo import FEEDS, feed_path, known_identifiers, write_marketplace
from feeds.landing import land
from pipelines import show
from pipelines.nights import progress, published, run_nights
from schemas.errors import NightError
from warehouse.access import make_home
from warehouse.files import write_whole
from warehouse.ledger import open_ledger
from warehouse.reading import query, tables
from warehouse.release import current_tables
from warehouse.searched_files import public_words, search_files

FIRST_NIGHT = date(2026, 1, 28)
NIGHTS = tuple(FIRST_NIGHT + timedelta(days=day) for day in range(7))
"""Seven nights; January and its last dekad close on the sixth, so that every rung has its turn."""

WORKED_QUERY = """select p.title as sector, r.title as region, d.n_events as rfqs,
       d.contributors_min as buyers_at_least, round(d.placed_ratio, 2) as placed
from demand d join products p on p.code = d.product_code join places r on r.code = d.place_code
where d.kind = 'rfq' and d.nes is null and d.product_level = 'sector' and d.place_level = 'region'
  and d.period_level = 'month' and d.period_start = date '2026-01-01'
order by d.n_events desc limit 8"""


TERMS_QUERY = (
    "select term, place, contributors_low as low, contributors_high as high from asked_for('textiles') limit 8"
)


def run_demo(settings: Settings, *, n_events: int, seed: int) -> None:
    """Generates, lands, runs and shows; nights that are published already are left as they are."""
    make_home(settings.home)
    began = perf_counter()
    _generate(settings, n_events, seed)
    generated = perf_counter()
    done = published(settings)
    for night in (night for night in NIGHTS if night not in done):
        for feed in FEEDS:
            file = feed_path(settings.home.demo, feed, night)
            if file.is_file():
                land([file], settings.contracts[feed], settings.home.landed(feed, night))
    run_nights(settings, [night for night in NIGHTS if night not in done])
    ran = perf_counter()
    _summarise(settings)
    show.out.print(
        f"\n[bold]Time[/bold]  {generated - began:.0f} s to generate, {ran - generated:.0f} s for "
        f"{len(NIGHTS) - len(done & set(NIGHTS))} nights, {perf_counter() - ran:.0f} s to search and sum up",
        highlight=False,
    )


def _generate(settings: Settings, n_events: int, seed: int) -> None:
    """Writes the raw feeds unless the same marketplace is there already."""
    folder, sign = settings.home.demo, f"{n_events} events, seed {seed}\n"
    mark = folder / "marketplace.txt"
    if mark.is_file() and mark.read_text(encoding="utf-8") == sign:
        return
    if published(settings):
        raise NightError("this home holds nights of another marketplace; run make clean, or name another MANDI_HOME")
    for folder_to_clear in (folder, *(settings.home.landing / feed for feed in FEEDS)):
        shutil.rmtree(folder_to_clear, ignore_errors=True)
    with progress() as display:
        task = display.add_task("Marketplace", total=n_events, step="writing feeds")

        def written(n_done: int, _: int) -> None:
            display.update(task, completed=n_done)

        write_marketplace(folder, n_events=n_events, nights=NIGHTS, seed=seed, on_progress=written)
        display.update(task, completed=n_events, step="written")
    write_whole(mark, sign.encode(), mode=0o600)


def _summarise(settings: Settings) -> None:
    scrubbed = [figures_of(settings.home, night, "scrubbed_events") for night in NIGHTS]
    classes = [figures_of(settings.home, night, "demand_classes") for night in NIGHTS]
    _show_nights(classes)
    _show_feeds(scrubbed)
    _show_rungs(classes)
    path = current_tables(settings.home)
    listed = tables(path).select("table_name", "rows", pl.col("meaning").str.split(":").list.first())
    show.out.print(show.frame(listed, limit=20))
    _show_extracts(settings)
    _show_leaks(settings)
    show.out.print('\n[bold]One worked query[/bold]: sectors by region, January, RFQs (mandi query "...")')
    show.out.print(WORKED_QUERY, highlight=False, style="dim", soft_wrap=True)
    show.out.print(show.frame(query(path, WORKED_QUERY), limit=20))
    show.out.print("\n[bold]Another[/bold]: terms that are asked for in textiles, January, all kinds, under noise")
    show.out.print(TERMS_QUERY, highlight=False, style="dim", soft_wrap=True)
    terms = query(path, TERMS_QUERY)
    show.out.print(show.frame(terms, limit=8) if terms.height else "None stands above its noise: too few buyers.")


def _show_nights(classes: list[Figures]) -> None:
    columns = ["night", "rows", "refused", "duplicates", "events", "in classes", "pooled", "new classes"]
    names = ("n_rows", "n_refused", "n_duplicates", "n_events", "n_classed", "n_pooled")
    rows = [
        (
            night.isoformat(),
            *(figures["accounting"][name] for name in names),
            sum(found["n_classes"] for found in figures["rungs"]),
        )
        for night, figures in zip(NIGHTS, classes, strict=True)
    ]
    show.out.print(show.table("\nSeven nights", columns, rows))


def _show_feeds(scrubbed: list[Figures]) -> None:
    rows = []
    for feed in FEEDS:
        mine = [night[feed] for night in scrubbed if feed in night]
        refused = pl.DataFrame(
            [{"reason": reason, "n": n} for night in mine for reason, n in night["refused"].items()],
            schema={"reason": pl.String, "n": pl.Int64},
        )
        worst = refused.group_by("reason").agg(pl.col("n").sum()).sort("n", "reason", descending=[True, False]).head(1)
        rows.append(
            (
                feed,
                sum(night["n_rows"] for night in mine),
                sum(night["n_refused"] for night in mine),
                ", ".join(f"{reason} {n}" for reason, n in worst.rows()),
                sum(sum(night["placeholders"].values()) for night in mine),
                sum(night["n_withheld"] for night in mine),
            )
        )
    columns = ["feed", "rows", "refused", "most for", "scrubbed", "withheld"]
    show.out.print(show.table("\nFeeds (scrubbed: identifiers replaced in texts; withheld: texts)", columns, rows))


def _show_rungs(classes: list[Figures]) -> None:
    rungs: dict[str, list[int]] = {}
    for night in classes:
        for found in night["rungs"]:
            so_far = rungs.setdefault(found["rung"], [0, 0])
            so_far[0] += found["n_classes"]
            so_far[1] += found["n_events"]
    n_classed = sum(night["accounting"]["n_classed"] for night in classes)
    rows = [(rung, n, events, f"{events / max(n_classed, 1):.1%}") for rung, (n, events) in rungs.items() if n]
    show.out.print(show.table("\nClasses by rung", ["product x place x period", "classes", "events", "share"], rows))


def _show_extracts(settings: Settings) -> None:
    extracts = figures_of(settings.home, NIGHTS[-1], "extracts")
    rows = [(body, n["classes"], n["demand"], f"extracts/{body}/") for body, n in extracts.items()]
    show.out.print(show.table("\nExtracts", ["trade body", "classes", "demand rows", "folder"], rows))
    show.out.print(f"below {settings.home.current}", highlight=False, soft_wrap=True)


def _show_leaks(settings: Settings) -> None:
    """Searches every byte of every release, and the private pool's texts, for what was planted."""
    planted = known_identifiers(settings.home.demo / "truth")["value"].unique()
    releases = [path for path in sorted(settings.home.releases.iterdir()) if path.is_dir()]
    public = public_words(settings.taxonomy, settings.trade_bodies, [path.name for path in releases])
    n_found = sum(
        finding.n
        for folder in releases
        for finding in search_files(folder, public=public, identifiers=planted, pseudonyms=())
    )
    with open_ledger(settings.home.ledger) as ledger:
        texts = ledger.pooled_texts()
    pool = texts.to_frame("text").select(pl.lit("pool").alias("where"), "text")
    n_left = sum(finding.n for finding in found_in_texts(pool, planted))
    show.out.print(
        f"\n[bold]Leaks[/bold]  {planted.len():,} planted identifiers: {n_found:,} found in any byte of "
        f"{len(releases)} releases; {n_left:,} of {texts.len():,} scrubbed texts in the private pool still hold one",
        highlight=False,
    )
