"""What makes a night amber or red: each rule looks at facts and says a sentence and, where there is one, a command.

Belongs here: rules. Facts come from `night_facts` and `usual`; `morning` puts them together.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from assets.night_facts import NightFacts
from assets.usual import Usual
from schemas.errors import HeldNightError
from schemas.morning import Concern, FeedMorning, Phase, StepMorning
from schemas.steps import STEPS
from schemas.watch import Colour, Disk, Unusual, Watch

ZONE = ZoneInfo("Asia/Kolkata")
"""Where nights are counted; the schedule's and the partitions' zone (`tests/unit/test_status.py`)."""

_NEXT = {
    "DisclosureError": "mandi report {night} --private",
}
"""Where to look after an error; after any other the night is run again once its sentence is followed."""


def due_night(now: datetime, due: time) -> date:
    """The newest night that should have run by now: each runs on the day after it, at `due`."""
    local = now.astimezone(ZONE)
    return local.date() - timedelta(days=1 if local.time() >= due else 2)


def phase_of(facts: NightFacts, watch: Watch | None, now: datetime) -> Phase:
    """How far a night has come."""
    if facts.is_published:
        return "published"
    if facts.is_running:
        return "running"
    if facts.failure is not None:
        return "held" if facts.failure.get("error") == HeldNightError.__name__ else "stopped"
    if facts.has_begun:
        return "vanished"
    return "missing" if watch is None or now >= _at(facts.night, watch.due or watch.late) else "waiting"


def of_an_earlier(first: NightFacts, watch: Watch | None, now: datetime) -> Iterator[Concern]:
    """What is wrong with the earliest night that is not published: none after it can run before it is."""
    for concern in of_the_night(first, phase_of(first, watch, now), watch, now):
        yield concern.model_copy(update={"sentence": f"{concern.sentence} Later nights wait behind {first.night}."})


def of_the_night(
    facts: NightFacts, phase: Phase, watch: Watch | None, now: datetime, *, is_blocked: bool = False
) -> Iterator[Concern]:
    """What is wrong with the night as a whole; one that an earlier night blocks cannot be run again."""
    night, again = facts.night, None if is_blocked else f"mandi night {facts.night}"
    is_late = watch is None or watch.due is None or now >= _at(night, watch.late)
    match phase:
        case "published" if facts.failure is not None:
            sentence = f"Night {night} is published; what was asked of it afterwards was refused: {_told(facts)}"
            yield Concern(colour="amber", sentence=sentence)
        case "running":
            step = next((step for step, found in facts.steps.items() if found.state == "running"), None)
            since = f" since {_clock(facts.began_at)}" if facts.began_at else ""
            where = f", at {step}" if step else ""
            colour: Colour = "red" if is_late and watch is not None and watch.due is not None else "amber"
            yield Concern(colour=colour, sentence=f"Night {night} is running{since}{where}.")
        case "held":
            message = _told(facts)
            yield Concern(colour="red", sentence=f"{message[:1].upper()}{message[1:]}", command=again)
        case "stopped":
            assert facts.failure is not None
            elsewhere = _NEXT.get(str(facts.failure.get("error")))
            command = elsewhere.format(night=night) if elsewhere else again
            place = facts.failure.get("step")
            where = f" at {place}" if place else ""
            yield Concern(colour="red", sentence=f"Night {night} stopped{where}: {_told(facts)}", command=command)
        case "vanished" if facts.is_in_place:
            sentence = f"Night {night} is in its place and not sealed: its process was gone before it had ended."
            yield Concern(colour="red", sentence=sentence, command=again)
        case "vanished":
            begun = [step for step, found in facts.steps.items() if found.state == "running"] or list(facts.steps)[-1:]
            where = f" at {begun[0]}" if begun else ""
            sentence = f"Night {night} began and did not end: its process was gone{where}. Nothing of it was published."
            yield Concern(colour="red", sentence=sentence, command=again)
        case "missing":
            due = watch.due if watch is not None else None
            should = f"; it should have run at {due:%H:%M}" if due else ""
            came = f" Landed: {', '.join(facts.landed)}." if facts.landed else " Nothing has landed for it."
            again = again if facts.landed else f"mandi land FEED FILE --night {night}"
            if is_late:
                yield Concern(colour="red", sentence=f"No night for {night}{should}.{came}", command=again)
            else:
                assert watch is not None
                sentence = f"No night for {night} yet{should} and is late from {watch.late:%H:%M}.{came}"
                yield Concern(colour="amber", sentence=sentence, command=again)
        case "waiting":
            yield Concern(colour="amber", sentence=f"Night {night} has not run yet, and need not have.")


def of_acceptances(facts: NightFacts) -> Iterator[Concern]:
    """What an operator let pass; the reason stands in the ledger."""
    for accepted in facts.figures.get("arrivals", {}).get("accepted", ()):
        yield Concern(
            colour="amber", sentence=f"{accepted['feed']} was accepted although it was {accepted['verdict']}."
        )


def of_feeds(feeds: tuple[FeedMorning, ...], usual: Usual, unusual: Unusual) -> Iterator[Concern]:
    """Feeds that brought far more or fewer rows than usual, or of which far more was refused."""
    for feed in feeds:
        if feed.n_rows is None:
            continue
        rows, refused = usual.rows_of(feed.feed), usual.refused_of(feed.feed)
        is_far = rows is not None and not (
            rows.value / unusual.rows_factor <= feed.n_rows <= rows.value * unusual.rows_factor
        )
        is_judged = feed.verdict not in (None, "learning")
        if rows is not None and rows.is_enough and is_far and not is_judged:
            sentence = f"{feed.feed} brought {feed.n_rows:,} rows; {rows.value:,.0f} are usual on this weekday."
            yield Concern(colour="amber", sentence=sentence)
        ratio = feed.refused_ratio or 0.0
        if refused is not None and refused.is_enough and ratio >= max(
            refused.value * unusual.refused_factor, refused.value + unusual.refused_points
        ):  # fmt: skip
            most = next(iter(feed.refused), "none")
            yield Concern(
                colour="amber",
                sentence=f"{feed.feed}: {ratio:.1%} of its rows were refused, most for {most}; {refused.value:.1%} is "
                "usual.",
                command=f"mandi feed check config/feeds/{feed.feed}.yaml FILE",
            )


def of_steps(steps: tuple[StepMorning, ...], usual: Usual, unusual: Unusual) -> Iterator[Concern]:
    """Steps that took far longer than usual."""
    for step in steps:
        typical = usual.seconds_of(step.step)
        if typical is None or not typical.is_enough or step.seconds is None:
            continue
        if step.seconds > max(typical.value * unusual.step_factor, typical.value + unusual.step_seconds):
            sentence = f"{step.step} took {step.seconds:,.0f} s; {typical.value:,.0f} s are usual."
            yield Concern(colour="amber", sentence=sentence)


def of_disk(free_bytes: int | None, disk: Disk) -> Iterator[Concern]:
    """A disk that fills up."""
    if free_bytes is not None and free_bytes < disk.amber_gb * 1e9:
        colour: Colour = "red" if free_bytes < disk.red_gb * 1e9 else "amber"
        sentence = f"{free_bytes / 1e9:,.1f} GB are left on the disk of the home; make room before the next night."
        yield Concern(colour=colour, sentence=sentence)


def of_epochs(closing: dict[int, date], night: date, n_pooled: int | None, notice_days: int) -> Iterator[Concern]:
    """Epochs that end soon: what still waits of them is destroyed."""
    for epoch, on in closing.items():
        if night <= on <= night + timedelta(days=notice_days):
            waits = f" {n_pooled:,} events wait in all." if n_pooled is not None else ""
            sentence = f"Epoch {epoch} closes on the night of {on}: what still waits of it is destroyed.{waits}"
            yield Concern(colour="amber", sentence=sentence)


def in_order(concerns: Iterator[Concern]) -> tuple[Concern, ...]:
    """Red before amber, otherwise as they were found."""
    return tuple(sorted(concerns, key=lambda concern: concern.colour != "red"))


def states(facts: NightFacts, usual: Usual | None) -> tuple[StepMorning, ...]:
    """Every step as it went; where no log was kept, by the figures it left."""
    found = []
    for step in STEPS:
        told = facts.steps.get(step)
        typical = usual.seconds_of(step) if usual else None
        is_done = told is None and step in facts.figures and not facts.steps
        state = told.state if told else "finished" if is_done else "not run"
        if state == "running" and not facts.is_running:
            state = "failed"
        found.append(
            StepMorning(
                step=step,
                state=state,
                seconds=told.seconds if told else None,
                usual_seconds=typical.value if typical else None,
            )
        )
    return tuple(found)


def _told(facts: NightFacts) -> str:
    """The sentence of a failure: a message of ours, which holds no value of a row (`schemas.errors`)."""
    return str((facts.failure or {}).get("message", "it is not told why."))


def _at(night: date, clock: time) -> datetime:
    return datetime.combine(night + timedelta(days=1), clock, tzinfo=ZONE)


def _clock(moment: datetime) -> str:
    return moment.astimezone(ZONE).strftime("%H:%M")
