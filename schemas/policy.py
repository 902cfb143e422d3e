"""The disclosure policy that the privacy officer signs: rules, ladder, caps, windows. Rules have no defaults."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    FiniteFloat,
    field_validator,
    model_validator,
)

from schemas.entities import Entity
from schemas.events import Kind

ProductLevel = Literal["all", "sector", "chapter", "heading", "subheading"]
PlaceLevel = Literal["world", "region", "subregion", "country"]
PeriodLevel = Literal["day", "dekad", "month", "quarter", "year"]
When = Literal["nightly", "dekad_close", "month_close"]

PRODUCT_LEVELS: tuple[ProductLevel, ...] = ("all", "sector", "chapter", "heading", "subheading")
PLACE_LEVELS: tuple[PlaceLevel, ...] = ("world", "region", "subregion", "country")
PERIOD_LEVELS: tuple[PeriodLevel, ...] = ("year", "quarter", "month", "dekad", "day")
"""Each hierarchy from its root to its leaves."""

NARROWEST_TIER = Fraction(1, 3)
"""How closely one step of the price grid tells a unit price: 4/3 is the best guess between 1 and 2."""


class Measure(StrEnum):
    """What a class sums over its events; `n_events` is required of every class."""

    N_EVENTS = "n_events"
    VALUE = "value_usd"
    QUOTES = "quotes_received"


MAY_BE_ZERO = (Measure.QUOTES,)
"""Measures of which a class may say that there were none at all."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Rules(_Strict):
    """The three rules of one side (buyers or suppliers).

    Source: Hundepool et al., Statistical Disclosure Control (2012), section 4.2: threshold, p% and dominance rules.
    """

    k: int = Field(ge=2, description="Threshold: least number of distinct counting contributors.")
    p: Decimal = Field(
        gt=0, le=1, decimal_places=9, description="p%: nobody may estimate another's part within this ratio."
    )
    coalition: int = Field(ge=1, le=9, description="How many others may pool what they know (c).")
    max_share: Decimal = Field(
        gt=0, lt=1, decimal_places=9, description="Largest share of the total one contributor may hold."
    )

    @property
    def p_ratio(self) -> Fraction:
        """`p` as an exact fraction."""
        return Fraction(self.p)

    @property
    def share_ratio(self) -> Fraction:
        """`max_share` as an exact fraction."""
        return Fraction(self.max_share)

    @model_validator(mode="after")
    def _coalition_is_smaller_than_k(self) -> "Rules":
        if self.coalition + 1 >= self.k:
            raise ValueError("k must exceed coalition + 1, else no class could ever hold")
        return self


class BuyerRules(Rules):
    """The rules of the buyers' side, who are asked one thing more."""

    k_seasoned: Annotated[int, BeforeValidator(lambda value: 0 if value is None else value)] = Field(
        ge=0, description="Seasoned: least number of them that were active in an earlier month; 0 or null for none."
    )
    seasoned_from: date | None = Field(
        description="First day whose events are asked for it; null: all are. Of an installation's first month nobody "
        "is known to be seasoned."
    )

    @model_validator(mode="after")
    def _seasoned_are_some_of_k(self) -> "BuyerRules":
        if self.k_seasoned > self.k:
            raise ValueError("k_seasoned must not exceed k: the seasoned are some of the counting contributors")
        if self.seasoned_from and self.seasoned_from.day != 1:
            raise ValueError("seasoned_from must be the first of a month, else one month would be asked in part")
        return self


class Rung(_Strict):
    """One level a dimension, and when it may be used."""

    when: When
    product: ProductLevel
    place: PlaceLevel
    period: PeriodLevel


class Stage(_Strict):
    """A set of levels from which rungs are computed: their product, ordered by information loss."""

    when: When
    products: Annotated[tuple[ProductLevel, ...], Field(min_length=1)]
    places: Annotated[tuple[PlaceLevel, ...], Field(min_length=1)]
    periods: Annotated[tuple[PeriodLevel, ...], Field(min_length=1)]


class Loss(_Strict):
    """Information loss of each level: 0 at the leaves, 1 at the root, times the dimension's weight."""

    product: dict[ProductLevel, FiniteFloat]
    place: dict[PlaceLevel, FiniteFloat]
    period: dict[PeriodLevel, FiniteFloat]

    def of(self, rung: Rung) -> float:
        """Summed loss of a rung."""
        return self.product[rung.product] + self.place[rung.place] + self.period[rung.period]


