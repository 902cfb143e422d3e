"""The `mandi` command inside the test's own process."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipelines import cli, show


@dataclass(frozen=True)
class Told:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str


class Mandi:
    """Runs `mandi` on a home, as a shell would."""

    def __init__(self, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.home = home
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, *words: str | Path) -> Told:
        """Runs one command; the environment is afterwards as it was."""
        kept = dict(os.environ)
        self._capsys.readouterr()
        with self._monkeypatch.context() as patched:
            patched.setenv("MANDI_HOME", str(self.home))
            patched.setattr(sys, "argv", ["mandi", *map(str, words)])
            patched.setattr(show.out, "_width", 200)
            code = 0
            try:
                cli.main()
            except SystemExit as ended:
                code = int(ended.code or 0)
        os.environ.clear()
        os.environ.update(kept)
        out, err = self._capsys.readouterr()
        return Told(code, out, err)
