"""Files that a command writes where its user says: whole under their name or not at all, and never over anything else.

Belongs here: refusing a target that is no ordinary file, and writing aside. Called by the commands that write results.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from schemas.errors import ConfigurationError


def refuse_output(output: Path, source: Path) -> None:
    """Raises ConfigurationError if a result would replace a device, a pipe or what it is made from, or has no folder.

    A rename puts a file in the place of whatever bears the name: as root also of `/dev/null`.
    """
    if output.is_dir() or not output.parent.is_dir():
        raise ConfigurationError(f"{output.name or 'the output'} must be a file in a folder that exists; name another")
    if output.exists() and not output.is_file():
        raise ConfigurationError(f"{output.name} is no ordinary file; leave -o out to write to standard output")
    if output.exists() and source.exists() and output.samefile(source):
        raise ConfigurationError(f"{output.name} is what is read; name another file to write")


@contextmanager
def whole_file(output: Path) -> Iterator[BinaryIO]:
    """A file to write, put in place at the end and only then; where the name is a link, its target is replaced.

    It is written aside under a name that nobody had, readable by its owner alone.
    """
    target = output.resolve()
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def is_file(source: str) -> bool:
    """Whether a text names a file; one that is too long or unfit for a name does not."""
    with suppress(OSError, ValueError):
        return Path(source).is_file()
    return False
