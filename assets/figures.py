"""Exact figures of a night, kept in `private/reports/<night>/`, one JSON file a step; the morning's reading."""

import json
from datetime import date
from typing import Any

from schemas.errors import NightError
from schemas.home import Home
from warehouse.files import write_whole

Figures = dict[str, Any]
"""Counts and names of public things; never a value of a row."""


def keep_figures(home: Home, night: date, step: str, figures: Figures) -> None:
    """Keeps what a step counted."""
    content = json.dumps(figures, indent=2, sort_keys=True, default=str) + "\n"
    home.private.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_whole(home.report(night) / f"{step}.json", content.encode(), mode=0o600)


def keep_release(home: Home, night: date | None) -> None:
    """Keeps that a night is published and sealed: the last of its figures, by which the morning knows it.

    Called again with the newest sealed night, for a crash may have come between.
    """
    if night is not None and not (home.report(night) / "release.json").is_file():
        keep_figures(home, night, "release", {"release_id": night.isoformat()})


def figures_of(home: Home, night: date, step: str) -> Figures:
    """What a step counted.

    Raises: NightError if the step has not run for that night.
    """
    path = home.report(night) / f"{step}.json"
    if not path.is_file():
        raise NightError(f"night {night}: {step} has not run; run mandi night {night}")
    found: Figures = json.loads(path.read_text(encoding="utf-8"))
    return found