class Improvement(_Strict):
    """How long the classes of a month's close are searched for a grouping that loses less."""

    rounds: int = Field(ge=1, le=10_000, description="How often some of them are taken apart and formed anew.")
    seed: int = Field(ge=0, description="Of all draws; the same seed and events give the same classes.")


class Ladder(_Strict):
    """Either `stages` with `loss`, from which the rungs are computed, or `rungs` spelled out in order."""

    stages: tuple[Stage, ...] = ()
    loss: Loss | None = None
    rungs: tuple[Rung, ...] = ()
    improvement: Improvement | None = Field(description="Search after the last rung; null for none.")

    @model_validator(mode="after")
    def _one_way_to_say_it(self) -> "Ladder":
        if bool(self.rungs) == bool(self.stages):
            raise ValueError("give either stages with loss, or rungs")
        if self.stages and self.loss is None:
            raise ValueError("stages need loss")
        if self.improvement and self.loss is None:
            raise ValueError("improvement needs loss")
        return self


class Tiers(_Strict):
    """Which classes may be split by unit price. A tier of one step of the grid tells a unit price within a third."""

    kinds: Annotated[tuple[Kind, ...], Field(min_length=1)]
    products: Annotated[tuple[ProductLevel, ...], Field(min_length=1)] = Field(
        description="Product levels of classes that may be split: a price says little of a whole sector."
    )
    min_contributors: int = Field(description="Least number of counting contributors of a class that is split.")


class AskedTerms(_Strict):
    """How many terms of the vocabulary one contributor adds to a month, and what their counts may lose."""

    share: Decimal = Field(gt=0, le=1, description="Part of a month's loss that the counts of terms may spend.")
    max_terms: int = Field(
        ge=1, le=100, description="Most terms, each in a sector and sub-region, that one contributor is counted with."
    )
    max_length: Decimal = Field(
        ge=1, le=10, description="Greatest length (L2 norm) of its part: one who asks for more counts less with each."
    )

    @model_validator(mode="after")
    def _length_is_whole(self) -> "AskedTerms":
        if self.max_length * 100 % 1:
            raise ValueError("max_length has at most two decimals")
        return self


class Estimates(_Strict):
    """How much may be lost to noisy counts, and what one contributor may add to them."""

    rho_year: Decimal = Field(
        gt=0, le=10, description="Loss (rho of zCDP) of a calendar year, over everything that is noised."
    )
    max_events: Decimal = Field(
        ge=1, le=100, description="Greatest length (L2 norm, in events) of one contributor's part of a month's count."
    )
    shares: Annotated[dict[Kind, Decimal], Field(min_length=1)] = Field(
        description="Kinds that are estimated, and the part of a month's loss that each may spend; the rest is unspent."
    )
    terms: AskedTerms | None = Field(description="Terms asked for, out of the same loss; null to publish none.")

    @model_validator(mode="after")
    def _shares_are_parts(self) -> "Estimates":
        of_terms = self.terms.share if self.terms else Decimal(0)
        if min(self.shares.values()) <= 0 or sum(self.shares.values()) + of_terms > 1:
            raise ValueError("shares, that of terms included, must be above zero and not above 1 together")
        if self.max_events * 100 % 1:
            raise ValueError("max_events has at most two decimals")
        return self


Attribute = Literal["supplier", "product", "country", "quotes"]
"""What the pool knows of an event and a class does not tell: its supplier, and its product, country and quotes where
the class stands coarser or tells sums only."""


class Diversity(_Strict):
    """Distinct l-diversity: a class in which an attribute is known holds at least l values of it.

    Source: Machanavajjhala et al., l-Diversity: Privacy Beyond k-Anonymity (2007), section 4.
    """

    attribute: Attribute
    l: int = Field(ge=2, description="Least number of distinct values with counting contributors.")  # noqa: E741 its name


class Operator(StrEnum):
    """What is done to an identifier that is found: its placeholder, asterisks, nothing at all, or it stays."""

    REPLACE = "replace"
    MASK = "mask"
    REMOVE = "remove"
    KEEP = "keep"


class EntityRule(_Strict):
    """From which score on a finding of one entity counts, and what is done to it."""

    threshold: float = Field(gt=0, le=1, description="Least score at which a finding counts.")
    operator: Operator


