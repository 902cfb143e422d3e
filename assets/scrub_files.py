"""Landed files to scrubbed events and refused rows: files are read, batches scrubbed, and two Parquet files written.

Belongs here: the one pass over a file in which direct identifiers are in memory. Does not belong here: which files, and
in which process (`scrub_here`, `scrub_on_cluster`).
"""

import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import TracebackType

import polars as pl
import pyarrow.parquet as pq

from anonymize.events import SCRUBBED_SCHEMA, ScrubFigures, scrub_events
from anonymize.scrub.texts import Scrubber
from anonymize.terms.vocabulary import Vocabulary, read_vocabulary
from assets.figures import Figures
from assets.opt_outs import read_opt_outs
from assets.settings import Settings
from feeds.canonical import CanonicalBatch, canonical_batches
from feeds.context import ReadContext
from feeds.frames import polars_schema
from schemas.events import RefusedRow
from schemas.home import Home

_COUNTS = ("n_rows", "n_refused", "n_events", "n_withheld")
_TALLIES = ("countries", "refused", "dropped_values", "placeholders")


@dataclass(frozen=True)
class BatchScrubber:
    """What one process scrubs batches with."""

    settings: Settings
    scrubber: Scrubber
    opted_out: pl.DataFrame
    vocabulary: Vocabulary | None
    """What is looked for in scrubbed texts; nothing where the policy publishes no terms."""

    @staticmethod
    def of(settings: Settings, scrubber: Scrubber) -> "BatchScrubber":
        """With the opt-outs and the vocabulary of an installation.

        Raises: ConfigurationError if either cannot be read.
        """
        estimates = settings.policy.estimates
        vocabulary = read_vocabulary(settings.config) if estimates and estimates.terms else None
        return BatchScrubber(settings, scrubber, read_opt_outs(settings.home.opt_out), vocabulary)

    def scrub(self, feed: str, events: pl.DataFrame) -> tuple[pl.DataFrame, ScrubFigures]:
        """Scrubbed events of one batch; see `anonymize.events.scrub_events`."""
        contract = self.settings.contracts[feed]
        return scrub_events(
            events,
            feed=feed,
            keyring=self.settings.keyring,
            scrubber=self.scrubber,
            opted_out=self.opted_out,
            counts_by_name=contract.counts_by_name,
            vocabulary=self.vocabulary,
            namespace=contract.namespace,
            phone_region=contract.phone_region,
        )


@dataclass(frozen=True)
class ReadBatch:
    """Some rows of a landed file, read by contract."""

    feed: str
    batch: CanonicalBatch


ScrubbedBatch = tuple[ReadBatch, tuple[pl.DataFrame, ScrubFigures]]
"""What was read, and what became of it."""


def read_batches(settings: Settings, landed: Mapping[str, Sequence[Path]], context: ReadContext) -> Iterator[ReadBatch]:
    """Every row of the files of some feeds, each feed after the other.

    Raises: FeedFileError if a file is not what its contract says.
    """
    for feed, files in landed.items():
        for path in files:
            for batch in canonical_batches(path, settings.contracts[feed], context):
                yield ReadBatch(feed, batch)


def write_scrubbed(home: Home, night: date, batches: Iterable[ScrubbedBatch], *, name: str) -> Figures:
    """Writes the scrubbed batches of a feed to `NAME.parquet` of the night's scrubbed events and of its quarantine.

    Returns: rows, refused (by reason), accepted rows by country, dropped values, events, placeholders set, texts
        withheld, epochs.

    Guarantee: the result hangs on the batches and their order only; either file is there whole or not at all.
    """
    reasons: Counter[str] = Counter()
    drops: Counter[str] = Counter()
    placeholders: Counter[str] = Counter()
    countries: Counter[str] = Counter()
    epochs: set[int] = set()
    count: Counter[str] = Counter(dict.fromkeys(_COUNTS, 0))
    file = f"{name}.parquet"
    with (
        _ParquetFile(home.scrubbed(night) / file, SCRUBBED_SCHEMA) as scrubbed_file,
        _ParquetFile(home.quarantine(night) / file, polars_schema(RefusedRow)) as refused_file,
    ):
        for read, (events, did) in batches:
            batch = read.batch
            refused_file.write(batch.refused)
            scrubbed_file.write(events)
            reasons.update(batch.refused["reason"].to_list())
            drops.update(batch.drops)
            countries.update(dict(batch.events["country"].drop_nulls().value_counts().iter_rows()))
            placeholders.update(did.n_placeholders)
            epochs |= set(events["epoch"].unique())
            count.update(
                n_rows=batch.n_rows,
                n_refused=batch.refused.height,
                n_events=events.height,
                n_withheld=did.n_withheld,
            )
    return {
        **count,
        "countries": dict(sorted(countries.items())),
        "refused": dict(sorted(reasons.items())),
        "dropped_values": {word: n for word, n in sorted(drops.items()) if n},
        "placeholders": dict(sorted(placeholders.items())),
        "epochs": sorted(epochs),
    }


def added_up(parts: Iterable[Figures]) -> Figures:
    """The figures of all files of a feed from those of each."""
    known = list(parts)
    figures: Figures = {name: sum(part[name] for part in known) for name in _COUNTS}
    for tally in _TALLIES:
        total: Counter[str] = Counter()
        for part in known:
            total.update(part[tally])
        figures[tally] = dict(sorted(total.items()))
    figures["epochs"] = sorted({epoch for part in known for epoch in part["epochs"]})
    return figures


class _ParquetFile:
    """A Parquet file written batch by batch, beside its place; put there at the end, over another try of the same."""

    def __init__(self, path: Path, schema: pl.Schema) -> None:
        self._path = path
        self._aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        self._schema = pl.DataFrame(schema=schema).to_arrow().schema
        self._writer = pq.ParquetWriter(self._aside, self._schema, compression="zstd")
        self._aside.chmod(0o600)

    def write(self, frame: pl.DataFrame) -> None:
        self._writer.write_table(frame.to_arrow().cast(self._schema))

    def __enter__(self) -> "_ParquetFile":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()
        if kind is None:
            self._aside.replace(self._path)
        else:
            self._aside.unlink(missing_ok=True)
