"""What the morning page of a night says: the model behind `mandi status`, its JSON, its HTML page and its metrics.

Counts, names of public things and sentences of ours; never a value of a row.
"""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.arrivals import Verdict
from schemas.steps import Step
from schemas.watch import Colour

MORNING_VERSION = "1.0.0"

Phase = Literal["published", "running", "held", "stopped", "vanished", "missing", "waiting", "none"]
"""published; a step runs; a feed waits for a person; a step refused or failed; its process ended before it did; never
run and overdue; not run yet and not overdue; nothing has ever run here."""

StepState = Literal["finished", "running", "failed", "not run"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Concern(_Strict):
    """One thing that is not green: what it is, and the command that a person runs next, if there is one."""

    colour: Colour
    sentence: str
    command: str | None = None


class FeedMorning(_Strict):
    """What one feed brought; rows are null where they were not read."""

    feed: str
    n_files: int
    n_bytes: int
    n_rows: int | None
    usual_rows: float | None = Field(description="Median of earlier nights, of the same weekday if enough.")
    verdict: Verdict | None = Field(description="What was made of its rows.")
    n_low: int | None = Field(description="Fewest rows that hold nothing up.")
    n_high: int | None = Field(description="Most rows that hold nothing up.")
    n_refused: int | None
    refused_ratio: float | None
    usual_refused_ratio: float | None
    refused: dict[str, int] = Field(description="Refused rows by reason, most first.")


class StepMorning(_Strict):
    """How one step went."""

    step: Step
    state: StepState
    seconds: float | None
    usual_seconds: float | None = Field(description="Median of earlier nights.")


class PoolMorning(_Strict):
    """What waits, as the exact report of `as_of` counted it."""

    as_of: date
    n_events: int
    ages: dict[str, int]
    next_close: date | None = Field(description="The nearest night on which waiting events may climb.")
    n_next_close: int


class ReleaseMorning(_Strict):
    """What was published."""

    release_id: str
    n_classes_new: int
    n_demand_rows: int


class AttackMorning(_Strict):
    """What one attack found; where it found nothing it failed, as it must."""

    attack: str
    n_found: int


class DateMorning(_Strict):
    """A date to know of."""

    on: date
    what: str


class NightMorning(_Strict):
    """One of the newest nights, for the row of nights."""

    night: date
    state: Literal["published", "unpublished", "nothing"]


class Morning(_Strict):
    """A night as it stands; `mandi status --json`."""

    version: str
    written_at: datetime
    night: date | None
    phase: Phase
    colour: Colour
    sentence: str
    concerns: tuple[Concern, ...] = Field(description="What needs a person or a look, red before amber.")
    began_at: datetime | None
    ended_at: datetime | None
    feeds: tuple[FeedMorning, ...]
    identities: tuple[str, ...] = Field(description="The accounting as sentences, once it is proven.")
    steps: tuple[StepMorning, ...]
    attacks: tuple[AttackMorning, ...]
    release: ReleaseMorning | None
    newest_release: str | None
    last_success_at: datetime | None = Field(description="When the newest published night was published.")
    pool: PoolMorning | None
    disk_free_bytes: int | None
    disk_total_bytes: int | None
    dates: tuple[DateMorning, ...] = Field(description="Dates to come, nearest first.")
    nights: tuple[NightMorning, ...]