class OwnNames(_Strict):
    """Names are found by the model that is shipped."""

    engine: Literal["own"]


class OutsideNames(_Strict):
    """Names are found by a model of others, which stands on this machine: nothing is ever downloaded."""

    engine: Literal["spacy", "transformers", "gliner"]
    model: str = Field(min_length=1, description="Its folder, from the configuration folder; or an installed package.")
    sha256: str = Field(pattern="^[0-9a-f]{64}$", description="Digest of its files, so that no other model answers.")
    labels: dict[str, Literal[Entity.PERSON, Entity.ORG, Entity.ADDRESS]] = Field(
        min_length=1, description="What each of its labels stands for; the others are ignored."
    )
    beside_own: bool = Field(
        description="Whether the shipped model is asked as well, and all that either finds counts."
    )


class Scrub(_Strict):
    """How texts are scrubbed."""

    brands: Literal["keep", "scrub"] = Field(description="Whether brand names stay in texts.")
    names: OwnNames | OutsideNames = Field(discriminator="engine", description="Which model finds names.")
    entities: dict[Entity, EntityRule]

    @model_validator(mode="after")
    def _every_entity_has_a_rule(self) -> "Scrub":
        if missing := [entity.value for entity in Entity if entity not in self.entities]:
            raise ValueError(f"no rule for {', '.join(missing)}")
        return self


class Policy(_Strict):
    """Everything that decides what may be published; its digest goes into every release."""

    name: str
    version: int = Field(ge=1)
    zone: str = Field(description="Time zone in which a day begins.")
    engine: Literal["duckdb", "spark"] = Field(
        default="duckdb",
        description="What scrubs and walks the ladder: a machine or a cluster. Classes are the same.",
    )
    buyers: BuyerRules
    suppliers: Rules
    required: dict[Kind, tuple[Measure, ...]] = Field(
        description="Measures beside n_events that a group must pass to be a class, by kind."
    )
    ladder: Ladder
    tiers: Tiers | None = Field(description="Price tiers; null to form none.")
    estimates: Estimates | None = Field(description="Estimates under differential privacy; null for none.")

    diversity: Diversity | None = Field(description="l-diversity of an attribute; null to ask for none.")
    close_lag_days: int = Field(ge=0, le=14, description="Nights a dekad or month waits for late events.")
    late_window_days: int = Field(
        ge=31, le=3_660, description="Days after an epoch's end in which its events are accepted."
    )
    retention_days: int = Field(ge=1, le=3_660, description="Days raw files and quarantine are kept after their night.")
    max_peels: int = Field(ge=0, le=50, description="Contributors that may be peeled off one group.")
    max_value_usd: dict[Kind, FiniteFloat] = Field(
        description="Value above which an event's value is refused, by kind."
    )
    scrub: Scrub

    @field_validator("zone")
    @classmethod
    def _zone_is_known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (OSError, ValueError, KeyError):
            raise ValueError("is no time zone, such as Asia/Kolkata") from None
        return value

    @model_validator(mode="after")
    def _tiers_have_room(self) -> "Policy":
        if self.tiers and self.tiers.min_contributors < 2 * self.buyers.k:
            raise ValueError("tiers.min_contributors must be at least twice buyers.k")
        if self.tiers and max(self.buyers.p_ratio, self.suppliers.p_ratio) >= NARROWEST_TIER:
            raise ValueError("tiers need p below 1/3: the narrowest tier tells a unit price that closely")
        return self

    @model_validator(mode="after")
    def _estimates_find_their_month(self) -> "Policy":
        if self.estimates and not all(map(_is_of_one_month, self.ladder.rungs or self.ladder.stages)):
            raise ValueError(
                "estimates need every rung within a month, and every coarse one to wait for the month's close"
            )
        return self


def _is_of_one_month(step: Rung | Stage) -> bool:
    """Whether classes of a step lie within one month, and coarse ones are formed at its close, when it is drawn."""
    levels = (
        ((step.product,), (step.place,), (step.period,))
        if isinstance(step, Rung)
        else (step.products, step.places, step.periods)
    )
    products, places, periods = map(set, levels)
    is_coarse = bool(products & {"all", "sector", "chapter"} or places - {"country"})
    return not periods & {"quarter", "year"} and (not is_coarse or step.when == "month_close")
