"""Whether two ledgers say the same, part by part: how many rows differ, never which."""

from dataclasses import dataclass
from pathlib import Path

from warehouse.duck import connected
from warehouse.statements import statement

CHAIN = "entries of the chain"
"""The part that also hangs on the code and the policy that made it."""


@dataclass(frozen=True)
class Difference:
    """One part of two ledgers."""

    part: str
    n_there: int
    """Rows that only the first ledger holds."""

    n_here: int
    """Rows that only the second one holds."""

    @property
    def is_equal(self) -> bool:
        """Whether both hold the same rows, each as often."""
        return not self.n_there and not self.n_here


def compare(theirs: Path, ours: Path) -> tuple[Difference, ...]:
    """Every part of two closed ledger files, equal or not.

    Raises: NightError if another process holds one of them.
    """
    with connected(None) as duck:
        duck.run(statement("ledger/attach_both"), theirs=str(theirs), ours=str(ours))
        found = duck.frame(statement("ledger/differences"))
    return tuple(Difference(*row) for row in found.iter_rows())
