"""A landed file to canonical events and refused rows.

Belongs here: which rows are refused, in which order the reasons are asked, and the two frames that come out. Called by
the scrubbing step, night by night, and by `feeds.check`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from feeds.context import ReadContext
from feeds.contracts import ROW_COLUMN, CompiledContract, compile_contract
from feeds.files import BATCH_ROWS, read_rows
from feeds.frames import conform
from feeds.parsing import parse
from feeds.placing import placed
from feeds.raw import RawBatch
from feeds.values import valued
from schemas.contracts import IDENTIFYING, FeedContract
from schemas.events import CanonicalEvent, Kind, RefusedRow

_STRONG = tuple(name for name in IDENTIFYING if name != "buyer_name")


@dataclass(frozen=True)
class CanonicalBatch:
    """What became of some rows of a file: `n_rows` = events + refused."""

    events: pl.DataFrame
    """The columns of `CanonicalEvent`; one row per accepted row, in the file's order."""
    refused: pl.DataFrame
    """The columns of `RefusedRow`; one row per refused row, in the file's order."""
    n_rows: int
    drops: dict[str, int]
    """How many accepted events lost a value, by word of `feeds.reasons.DROPS`."""


def canonical_batches(
    path: Path, contract: FeedContract, context: ReadContext, *, batch_rows: int = BATCH_ROWS
) -> Iterator[CanonicalBatch]:
    """The events of a landed file, in batches, and beside them every row that is none, with its reason.

    Args:
        path: the landed file.
        contract: how its columns become fields.
        context: night, zone, oldest day, caps, rates, countries and product placements.
        batch_rows: most rows that are held at a time.

    Returns: batches whose rows together are the rows of the file, each once. The file counts only when the last batch
    has come: a file that is cut tells so at its end.

    Raises: FeedFileError if the file is not what its contract says; ConfigurationError if an expression cannot be
    applied to its columns. Neither holds a value of a row.
    """
    compiled = compile_contract(contract)
    for batch in read_rows(path, contract, batch_rows=batch_rows):
        yield _canonical(batch, compiled, path.name, context)


def _canonical(batch: RawBatch, compiled: CompiledContract, file: str, context: ReadContext) -> CanonicalBatch:
    contract = compiled.contract
    parsed = parse(batch.rows, compiled, context.for_helpers)
    reason = parsed.select(_reason(contract, context)).to_series()
    is_refused = reason.is_not_null()
    accepted = parsed.filter(~is_refused)
    events, drops = valued(accepted, context)
    events, n_unknown_codes = placed(events, contract.confidence, context)
    n_unknown_countries = events.select((pl.col("has_country") & pl.col("country").is_null()).sum()).item()
    refused = pl.concat([batch.refused, _refused(batch.rows, reason, is_refused, compiled.columns)]).sort("row")
    return CanonicalBatch(
        events=conform(events, CanonicalEvent),
        refused=conform(refused.with_columns(feed=pl.lit(contract.feed), file=pl.lit(file)), RefusedRow),
        n_rows=batch.n_rows,
        drops={"unknown_country": n_unknown_countries, "unknown_hs_code": n_unknown_codes, **drops},
    )


def _reason(contract: FeedContract, context: ReadContext) -> pl.Expr:
    """The first reason to refuse a parsed row; null where it is accepted."""
    contributor = IDENTIFYING if contract.counts_by_name else _STRONG
    day = pl.col("occurred_on")
    rules: tuple[tuple[str, pl.Expr], ...] = (
        ("no_key", pl.col("event_id").is_null()),
        ("unknown_kind", ~pl.col("kind").is_in([kind.value for kind in Kind]).fill_null(value=False)),
        ("no_date", day.is_null()),
        ("date_in_future", day > context.night),
        ("too_old", day < context.oldest),
        ("no_contributor", pl.all_horizontal(pl.col(contributor).is_null())),
        ("negative_quantity", pl.col("quantity") < 0),
    )
    return pl.coalesce(pl.when(is_so).then(pl.lit(reason)) for reason, is_so in rules).alias("reason")


def _refused(rows: pl.DataFrame, reason: pl.Series, is_refused: pl.Series, columns: tuple[str, ...]) -> pl.DataFrame:
    """Refused rows with the columns the contract names as one JSON object each, so that they can be replayed."""
    return (
        rows.with_columns(reason)
        .filter(is_refused)
        .select(
            pl.col(ROW_COLUMN).alias("row"),
            pl.col("reason"),
            pl.struct(pl.col(columns)).struct.json_encode().alias("raw"),
        )
    )
