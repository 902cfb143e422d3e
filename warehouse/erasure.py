"""Erasure in the ledger: what waits of one buyer and what joins his accounts leave; published classes stay.

A class holds the sums of at least k contributors and no row of any of them, so nothing in it is his alone. Keyed ids of
his events stay in `seen` until their epoch closes: they name no buyer, and keep what is delivered again from being
counted a second time.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date

import polars as pl

from schemas.errors import NightError
from schemas.home import Home
from warehouse.chain import Entry, append, entries
from warehouse.ledger import Ledger
from warehouse.statements import statement

JOURNAL = "journal.json"
"""In the folder of an erasure in progress: present once everything is written aside."""


@dataclass(frozen=True)
class Held:
    """What the ledger holds of some accounts."""

    n_pooled: int
    n_keys: int
    n_terms: int
    """Terms that the accounts asked for, of months that are not drawn yet."""


def held(ledger: Ledger, accounts: pl.DataFrame) -> Held:
    """What the ledger holds of accounts, given as `epoch` and `account` (a pseudonym)."""
    ledger.duck.load("forgotten", accounts.select("epoch", "account").unique())
    [counts] = ledger.duck.frame(statement("ledger/forgettable")).rows(named=True)
    return Held(**counts)


def forget(ledger: Ledger, accounts: pl.DataFrame, *, receipt: str, counts: Mapping[str, int]) -> Entry:
    """Removes accounts from pool and key tables and links a receipt to the chain, in one transaction.

    Args:
        accounts: As `held` takes them.
        receipt: Random id of this erasure; a second call with the same one changes nothing.
        counts: What was removed elsewhere; goes into the receipt.

    Guarantee: afterwards no row of the ledger bears one of these pseudonyms, other accounts are joined as before, and
        the next night accounts for what was erased (`tests/unit/test_erasure.py`).

    Raises: NightError if a night is formed and not published: its classes hold what would be erased.
    """
    refuse_open_night(ledger)
    known = next((entry for entry in entries(ledger.duck) if entry.facts.get("receipt") == receipt), None)
    if known:
        return known
    night = ledger.last_sealed() or date.min
    with ledger.duck.transaction():
        found = held(ledger, accounts)
        ledger.duck.run(statement("ledger/forget"), receipt=receipt, night=night)
        ledger.duck.run("insert into erasures values ($receipt, $n, null)", receipt=receipt, n=found.n_pooled)
        facts = {"receipt": receipt, **counts, **asdict(found)}
        return append(ledger.duck, "erasure", night, facts)


def refuse_open_night(ledger: Ledger) -> None:
    """Raises NightError if a night is formed and not published."""
    waiting = [record.night for record in ledger.records() if not record.is_sealed]
    if waiting:
        raise NightError(f"night {waiting[0]} is not published yet; run mandi night {waiting[0]}, then forget")


def refuse_unfinished(home: Home) -> None:
    """Raises NightError if an erasure was interrupted after it had begun to change things."""
    if (home.erasing / JOURNAL).is_file():
        raise NightError("an erasure was interrupted; run the same mandi forget again, then this")
