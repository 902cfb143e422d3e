"""Which night begins next by itself, or why none does: what the schedule and the sensor both ask.

Nights run in order, so only the earliest landed one may begin. A night is begun once for what has landed and what was
accepted; when either changes it may begin again. Nothing here starts a run; a publication that was interrupted is
finished.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import dagster as dg
from dagster._core.storage.tags import RUN_KEY_TAG

from assets.alone import alone
from assets.completeness import awaited_feeds
from assets.night_facts import landed_nights
from assets.settings import Settings
from feeds.landing import SUMS
from pipelines.burial import bury_dead_runs, unfinished_nights
from pipelines.nights import finish_interrupted
from pipelines.waiting import WaitingNight, waiting_nights
from schemas.errors import NightError
from warehouse.arrivals import acceptances
from warehouse.ledger import Ledger, open_ledger
from warehouse.release import newest_released


@dataclass(frozen=True)
class Start:
    """A night that should begin now."""

    night: date
    run_key: str
    """Tells this state of the night from every other: what has landed, when, and how often something was accepted."""


@dataclass(frozen=True)
class Wait:
    """Why nothing begins."""

    why: str


def complete_night(settings: Settings, instance: dg.DagsterInstance, *, today: date) -> Start | Wait:
    """The earliest unpublished night, if all that it should bring has landed; what the sensor asks.

    Looks at folders first, so that most ticks touch neither the ledger nor the lock.
    """
    landed = landed_nights(settings.home, after=newest_released(settings.home))
    if not any(night <= today for night in landed):
        return Wait("nothing has landed that is not published")

    def choose(ledger: Ledger) -> Start | Wait:
        nights = [night for night in waiting_nights(settings, ledger) if night.night <= today]
        if not nights:
            return Wait("nothing has landed that is not published")
        first = nights[0]
        behind = f"; {len(nights) - 1} later nights wait behind it" if len(nights) > 1 else ""
        why = _why_incomplete(settings, first)
        if why:
            return Wait(f"night {first.night}: {why}{behind}")
        start = Start(first.night, _run_key(settings, ledger, first))
        if instance.get_runs_count(dg.RunsFilter(tags={RUN_KEY_TAG: start.run_key})):
            return Wait(
                f"night {first.night} was begun with what has landed and did not end well: {first.sentence()}{behind}"
            )
        return start

    return _looked_at(settings, instance, choose)


def due_night(settings: Settings, instance: dg.DagsterInstance, *, night: date) -> Start | Wait:
    """The earliest unpublished night up to one whose time has come, complete or not; what the schedule asks.

    An incomplete night is begun as well: its run then says what is missing, where everybody looks.
    """

    def choose(ledger: Ledger) -> Start | Wait:
        last = ledger.last_sealed()
        waiting = [each for each in waiting_nights(settings, ledger) if each.night <= night]
        if waiting:
            return Start(waiting[0].night, _run_key(settings, ledger, waiting[0]))
        if last is not None and last >= night:
            return Wait(f"night {night} is published")
        if awaited_feeds(settings, ledger, night):
            return Start(night, f"{night}/nothing")
        return Wait(f"nothing has landed for night {night}, and nothing is expected")

    return _looked_at(settings, instance, choose)


def _looked_at(
    settings: Settings, instance: dg.DagsterInstance, choose: Callable[[Ledger], Start | Wait]
) -> Start | Wait:
    """Asks the ledger while nobody else works on the home; it is never opened beside a run, which it would stop."""
    if not settings.home.ledger.is_file() and not landed_nights(settings.home, after=None):
        return Wait("nothing has landed yet")
    try:
        with alone(settings.home, patience_s=0):
            bury_dead_runs(instance)
            running = unfinished_nights(instance)
            if running:
                return Wait(f"night {', '.join(running)} runs, or is about to")
            finish_interrupted(settings)  # else its night would be begun again, only to learn that it is published
            with open_ledger(settings.home.ledger) as ledger:
                return choose(ledger)
    except NightError as error:
        return Wait(str(error))


def _why_incomplete(settings: Settings, night: WaitingNight) -> str | None:
    """Why a night does not begin by itself yet; None if it may."""
    if night.arriving or night.awaited:
        return night.sentence()
    is_told = any(contract.expects.presence == "required" for contract in settings.contracts.values())
    if night.is_first and not is_told:
        return "nothing is published yet, so nothing tells what it brings; the schedule or mandi night begins it"
    return None


def _run_key(settings: Settings, ledger: Ledger, night: WaitingNight) -> str:
    closed = [settings.home.landed(feed, night.night) / SUMS for feed in sorted(night.landed)]
    newest = max(path.stat().st_mtime_ns for path in closed)
    return f"{night.night}/{len(closed)}/{newest}/{len(acceptances(ledger, night.night))}"
