"""What each channel was last told, in `private/alerts.json`: a night's colour is told once, and a failure is seen."""

import json
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from assets.logs import Channel
from schemas.home import Home
from schemas.watch import Colour
from warehouse.files import write_whole


@dataclass(frozen=True)
class Told:
    """The newest night and colour that a channel was told, or should have been."""

    night: str
    colour: str
    is_delivered: bool


def told(home: Home) -> dict[str, Told]:
    """What each channel was told; a record that cannot be read counts as none: an alert comes twice, not never."""
    try:
        return {channel: Told(**found) for channel, found in json.loads(_path(home).read_bytes()).items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def keep(home: Home, channel: Channel, night: date | None, colour: Colour, *, is_delivered: bool) -> None:
    """Keeps what a channel was told."""
    record = told(home) | {channel: Told(_name(night), colour, is_delivered)}
    content = json.dumps({name: asdict(each) for name, each in sorted(record.items())}, indent=2) + "\n"
    write_whole(_path(home), content.encode(), mode=0o600)


def is_news(home: Home, channel: Channel, night: date | None, colour: Colour) -> bool:
    """Whether a channel has not been told of this night in this colour."""
    return told(home).get(channel) != Told(_name(night), colour, is_delivered=True)


def undelivered(home: Home) -> tuple[str, ...]:
    """Channels whose newest alert did not arrive."""
    return tuple(sorted(channel for channel, each in told(home).items() if not each.is_delivered))


def _name(night: date | None) -> str:
    return night.isoformat() if night else "none"


def _path(home: Home) -> Path:
    return home.private / "alerts.json"
