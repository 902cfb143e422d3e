"""Nights on the command line: run with a progress display, and told afterwards in a few lines."""

from collections.abc import Callable, Sequence
from datetime import date

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from assets.alone import alone
from assets.figures import figures_of, keep_release
from assets.settings import Settings
from pipelines import show
from pipelines.runner import run_night
from schemas.steps import STEPS
from warehouse.access import make_home
from warehouse.erasure import refuse_unfinished
from warehouse.ledger import open_ledger
from warehouse.release import finish_publication


class _Display(Progress):
    """Leaves no empty line behind where nobody watches: an error is one line."""

    def stop(self) -> None:
        """Ends the display; where it is a file, with a line end of its own if anything was written.

        Waits for rich's own thread, which `live.stop` does not: one that still runs when the process ends keeps objects
        of DuckDB's alive, and DuckDB then tells of them in fifty lines below the error.
        """
        thread = self.live._refresh_thread
        self.live.stop()
        if thread is not None:
            thread.join()
        if not self.console.is_interactive and not self.live.transient:
            self.console.print()


def progress() -> Progress:
    """The progress display of every long command; on standard error, so that results can be piped."""
    return _Display(
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TextColumn("{task.fields[step]}"),
        TimeElapsedColumn(),
        console=show.err,
    )


def run_nights(settings: Settings, nights: Sequence[date]) -> None:
    """Runs nights in order, each through Dagster; a night whose publication was interrupted is only finished."""
    make_home(settings.home)
    with progress() as display:
        for night in nights:
            task = display.add_task(f"Night {night}", total=len(STEPS), step=STEPS[0])
            try:
                with alone(settings.home):  # before the ledger is opened: a night that runs must find it free
                    is_finished = finish_interrupted(settings) == night
                    if not is_finished:
                        refuse_published(settings, night)
                if is_finished:
                    display.update(task, completed=len(STEPS), step="publication finished")
                    continue
                run_night(settings, night, on_step=_stepping(display, task))
            except Exception:
                display.live.transient = True  # what is told of a night that stopped is its one line
                raise
            display.update(task, completed=len(STEPS), step="published")


def refuse_published(settings: Settings, night: date) -> None:
    """Raises NightError for a night that may not run, before Dagster records a failed run of a good partition."""
    refuse_unfinished(settings.home)
    if settings.home.ledger.is_file():
        with open_ledger(settings.home.ledger) as ledger:
            ledger.may_run(night)


def finish_interrupted(settings: Settings) -> date | None:
    """Finishes an interrupted publication, if there is one; returns its night."""
    if not settings.home.ledger.is_file():
        return None
    with open_ledger(settings.home.ledger) as ledger:
        finished = finish_publication(ledger, settings.home, settings.keyring)
        keep_release(settings.home, ledger.last_sealed())
    return finished


def published(settings: Settings) -> frozenset[date]:
    """Nights that are published."""
    if not settings.home.ledger.is_file():
        return frozenset()
    with open_ledger(settings.home.ledger) as ledger:
        return frozenset(record.night for record in ledger.records() if record.is_sealed)


def show_night(settings: Settings, night: date) -> None:
    """Prints what a night did: the accounting, the rungs, the release."""
    classes = figures_of(settings.home, night, "demand_classes")
    for sentence in classes["identities"]:
        show.out.print(sentence, highlight=False, soft_wrap=True)
    show.out.print(show.night_figures(night, classes))
    tables = figures_of(settings.home, night, "demand_tables")
    show.out.print(
        f"Release {night}: {tables['n_classes_new']:,} new classes, {tables['rows']['demand']:,} demand rows, "
        f"at {settings.home.release(night.isoformat())}",
        highlight=False,
        soft_wrap=True,
    )


def _stepping(display: Progress, task: object) -> Callable[[str], None]:
    def stepped(step: str) -> None:
        done = STEPS.index(step) + 1 if step in STEPS else 0
        following = STEPS[done] if done < len(STEPS) else "publishing"
        display.update(task, completed=done, step=following)  # type: ignore[arg-type]  # rich's TaskID is an int

    return stepped
