"""What arrived for a night, feed by feed and country by country, and what was made of it.

Private: counts of a country may be counts of one buyer. They stay in the ledger and below `private/`.
"""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["as_usual", "learning", "missing", "short", "long"]
"""`learning`: too few nights are known to judge by. `long`: far more rows than usual."""

HOLDING: tuple[Verdict, ...] = ("missing", "short", "long")
"""Verdicts that hold a night until they are accepted or the delivery is replaced."""


@dataclass(frozen=True)
class Arrival:
    """How many rows of one feed, or of one country within it, came on a night, and how many were expected."""

    feed: str
    country: str | None
    """ISO 3166 alpha-2; None for the whole feed, refused rows included."""

    n_rows: int
    n_usual: int | None
    """Median of the nights compared with, or what the manifest says; None where nothing is known."""

    n_low: int | None
    n_high: int | None
    n_nights: int
    """Nights compared with; 0 where a manifest decides."""

    verdict: Verdict

    @property
    def is_held(self) -> bool:
        """Whether the night waits for this, unless it is accepted."""
        return self.verdict in HOLDING


@dataclass(frozen=True)
class Acceptance:
    """An operator's decision, kept in the ledger's chain, that a night runs with a feed as it is."""

    feed: str
    verdict: Verdict
    n_rows: int
    """Rows of the feed when it was accepted: another delivery must be accepted anew."""

    reason: str
