"""Where secret keys come from: files of this home, the environment, or a command of a key keeper.

Belongs here: reading `MANDI_KEYS` and fetching one key by its name. Does not belong here: what keys there are and
which were destroyed (`keyring`). Only keys in files are made by Mandi; elsewhere whoever keeps them makes them. A key
that is fetched is 64 hexadecimal digits, and neither it nor anything a command prints is ever told.
"""

import os
import re
import selectors
import shlex
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from schemas.errors import SecretError

KEY_BYTES = 32
COMMAND_SECONDS = 30.0
"""How long a command may take to give a key."""

_COMMAND = "command:"
_NAME = "{name}"
_DIGITS = re.compile(rb"\s*([0-9a-fA-F]{64})\s*")
_MOST_BYTES = 4096
_KILL_SECONDS = 5.0
"""How long a killed command may take to be gone before it is left to the system."""


@dataclass(frozen=True)
class KeySource:
    """One way of coming by keys."""

    kind: Literal["file", "environment", "command"] = "file"
    command: tuple[str, ...] = ()
    """Program and arguments; `{name}` in an argument stands for the name of the key."""

    @staticmethod
    def from_environment() -> "KeySource":
        """What `$MANDI_KEYS` says; files where it says nothing.

        Raises: SecretError if it says anything that is not understood.
        """
        return source_of(os.environ.get("MANDI_KEYS", "file"))

    @property
    def makes_keys(self) -> bool:
        """Whether Mandi makes and destroys the keys by itself."""
        return self.kind == "file"

    def fetch(self, name: str) -> bytes:
        """The 32 bytes of a key that is kept elsewhere.

        Raises: SecretError if it is not there, is no key, or the command fails or takes too long.
        """
        if self.kind == "environment":
            variable = variable_of(name)
            given = os.environ.get(variable)
            if given is None:
                raise SecretError(f"key {name}: {variable} is not set. Set it to the key's 64 hexadecimal digits.")
            return _parsed(given.encode(errors="replace"), name)
        return _from_command(self.command, name)


FILES = KeySource()
"""Keys that Mandi makes and keeps itself."""


def source_of(setting: str) -> KeySource:
    """The source that a setting names: `file`, `environment`, or `command:PROGRAM ARGUMENT ...` with `{name}` in it.

    Raises: SecretError if the setting is none of them, or the program is not named by its full path.
    """
    if setting in ("file", ""):
        return FILES
    if setting == "environment":
        return KeySource("environment")
    words: list[str] = []
    if setting.startswith(_COMMAND):
        try:
            words = shlex.split(setting.removeprefix(_COMMAND))
        except ValueError:
            words = []
    if not words:
        raise SecretError("MANDI_KEYS: is none of file, environment and command:PROGRAM ARGUMENT .... Mend it.")
    if not Path(words[0]).is_absolute():
        raise SecretError("MANDI_KEYS: name the program by its full path, so that no other one can take its place.")
    if not any(_NAME in word for word in words[1:]):
        raise SecretError("MANDI_KEYS: no argument holds {name}, which stands for the name of the key. Add it.")
    return KeySource("command", tuple(words))


def variable_of(name: str) -> str:
    """The environment variable that holds a key: `MANDI_KEY_EPOCH_2026` for `epoch-2026`."""
    return f"MANDI_KEY_{name.replace('-', '_').upper()}"


@lru_cache(maxsize=64)
def _from_command(command: tuple[str, ...], name: str) -> bytes:
    """What the command prints for a key; asked once a process, since every batch needs it again."""
    problem, printed = "", b""
    try:
        process = subprocess.Popen(  # no shell; the program is the operator's own setting
            [command[0], *(word.replace(_NAME, name) for word in command[1:])],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        problem = f"cannot be run ({type(error).__name__})"
    else:
        try:
            printed = _printed(process, until := time.monotonic() + COMMAND_SECONDS)
            if len(printed) <= _MOST_BYTES:  # else it may still be printing; what it said is no key however it ends
                code = process.wait(max(until - time.monotonic(), 0))
                problem = f"ended with exit code {code}" if code else ""
        except subprocess.TimeoutExpired:
            problem = f"gave none within {COMMAND_SECONDS:g} seconds"
        finally:
            _end(process)
    if problem:
        raise SecretError(f"key {name}: the command of MANDI_KEYS {problem}. Run it by hand and mend it.")
    return _parsed(printed, name)


def _printed(process: subprocess.Popen[bytes], until: float) -> bytes:
    """What a command prints, up to one byte more than a key may be; raises TimeoutExpired when its time is over."""
    assert process.stdout is not None
    printed = b""
    with selectors.DefaultSelector() as ready:
        ready.register(process.stdout, selectors.EVENT_READ)
        while len(printed) <= _MOST_BYTES:
            if not ready.select(max(until - time.monotonic(), 0)):
                raise subprocess.TimeoutExpired(process.args, COMMAND_SECONDS)
            part = os.read(process.stdout.fileno(), _MOST_BYTES + 1 - len(printed))
            if not part:
                break
            printed += part
    return printed


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends a command that still runs, with its children; waits for it no longer than for a moment."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_KILL_SECONDS)
    if process.stdout is not None:
        process.stdout.close()


def _parsed(given: bytes, name: str) -> bytes:
    found = _DIGITS.fullmatch(given) if len(given) <= _MOST_BYTES else None
    if found is None:
        raise SecretError(f"key {name}: what its source gives is not 64 hexadecimal digits. Mend it there.")
    return bytes.fromhex(found[1].decode())
