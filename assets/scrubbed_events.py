"""Raw rows to scrubbed events in one step: direct identifiers live in memory only, between these two lines."""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import dagster as dg

from assets.figures import Figures, keep_figures
from assets.guard import guarded
from assets.landed_feeds import check_landed
from assets.nights import GROUP, NIGHTS, OWNERS, Mandi, column_schema, night_of
from assets.scrub_here import scrub_here
from assets.scrub_on_cluster import scrub_on_cluster
from assets.settings import Settings
from feeds.context import ReadContext, build_context
from feeds.manifest import MANIFEST, rows_told
from schemas.contracts import FeedContract
from schemas.errors import FeedFileError, NightError, RefusalLimitError
from schemas.events import RefusedRow, ScrubbedEvent
from warehouse.engines import refuse_missing_engine
from warehouse.keys import refuse_other_signing_key
from warehouse.ledger import open_ledger


def scrub_night(settings: Settings, night: date) -> Figures:
    """Reads every landed file of a night once, and writes scrubbed events and refused rows, one Parquet file a feed.

    Returns: per feed: rows, rows that a manifest tells, refused (by reason), accepted rows by country, dropped values,
        events, placeholders set, texts withheld, epochs. A cluster (`engine` of the policy) writes one a landed file.

    Raises: ConfigurationError if the policy's engine is not installed; NightError if no delivery holds a row;
        RefusalLimitError if a feed's refused share exceeds its contract's limit; FeedFileError if a file is not what
        its contract says. Then the ledger knows nothing of the night.
    """
    refuse_missing_engine(settings.policy)
    landed = check_landed(settings, night)
    context = build_context(settings.config, night, settings.policy)
    context = replace(context, oldest=max(context.oldest, _know_keys(settings, context.oldest)))
    scrubbed, quarantine = settings.home.scrubbed(night), settings.home.quarantine(night)
    for folder in (scrubbed, quarantine):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, mode=0o700)
    n_told = {
        feed: _rows_told(settings.contracts[feed], settings.home.landed(feed, night), files)
        for feed, files in landed.items()
    }
    scrub = _scrub_on_cluster if settings.policy.engine == "spark" else scrub_here
    figures: Figures = {}
    for feed, told in scrub(settings, landed, context):
        figures[feed] = {**told, "n_told": n_told[feed]}
        _refuse_too_many_refusals(settings.contracts[feed], figures[feed])
    if not any(feed["n_rows"] for feed in figures.values()):
        raise NightError(f"night {night}: no delivery holds a row; ask the senders, then land them under a later night")
    keep_figures(settings.home, night, "scrubbed_events", figures)
    return figures


def _know_keys(settings: Settings, oldest: date) -> date:
    """The first day whose key is not destroyed.

    Raises: SecretError if a key that the ledger was made with is gone or another: no new one takes its place.
    """
    with open_ledger(settings.home.ledger) as ledger:
        open_epochs = [epoch for epoch in ledger.epochs() if epoch >= oldest.year]
        ledger.know_keys({epoch: settings.keyring.fingerprint(epoch) for epoch in open_epochs})
        refuse_other_signing_key(ledger, settings.keyring)
        return max((date(epoch + 1, 1, 1) for epoch in ledger.closed_epochs()), default=date.min)


def _scrub_on_cluster(
    settings: Settings, landed: Mapping[str, tuple[Path, ...]], context: ReadContext
) -> Iterator[tuple[str, Figures]]:
    """Figures of each feed, scrubbed by a cluster."""
    yield from scrub_on_cluster(settings, landed, context).items()


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
    context: dg.AssetExecutionContext, mandi: dg.ResourceParam[Mandi]
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
