"""What only the auditor knows when it attacks: who is behind a night's classes, and what outsiders may have on them."""

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
    pseudonyms: pl.Series
    """Distinct pseudonyms."""
    buyers: pl.DataFrame
    """What each contributor holds in the night's classes: `class_id`, `measure`, `contributor`, `is_counting`,
    `amount`."""
    suppliers: pl.DataFrame
    """The same of suppliers, all of whom count; columns as in `buyers`."""
    sales: pl.DataFrame
    """What each supplier sold to each contributor: `class_id`, `measure`, `supplier`, `contributor`, `amount`."""
    manifest: pl.DataFrame
    """`company`, `product_code`, `country`, `month`: one row per line of a perfect customs manifest of the night."""


def insiders_of(ledger: Ledger, night: date, *, identifiers: pl.Series, pseudonyms: pl.Series) -> Insiders:
    """The auditor's knowledge of a night that is not sealed yet."""
    buyers, suppliers = ledger.evidence(night)
    numbers = ledger.duck.frame(statement("ledger/class_ids"), night=night)
    suppliers = suppliers.rename({"supplier": "contributor"}).with_columns(is_counting=pl.lit(True))
    sales = ledger.duck.frame(statement("ledger/evidence_of_sales"), night=night)
    held = ("class_id", "measure", "contributor", "is_counting", "amount")
    return Insiders(
        identifiers,
        pseudonyms,
        _numbered(buyers, numbers).select(held),
        _numbered(suppliers, numbers).select(held),
        _numbered(sales, numbers).select("class_id", "measure", "supplier", "contributor", "amount"),
        ledger.duck.frame(statement("ledger/manifest"), night=night),
    )


def _numbered(rows: pl.DataFrame, numbers: pl.DataFrame) -> pl.DataFrame:
    return rows.join(numbers, left_on="group_no", right_on="class_no")
