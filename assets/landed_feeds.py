"""What has landed for a night: every delivery whole, every checksum right, every feed under contract."""

from datetime import date
from pathlib import Path

import dagster as dg

from assets.completeness import refuse_missing
from assets.figures import keep_figures, keep_release
from assets.guard import guarded
from assets.night_facts import landed_nights
from assets.nights import GROUP, NIGHTS, OWNERS, Mandi, night_of
from assets.settings import Settings
from feeds.landing import delivery
from schemas.errors import ConfigurationError, NightError
from warehouse.access import refuse_open_home
from warehouse.erasure import refuse_unfinished
from warehouse.ledger import open_ledger
from warehouse.release import finish_publication


def check_landed(settings: Settings, night: date) -> dict[str, tuple[Path, ...]]:
    """The files of a night, by feed, after every check that needs no reading of rows.

    Finishes first what an interrupted publication left.

    Raises: NightError if the night may not run now, nothing landed, or the ledger is not that of the releases;
        HeldNightError if a feed is missing; ConfigurationError if a feed has no contract; FeedFileError if a delivery
        is not whole; SecretError if others may read what is private.
    """
    refuse_open_home(settings.home)
    refuse_unfinished(settings.home)
    landing = settings.home.landing
    folders = sorted(path for path in landing.glob(f"*/{night.isoformat()}") if path.is_dir())
    foreign = sorted({path.parent.name for path in folders} - set(settings.contracts))
    if foreign:
        raise ConfigurationError(f"landing/{foreign[0]} has no contract; add one to {settings.config.name}/feeds/")
    with open_ledger(settings.home.ledger) as ledger:
        finish_publication(ledger, settings.home, settings.keyring)
        last = ledger.last_sealed()
        keep_release(settings.home, last)
        ledger.may_run(night)
    waiting = [earlier for earlier in landed_nights(settings.home, after=last) if earlier < night]
    if waiting:
        raise NightError(f"night {waiting[0]} has landed and is not published; run mandi night {waiting[0]} first")
    if not folders:
        raise NightError(f"nothing has landed for night {night}; run mandi land FEED FILE --night {night}")
    refuse_missing(settings, night, frozenset(path.parent.name for path in folders))
    return {folder.parent.name: delivery(folder) for folder in folders}


@dg.asset(
    partitions_def=NIGHTS,
    group_name=GROUP,
    owners=OWNERS,
    kinds={"file"},
    code_version="1",
    description="One delivery per feed and night. Raw files that arrived whole: their checksums hold, their feeds are "
    "under contract, and no earlier night is waiting. Private.",
)
@guarded
def landed_feeds(context: dg.AssetExecutionContext, mandi: dg.ResourceParam[Mandi]) -> dg.MaterializeResult:
    """Checks what landed; see `check_landed`."""
    settings, night = mandi.settings(), night_of(context)
    landed = check_landed(settings, night)
    n_bytes = {feed: sum(path.stat().st_size for path in files) for feed, files in landed.items()}
    keep_figures(settings.home, night, "landed_feeds", {"bytes": n_bytes, "n_feeds": len(landed)})
    return dg.MaterializeResult(metadata={"feeds": len(landed), "bytes": sum(n_bytes.values())})
