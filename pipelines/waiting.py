"""Nights that have landed and are not published: what came, what is still awaited, what holds them."""

from dataclasses import dataclass
from datetime import date

from assets.completeness import awaited_feeds, missing_feeds
from assets.landed_feeds import landed_nights
from assets.settings import Settings
from feeds.landing import SUMS
from schemas.arrivals import Arrival
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

    def sentence(self) -> str:
        """Why it waits, in a few words."""
        if self.arriving:
            return f"{_listed(self.arriving)} is arriving"
        if self.awaited:
            return f"waits for {_listed(self.awaited)}"
        if self.held:
            told = sorted({f"{each.feed} is {each.verdict}" for each in self.held})
            return f"held: {', '.join(told)}"
        return "landed"


def waiting_nights(settings: Settings, ledger: Ledger) -> tuple[WaitingNight, ...]:
    """Every landed night after the last published one, in order; the caller holds the home."""
    last = ledger.last_sealed()
    return tuple(_waiting(settings, ledger, night) for night in landed_nights(settings.home, after=last))


def _waiting(settings: Settings, ledger: Ledger, night: date) -> WaitingNight:
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
    )


def _listed(feeds: frozenset[str]) -> str:
    return ", ".join(sorted(feeds))
