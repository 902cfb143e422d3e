"""The feed contract: one YAML file describes one source, so that a new source needs no code.

Columns are mapped by Polars SQL expressions over the file's own columns, or by a named helper of `feeds/helpers.py`
applied to such an expression. A column that no expression names is treated as identifying and never read.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

FieldName = Literal[
    "occurred_at", "account", "buyer_name", "company", "email", "phone", "tax_id", "payment", "city", "supplier",
    "country", "hs_code", "title", "description", "quantity", "unit", "unit_price", "currency", "value_usd",
    "quotes_received",
]  # fmt: skip
"""Fields a contract may map. `hs_code` and `currency` are read to place and value the event, then dropped."""


class FieldSource(BaseModel):
    """Where one canonical field comes from: an SQL expression, optionally through a named helper with options."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sql: str = Field(description="Polars SQL expression over the file's columns.")
    helper: str | None = Field(default=None, description="Named helper applied to the expression's value.")
    options: dict[str, str] = Field(default_factory=dict, description="Options of the helper, such as a format.")


class CsvDialect(BaseModel):
    """How a CSV file is written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    separator: str = Field(default=",", min_length=1, max_length=1)
    quote: str = Field(default='"', min_length=1, max_length=1)


class Settling(BaseModel):
    """When an event whose figures may still change (an open RFQ) enters the ladder."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    closed: str = Field(description="SQL expression that is true once the event is final.")
    days: int = Field(default=7, ge=0, le=90, description="Days after which it enters anyway.")


class Band(BaseModel):
    """How the rows of a night are judged by published nights before: a median, and how far from it is still usual.

    The band reaches from `floor` times the median, or `spread` deviations below it where that is lower, to `ceiling`
    times the median, or `spread` deviations above it where that is higher. A deviation is the scaled median absolute
    deviation, but at least the root of the median.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    learning_nights: int = Field(default=14, ge=3, le=365, description="Nights to know before any night is judged.")
    past_nights: int = Field(default=56, ge=3, le=730, description="Newest known nights that are compared with.")
    same_weekday_nights: int = Field(
        default=4, ge=2, le=100, description="From so many nights of one weekday on, only those are compared with."
    )
    spread: float = Field(default=6.0, gt=0, le=100, description="Deviations from the median that are still usual.")
    floor: float = Field(default=0.5, ge=0, le=1, description="Share of the median that is still usual.")
    ceiling: float = Field(default=3.0, ge=1, le=1000, description="Multiple of the median that is still usual.")
    country_rows: int = Field(
        default=100, ge=1, description="Median rows of a night from which on a country is judged by itself."
    )
    since: date | None = Field(default=None, description="Nights before this one are no longer compared with.")


class Expectation(BaseModel):
    """What a night must bring of a feed before anything of that night is classed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    presence: Literal["required", "usual", "optional"] = Field(
        default="usual",
        description="required: every night brings it; usual: as the nights before did; optional: it may stay away.",
    )
    manifest: bool = Field(default=False, description="Each delivery brings a MANIFEST.json that counts its rows.")
    band: Band | None = Field(default=Band(), description="How rows are judged by earlier nights; null: not at all.")


class FeedContract(BaseModel):
    """One source of buyer-demand events."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    feed: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,40}$", description="Name of the feed and of its folder.")]
    title: str = Field(description="What the feed is, in one line.")
    namespace: str | None = Field(
        default=None, description="Marketplace whose account and supplier ids the feed uses; null: its own."
    )
    format: Literal["csv", "jsonl", "parquet"]
    csv: CsvDialect = CsvDialect()
    kind: str = Field(description="SQL expression giving search, inquiry, rfq, order or cancellation.")
    key: Annotated[tuple[str, ...], Field(min_length=1, description="SQL expressions that together identify a row.")]
    cancels: tuple[str, ...] = Field(
        default=(), description="SQL expressions that give, in a cancellation, the `key` of the order it takes back."
    )
    fields: dict[FieldName, FieldSource]
    verified: str = Field(description="SQL expression: true if the account is verified by more than an e-mail.")
    counts_by_name: bool = Field(
        default=False,
        description="An account known by name only may count; the guarantee page then names this feed.",
    )
    phone_region: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = Field(
        default=None, description="Country whose national phone formats occur; null: that of the row."
    )
    languages: tuple[str, ...] = ("en",)
    settle: Settling | None = None
    confidence: float = Field(default=0.6, ge=0, le=1, description="Least confidence a product placement needs.")
    max_refused_ratio: float = Field(default=0.05, ge=0, le=1, description="Refused share above which the night stops.")
    max_expansion: int = Field(
        default=250, ge=1, le=100_000, description="Times its size that a file may unfold to, beyond 64 MB."
    )
    expects: Expectation = Field(default=Expectation(), description="What a night must bring before it is classed.")

    @model_validator(mode="after")
    def _cancels_names_a_whole_key(self) -> "FeedContract":
        if self.cancels and len(self.cancels) != len(self.key):
            raise ValueError("cancels must give as many parts as key")
        return self

    @field_validator("fields", mode="before")
    @classmethod
    def _plain_strings_are_sql(cls, value: object) -> object:
        if isinstance(value, dict):
            return {name: {"sql": source} if isinstance(source, str) else source for name, source in value.items()}
        return value

    @field_validator("fields")
    @classmethod
    def _occurred_at_is_mapped(cls, value: dict[str, FieldSource]) -> dict[str, FieldSource]:
        if "occurred_at" not in value:
            raise ValueError("fields must map occurred_at")
        return value


IDENTIFYING = ("account", "buyer_name", "company", "email", "phone", "tax_id", "payment")
"""Canonical fields of which a row needs at least one: without a contributor it is refused."""
