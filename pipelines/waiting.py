"""Nights that have landed and are not published: what came, what is still awaited, what holds them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from assets.completeness import awaited_feeds, missing_feeds
from assets.night_facts import facts_of, landed_nights
from assets.settings import Settings
from feeds.landing import SUMS
from schemas.arrivals import Arrival
from schemas.errors import HeldNightError, NightError
from schemas.home import Home
from warehouse.arrivals import arrivals_of, still_held
from warehouse.ledger import Ledger


@dataclass(frozen=True)
class WaitingNight:
    """One landed night that is not published."""

    night: date
    landed: frozenset[str]
    """Feeds whose delivery is closed."""

    arriving: frozenset[str]
    """Feeds with a folder that no checksums close yet."""

    awaited: frozenset[str]
    """Feeds that should land before the night begins by itself."""

    held: tuple[Arrival, ...]
    """What holds it and is not accepted: a missing feed, or what an earlier try found short or far too long."""

    is_first: bool
    """Whether nothing is published yet, so that nobody can know what it should bring."""

    stopped: str | None
    """Where its newest try stopped and why, as the night's record has it; none if it only waits."""

    behind: date | None
    """The earliest night that is not published, which comes first; none if it is this one."""

    def sentence(self) -> str:
        """Why it waits, in a few words."""
        told = [self.stopped] if self.stopped else []
        if self.arriving:
            told.append(f"{_listed(self.arriving)} is arriving")
        elif self.awaited:
            told.append(f"waits for {_listed(self.awaited)}")
        elif self.held:
            verdicts = sorted({f"{each.feed} is {each.verdict}" for each in self.held})
            told.append(f"held: {', '.join(verdicts)}")
        if self.behind:
            told.append(f"waits behind night {self.behind}")
        return "; ".join(told) or "landed"


def waiting_nights(settings: Settings, ledger: Ledger) -> tuple[WaitingNight, ...]:
    """Every landed night after the last published one, in order; the caller holds the home."""
    last = ledger.last_sealed()
    nights = landed_nights(settings.home, after=last)
    return tuple(_waiting(settings, ledger, night, first=nights[0]) for night in nights)


def _waiting(settings: Settings, ledger: Ledger, night: date, *, first: date) -> WaitingNight:
    folders = [path for path in settings.home.landing.glob(f"*/{night.isoformat()}") if path.is_dir()]
    landed = frozenset(path.parent.name for path in folders if (path / SUMS).is_file())
    missing = missing_feeds(settings, ledger, night, landed)
    read = still_held(ledger, night, arrivals_of(ledger, night))
    return WaitingNight(
        night,
        landed,
        arriving=frozenset(path.parent.name for path in folders) - landed,
        awaited=awaited_feeds(settings, ledger, night) - landed,
        held=(*missing, *(each for each in read if each.verdict != "missing")),
        is_first=ledger.last_sealed() is None,
        stopped=_stopped(settings.home, night, is_next=night == first),
        behind=first if night != first else None,
    )


def _stopped(home: Home, night: date, *, is_next: bool) -> str | None:
    """What the night's record says of its newest try; what holds it is told by what came, not by what was said then."""
    facts = facts_of(home, night, datetime.now(UTC))
    if facts.failure is None:
        begun = [step for step, found in facts.steps.items() if found.state == "running"]
        return f"its process was gone at {begun[0]}" if begun and not facts.is_running else None
    error = str(facts.failure.get("error"))
    if error == HeldNightError.__name__ or (error == NightError.__name__ and not is_next):
        return None
    where = f" at {facts.failure['step']}" if facts.failure.get("step") else ""
    return f"stopped{where} ({error}): {str(facts.failure.get('message')).rstrip('.')}"


def _listed(feeds: frozenset[str]) -> str:
    return ", ".join(sorted(feeds))
