"""What only the auditor knows when it attacks: who is behind a night's classes, and what outsiders may have on them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import polars as pl

from warehouse.ledger import Ledger
from warehouse.statements import statement


@dataclass(frozen=True)
class Insiders:
    """The private side of an audit; lives in memory only."""

    identifiers: pl.Series
    """Distinct direct identifiers of raw rows."""
    pseudonyms: Iterable[bytes]
    """Distinct pseudonyms."""
    buyers: pl.DataFrame
    """What each contributor holds in the night's classes: `class_id`, `measure`, `contributor`, `is_counting`,
    `amount`."""
    suppliers: pl.DataFrame
    """The same of suppliers, all of whom count; columns as in `buyers`."""
    manifest: pl.DataFrame
    """`company`, `product_code`, `country`, `month`: one row per line of a perfect customs manifest of the night."""


def insiders_of(ledger: Ledger, night: date, *, identifiers: pl.Series, pseudonyms: Iterable[bytes]) -> Insiders:
    """The auditor's knowledge of a night that is not sealed yet."""
    buyers, suppliers = ledger.evidence(night)
    numbers = ledger.duck.frame(statement("ledger/class_ids"), night=night)
    suppliers = suppliers.rename({"supplier": "contributor"}).with_columns(is_counting=pl.lit(True))
    return Insiders(
        identifiers,
        pseudonyms,
        _numbered(buyers, numbers),
        _numbered(suppliers, numbers),
        ledger.duck.frame(statement("ledger/manifest"), night=night),
    )


def _numbered(held: pl.DataFrame, numbers: pl.DataFrame) -> pl.DataFrame:
    return held.join(numbers, left_on="group_no", right_on="class_no").select(
        "class_id", "measure", "contributor", "is_counting", "amount"
    )
