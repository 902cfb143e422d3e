"""The seven nights once more from scratch, by the plain functions of the assets, with copies taken on the way."""

import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pytest

from assets import scrub_here
from assets.audit import audit_night
from assets.demand_classes import class_night
from assets.demand_tables import stage_tables
from assets.disclosure_report import stage_disclosure
from assets.extracts import stage_extracts
from assets.release import release_night
from assets.scrubbed_events import scrub_night
from assets.settings import ROOT, Settings
from feeds.demo import FEEDS, feed_path
from feeds.landing import land
from pipelines.demo import NIGHTS
from schemas.home import Home
from tests.conftest import Installation
from warehouse.access import make_home

CLOSING = date(2026, 2, 2)
"""The night that closes January; before it every copy is taken."""

_PSEUDONYMS = """
select account from account_keys union select key from account_keys union select account from counting_accounts
union select event_key from seen union select account from pool union select event_key from pool
union select supplier from pool union select cancels_key from pool
union select cancels_key_before from pool union select event_key from updates
"""


@dataclass(frozen=True)
class Rerun:
    """The same nights from the same files under the same keys, in a home of its own."""

    settings: Settings
    before_closing: Path
    """Copy of the home with five nights published and the closing one landed."""

    audited: Path
    """Copy of the home in which the closing night is staged and has passed the audit, but is not released."""

    pseudonyms: frozenset[bytes]
    """Every pseudonym that any night made."""


@pytest.fixture(scope="session")
def rerun(tmp_path_factory: pytest.TempPathFactory, published: Installation) -> Rerun:
    """All seven nights again, from raw files to releases, without Dagster."""
    folder = tmp_path_factory.mktemp("rerun")
    settings = Settings(Home(folder / "home"), ROOT / "config")
    make_home(settings.home)
    shutil.copytree(published.home.keys, settings.home.keys)
    pseudonyms: set[bytes] = set()
    for night in NIGHTS:
        for feed in FEEDS:
            file = feed_path(published.marketplace, feed, night)
            if file.is_file():
                land([file], settings.contracts[feed], settings.home.landed(feed, night))
        if night == CLOSING:
            shutil.copytree(settings.home.root, folder / "before", symlinks=True)
        with pytest.MonkeyPatch.context() as patch:
            if night == CLOSING:  # once by several processes: the same bytes
                patch.setattr(scrub_here, "ENOUGH_BYTES", 0)
            scrub_night(settings, night)
        for step in (class_night, stage_tables, stage_disclosure, stage_extracts, audit_night):
            step(settings, night)
        pseudonyms |= _pseudonyms(settings.home.ledger)
        if night == CLOSING:
            shutil.copytree(settings.home.root, folder / "audited", symlinks=True)
        release_night(settings, night)
    return Rerun(settings, folder / "before", folder / "audited", frozenset(pseudonyms))


def _pseudonyms(ledger: Path) -> set[bytes]:
    with duckdb.connect(str(ledger), read_only=True) as connection:
        return {bytes(value) for (value,) in connection.execute(_PSEUDONYMS).fetchall() if value is not None}
