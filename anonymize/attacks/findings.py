"""What an attack found: how much and where, never what."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One success of an attack; one is enough to stop a release."""

    attack: str
    where: str
    """A file name relative to the release, or a table and column."""

    what: str
    """What kind of thing was found; never a value."""

    n: int
    """How many times."""
