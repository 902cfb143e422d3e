"""Commands of whoever answers for the ledger: verify its chain, erase a buyer."""

import sys
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from assets.settings import Settings
from pipelines import show
from pipelines.commands.arguments import parse_night
from schemas.errors import ConfigurationError, DisclosureError, NightError

app = typer.Typer()
ledger_app = typer.Typer(no_args_is_help=True, help="The chain that holds every release and receipt.")


@ledger_app.command("verify")
def ledger_verify() -> None:
    """Walks the ledger's chain and computes every digest again, from the stored classes and the published files.

    Prints one line an entry; the first broken one is named, with exit code 2.

    Example: `mandi ledger verify`
    """
    from pipelines.keeping import audited_digests
    from warehouse.ledger import open_ledger
    from warehouse.verification import first_problem, verify

    settings = with_ledger()
    with open_ledger(settings.home.ledger) as ledger:
        links = verify(ledger, settings.home, audited=audited_digests(settings.home))
    rows = [
        (link.number, link.kind, link.night, _told(link.facts), link.digest[:16], "broken" if link.problem else "holds")
        for link in links
    ]
    show.out.print(show.table(None, ["entry", "kind", "night", "tells", "digest begins", "state"], rows))
    problem = first_problem(links)
    if problem:
        raise DisclosureError(f"{problem}. Keep the home as it is, find out why, restore the backup")
    show.out.print(f"{len(links):,} entries hold. Head of the chain:")
    show.out.print(links[-1].digest if links else "none yet", highlight=False, soft_wrap=True)


@ledger_app.command("budget")
def ledger_budget() -> None:
    """Tells how much of each year's budget of noise is spent, how much is left, and how many months were drawn.

    What is allowed is `estimates.rho_year` of the policy as it stands; a draw that would exceed it is refused.

    Example: `mandi ledger budget`
    """
    from warehouse.budget import MONTHS, budgets
    from warehouse.ledger import open_ledger

    settings = with_ledger()
    estimates = settings.policy.estimates
    with open_ledger(settings.home.ledger) as ledger:
        spent = budgets(ledger.duck)
    if spent.is_empty():
        what = f"A year may lose rho {estimates.rho_year}." if estimates else "The policy asks for no estimates."
        show.out.print(f"Nothing is drawn yet. {what}", highlight=False)
        return
    allowed = float(estimates.rho_year) if estimates else 0.0
    rows = [
        (str(year), f"{n_months} of {MONTHS}", f"{rho:.6f}", f"{allowed:.6f}", f"{max(allowed - rho, 0.0):.6f}")
        for year, n_months, rho in spent.rows()
    ]
    show.out.print(show.table("Budget of noise (rho)", ["year", "months drawn", "spent", "allowed", "left"], rows))


@app.command()
def purge(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would go.")] = False,
    as_of: Annotated[
        str | None, typer.Option(metavar="DATE", help="Day to count from; today unless given, never later.")
    ] = None,
) -> None:
    """Removes landed files and quarantine older than the policy's retention, of nights that are proven complete.

    Every night does so by itself for what is due on its date. What cannot be proven stays, with exit code 2.

    Example: `mandi purge --dry-run`
    """
    from assets.alone import alone
    from assets.retention import purge as purge_due
    from pipelines.runner import refuse_running

    settings = with_ledger()
    today = datetime.now(ZoneInfo(settings.policy.zone)).date()
    day = parse_night(as_of) if as_of else today
    if day > today:
        raise ConfigurationError(f"{day} lies in the future; retention counts from a day that has come")
    if not dry_run:
        refuse_running(settings)
    with alone(settings.home):
        done = purge_due(settings, day, dry_run=dry_run)
    columns = ["night", "deliveries", "files", "bytes", "quarantined rows"]
    rows = [(f.night.isoformat(), f.n_deliveries, f.n_files, f.n_bytes, f.n_quarantined) for f in done.purged]
    show.out.print(show.table("Would go" if dry_run else "Removed", columns, rows))
    if done.held:
        show.out.print(show.table("Stays", ["night", "because it"], [(str(n), reason) for n, reason in done.held]))
        which = "1 night is" if len(done.held) == 1 else f"{len(done.held)} nights are"
        raise NightError(f"{which} older than retention allows and not removed; see the table")


@app.command()
def forget(
    feed: Annotated[str, typer.Option(help="Feed that knows the account; its whole marketplace is searched.")],
    account: Annotated[
        str, typer.Option(help="Account as the feed writes it; `-` asks for it, or reads it from standard input.")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count; change nothing.")] = False,
) -> None:
    """Erases a buyer: landed rows, quarantine, scrubbed files, pool and keys. Published classes stay.

    Leaves a receipt that holds counts, a night and a random number. Run it again if it was interrupted.

    Example: `mandi forget --feed demo_rfqs --account - --dry-run`
    """
    from assets.alone import alone
    from assets.forget import forget_buyer
    from pipelines.runner import refuse_running

    if account == "-":
        account = typer.prompt("Account", err=True) if sys.stdin.isatty() else sys.stdin.readline()
    if not account.strip():
        raise ConfigurationError("no account was given; name it, or use --account - and type it")
    settings = Settings.from_environment()
    if not settings.home.landing.is_dir():
        raise NightError(f"nothing has landed under {settings.home.root.name}/; check MANDI_HOME")
    refuse_running(settings)
    with alone(settings.home):
        told = forget_buyer(settings, feed, account.strip(), dry_run=dry_run)
    what = (
        f"{told['n_landed']:,} landed rows, {told['n_quarantined']:,} quarantined rows, {told['n_pooled']:,} waiting "
        f"events, {told['n_terms']:,} terms asked for, {told['n_keys']:,} keys"
    )
    if dry_run:
        show.out.print(f"Would erase {what}.", highlight=False, soft_wrap=True)
    elif told["receipt"] is None:
        show.out.print("Nothing of that account is here; nothing was changed.")
    else:
        show.out.print(f"Erased {what}. Receipt:", highlight=False, soft_wrap=True)
        show.out.print(told["receipt"], highlight=False, soft_wrap=True)


def _told(facts: object) -> str:
    """What an entry is about, in a word: a release, an epoch, a receipt."""
    assert isinstance(facts, dict)
    return str(next((facts[name] for name in ("release_id", "epoch", "key", "receipt") if name in facts), ""))


def with_ledger() -> Settings:
    """The settings of a home that has a ledger.

    Raises: NightError if there is none yet.
    """
    settings = Settings.from_environment()
    if not settings.home.ledger.is_file():
        raise NightError("there is no ledger yet; run mandi demo, or mandi land and mandi night")
    return settings
