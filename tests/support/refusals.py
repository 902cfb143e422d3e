"""What tests of refused commands share: a good delivery, a way to put a bad one in its place, and the one line."""

import hashlib
import shutil
from datetime import date
from pathlib import Path

from feeds.landing import SUMS
from schemas.home import Home
from tests.conftest import Installation
from tests.support.command import Mandi, Told

NIGHT = date(2026, 2, 4)
"""The night after the last published one."""

HEADER = "order_no,ordered_on,customer_id,seller_id,customer_name"


def released(mandi: Mandi) -> list[str]:
    return sorted(str(path.relative_to(mandi.home)) for path in (mandi.home / "releases").rglob("*"))


def assert_refused(mandi: Mandi, *words: str | Path, saying: str) -> Told:
    """The command ends in one line that says so, and publishes nothing."""
    before = released(mandi)
    told = mandi(*words)

    assert (told.code, len(told.err.splitlines())) == (2, 1), told
    assert told.err.startswith("mandi: ") and saying in told.err
    assert told.out == ""
    assert released(mandi) == before
    return told


def put(home: Path, file: Path, feed: str, night: date = NIGHT) -> None:
    """Puts a file among what landed, with its checksum, as it is: as if it had been damaged before it was landed."""
    folder = Home(home).landed(feed, night)
    folder.mkdir(parents=True, mode=0o700)
    shutil.copy(file, folder / file.name)
    (folder / SUMS).write_text(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n")


def delivered(published: Installation, feed: str) -> Path:
    """A file of a feed as it landed on the last night."""
    return next(path for path in published.home.landed(feed, date(2026, 2, 3)).iterdir() if path.name != SUMS)
