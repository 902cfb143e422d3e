"""The disclosure report of a release, for machines: what it shows of itself, in a public and an exact cut.

Belongs here: what a report says. Does not belong here: how its figures are found (`warehouse.disclosure`) and how
people see them (`warehouse.disclosure_page`).
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.policy import Policy, When

REPORT_VERSION = "1.0.0"
"""Semantic version of both reports."""

ROUNDED_TO = 1_000
"""Nothing in a public report tells more of what came in than this many."""

Dimension = Literal["product", "place", "period"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class KindShare(_Strict):
    """All published classes of one kind."""

    kind: str
    n_classes: int
    n_classes_new: int = Field(description="Of these, first published in this release.")
    n_events: int
    value_usd: float | None = Field(description="Sum of given values; null where no class gives one.")
    smallest_crowd: int = Field(description="Contributors of the class that has fewest.")
    median_crowd: float = Field(description="Half of the classes have at least this many contributors.")


class LevelShare(_Strict):
    """What stands at one level of one dimension, by kind."""

    kind: str
    dimension: Dimension
    level: str
    n_classes: int
    n_events: int
    value_usd: float | None


class RungShare(_Strict):
    """All published classes of one rung of the ladder."""

    rung: str = Field(description="Levels of product, place and period.")
    n_classes: int
    n_classes_new: int
    n_events: int
    value_usd: float | None


class MeasureShare(_Strict):
    """In how many classes of a kind a measure is given, withheld as unsafe, or not known at all."""

    kind: str
    measure: str
    n_given: int
    n_withheld: int
    n_none: int


class HeldAttack(_Strict):
    """An attack that had to fail before the release could appear."""

    attack: str
    meaning: str


Thousands = Annotated[int, Field(ge=0, multiple_of=ROUNDED_TO)]


class RoundedInputs(_Strict):
    """What came in on the night, each figure rounded to thousands by itself; they need not add up."""

    n_rows: Thousands = Field(description="Rows delivered.")
    n_events: Thousands = Field(description="Rows that were accepted and new.")
    n_identifiers_replaced: Thousands = Field(description="Identifiers replaced in texts.")
    n_pooled: Thousands = Field(description="Events that wait.")


class PublicReport(_Strict):
    """`disclosure.json` of a release: a function of published classes, the policy, and inputs rounded to thousands."""

    report_version: str
    release_id: str
    night: date
    previous: str | None
    schema_version: str
    policy_digest: str
    chain_head: str = Field(description="Digest of the ledger's chain before this release.")
    policy: Policy
    kinds: tuple[KindShare, ...]
    levels: tuple[LevelShare, ...]
    rungs: tuple[RungShare, ...]
    measures: tuple[MeasureShare, ...]
    attacks: tuple[HeldAttack, ...]
    inputs: RoundedInputs


class FeedFigures(_Strict):
    """What one feed brought."""

    feed: str
    n_rows: int
    n_refused: int
    refused: dict[str, int] = Field(description="Refused rows by reason.")
    dropped_values: dict[str, int] = Field(description="Values left out by reason; their events stay.")
    n_events: int
    scrubbed: dict[str, int] = Field(description="Identifiers replaced in texts by type.")
    n_withheld: int = Field(description="Texts withheld whole.")
    epochs: tuple[int, ...]


class AgeShare(_Strict):
    """Waiting events by how long ago they arrived."""

    age: str
    n_events: int


class ChanceShare(_Strict):
    """Waiting events by the close at which they may next climb, and the finest rung open to them then."""

    kind: str
    when: When
    night: date
    rung: str
    n_events: int


class PoolFigures(_Strict):
    """What still waits after the night."""

    n_events: int
    n_unsettled: int = Field(description="Of these, requests that are still open.")
    ages: tuple[AgeShare, ...]
    chances: tuple[ChanceShare, ...]


class TonightsRung(_Strict):
    """What one rung gave on the night."""

    rung: str
    n_classes: int
    n_events: int


class AttackFigures(_Strict):
    """What an attack looked at and found."""

    attack: str
    n_found: int
    figures: dict[str, int | float | bool | None]


class ChainEntry(_Strict):
    """The ledger's entry of the release."""

    number: int
    digest: str


class ExactReport(_Strict):
    """`disclosure.json` of a night below `private/`: exact figures, never published."""

    report_version: str
    public: PublicReport
    accounting: dict[str, int]
    identities: tuple[str, ...] = Field(description="The accounting as sentences.")
    feeds: tuple[FeedFigures, ...]
    tonight: tuple[TonightsRung, ...]
    pool: PoolFigures
    attacks: tuple[AttackFigures, ...]
    has_passed: bool = Field(description="Whether every attack failed.")
    n_files: int
    audited_digest: str
    epochs: tuple[int, ...]
    code_version: str
    code_digest: str
    chain: ChainEntry | None = Field(description="Null until the release is sealed.")
