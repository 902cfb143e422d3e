"""Commands of whoever keeps the keys: look at them, let another one sign, destroy an epoch's."""

import re
import sys
from typing import Annotated

import typer

from assets.settings import Settings
from pipelines import show
from schemas.errors import ConfigurationError, SecretError

app = typer.Typer(no_args_is_help=True, help="The secret keys: their state, a new one, an end.")


@app.command()
def status() -> None:
    """Lists every key and whether it is the one the ledger knows; exit code 2 if one is missing, changed or open.

    Example: `mandi keys status`
    """
    from warehouse.keys import key_states
    from warehouse.ledger import open_ledger

    settings = _with_ledger()
    with open_ledger(settings.home.ledger) as ledger:
        states = key_states(ledger, settings.keyring)
    kept = settings.keyring.source.kind
    rows = [(state.name, kept, state.state, state.public) for state in states]
    show.out.print(show.table(None, ["key", "kept in", "state", "public half"], rows))
    wrong = [state.name for state in states if state.is_wrong]
    if wrong:
        raise SecretError(f"{', '.join(wrong)}: not as it must be; see the table")


@app.command()
def rotate(key: Annotated[str, typer.Argument(metavar="KEY", help="signing or cache.")]) -> None:
    """Puts a new key in the place of one. An epoch's key is never replaced within its epoch.

    `signing`: a new key signs from the next release on; give recipients the public half that is printed. What was
    signed stays valid under the key before. `cache`: the next night scrubs every text anew.

    Example: `mandi keys rotate signing`
    """
    from assets.alone import alone
    from pipelines.runner import refuse_running
    from warehouse.access import make_home
    from warehouse.keys import rotate_signing_key
    from warehouse.ledger import open_ledger

    if key.startswith("epoch-"):
        raise ConfigurationError(
            f"{key}: accounts known so far could not be matched under another key, and one contributor would count "
            "twice. The next epoch gets its own; to end this one early, see mandi keys destroy"
        )
    if key not in ("signing", "cache"):
        raise ConfigurationError(f"there is no key {key} to replace; name signing or cache")
    settings = _with_ledger()
    make_home(settings.home)
    refuse_running(settings)
    with alone(settings.home):
        if key == "cache":
            settings.keyring.forget_cache_key()
            settings.home.span_cache.unlink(missing_ok=True)
            show.out.print("The cache and its key are gone; the next night makes both anew.")
            return
        with open_ledger(settings.home.ledger) as ledger:
            before, after = rotate_signing_key(ledger, settings.keyring)
    show.out.print("A new key signs from the next release on. Tell recipients. Before and now:")
    for public in (before, after):
        show.out.print(" ".join(re.findall("....", public)), highlight=False, soft_wrap=True)


@app.command()
def destroy(
    key: Annotated[str, typer.Argument(metavar="KEY", help="Key of an epoch, such as epoch-2025.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for the key's name.")] = False,
) -> None:
    """Ends an epoch before its time: its key is destroyed, and everything in the ledger that it could name.

    Example: `mandi keys destroy epoch-2025`
    """
    from anonymize.keyring import epoch_name
    from assets.alone import alone
    from pipelines.runner import refuse_running
    from warehouse.access import make_home
    from warehouse.keys import destroy_epoch
    from warehouse.ledger import open_ledger

    named = re.fullmatch(r"epoch-([0-9]{4})", key)
    if not named:
        raise ConfigurationError(f"{key}: only the key of an epoch can be destroyed, such as epoch-2025")
    epoch = int(named[1])
    epoch_name(epoch)
    settings = _with_ledger()
    make_home(settings.home)
    show.err.print(
        f"Afterwards, for ever: events of {epoch} that wait are gone; no event of {epoch} is taken in again (too_old); "
        f"nobody can tell which buyers of {epoch} were one, erase one of them, or take an order of {epoch} back. "
        "Published classes stay. Backups of the key are yours to destroy.",
        highlight=False,
    )
    if not yes:
        given = typer.prompt(f"Type {key} to go on", err=True) if sys.stdin.isatty() else sys.stdin.readline().strip()
        if given != key:
            raise ConfigurationError("that is not the key's name; nothing was changed")
    refuse_running(settings)
    with alone(settings.home), open_ledger(settings.home.ledger) as ledger:
        told = destroy_epoch(ledger, settings.keyring, epoch)
    show.out.print(
        f"{key} is destroyed, and with it {told.n_destroyed:,} waiting events, {told.n_event_keys:,} ids of events and "
        f"{told.n_accounts:,} accounts. The receipt stands in the chain.",
        highlight=False,
    )
    if not settings.keyring.source.makes_keys:
        show.out.print(f"{key} is kept elsewhere: destroy it there as well.", highlight=False)


def _with_ledger() -> Settings:
    from pipelines.commands.keeping import with_ledger

    return with_ledger()
