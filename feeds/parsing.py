"""Rows of a file to parsed rows: the contract's expressions and helpers applied, every field in its type.

Belongs here: what a contract says about one row, and nothing about whether the row is accepted. Called by
`feeds.canonical`. Columns that a contract does not map are there and null.
"""

from collections.abc import Mapping
from typing import get_args

import polars as pl

from feeds.contracts import CompiledContract
from feeds.helpers import HELPERS, HelperContext
from feeds.numbers import finite, number, over_distinct
from feeds.times import UTC_TYPE, in_utc, timestamp
from feeds.units import factor_of, unit_of
from schemas.contracts import IDENTIFYING, FeedContract, FieldName, FieldSource
from schemas.errors import ConfigurationError

FIELDS: tuple[str, ...] = get_args(FieldName)
_NUMBERS = ("quantity", "unit_price", "value_usd", "quotes_received")
_PLACEHOLDERS = ("-", "--", ".", "n/a", "n.a.", "null", "none", "nan", "undefined", "unknown", "not available")
_MAY_BE_PLACEHOLDER = (*IDENTIFYING, "city", "supplier", "country", "hs_code", "currency")
_ABSENT = FieldSource(sql="null")


def parse(rows: pl.DataFrame, compiled: CompiledContract, context: HelperContext) -> pl.DataFrame:
    """What the contract makes of rows.

    Args:
        rows: the columns the contract names.
        compiled: the contract.
        context: what helpers may know.

    Returns: one row per row, in order: kind, event_id (null where a part of the key is), cancels_id, occurred_at and
    occurred_on, is_verified, is_settled, every other field a contract may map (text trimmed; numbers double;
    quotes_received int64; quantity and unit_price in the kept `unit`), and has_country: the row names some country,
    known or not.

    Raises: ConfigurationError, naming feed and field, if an expression cannot be applied to these columns.
    """
    contract = compiled.contract
    raw = _evaluate(rows, compiled)
    fields: list[pl.Expr] = []
    for name in FIELDS:
        source = contract.fields.get(name, _ABSENT)  # type: ignore[call-overload]  # names of FieldName, as text
        fields.append(_field(name, source, raw.schema[name], contract, context).alias(name))
    parsed = raw.select(
        "kind",
        _event_id("key", len(compiled.key)).alias("event_id"),
        _cancelled_id(len(compiled.cancels)).alias("cancels_id"),
        pl.col("verified").fill_null(value=False).alias("is_verified"),
        pl.col("closed").fill_null(value=False).alias("is_settled"),
        *fields,
        has_country=_trimmed("country", raw.schema["country"]).is_not_null(),
        factor=factor_of(_text("unit", raw.schema["unit"])).fill_null(1.0),
    )
    quantity = contract.fields.get("quantity", _ABSENT)
    is_converted = quantity.helper == "quantity"
    return parsed.with_columns(
        occurred_on=pl.col("occurred_at").dt.convert_time_zone(context.zone).dt.date(),
        quantity=pl.col("quantity") if is_converted else pl.col("quantity") * pl.col("factor"),
        unit_price=pl.col("unit_price") / pl.col("factor"),
    ).drop("factor")


def _evaluate(rows: pl.DataFrame, compiled: CompiledContract) -> pl.DataFrame:
    """The values of the contract's expressions, before helpers."""
    expressions: dict[str, pl.Expr] = {
        "kind": compiled.kind,
        "verified": compiled.verified,
        "closed": pl.lit(value=True) if compiled.closed is None else compiled.closed,
        **{f"key.{position}": part for position, part in enumerate(compiled.key)},
        **{f"cancels.{position}": part for position, part in enumerate(compiled.cancels)},
        **{name: compiled.fields.get(name, pl.lit(None, dtype=pl.String)) for name in FIELDS},
    }
    values = _select(rows, expressions)
    if values is None:
        wrong = next(name for name, each in expressions.items() if _select(rows, {name: each}) is None)
        raise ConfigurationError(
            f"{compiled.contract.feed}, {wrong}: the expression cannot be applied to the file's columns. "
            "Mend the contract; use try_cast where types differ."
        )
    wanted = {"kind": (pl.String(), pl.Null()), "verified": (pl.Boolean(),), "closed": (pl.Boolean(),)}
    for name, types in wanted.items():
        if values.schema[name] not in types:
            kind = "true or false" if name != "kind" else "text"
            raise ConfigurationError(f"{compiled.contract.feed}, {name}: the expression must give {kind}. Mend it.")
    return values.with_columns(pl.col("kind").cast(pl.String))


