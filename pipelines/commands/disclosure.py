"""The command of whoever has to answer for a release: where its disclosure report stands, and what it says in short."""

from pathlib import Path
from typing import Annotated

import typer

from assets.settings import Settings
from pipelines import show
from schemas.errors import NightError
from schemas.home import Home
from schemas.releases import WITHDRAWAL_REASONS

app = typer.Typer()


@app.command()
def report(
    release: Annotated[str | None, typer.Argument(help="A release, YYYY-MM-DD; default the newest.")] = None,
    private: Annotated[bool, typer.Option("--private", help="The exact report; not to be shared.")] = False,
) -> None:
    """Tells where the disclosure report of a release stands, and sums it up.

    With `--private` also of a night that an attack stopped: its exact report says by which.

    Example: `mandi report 2026-02-02 --private`
    """
    from warehouse.disclosure import PAGE, REPORT, read_public
    from warehouse.exact_disclosure import read_exact
    from warehouse.listing import withdrawn_in

    home = Settings.from_environment().home
    above = home.private / "reports" if private else home.releases
    known = sorted(path.parent.name for path in above.glob(f"*/{REPORT}"))
    name = release or (_newest(home) if not private else next(reversed(known), None))
    if name not in known:
        what = f"the reports here are {known[0]} to {known[-1]}" if known else "there is no report here yet"
        raise NightError(f"there is no disclosure report of that name; {what}")
    folder = above / name
    if private:
        exact = read_exact(folder)
        for sentence in exact.identities:
            _say(sentence)
        _say("Every attack failed." if exact.has_passed else "An attack succeeded: nothing was published.")
        rows = [(attack.attack, attack.n_found) for attack in exact.attacks]
        show.out.print(show.table("\nAttacks", ["attack", "found"], rows))
        told = exact.public
    else:
        told = read_public(folder)
        _say(f"Attacks that failed: {', '.join(attack.attack for attack in told.attacks)}")
    columns = ["kind", "classes", "new", "events", "value USD", "smallest crowd", "median crowd"]
    kinds = [list(kind.model_dump().values()) for kind in told.kinds]
    show.out.print(show.table(f"\nRelease {told.release_id}", columns, kinds))
    reason = withdrawn_in(home.releases).get(told.release_id)
    if reason:
        _say(f"\nWithdrawn: {WITHDRAWAL_REASONS[reason]} It must not be used.")
    _say(f"\nFor people    {_from_here(folder / PAGE)}\nFor machines  {_from_here(folder / REPORT)}")


def _newest(home: Home) -> str | None:
    return home.current.resolve().name if home.current.exists() else None


def _from_here(path: Path) -> Path:
    return path if not path.is_relative_to(Path.cwd()) else path.relative_to(Path.cwd())


def _say(text: str) -> None:
    show.out.print(text, highlight=False, soft_wrap=True)
