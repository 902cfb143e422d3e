"""`mandi backfill`: many nights in their order through Dagster; it takes up where it stopped."""

from dataclasses import dataclass
from datetime import date

from assets.night_facts import landed_nights
from assets.settings import Settings
from pipelines.nights import run_nights
from schemas.errors import MandiError, NightError
from warehouse.ledger import open_ledger


@dataclass(frozen=True)
class Plan:
    """What a backfill would do."""

    to_run: tuple[date, ...]
    """Landed nights that are not published, in order."""

    published: tuple[date, ...]
    """Nights of the range that are published already."""

    empty: int
    """Dates of the range for which nothing has landed."""


def plan_backfill(settings: Settings, first: date, last: date) -> Plan:
    """Nights from `first` to `last`, both included, by what is to be done with them.

    Raises: NightError if the range is turned round, or an earlier landed night is not published: nights run in order.
    """
    if last < first:
        raise NightError(f"{last} lies before {first}; give the earlier night first")
    published: tuple[date, ...] = ()
    newest = None
    if settings.home.ledger.is_file():
        with open_ledger(settings.home.ledger) as ledger:
            newest = ledger.last_sealed()
            published = tuple(record.night for record in ledger.records() if record.is_sealed)
    waiting = landed_nights(settings.home, after=newest)
    if waiting and waiting[0] < first:
        raise NightError(f"night {waiting[0]} has landed, lies before {first} and is not published; begin with it")
    to_run = tuple(night for night in waiting if first <= night <= last)
    done = tuple(night for night in published if first <= night <= last)
    return Plan(to_run, done, (last - first).days + 1 - len(to_run) - len(done))


def run_backfill(settings: Settings, first: date, last: date) -> Plan:
    """Runs what a plan says, night after night; returns the plan.

    Raises: the MandiError of the first night that stops, with how far it came. Nights before it are published; the same
        call goes on from there.
    """
    plan = plan_backfill(settings, first, last)
    failure: MandiError | None = None
    try:
        run_nights(settings, plan.to_run)
    except MandiError as error:
        n_left = len(plan_backfill(settings, first, last).to_run)
        failure = type(error)(f"{len(plan.to_run) - n_left} of {len(plan.to_run)} nights published, then: {error}")
    if failure:
        raise failure
    return plan
