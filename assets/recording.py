"""What is recorded while a night runs, whoever started it: the log, the page and the metrics.

Belongs here: when something is written down. `guard` calls it around every step, `pipelines.runner` for what fails
between steps. Nothing here may change what a night does: whatever goes wrong is told on standard error, in the log if
that can be written, and nowhere else.
"""

import functools
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from datetime import UTC, date, datetime
from typing import ParamSpec
from uuid import UUID

import dagster as dg

from assets.figures import keep_figures
from assets.logged_counts import counted
from assets.logs import NightLog, Words, log_path, remove_old
from assets.night_facts import read_figures
from assets.nights import Mandi
from assets.settings import Settings
from schemas.errors import MandiError
from schemas.steps import STEPS, Step
from warehouse.audit import ATTACKS

P = ParamSpec("P")
NO_RUN = UUID(int=0)
"""Stands for the run of what no run did."""


def hindering_nothing(write: Callable[P, None]) -> Callable[P, None]:
    """Wraps what writes something down: its failure is a line on standard error, once, with a type and no message."""

    @functools.wraps(write)
    def tried(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            write(*args, **kwargs)
        except Exception as error:
            tell_once(type(error).__name__)

    return tried


@functools.cache
def tell_once(error: str) -> None:
    """Says on standard error that recording fails: a disk that is full fails at every turn."""
    print(f"mandi: what the night does cannot be recorded: {error}", file=sys.stderr)


class Recording:
    """One step of a night, written down as it goes; of a call that is no step of a night nothing is written."""

    def __init__(self, step: str, arguments: Iterable[object]) -> None:
        self._open = ExitStack()
        self._began = time.monotonic()
        self._settings: Settings | None = None
        self._recognise(step, list(arguments))

    @hindering_nothing
    def _recognise(self, step: str, found: list[object]) -> None:
        context = next((each for each in found if isinstance(each, dg.AssetExecutionContext)), None)
        mandi = next((each for each in found if isinstance(each, Mandi)), None)
        if context is not None and mandi is not None and step in STEPS and context.has_partition_key:
            self._step: Step = STEPS[STEPS.index(step)]
            self._night = date.fromisoformat(context.partition_key)
            self._run = UUID(context.run.run_id)
            self._settings = mandi.settings()

    def started(self) -> None:
        """The step begins; what an earlier try left as its failure is over."""
        if self._settings is not None:
            self._record_start(self._settings)

    def finished(self, result: object) -> None:
        """The step returned; a blocking check of it that did not pass counts as its failure."""
        failed = _failed_checks(result)
        self._end(("DisclosureError", f"{', '.join(failed)} did not hold. Nothing was published.") if failed else None)

    def failed(self, failure: MandiError) -> None:
        """The step raised; `failure` is what the guard makes of it, without a value of a row."""
        self._end((type(failure).__name__, str(failure)))

    def _end(self, failure: tuple[str, str] | None) -> None:
        if self._settings is None:
            return
        if failure is None:
            self._record_counts(self._settings)
        self._record_end(self._settings, failure)
        self._open.close()  # the page must not find this step running
        is_final = failure is not None or self._step in _LAST
        if is_final or self._step == STEPS[0]:
            record_morning(self._settings, self._night, self._run, is_final=is_final)

    def stopped(self) -> None:
        """A person or the system ended the process: nothing is written, the log is let go."""
        self._open.close()

    @hindering_nothing
    def _record_start(self, settings: Settings) -> None:
        failure = settings.home.report(self._night) / "failure.json"
        failure.unlink(missing_ok=True)
        log = self._log(settings)
        self._open.enter_context(log.held())
        log.write("step_started", step=self._step)
        if self._step == STEPS[0]:
            remove_old(settings.home, self._night, keep_days=settings.watch.keep_logs_days)

    @hindering_nothing
    def _record_end(self, settings: Settings, failure: tuple[str, str] | None) -> None:
        seconds = time.monotonic() - self._began
        log = self._log(settings)
        if failure is None:
            log.write("step_finished", step=self._step, seconds=seconds)
            return
        error, message = failure
        keep_failure(settings, self._night, step=self._step, error=error, message=message)
        log.write("step_failed", step=self._step, seconds=seconds, error=error)

    @hindering_nothing
    def _record_counts(self, settings: Settings) -> None:
        log = self._log(settings, with_feeds=self._step == "scrubbed_events")
        for event, told in counted(self._step, read_figures(settings.home, self._night, self._step) or {}):
            log.write(event, step=self._step, **told)

    def _log(self, settings: Settings, *, with_feeds: bool = False) -> NightLog:
        return night_log(settings, self._night, self._run, with_feeds=with_feeds)


_LAST = STEPS[STEPS.index("release") :]
"""Steps after which a night is published."""


@hindering_nothing
def record_stop(settings: Settings, night: date, error: Exception) -> None:
    """Writes down that a run ended outside every step, unless a step has told why."""
    if (settings.home.report(night) / "failure.json").is_file():
        return
    message = f"the run stopped between its steps: {type(error).__name__}. Run the night again; if it stays, report it."
    keep_failure(settings, night, step=None, error="StepError", message=message)
    night_log(settings, night, NO_RUN).write("run_stopped", error="StepError")
    record_morning(settings, night, NO_RUN, is_final=True)


@hindering_nothing
def record_morning(settings: Settings, night: date, run: UUID, *, is_final: bool) -> None:
    """Writes the page and the metrics of a night; if it is over for now also tells whom the configuration names."""
    from assets.alerts import send_alerts
    from assets.metrics import write_metrics
    from assets.morning import morning_of, write_page

    log = night_log(settings, night, run)
    try:
        morning = morning_of(settings, now=datetime.now(UTC), night=night)
        write_page(settings.home, morning)
    except Exception:
        log.write("page_failed")
        raise
    try:
        write_metrics(settings.home, morning)
    except Exception as error:
        log.write("metrics_failed")
        tell_once(type(error).__name__)
    if is_final:
        send_alerts(settings, morning, log)


def night_log(settings: Settings, night: date, run: UUID, *, with_feeds: bool = False) -> NightLog:
    """A night's log; the contracts are read only for what is told of feeds."""
    feeds = frozenset(settings.contracts) if with_feeds else frozenset()
    return NightLog(log_path(settings.home, night), night, run, Words(feeds=feeds, attacks=frozenset(ATTACKS)))


def keep_failure(settings: Settings, night: date, *, step: Step | None, error: str, message: str) -> None:
    """Keeps why a night stopped, in its private report: the sentence that the command line tells as well."""
    keep_figures(settings.home, night, "failure", {"step": step, "error": error, "message": message})


def _failed_checks(result: object) -> list[str]:
    results = (result,) if isinstance(result, dg.MaterializeResult) else result if isinstance(result, tuple) else ()
    checks = [check for each in results if isinstance(each, dg.MaterializeResult) for check in each.check_results or ()]
    return sorted(
        str(check.check_name) for check in checks if not check.passed and check.severity is dg.AssetCheckSeverity.ERROR
    )
