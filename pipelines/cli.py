"""The `mandi` command: land files, run nights, read what is released; every `--help` shows an example."""

import contextlib
import os
import re
import shutil
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from assets.guard import place_of
from assets.settings import ROOT, Settings
from pipelines import show
from schemas.contracts import FeedContract
from schemas.errors import ConfigurationError, MandiError, NightError

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="Anonymised market intelligence: buyer-demand feeds in, safe demand tables out.",
)
feed_app = typer.Typer(no_args_is_help=True, help="Feeds and their contracts.")
app.add_typer(feed_app, name="feed")

Night = Annotated[str, typer.Argument(metavar="DATE", help="Arrival night, YYYY-MM-DD.")]


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
    files: Annotated[list[Path], typer.Argument(help="Files of one delivery.")],
    night: Annotated[str, typer.Option(metavar="DATE", help="Arrival night, YYYY-MM-DD.")],
) -> None:
    """Puts a delivery into the landing zone: whole or not at all, closed by its checksums.

    Example: `mandi land demo_orders orders.csv.zst --night 2026-02-01`
    """
    from feeds.landing import land as land_files
    from pipelines.runner import make_home
    from warehouse.release import refuse_released

    settings = Settings.from_environment()
    make_home(settings.home)
    arrival = parse_night(night)
    found = contract_of(settings, contract)
    if found.feed not in settings.contracts:
        raise ConfigurationError(f"{found.feed} is not under contract here; put its file into config/feeds/ first")
    refuse_released(settings.home, arrival)
    landed = land_files(files, found, settings.home.landed(found.feed, arrival))
    what = "landed" if landed.is_new else "had landed before, unchanged"
    show.out.print(f"{landed.feed} for {arrival}: {len(landed.files)} files, {landed.n_bytes:,} bytes {what}.")


@app.command()
def night(
    night: Night,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check what has landed; change nothing.")] = False,
) -> None:
    """Runs one night over whatever has landed for it, from raw files to a published release.

    Example: `mandi night 2026-02-01`
    """
    from assets.landed_feeds import check_landed
    from pipelines.nights import run_nights, show_night

    settings, arrival = Settings.from_environment(), parse_night(night)
    if dry_run:
        landed = check_landed(settings, arrival)
        rows = [(feed, len(files), sum(path.stat().st_size for path in files)) for feed, files in landed.items()]
        show.out.print(show.table(f"Night {arrival} would read", ["feed", "files", "bytes"], rows))
        return
    run_nights(settings, [arrival])
    show_night(settings, arrival)


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="One SELECT over the current release.")],
    limit: Annotated[int, typer.Option(help="Most rows to print.", min=1)] = 40,
    csv: Annotated[bool, typer.Option("--csv", help="Print all rows as CSV.")] = False,
) -> None:
    """Queries the current release, read-only.

    Example: `mandi query "from demand where product_code = '6109' and nes is null order by value_usd desc limit 5"`
    """
    from warehouse.reading import as_csv
    from warehouse.reading import query as run
    from warehouse.release import current_tables

    rows = run(current_tables(Settings.from_environment().home), sql)
    if csv:
        sys.stdout.write(as_csv(rows))
    else:
        show.out.print(show.frame(rows, limit=limit))


@app.command()
def tables(table: Annotated[str | None, typer.Argument(help="Show the columns of this table.")] = None) -> None:
    """Lists the tables of the current release, or the columns of one.

    Example: `mandi tables demand`
    """
    from warehouse.reading import columns
    from warehouse.reading import tables as list_tables
    from warehouse.release import current_tables

    path = current_tables(Settings.from_environment().home)
    show.out.print(show.frame(columns(path, table) if table else list_tables(path), limit=1_000))


@app.command()
def verify(
    folder: Annotated[Path, typer.Argument(help="An extract's folder.")],
    key: Annotated[Path | None, typer.Option(help="The public key you trust (PEM).")] = None,
) -> None:
    """Checks that an extract is exactly what was signed. Needs no account and no network.

    Example: `mandi verify releases/2026-02-01/extracts/aepc`
    """
    from schemas.errors import FeedFileError
    from warehouse.signatures import verify as check

    found = check(folder, key)
    if found.problems:
        raise FeedFileError(f"{folder.resolve().name} is not what was signed: {'; '.join(found.problems)}")
    show.out.print(f"{folder.resolve().name}: {found.n_files} files, exactly as signed by this key:")
    show.out.print(found.key_fingerprint, highlight=False, soft_wrap=True)
    if key is None:
        show.out.print("Compare this key with the one the publisher gave you, or pass it with --key.")


