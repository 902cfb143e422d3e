"""Commands for many nights: let them run by themselves, run a range in order, and make them again to compare."""

from pathlib import Path
from typing import Annotated

import typer

from assets.settings import Settings
from pipelines import show
from pipelines.commands.arguments import Port, parse_night, refuse_taken
from schemas.errors import NightError

app = typer.Typer()


@app.command()
def serve(port: Port = 3000) -> None:
    """Runs Dagster's daemon and web interface: nights begin by themselves, at two in Kolkata or when all has landed.

    Ctrl-C or SIGTERM ends both and whatever they started.

    Example: `mandi serve --port 3001`
    """
    from pipelines.serve import serve as run_serve

    refuse_taken(port)
    run_serve(Settings.from_environment(), port)


@app.command()
def backfill(
    first: Annotated[str, typer.Argument(metavar="FROM", help="First arrival night, YYYY-MM-DD.")],
    last: Annotated[str, typer.Argument(metavar="TO", help="Last arrival night.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would run; change nothing.")] = False,
) -> None:
    """Runs every landed night of a range that is not published, in order; stops at the first that cannot be.

    Give the same command again to go on from there.

    Example: `mandi backfill 2026-01-01 2026-03-31 --dry-run`
    """
    from pipelines.backfill import plan_backfill, run_backfill

    settings, since, until = Settings.from_environment(), parse_night(first), parse_night(last)
    run = plan_backfill if dry_run else run_backfill
    plan = run(settings, since, until)
    shown = ", ".join(map(str, plan.to_run[:3])) + (f" ... {plan.to_run[-1]}" if len(plan.to_run) > 3 else "")
    verb = "would run" if dry_run else "ran"
    show.out.print(
        f"{verb} {len(plan.to_run)} nights{': ' if shown else ''}{shown}; {len(plan.published)} were published before, "
        f"for {plan.empty} dates nothing has landed",
        highlight=False,
        soft_wrap=True,
    )


@app.command()
def replay(
    into: Annotated[
        Path, typer.Option(help="New folder for the second home; remove it afterwards, it holds what this one does.")
    ],
    ledger: Annotated[
        Path | None,
        typer.Option(help="Backup of the ledger to begin with, where raw files of older nights are purged."),
    ] = None,
) -> None:
    """Makes every published night again from what landed, into a home of its own, and compares both ledgers.

    Exit code 2 if they differ; how many rows and in which part is told, never which.

    Example: `mandi replay --into /tmp/again`
    """
    from assets.alone import alone
    from pipelines.nights import progress
    from pipelines.replay import replay as run_replay

    settings = Settings.from_environment()
    if not settings.home.ledger.is_file():
        raise NightError("there is no ledger yet; run mandi demo, or mandi land and mandi night")
    with alone(settings.home), progress() as display:
        task = display.add_task("Replay", total=None, step="begins")
        found = run_replay(
            settings,
            into,
            ledger=ledger,
            on_night=lambda night: display.update(task, advance=1, step=f"{night} published again"),
        )
    rows = [
        (each.part, "equal" if each.is_equal else "differs", each.n_there, each.n_here) for each in found.differences
    ]
    show.out.print(show.table(None, ["part", "", "rows only there", "rows only in the replay"], rows))
    for note in found.notes:
        show.out.print(note, highlight=False, soft_wrap=True)
    if found.unequal:
        raise NightError(f"the replay of {len(found.nights)} nights differs in {', '.join(found.unequal)}")
    show.out.print(f"{len(found.nights)} nights made again: equal.", highlight=False)
