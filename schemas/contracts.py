"""The feed contract: one YAML file describes one source, so that a new source needs no code.

Columns are mapped by Polars SQL expressions over the file's own columns, or by a named helper of `feeds/helpers.py`
applied to such an expression. A column that no expression names is treated as identifying and never read.
"""

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
    is_optional: bool = Field(default=True, description="A night may run without a delivery of this feed.")

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
