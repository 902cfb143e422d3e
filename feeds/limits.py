"""What one landed file may unfold to: a small file that becomes a vast one is refused while it is read.

Belongs here: the bounds that all readers share. Memory is bounded by blocks and batches anyway; these bounds end a file
that would be read for ever.
"""

from pathlib import Path

from feeds.raw import file_error
from schemas.errors import FeedFileError

FREE_BYTES = 64 << 20
"""A file may always unfold to this much."""
FREE_ROWS = 1_000_000
ROWS_PER_BYTE = 64
"""Rows that a Parquet file may claim: so many, or this many for each of its bytes."""
MAX_COLUMNS = 10_000
BATCH_BYTES = 1 << 30
"""Most bytes of text in one batch of a Parquet file."""


class Expansion:
    """How much of a file has been unfolded so far, against its own size."""

    def __init__(self, path: Path, times: int) -> None:
        self._path = path
        self._most = FREE_BYTES + times * path.stat().st_size
        self._n_bytes = 0

    def add(self, n_bytes: int) -> None:
        """Counts bytes that were unfolded.

        Raises: FeedFileError once there are more than a file of its size may hold.
        """
        self._n_bytes += n_bytes
        if self._n_bytes > self._most:
            raise too_large(self._path, "unfolds to far more than its size")


def refuse_absurd_rows(path: Path, n_rows: int) -> None:
    """Raises FeedFileError if a file claims more rows than its bytes can tell apart."""
    if not 0 <= n_rows <= max(FREE_ROWS, ROWS_PER_BYTE * path.stat().st_size):
        raise too_large(path, "claims more rows than it can hold")


def too_large(path: Path, problem: str) -> FeedFileError:
    """The error for a file that is not what its size says."""
    return file_error(path, problem, "Ask the sender what it is; a contract may allow more by max_expansion")
