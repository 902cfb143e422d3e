"""Raw rows to scrubbed events in one step: direct identifiers live in memory only, between these two lines."""

import shutil
from collections import Counter
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date
from pathlib import Path

import dagster as dg
import polars as pl
import pyarrow.parquet as pq

from anonymize.events import SCRUBBED_SCHEMA, scrub_events
from anonymize.scrub.span_cache import SpanCache
from anonymize.scrub.texts import Scrubber, night_scrubber
from anonymize.scrub.version import finding_version
from anonymize.terms.vocabulary import Vocabulary, read_vocabulary
from assets.figures import Figures, keep_figures
from assets.guard import guarded
from assets.landed_feeds import check_landed
from assets.nights import GROUP, NIGHTS, OWNERS, Mandi, column_schema, night_of
from assets.settings import Settings
from feeds.canonical import canonical_batches
from feeds.context import ReadContext, build_context
from feeds.frames import polars_schema
from feeds.manifest import MANIFEST, rows_told
from schemas.contracts import FeedContract
from schemas.errors import ConfigurationError, FeedFileError, NightError, RefusalLimitError
from schemas.events import RefusedRow, ScrubbedEvent
from warehouse.keys import refuse_other_signing_key
from warehouse.ledger import open_ledger


def scrub_night(settings: Settings, night: date) -> Figures:
    """Reads every landed file of a night once, and writes scrubbed events and refused rows, one Parquet file a feed.

    Returns: per feed: rows, rows that a manifest tells, refused (by reason), accepted rows by country, dropped values,
        events, placeholders set, texts withheld, epochs.

    Raises: NightError if no delivery holds a row; RefusalLimitError if a feed's refused share exceeds its contract's
        limit; FeedFileError if a file is not what its contract says. Then the ledger knows nothing of the night.
    """
    landed = check_landed(settings, night)
    context = build_context(settings.config, night, settings.policy)
    context = replace(context, oldest=max(context.oldest, _know_keys(settings, context.oldest)))
    scrubbed, quarantine = settings.home.scrubbed(night), settings.home.quarantine(night)
    for folder in (scrubbed, quarantine):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, mode=0o700)
    opted_out = read_opt_outs(settings.home.opt_out)
    figures: Figures = {}
    with _scrubber(settings, night) as scrubber:
        for feed, files in landed.items():
            contract = settings.contracts[feed]
            figures[feed] = _scrub_feed(settings, contract, files, context, scrubber, opted_out)
            _refuse_too_many_refusals(contract, figures[feed])
    if not any(feed["n_rows"] for feed in figures.values()):
        raise NightError(f"night {night}: no delivery holds a row; ask the senders, then land them under a later night")
    keep_figures(settings.home, night, "scrubbed_events", figures)
    return figures


def _scrubber(settings: Settings, night: date) -> AbstractContextManager[Scrubber]:
    """The night's scrubber, with what earlier nights found and a process for each core."""
    policy = settings.policy
    cache = SpanCache(
        settings.home.span_cache,
        key=settings.keyring.cache_key(),
        version=finding_version(settings.config, policy.scrub),
        night=night,
        keep_days=policy.retention_days,
    )
    return night_scrubber(settings.config, policy.scrub, cache=cache)


def _vocabulary(settings: Settings) -> Vocabulary | None:
    """What is looked for in scrubbed texts; nothing where the policy publishes no terms."""
    estimates = settings.policy.estimates
    return read_vocabulary(settings.config) if estimates and estimates.terms else None


def _know_keys(settings: Settings, oldest: date) -> date:
    """The first day whose key is not destroyed.

    Raises: SecretError if a key that the ledger was made with is gone or another: no new one takes its place.
    """
    with open_ledger(settings.home.ledger) as ledger:
        open_epochs = [epoch for epoch in ledger.epochs() if epoch >= oldest.year]
        ledger.know_keys({epoch: settings.keyring.fingerprint(epoch) for epoch in open_epochs})
        refuse_other_signing_key(ledger, settings.keyring)
        return max((date(epoch + 1, 1, 1) for epoch in ledger.closed_epochs()), default=date.min)


def read_opt_outs(path: Path) -> pl.DataFrame:
    """The private opt-out list: `feed`, `account`, a tab between them, one pair a line; empty without a file.

    Raises: ConfigurationError if a line is anything else: an account that asked to be left out must not slip in.
    """
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    pairs = [line.split("\t") for line in lines if line.strip()]
    wrong = [number for number, pair in enumerate(pairs, start=1) if len(pair) != 2 or not all(map(str.strip, pair))]
    if wrong:
        raise ConfigurationError(f"{path.name}: entry {wrong[0]} is not a feed, a tab and an account; mend the list")
    return pl.DataFrame(pairs, schema={"feed": pl.String, "account": pl.String}, orient="row")


