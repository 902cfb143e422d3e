"""What a contract makes of one file, in figures: for onboarding a feed and for the morning's page.

Called by the command `mandi feed check`. Holds no value of a row unless samples are asked for.
"""

import csv
import io
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from feeds.canonical import CanonicalBatch, canonical_batches
from feeds.context import ReadContext
from feeds.contracts import compile_contract
from feeds.json_rows import object_of
from feeds.streams import TextStream, compression_of
from schemas.contracts import FeedContract

_N_SAMPLES = 5
_HEAD_BYTES = 1 << 20


@dataclass(frozen=True)
class FeedCheck:
    """What came of one file; figures only, unless samples were asked for."""

    feed: str
    file: str
    mapped_columns: tuple[str, ...]
    """Columns the contract names."""
    ignored_columns: tuple[str, ...]
    """Columns it does not name: treated as identifying and not read. Of JSON Lines, those of the first lines."""
    n_rows: int
    n_accepted: int
    refused: dict[str, int]
    """Refused rows by reason, most frequent first."""
    drops: dict[str, int]
    """Accepted events that lost a value, by word of `feeds.reasons.DROPS`."""
    products: dict[str, int]
    """Accepted events by the level of the product tree they stand at."""
    n_with_value: int
    n_with_country: int
    n_verified: int
    kinds: dict[str, int]
    is_within_limit: bool
    """Whether the refused share keeps to the contract's limit."""
    samples: tuple[dict[str, object], ...] = field(default=(), repr=False)
    """The first accepted events with their values; empty unless asked for."""

    @property
    def n_unknown_countries(self) -> int:
        """Accepted events whose country is named and not known."""
        return self.drops.get("unknown_country", 0)

    @property
    def refused_ratio(self) -> float:
        """Refused rows of all rows, 0 to 1."""
        return 1 - self.n_accepted / self.n_rows if self.n_rows else 0.0


def check_file(contract: FeedContract, path: Path, context: ReadContext, *, with_samples: bool = False) -> FeedCheck:
    """The figures of one file under a contract.

    Args:
        contract: to be tried.
        path: the file; it need not have landed.
        context: as for a night.
        with_samples: also return the first accepted events. They hold identifiers: for a screen, never for a log.

    Raises: FeedFileError and ConfigurationError as `feeds.canonical.canonical_batches` does.
    """
    columns = compile_contract(contract).columns
    tally: dict[str, Counter[str]] = {name: Counter() for name in ("refused", "drops", "products", "kinds", "n")}
    samples: list[dict[str, object]] = []
    for batch in canonical_batches(path, contract, context):
        _count(batch, tally)
        if with_samples and len(samples) < _N_SAMPLES:
            samples += batch.events.head(_N_SAMPLES - len(samples)).to_dicts()
    n = tally["n"]
    n_refused = n["rows"] - n["accepted"]
    return FeedCheck(
        feed=contract.feed,
        file=path.name,
        mapped_columns=columns,
        ignored_columns=tuple(sorted(set(_columns_of_file(path, contract)) - set(columns))),
        n_rows=n["rows"],
        n_accepted=n["accepted"],
        refused=dict(tally["refused"].most_common()),
        drops={reason: count for reason, count in tally["drops"].most_common() if count},
        products=dict(tally["products"].most_common()),
        n_with_value=n["value"],
        n_with_country=n["country"],
        n_verified=n["verified"],
        kinds=dict(tally["kinds"].most_common()),
        is_within_limit=n_refused <= contract.max_refused_ratio * n["rows"],
        samples=tuple(samples),
    )


def _count(batch: CanonicalBatch, tally: dict[str, Counter[str]]) -> None:
    events = batch.events
    for name, column in (("refused", batch.refused["reason"]), ("products", events["product_level"]),
                         ("kinds", events["kind"])):  # fmt: skip
        tally[name].update(dict(column.value_counts().iter_rows()))
    tally["drops"].update(batch.drops)
    known = events.select(
        value=pl.col("value_usd").count(), country=pl.col("country").count(), verified=pl.col("is_verified").sum()
    ).row(0, named=True)
    tally["n"].update({"rows": batch.n_rows, "accepted": events.height, **known})


def _columns_of_file(path: Path, contract: FeedContract) -> list[str]:
    """Names of all columns of a file that has just been read without error."""
    if contract.format == "parquet":
        return list(pq.ParquetFile(path).schema_arrow.names)
    with TextStream(path, compression_of(path, contract.format), max_expansion=contract.max_expansion) as stream:
        head = stream.read(_HEAD_BYTES).decode("utf-8-sig", errors="ignore")
    if contract.format == "csv":
        dialect = contract.csv
        return next(csv.reader(io.StringIO(head, newline=""), delimiter=dialect.separator, quotechar=dialect.quote))
    return _members(head)


def _members(head: str) -> list[str]:
    """Top-level members of the first lines of a JSON Lines file."""
    names: set[str] = set()
    for line in head.split("\n")[:1000]:
        names.update(object_of(line) or {})
    return sorted(names)
