"""Private folders are the owner's alone, whatever the umask says; else nothing runs."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from anonymize.keyring import Keyring
from pipelines import cli
from pipelines.closed_home import ONLY_WITH_PRIVATE, OPEN_TO_ALL, TELLS_IT_ITSELF, commands_of, guarded
from schemas.errors import SecretError
from schemas.home import Home
from tests.support.command import Mandi
from warehouse.access import make_home, refuse_open_home


@pytest.fixture(params=[0o000, 0o077, 0o277], ids=["open umask", "closed umask", "odd umask"])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    kept = os.umask(request.param)
    yield request.param
    os.umask(kept)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.mark.usefixtures("umask")
def test_a_new_home_has_its_modes_whatever_the_umask(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    make_home(home)
    (home.private / "later").mkdir()

    assert {mode(folder) for folder in (home.landing, home.private, home.dagster, home.private / "later")} == {0o700}
    assert (mode(home.root), mode(home.releases)) == (0o755, 0o755)
    refuse_open_home(home)


@pytest.mark.parametrize("opened", [0o750, 0o705, 0o720, 0o701])
@pytest.mark.parametrize("name", ["private", "private/keys", "private/dagster", "private/reports", "landing"])
def test_a_private_folder_open_to_others_stops_everything_and_is_not_mended_in_silence(
    tmp_path: Path, name: str, opened: int
) -> None:
    home = Home(tmp_path / "home")
    make_home(home)
    for folder in (home.keys, home.private / "reports"):
        folder.mkdir(mode=0o700)
    (home.root / name).chmod(opened)

    for run in (make_home, refuse_open_home):
        with pytest.raises(SecretError, match=f"home/{name}: others may read or change it. Run chmod 700 home/{name}"):
            run(home)
    assert mode(home.root / name) == opened


@pytest.mark.parametrize("name", [".", "releases"])
def test_a_public_folder_that_others_may_write_stops_everything(tmp_path: Path, name: str) -> None:
    home = Home(tmp_path / "home")
    make_home(home)
    (home.root / name).chmod(0o777)

    with pytest.raises(SecretError, match=r"others may change it\. Run chmod go-w home"):
        refuse_open_home(home)


def test_a_folder_of_another_account_stops_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(tmp_path / "home")
    make_home(home)
    stranger = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: stranger)

    with pytest.raises(SecretError, match="belongs to another account"):
        refuse_open_home(home)


def test_a_file_where_a_folder_should_be_stops_everything(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.root.mkdir()
    home.private.write_text("a file")

    with pytest.raises(SecretError, match="is no folder"):
        refuse_open_home(home)


NOTHING_PRIVATE = {
    "query", "tables", "verify", "mirror", "classify", "lexicon check", "lexicon train", "scrub", "terms check",
    "terms find", "feed check",
}  # fmt: skip
"""Commands that open releases, configuration or what they are given: a new one stands here, or asks first."""


def test_every_command_but_these_refuses_an_open_home_before_it_does_anything(
    mandi: Mandi, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert NOTHING_PRIVATE == OPEN_TO_ALL and {"status"} == TELLS_IT_ITSELF
    monkeypatch.setenv("MANDI_HOME", str(mandi.home))
    Keyring(Home(mandi.home).keys).signing_key()
    commands = dict(commands_of(guarded(cli.app)))
    assert commands.keys() > NOTHING_PRIVATE | TELLS_IT_ITSELF | ONLY_WITH_PRIVATE
    for opened in ("private", "landing", "private/keys", "private/keys/signing.key"):
        path = mandi.home / opened
        kept = mode(path)
        path.chmod(0o777)
        for name in commands.keys() - NOTHING_PRIVATE - TELLS_IT_ITSELF:
            with pytest.raises(SecretError, match=f"home/{opened}: others may read or change it"):
                commands[name].callback(private=True)  # it never begins
        for words in (("explain", "rfq", "all", "001", "2026"), ("report",), ("query", "from demand")):
            assert "others may" not in mandi(*words).err, words
        told = mandi("status")
        assert told.code == 4 and "others may read or change it" in told.out.replace("\n", " "), told
        path.chmod(kept)