def _scrub_feed(
    settings: Settings,
    contract: FeedContract,
    files: tuple[Path, ...],
    context: ReadContext,
    scrubber: Scrubber,
    opted_out: pl.DataFrame,
) -> Figures:
    reasons: Counter[str] = Counter()
    drops: Counter[str] = Counter()
    placeholders: Counter[str] = Counter()
    countries: Counter[str] = Counter()
    epochs: set[int] = set()
    count: Counter[str] = Counter(n_rows=0, n_refused=0, n_events=0, n_withheld=0)
    n_told = _rows_told(contract, settings.home.landed(contract.feed, context.night), files)
    name = f"{contract.feed}.parquet"
    with (
        _ParquetFile(settings.home.scrubbed(context.night) / name, SCRUBBED_SCHEMA) as scrubbed_file,
        _ParquetFile(settings.home.quarantine(context.night) / name, polars_schema(RefusedRow)) as refused_file,
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
                vocabulary=_vocabulary(settings),
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
        "n_told": n_told,
        "countries": dict(sorted(countries.items())),
        "refused": dict(sorted(reasons.items())),
        "dropped_values": {word: n for word, n in sorted(drops.items()) if n},
        "placeholders": dict(sorted(placeholders.items())),
        "epochs": sorted(epochs),
    }


def _rows_told(contract: FeedContract, folder: Path, files: tuple[Path, ...]) -> int | None:
    n_told = rows_told(folder, frozenset(path.name for path in files))
    if n_told is None and contract.expects.manifest:
        raise FeedFileError(
            f"{contract.feed}: its contract expects a {MANIFEST} in each delivery. Land it again with one."
        )
    return n_told


def _refuse_too_many_refusals(contract: FeedContract, figures: Figures) -> None:
    ratio = figures["n_refused"] / figures["n_rows"] if figures["n_rows"] else 0.0
    if ratio > contract.max_refused_ratio:
        worst = max(figures["refused"], key=lambda reason: figures["refused"][reason])
        raise RefusalLimitError(
            f"{contract.feed}: {figures['n_refused']:,} of {figures['n_rows']:,} rows refused ({ratio:.1%}, at most "
            f"{contract.max_refused_ratio:.1%}), most for {worst}. Ask the sender, or mend the contract: "
            f"mandi feed check config/feeds/{contract.feed}.yaml FILE"
        )


class _ParquetFile:
    """A Parquet file written batch by batch."""

    def __init__(self, path: Path, schema: pl.Schema) -> None:
        self._schema = pl.DataFrame(schema=schema).to_arrow().schema
        self._writer = pq.ParquetWriter(path, self._schema, compression="zstd")
        path.chmod(0o600)

    def write(self, frame: pl.DataFrame) -> None:
        self._writer.write_table(frame.to_arrow().cast(self._schema))

    def __enter__(self) -> "_ParquetFile":
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()


@dg.multi_asset(
    specs=[
        dg.AssetSpec(
            "scrubbed_events",
            deps=["landed_feeds"],
            group_name=GROUP,
            owners=OWNERS,
            kinds={"polars", "parquet"},
            code_version="1",
            partitions_def=NIGHTS,
            description="One row per accepted row of every feed. Keys are pseudonyms, text is scrubbed, amounts are "
            "exact. Private; kept until the night is sealed.",
            metadata=column_schema(ScrubbedEvent),
        ),
        dg.AssetSpec(
            "rejected_rows",
            deps=["landed_feeds"],
            group_name=GROUP,
            owners=OWNERS,
            kinds={"polars", "parquet"},
            code_version="1",
            partitions_def=NIGHTS,
            description="One row per refused row of every feed, with its reason, as it came. Private: this is the "
            "quarantine, from which rows can be replayed.",
            metadata=column_schema(RefusedRow),
        ),
    ],
    check_specs=[
        dg.AssetCheckSpec(
            "every_row_is_an_event_or_refused",
            asset="scrubbed_events",
            blocking=True,
            description="rows = refused + events, for every feed",
        )
    ],
)
@guarded
def scrubbed_events(
    context: dg.AssetExecutionContext, mandi: Mandi
) -> tuple[dg.MaterializeResult, dg.MaterializeResult]:
    """Scrubs a night; see `scrub_night`."""
    feeds = scrub_night(mandi.settings(), night_of(context)).values()
    n = {name: sum(feed[name] for feed in feeds) for name in ("n_rows", "n_refused", "n_events", "n_withheld")}
    scrubbed: dg.MaterializeResult[None] = dg.MaterializeResult(
        asset_key="scrubbed_events",
        metadata={
            "rows": n["n_rows"],
            "events": n["n_events"],
            "texts_withheld": n["n_withheld"],
            "placeholders": sum(sum(feed["placeholders"].values()) for feed in feeds),
        },
        check_results=[
            dg.AssetCheckResult(
                check_name="every_row_is_an_event_or_refused",
                asset_key="scrubbed_events",
                passed=all(feed["n_rows"] == feed["n_refused"] + feed["n_events"] for feed in feeds),
            )
        ],
    )
    return scrubbed, dg.MaterializeResult(asset_key="rejected_rows", metadata={"rows": n["n_refused"]})
