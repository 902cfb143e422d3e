"""What many tests share: one small demo installation that has run its nights once, through the real Dagster job."""

import functools
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import hypothesis
import pytest
from xdist.remote import Producer
from xdist.scheduler.loadscope import LoadScopeScheduling

from assets.settings import ROOT, Settings
from feeds.demo import FEEDS, feed_path, write_marketplace
from feeds.landing import land
from pipelines.demo import NIGHTS
from pipelines.runner import run_night
from schemas.home import Home
from warehouse.access import make_home

SHARED_DATA = ROOT.parent / "shared" / "data"
N_EVENTS = 12_000

# Drawn examples are the same in every run, so that a red test is red for everybody. MANDI_DRAW=anew looks further.
hypothesis.settings.register_profile("same", derandomize=True, deadline=None)
hypothesis.settings.register_profile("anew", deadline=None, print_blob=True)
hypothesis.settings.load_profile(os.environ.get("MANDI_DRAW", "same"))


@dataclass(frozen=True)
class Installation:
    """A home whose nights are published, and the raw marketplace it was fed with."""

    settings: Settings
    marketplace: Path

    @property
    def home(self) -> Home:
        return self.settings.home


class SharedInstallation(LoadScopeScheduling):
    """Tests of files that name the shared installation run in one worker for `e2e/`, in one for all others.

    By file, since what `xdist_group` appends to a test's name does not reach the scheduler under pytest 9.2.
    """

    def _split_scope(self, nodeid: str) -> str:
        name = nodeid.partition("::")[0]
        if not _names_shared_installation(ROOT / name):
            return nodeid
        return "end to end" if name.startswith("tests/e2e/") else "shared installation"


@functools.cache
def _names_shared_installation(path: Path) -> bool:
    return re.search(r"\b(published|marketplace|rerun|audited): ", path.read_text(encoding="utf-8")) is not None


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> SharedInstallation:
    """Every test goes to the worker that is free, but for those of the shared installation."""
    return SharedInstallation(config, log)


@pytest.fixture(scope="session")
def marketplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The raw feeds and the truth of a small demo marketplace, seven nights across a month's end."""
    folder = tmp_path_factory.mktemp("marketplace")
    write_marketplace(folder, n_events=N_EVENTS, nights=NIGHTS, seed=7)
    return folder


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory, marketplace: Path) -> Iterator[Installation]:
    """An installation with all seven nights published. Read it; a test that changes things makes its own copy."""
    kept = dict(os.environ)
    settings = Settings(Home(tmp_path_factory.mktemp("home")), ROOT / "config")
    umask = os.umask(0)  # whoever starts a night may have any; `tests/unit/test_security.py` looks at what it made
    make_home(settings.home)
    for night in NIGHTS:
        for feed in FEEDS:
            file = feed_path(marketplace, feed, night)
            if file.is_file():
                land([file], settings.contracts[feed], settings.home.landed(feed, night))
        run_night(settings, night)
    os.umask(umask)
    yield Installation(settings, marketplace)
    os.environ.clear()
    os.environ.update(kept)


@pytest.fixture
def real_data() -> Path:
    """The shared folder of real feeds; skips where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real feeds are not on this machine (../shared/data)")
    return SHARED_DATA
