"""Who may read what: private folders are the owner's alone, or nothing runs.

Belongs here: looking at modes and owners of the home's folders, and making them. Files below are made with modes of
their own; keys look at theirs each time they are read (`anonymize.keyring`).
"""

import os
import stat
from pathlib import Path

from schemas.errors import SecretError
from schemas.home import Home

PRIVATE, PUBLIC = 0o700, 0o755


def make_home(home: Home) -> None:
    """Makes what is missing of the home's folders: private ones with mode 0700, `releases` readable by all.

    Whatever this process makes afterwards is the owner's alone, unless it says otherwise.

    Raises: SecretError if a folder that is there is open to others or belongs to another account.
    """
    os.umask(0o077)
    _made(home.root, PUBLIC)
    for folder in (home.landing, home.private, home.dagster):
        _made(folder, PRIVATE)
    _made(home.releases, PUBLIC)
    refuse_open_home(home)


def refuse_open_home(home: Home) -> None:
    """Raises SecretError if others may read what is private, or put something of theirs in its place.

    Looks at the landing zone, `private` and every folder in it, every key, and at who may write to what is public.
    """
    for folder in (home.landing, home.private):
        _refuse(folder, home, open_to=0o077, mode="700")
    for folder in _within(home.private, home):
        if folder.is_dir():
            _refuse(folder, home, open_to=0o077, mode="700")
    for key in _within(home.keys, home):
        _refuse(key, home, open_to=0o077, mode="600", is_folder=False)
    for folder in (home.root, home.releases):
        _refuse(folder, home, open_to=0o022, mode="go-w")


def _within(folder: Path, home: Home) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _unseen(folder, home, error) from None


def _made(folder: Path, mode: int) -> None:
    if not os.path.lexists(folder):
        folder.mkdir(parents=True)
        folder.chmod(mode)  # whatever the umask says


def _unseen(path: Path, home: Home, error: OSError) -> SecretError:
    where = path.relative_to(home.root.parent).as_posix()
    return SecretError(f"{where}: cannot be looked at ({type(error).__name__}). Check its permissions.")


def _refuse(folder: Path, home: Home, *, open_to: int, mode: str, is_folder: bool = True) -> None:
    where = folder.relative_to(home.root.parent).as_posix()
    try:
        status = folder.stat()
    except FileNotFoundError:
        return
    except OSError as error:
        raise _unseen(folder, home, error) from None
    if is_folder and not stat.S_ISDIR(status.st_mode):
        raise SecretError(f"{where}: is no folder. Move it away.")
    if status.st_uid != os.geteuid():
        raise SecretError(f"{where}: belongs to another account. Run chown on it, or run as that account.")
    if status.st_mode & open_to:
        what = "read or change" if open_to & 0o044 else "change"
        raise SecretError(f"{where}: others may {what} it. Run chmod {mode} {where} (and find out who did).")
