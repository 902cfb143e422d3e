"""What a sender says a delivery holds: `MANIFEST.json` beside the files, rows by file name.

Example: `{"files": {"orders-1.csv.zst": 1200, "orders-2.csv.zst": 87}}`. Rows are what a file holds below its header,
unreadable ones included.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, NonNegativeInt, ValidationError

from schemas.errors import FeedFileError

MANIFEST = "MANIFEST.json"
_MOST_BYTES = 1 << 20


class _Manifest(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    files: dict[str, NonNegativeInt]


def rows_by_file(path: Path) -> dict[str, int]:
    """Rows of each file, as the manifest says.

    Raises: FeedFileError if it is no plain file, too large or not of this form.
    """
    manifest = None
    if path.is_file() and not path.is_symlink() and path.stat().st_size <= _MOST_BYTES:
        try:
            manifest = _Manifest.model_validate_json(path.read_bytes())
        except ValidationError:
            manifest = None
    if manifest is None:
        raise FeedFileError(
            f'{MANIFEST}: is not of the form {{"files": {{"NAME": ROWS}}}}. Ask the sender for it again.'
        )
    return manifest.files


def rows_told(folder: Path, names: frozenset[str]) -> int | None:
    """Rows that a delivery should hold together; None where it brings no manifest.

    Args:
        folder: of the delivery.
        names: of its files, the manifest aside.

    Raises: FeedFileError if the manifest counts other files than there are.
    """
    path = folder / MANIFEST
    if not path.exists():
        return None
    told = rows_by_file(path)
    if set(told) != names:
        raise FeedFileError(
            f"{folder.parent.name}/{folder.name}: {MANIFEST} counts {len(told)} files, of which "
            f"{len(names & set(told))} are among the {len(names)} that came. Land the whole delivery again."
        )
    return sum(told.values())


def manifest_text(rows: Mapping[str, int]) -> str:
    """The text of a manifest."""
    return json.dumps({"files": dict(sorted(rows.items()))}, indent=2) + "\n"