@app.command()
def nights() -> None:
    """Lists every night in the ledger with its accounting (private figures).

    Example: `mandi nights`
    """
    from warehouse.ledger import open_ledger

    settings = Settings.from_environment()
    if not settings.home.ledger.is_file():
        raise NightError("there is no ledger yet; run mandi demo, or mandi land and mandi night")
    with open_ledger(settings.home.ledger) as ledger:
        records = ledger.records()
    columns = ["night", "state", "rows", "refused", "duplicates", "events", "in classes", "pooled"]
    rows = [
        (
            record.night.isoformat(), "published" if record.is_sealed else "open", record.accounting.n_rows,
            record.accounting.n_refused, record.accounting.n_duplicates, record.accounting.n_events,
            record.accounting.n_classed, record.accounting.n_pooled,
        )
        for record in records
    ]  # fmt: skip
    show.out.print(show.table(None, columns, rows))


@app.command()
def ui(port: Annotated[int, typer.Option(help="Port on the loopback address.")] = 3000) -> None:
    """Opens Dagster's web interface on this installation (loopback only).

    Example: `mandi ui --port 3001`
    """
    from pipelines.runner import prepare_environment

    prepare_environment(Settings.from_environment())
    program = shutil.which("dagster-webserver", path=str(Path(sys.executable).parent)) or "dagster-webserver"
    show.err.print(f"Dagster at http://127.0.0.1:{port}; stop it with Ctrl-C.")
    os.chdir(ROOT)
    os.execv(program, [program, "-h", "127.0.0.1", "-p", str(port), "-m", "pipelines.definitions"])


@feed_app.command("check")
def feed_check(
    contract: Annotated[str, typer.Argument(help="Feed name or contract file.")],
    file: Annotated[Path, typer.Argument(help="A file of that feed.")],
    night: Annotated[str | None, typer.Option(metavar="DATE", help="Night to read it for; default today.")] = None,
    show_values: Annotated[bool, typer.Option("--show-values", help="Also print sample values.")] = False,
) -> None:
    """Reports what a contract makes of a file, without running a night. Prints no cell values unless asked.

    Example: `mandi feed check config/feeds/demo_orders.yaml orders.csv.zst --night 2026-02-01`
    """
    from pipelines.feed_report import report

    settings = Settings.from_environment()
    arrival = parse_night(night) if night else date.today()
    report(settings, contract_of(settings, contract), file, arrival, with_samples=show_values)


def parse_night(text: str) -> date:
    """A night from the command line: a day up to today.

    Raises: NightError if it is no date or lies ahead.
    """
    night = None
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        with contextlib.suppress(ValueError):
            night = date.fromisoformat(text)
    if night is None:
        raise NightError("a night is a date such as 2026-02-01")
    if night > datetime.now(ZoneInfo("Asia/Kolkata")).date():
        raise NightError(f"night {night} lies in the future; wait for it")
    return night


def contract_of(settings: Settings, name: str) -> FeedContract:
    """A contract by feed name or by file."""
    from feeds.contracts import load_contract

    if name in settings.contracts:
        return settings.contracts[name]
    if not Path(name).is_file():
        known = ", ".join(settings.contracts)
        raise ConfigurationError(f"there is no contract file or feed of that name; feeds under contract: {known}")
    return load_contract(Path(name))


def main() -> None:
    """Runs the command.

    A foreseen error is one line on standard error and exit code 2. Of any other only the type and the place are told,
    with exit code 1: its message may hold a value of a row.
    """
    try:
        app()
    except MandiError as error:
        _fail(str(error), 2)
    except OSError as error:
        _fail(f"{Path(error.filename or '').name or 'a file'}: {error.strerror or type(error).__name__}", 2)
    except Exception as error:
        _fail(f"unforeseen {type(error).__name__} at {place_of(error)}; please report the place", 1)


def _fail(message: str, code: int) -> None:
    show.err.print(f"mandi: {message}", style="red", markup=False, highlight=False, soft_wrap=True)
    sys.exit(code)
