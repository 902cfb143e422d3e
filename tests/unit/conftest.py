"""The `mandi` command on an empty home, and on a copy of a published one."""

import shutil
from pathlib import Path

import pytest

from schemas.home import Home
from tests.conftest import Installation
from tests.support.command import Mandi
from warehouse.access import make_home


@pytest.fixture
def mandi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Mandi:
    """The command on an empty home."""
    make_home(Home(tmp_path / "home"))
    return Mandi(tmp_path / "home", monkeypatch, capsys)


@pytest.fixture
def later(
    published: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Mandi:
    """The command on a copy of a home with seven published nights."""
    shutil.copytree(published.home.root, tmp_path / "home", symlinks=True)
    return Mandi(tmp_path / "home", monkeypatch, capsys)
