"""What `mandi status` prints: a night on one screen, from the same model as its page."""

from collections.abc import Iterable
from contextlib import suppress

from rich.text import Text

from assets.alone import alone
from assets.settings import Settings
from pipelines import show
from schemas.errors import MandiError
from schemas.morning import Concern, Morning
from schemas.watch import Colour
from warehouse.duck import connected
from warehouse.morning_page import PAGE, duration, gigabytes, step_state
from warehouse.release import other_ledger

_STYLES: dict[Colour, str] = {"green": "bold green", "amber": "bold yellow", "red": "bold red"}


def beside_its_ledger(settings: Settings, morning: Morning) -> Morning:
    """The morning, red if releases are not in the ledger: what nights left behind cannot tell that.

    Looks for a moment, changing nothing, and not while anybody works on the home: then a night says it itself.
    """
    if not settings.home.ledger.is_file():
        return morning
    told = None
    with (
        suppress(MandiError),
        alone(settings.home, patience_s=0),
        connected(settings.home.ledger, is_read_only=True) as duck,
    ):
        told = other_ledger(duck, settings.home)
    if told is None:
        return morning
    concern = Concern(colour="red", sentence=f"{told[:1].upper()}{told[1:]}. No night runs until then.")
    found: dict[str, object] = {"colour": "red", "sentence": concern.sentence, "concerns": (concern, *morning.concerns)}
    return morning.model_copy(update=found)


def show_morning(settings: Settings, morning: Morning) -> None:
    """Prints a morning: the verdict first, then what a person has to do, then figures."""
    _say(Text.assemble((f"{morning.colour.upper()}  ", _STYLES[morning.colour]), morning.sentence))
    for concern in morning.concerns:
        if concern.sentence == morning.sentence:
            if concern.command:
                _say(Text(f"{'':<5}  {concern.command}"))
            continue
        mark = Text(f"\n{concern.colour:<5}  ", _STYLES[concern.colour])
        _say(Text.assemble(mark, concern.sentence, *([f"\n       {concern.command}"] if concern.command else [])))
    if morning.night is None:
        return
    if morning.feeds:
        columns = ["feed", "rows", "usual", "refused", "share", "usual share", "most for"]
        show.out.print(show.table("\nWhat came", columns, _feeds(morning)))
    if any(step.state != "not run" for step in morning.steps):
        show.out.print(show.table("\nHow long it took", ["", "step", "took", "usual"], _steps(morning)))
    _say(Text("\n" + "\n".join(_facts(morning))))
    path = settings.home.report(morning.night) / PAGE
    if path.is_file():
        _say(Text(f"Page  {path}"))


def _feeds(morning: Morning) -> Iterable[tuple[object, ...]]:
    for feed in morning.feeds:
        most = next((f"{reason} {n:,}" for reason, n in feed.refused.items()), "")
        share, usual = (
            "" if ratio is None else f"{ratio:.2%}" for ratio in (feed.refused_ratio, feed.usual_refused_ratio)
        )
        usual_rows = None if feed.usual_rows is None else round(feed.usual_rows)
        rows = "not read" if feed.n_rows is None else feed.n_rows
        yield feed.feed, rows, usual_rows, feed.n_refused, share, usual, most


def _steps(morning: Morning) -> Iterable[tuple[object, ...]]:
    for step in morning.steps:
        took = duration(step.seconds) if step.seconds is not None else step.state
        yield step_state(step), step.step, took, duration(step.usual_seconds)


def _facts(morning: Morning) -> Iterable[str]:
    pool, release = morning.pool, morning.release
    if release:
        yield (
            f"Release {release.release_id}: {release.n_classes_new:,} new classes, {release.n_demand_rows:,} demand "
            "rows."
        )
    else:
        yield f"Not released; the newest release is {morning.newest_release or 'none'}."
    if morning.attacks:
        found = [f"{attack.attack} found {attack.n_found:,}" for attack in morning.attacks if attack.n_found]
        yield f"Attacks: {', '.join(found)}." if found else f"All {len(morning.attacks)} attacks failed."
    if pool:
        oldest = {age: n for age, n in pool.ages.items() if n}
        ages = ", ".join(f"{n:,} {age}" for age, n in oldest.items())
        climbs = f" {pool.n_next_close:,} may climb on {pool.next_close}." if pool.next_close else ""
        yield f"{pool.n_events:,} events wait{f' ({ages})' if ages else ''}.{climbs}"
    yield from (f"{each.on}: {each.what}." for each in morning.dates if each.what.startswith("epoch"))
    yield f"{gigabytes(morning.disk_free_bytes)} of disk are free."


def _say(text: Text) -> None:
    show.out.print(text, soft_wrap=True)