def _select(rows: pl.DataFrame, expressions: Mapping[str, pl.Expr]) -> pl.DataFrame | None:
    """The expressions' values; None if one of them fails, so that the failure's words go no further."""
    try:
        return rows.with_columns(**expressions).select(list(expressions))
    except Exception:
        return None


def _cancelled_id(n_parts: int) -> pl.Expr:
    """The event id of the order that a cancellation takes back; null for all other kinds and without `cancels`."""
    if not n_parts:
        return pl.lit(None, dtype=pl.String)
    return pl.when(pl.col("kind") == "cancellation").then(_event_id("cancels", n_parts))


def _event_id(name: str, n_parts: int) -> pl.Expr:
    r"""The parts joined by `|`; `\` and `|` inside a part are escaped, so that two keys never run into one.

    A part that is null makes the whole null; a contract that takes an empty part for good says so with coalesce.
    """
    parts = [
        pl.col(f"{name}.{position}")
        .cast(pl.String)
        .str.replace_all("\\", "\\\\", literal=True)
        .str.replace_all("|", "\\|", literal=True)
        for position in range(n_parts)
    ]
    return pl.concat_str(parts, separator="|")


def _field(
    name: str, source: FieldSource, kind: pl.DataType, contract: FeedContract, context: HelperContext
) -> pl.Expr:
    if name == "occurred_at":
        return _time(source, kind, contract, context)
    if name == "unit" and source.helper is None:
        return unit_of(_text(name, kind))
    if name == "country" and source.helper is None:
        return _trimmed(name, kind).map_batches(context.countries.by_code, return_dtype=pl.String)
    helped = _helped(name, source, kind, context)
    if name not in _NUMBERS:
        return helped
    is_number = kind.is_numeric() and source.helper is None
    is_read = is_number or source.helper in ("number", "quantity")
    value = helped if is_read else over_distinct(helped.cast(pl.String), number, return_dtype=pl.Float64())
    value = finite(value.cast(pl.Float64))
    if name == "quotes_received":
        return pl.when((value >= 0) & (value < 1e6)).then(value).cast(pl.Int64)
    return value


def _helped(name: str, source: FieldSource, kind: pl.DataType, context: HelperContext) -> pl.Expr:
    if kind.is_numeric() and source.helper is None and name in _NUMBERS:
        return pl.col(name)
    text = _trimmed(name, kind)
    return text if source.helper is None else HELPERS[source.helper].apply(text, source.options, context)


def _time(source: FieldSource, kind: pl.DataType, contract: FeedContract, context: HelperContext) -> pl.Expr:
    zone = source.options.get("zone", "UTC")
    if isinstance(kind, pl.Datetime):
        if kind.time_zone is None:
            return in_utc(pl.col("occurred_at"), zone)
        return pl.col("occurred_at").dt.convert_time_zone("UTC").cast(UTC_TYPE)
    if isinstance(kind, pl.Date):
        return in_utc(pl.col("occurred_at"), zone)
    if kind.is_numeric():
        raise ConfigurationError(
            f"{contract.feed}, occurred_at: the column is a number. Ask for a timestamp, or make text of it."
        )
    text = _trimmed("occurred_at", kind)
    if source.helper is None:
        return timestamp(text, format="iso", zone=zone)
    return HELPERS[source.helper].apply(text, source.options, context)


def _text(name: str, kind: pl.DataType) -> pl.Expr:
    return pl.col(name) if kind == pl.String() else pl.col(name).cast(pl.String)


def _trimmed(name: str, kind: pl.DataType) -> pl.Expr:
    """Text without blanks around it; null where nothing is left, or only a word for nothing where none is wanted."""
    text = _text(name, kind).str.strip_chars()
    is_nothing = text == ""
    if name in _MAY_BE_PLACEHOLDER:
        is_nothing = is_nothing | text.str.to_lowercase().is_in(list(_PLACEHOLDERS))
    return pl.when(~is_nothing).then(text)
