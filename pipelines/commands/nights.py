"""Commands of whoever runs nights: land, run, list, look on; and the two ready-made installations."""

import os
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from assets.settings import ROOT, Settings
from pipelines import show
from pipelines.commands.arguments import Night, Port, contract_of, parse_night, refuse_taken
from schemas.arrivals import Verdict
from schemas.errors import ConfigurationError, NightError

app = typer.Typer()


@app.command()
def demo(
    events: Annotated[int, typer.Option(help="Size of the marketplace.", min=10_000, max=100_000_000)] = 120_000,
    seed: Annotated[int, typer.Option(help="Seed of the marketplace.")] = 7,
) -> None:
    """Generates a small marketplace, runs seven nights over it, and shows what came out.

    Runs again where it stopped: nights that are published stay as they are.

    Example: `mandi demo --events 50000`
    """
    from pipelines.demo import run_demo

    run_demo(Settings.from_environment(), n_events=events, seed=seed)


@app.command()
def real() -> None:
    """Lands the real feeds of ../shared/data, runs all their nights, and writes docs/real-feeds.md.

    Example: `MANDI_HOME=/tmp/real mandi real`
    """
    from pipelines.real import run_real

    run_real(Settings.from_environment())


@app.command()
def land(
    contract: Annotated[str, typer.Argument(help="Feed name or contract file.")],
    files: Annotated[list[str], typer.Argument(help="Files of one delivery, or URLs of objects.")],
    night: Annotated[str, typer.Option(metavar="DATE", help="Arrival night, YYYY-MM-DD.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Take away what landed before for this feed and night.")
    ] = False,
) -> None:
    """Puts a delivery into the landing zone: whole or not at all, closed by its checksums.

    An object (`s3://bucket/orders.csv.zst`) is fetched first, into a private folder that goes again.

    Example: `mandi land demo_orders orders.csv.zst --night 2026-02-01`
    """
    from assets.alone import alone
    from feeds.landing import land as land_files
    from feeds.landing import take_away
    from warehouse.access import make_home
    from warehouse.object_store import fetch, is_url
    from warehouse.release import refuse_released

    settings = Settings.from_environment()
    make_home(settings.home)
    arrival = parse_night(night)
    found = contract_of(settings, contract)
    if found.feed not in settings.contracts:
        raise ConfigurationError(f"{found.feed} is not under contract here; put its file into config/feeds/ first")
    refuse_released(settings.home, arrival)
    folder = settings.home.landed(found.feed, arrival)
    if replace:
        with alone(settings.home):
            take_away(folder)
    with tempfile.TemporaryDirectory(dir=settings.home.private) as aside:
        landed = land_files([fetch(each, Path(aside)) if is_url(each) else Path(each) for each in files], found, folder)
    what = "landed" if landed.is_new else "had landed before, unchanged"
    show.out.print(f"{landed.feed} for {arrival}: {len(landed.files)} files, {landed.n_bytes:,} bytes {what}.")


@app.command()
def night(
    night: Night,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check what has landed; change nothing.")] = False,
    accept_missing: Annotated[
        list[str] | None, typer.Option(metavar="FEED", help="Run although this feed has not landed.")
    ] = None,
    accept_short: Annotated[
        list[str] | None, typer.Option(metavar="FEED", help="Run although this feed brought too few rows.")
    ] = None,
    accept_long: Annotated[
        list[str] | None, typer.Option(metavar="FEED", help="Run although this feed brought far too many rows.")
    ] = None,
    reason: Annotated[
        str, typer.Option(help="Why that is accepted: kept in the ledger's chain for ever; name nobody.")
    ] = "",
) -> None:
    """Runs one night over whatever has landed for it, from raw files to a published release.

    A night that is held because a feed is missing, short or far too long runs once that is accepted, with a reason.

    Example: `mandi night 2026-02-01 --accept-short demo_rfqs --reason "public holiday at the sender"`
    """
    from assets.alone import alone
    from assets.completeness import accept_arrival
    from assets.landed_feeds import check_landed
    from pipelines.nights import finish_interrupted, run_nights, show_night

    settings, arrival = Settings.from_environment(), parse_night(night)
    accepted: tuple[tuple[Verdict, list[str]], ...] = (
        ("missing", accept_missing or []), ("short", accept_short or []), ("long", accept_long or []),
    )  # fmt: skip
    if dry_run and any(feeds for _, feeds in accepted):
        raise ConfigurationError("--dry-run changes nothing, so it accepts nothing; leave out one of the two")
    if any(feeds for _, feeds in accepted):
        with alone(settings.home):
            finish_interrupted(settings)
            for verdict, feeds in accepted:
                for feed in feeds:
                    accept_arrival(settings, arrival, feed, verdict, reason)
    if dry_run:
        landed = check_landed(settings, arrival)
        rows = [(feed, len(files), sum(path.stat().st_size for path in files)) for feed, files in landed.items()]
        show.out.print(show.table(f"Night {arrival} would read", ["feed", "files", "bytes"], rows))
        return
    run_nights(settings, [arrival])
    show_night(settings, arrival)


@app.command()
def nights() -> None:
    """Lists every night in the ledger with its accounting, what waits to be run, and what was accepted (private).

    Example: `mandi nights`
    """
    from pipelines.waiting import waiting_nights
    from warehouse.arrivals import acceptances
    from warehouse.chain import entries, withdrawn
    from warehouse.ledger import open_ledger
    from warehouse.release import refuse_other_ledger

    settings = Settings.from_environment()
    if not settings.home.ledger.is_file():
        raise NightError("there is no ledger yet; run mandi demo, or mandi land and mandi night")
    with open_ledger(settings.home.ledger) as ledger:
        refuse_other_ledger(ledger, settings.home)
        records = ledger.records()
        taken_back = withdrawn(entries(ledger.duck))
        waiting = waiting_nights(settings, ledger)
        known = sorted({record.night for record in records} | {each.night for each in waiting})
        accepted = [(night, each) for night in known for each in acceptances(ledger, night)]
    columns = ["night", "state", "rows", "refused", "duplicates", "events", "in classes", "pooled"]
    rows = [
        (
            record.night.isoformat(),
            "open" if not record.is_sealed else "withdrawn" if record.release_id in taken_back else "published",
            record.accounting.n_rows,
            record.accounting.n_refused, record.accounting.n_duplicates, record.accounting.n_events,
            record.accounting.n_classed, record.accounting.n_pooled,
        )
        for record in records
    ]  # fmt: skip
    show.out.print(show.table(None, columns, rows))
    if waiting:
        told = [(each.night.isoformat(), ", ".join(sorted(each.landed)), each.sentence()) for each in waiting]
        show.out.print(show.table("\nNot published", ["night", "landed", "state"], told))
    if accepted:
        decided = [(night.isoformat(), each.feed, each.verdict, each.n_rows, each.reason) for night, each in accepted]
        show.out.print(show.table("\nAccepted", ["night", "feed", "as", "rows", "reason"], decided))


@app.command()
def ui(port: Port = 3000) -> None:
    """Opens Dagster's web interface on this installation: on the loopback address, for whoever has its key.

    The address with the key is shown, and stands in private/pages.url meanwhile. Ctrl-C ends it.

    Example: `mandi ui --port 3001`
    """
    from pipelines.pages import show_pages
    from pipelines.runner import prepare_environment

    refuse_taken(port)
    settings = Settings.from_environment()
    prepare_environment(settings)
    os.chdir(ROOT)
    show_pages(settings, port)
