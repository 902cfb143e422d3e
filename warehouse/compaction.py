"""Rewriting the ledger file: a DuckDB file keeps readable remains of deleted rows until it is written anew."""

from pathlib import Path

from schemas.errors import NightError
from warehouse.duck import connected
from warehouse.files import flush_folder
from warehouse.statements import statement


def compact(path: Path) -> None:
    """Puts a copy that holds only living rows in the place of a closed ledger file.

    Memory stays bounded by DuckDB's own. A process that dies in between leaves the old file and the mark that a
    compaction is due; other processes are kept out until the copy is in place.

    Guarantee: no byte of a deleted row is in the new file (`tests/unit/test_pool_over_time.py`).

    Raises: StepError if another process holds the file; NightError if the file is gone.
    """
    if not path.is_file():
        raise NightError(f"{path.name} is missing; restore its backup")
    aside = path.with_name(f".{path.name}.compact")
    for stale in (aside, aside.with_name(f"{aside.name}.wal")):
        stale.unlink(missing_ok=True)
    with connected(None) as duck:
        duck.run(statement("ledger/copy"), old=str(path), new=str(aside))
        aside.chmod(0o600)
        aside.replace(path)
        flush_folder(path.parent)
