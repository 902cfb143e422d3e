"""Landed files to scrubbed events and refused rows: some files of one feed in, two Parquet files and figures out.

Belongs here: the one pass over a file in which direct identifiers are in memory. Does not belong here: which files, and
in which process (`scrubbed_events`, `scrub_on_cluster`).
"""

import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType

import polars as pl
import pyarrow.parquet as pq

from anonymize.events import SCRUBBED_SCHEMA, scrub_events
from anonymize.scrub.texts import Scrubber
from anonymize.terms.vocabulary import Vocabulary, read_vocabulary
from assets.figures import Figures
from assets.settings import Settings
from feeds.canonical import canonical_batches
from feeds.context import ReadContext
from feeds.frames import polars_schema
from schemas.contracts import FeedContract
from schemas.events import RefusedRow

_COUNTS = ("n_rows", "n_refused", "n_events", "n_withheld")
_TALLIES = ("countries", "refused", "dropped_values", "placeholders")


def scrub_files(
    settings: Settings,
    contract: FeedContract,
    files: Sequence[Path],
    context: ReadContext,
    scrubber: Scrubber,
    opted_out: pl.DataFrame,
    *,
    name: str,
) -> Figures:
    """Scrubs files of a feed into `NAME.parquet` of the night's scrubbed events and of its quarantine.

    Returns: rows, refused (by reason), accepted rows by country, dropped values, events, placeholders set, texts
        withheld, epochs.

    Guarantee: the result hangs on the files and their order only; either file is there whole or not at all.
    """
    reasons: Counter[str] = Counter()
    drops: Counter[str] = Counter()
    placeholders: Counter[str] = Counter()
    countries: Counter[str] = Counter()
    epochs: set[int] = set()
    count: Counter[str] = Counter(dict.fromkeys(_COUNTS, 0))
    vocabulary = _vocabulary(settings)
    file = f"{name}.parquet"
    with (
        _ParquetFile(settings.home.scrubbed(context.night) / file, SCRUBBED_SCHEMA) as scrubbed_file,
        _ParquetFile(settings.home.quarantine(context.night) / file, polars_schema(RefusedRow)) as refused_file,
    ):
        for batch in (batch for path in files for batch in canonical_batches(path, contract, context)):
            refused_file.write(batch.refused)
            events, did = scrub_events(
                batch.events,
                feed=contract.feed,
                keyring=settings.keyring,
                scrubber=scrubber,
                opted_out=opted_out,
                counts_by_name=contract.counts_by_name,
                vocabulary=vocabulary,
                namespace=contract.namespace,
                phone_region=contract.phone_region,
            )
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


def _vocabulary(settings: Settings) -> Vocabulary | None:
    """What is looked for in scrubbed texts; nothing where the policy publishes no terms."""
    estimates = settings.policy.estimates
    return read_vocabulary(settings.config) if estimates and estimates.terms else None


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
