"""Why a cell of `demand` shows what it shows: what `mandi explain` answers, for machines."""

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from schemas.policy import PeriodLevel, When


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Node(_Strict):
    """A product node, a place node and a period."""

    product_level: str
    product_code: str
    product_title: str | None
    place_level: str
    place_code: str
    place_title: str
    period_level: PeriodLevel
    period_start: date


class Cell(_Strict):
    """What `demand` shows at a node."""

    node: Node
    n_events: int
    value_usd: float | None
    contributors_min: int
    contributors_max: int
    placed_ratio: float


class Standing(_Strict):
    """Classes that stand at one node, or at nodes of the same levels."""

    node: Node | None = Field(description="Null where classes of several nodes are put together.")
    levels: str
    n_classes: int
    n_events: int
    value_usd: float | None
    smallest_crowd: int


class Withheld(_Strict):
    """A measure and in how many of the summed classes it is given, withheld as unsafe, or not known."""

    measure: str
    n_given: int
    n_withheld: int
    n_none: int


class Chance(_Strict):
    """When waiting events of the node may come out, and at which finest rung."""

    when: When
    night: date
    rung: str


class Waiting(_Strict):
    """The operator's part: what waits for this node, as a band."""

    events: str
    chances: tuple[Chance, ...]


class Explanation(_Strict):
    """The answer: a function of the current release's published files, but for `waiting`."""

    release_id: str
    kind: str
    node: Node
    cell: Cell | None = Field(description="Null where no class lies within the node.")
    inside: tuple[Standing, ...] = Field(description="The classes it sums, by level.")
    overlapping: tuple[Standing, ...] = Field(description="Coarser classes that may hold more of it, by node.")
    measures: tuple[Withheld, ...]
    complete: Cell | None = Field(description="The nearest coarser cut with the best placed ratio; 1 is complete.")
    waiting: Waiting | None = None
