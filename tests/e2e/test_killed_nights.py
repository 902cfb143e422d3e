"""A night that is killed and run again ends in the release of an undisturbed one; benchmarks/kill.py tries more."""

import os
import signal
import subprocess
import sys
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest

from assets.concerns import ZONE
from assets.morning import morning_of
from assets.release import release_night
from assets.settings import ROOT
from benchmarks.kill import shown
from pipelines.nights import finish_interrupted
from pipelines.runner import run_night
from schemas.steps import STEPS
from tests.conftest import Installation
from tests.e2e.conftest import CLOSING, Rerun
from tests.support.dagster_home import copy_of, own_environment

NOON = datetime.combine(CLOSING + timedelta(days=1), time(12), tzinfo=ZONE)
PUBLICATION = ("intend", "rename", "point_at", "list_releases", "seal", "keep_release")
"""What a publication does, in order; the process dies just before each."""

_DIE = """
import os, signal, sys
from datetime import date
from pathlib import Path
import assets.release
from assets.release import release_night
from assets.settings import ROOT, Settings
from schemas.home import Home
from warehouse import release
from warehouse.ledger import Ledger

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

moment = sys.argv[2]
if moment in ("intend", "seal"):
    setattr(Ledger, moment, die)
elif moment == "rename":
    Path.rename = die
elif moment == "keep_release":
    assets.release.keep_release = die
else:
    setattr(release, moment, die)
release_night(Settings(Home(Path(sys.argv[1])), ROOT / "config"), date.fromisoformat(sys.argv[3]))
"""


@pytest.fixture(scope="module")
def after(rerun: Rerun, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What the undisturbed closing night shows."""
    settings = copy_of(rerun.audited, tmp_path_factory.mktemp("undisturbed") / "home")
    release_night(settings, CLOSING)
    return shown(settings.home)


@pytest.mark.parametrize("step", PUBLICATION)
def test_a_publication_that_dies_before_any_of_its_steps_is_finished_by_the_next_run(
    rerun: Rerun, after: dict[str, object], tmp_path: Path, step: str
) -> None:
    settings = copy_of(rerun.audited, tmp_path / "home")
    words = [sys.executable, "-c", _DIE, str(settings.home.root), step, CLOSING.isoformat()]
    died = subprocess.run(words, cwd=ROOT, check=False, capture_output=True, timeout=60)
    assert died.returncode == -signal.SIGKILL
    before = morning_of(settings, now=NOON, night=CLOSING)
    assert (before.colour, before.phase) == ("red", "vanished")
    assert ("in its place and not sealed" in before.sentence) == (step in PUBLICATION[2:])

    if finish_interrupted(settings) is None and step in PUBLICATION[:2]:
        release_night(settings, CLOSING)

    assert shown(settings.home) == after
    assert morning_of(settings, now=NOON, night=CLOSING).phase == "published"


def test_a_run_that_died_holding_the_duckdb_pool_does_not_block_the_next_which_releases_the_same(
    rerun: Rerun, after: dict[str, object], published: Installation, tmp_path: Path
) -> None:
    settings = copy_of(rerun.before_closing, tmp_path / "home")
    script = (
        "import os, signal, sys\n"
        "from assets import demand_classes\n"
        "demand_classes.class_night = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "sys.argv = ['mandi', 'night', sys.argv[1]]\n"
        "from pipelines.cli import main\n"
        "main()\n"
    )
    environment = os.environ | {"MANDI_HOME": str(settings.home.root)}
    words = [sys.executable, "-c", script, CLOSING.isoformat()]
    died = subprocess.run(words, cwd=ROOT, env=environment, check=False, capture_output=True, timeout=120)
    assert died.returncode == -signal.SIGKILL

    morning = morning_of(settings, now=NOON, night=CLOSING)
    assert (morning.phase, "gone at demand_classes" in morning.sentence) == ("vanished", True)

    told: list[str] = []
    with own_environment():
        run_night(settings, CLOSING, on_step=told.append)

    assert set(told) == set(STEPS)
    assert shown(settings.home) == after
    assert morning_of(settings, now=NOON, night=CLOSING).phase == "published"
    manifest = settings.home.release(CLOSING.isoformat()) / "release.json"
    assert manifest.read_bytes() == (published.home.release(CLOSING.isoformat()) / "release.json").read_bytes()
