"""What goes wrong in a feed: impossible values in a row, and lines that cannot be parsed at all.

Every fault stays within its own line: nothing here swallows the rows that follow.
"""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import polars as pl

from feeds.demo.pools import Bools, Ints

MALFORMED_SHARE = 0.003
_BROKEN_SHARE = 0.3

Fault = Mapping[str, object]
_RFQ_FAULTS: tuple[Fault, ...] = (
    {"posted_at": "2026-13-45T27:61:00+05:30"},
    {"posted_at": "yesterday"},
    {"quantity": "-500 Pieces"},
    {"quantity": "999999999999999 Pieces"},
    {"buyer_id": None},
    {"buyer_id": None, "buyer_name": None, "company": None, "email": None, "phone": None, "tax_id": None},
    {"hs_code": "999999"},
    {"hs_code": "ABCDEF"},
    {"quotes_received": -3},
    {"title": None, "message": None},
)
_INQUIRY_FAULTS: tuple[Fault, ...] = (
    {"Sent": "31-02-2026 10:15"},
    {"Sent": "00-00-0000 00:00"},
    {"Qty": "-50"},
    {"Qty": "99999999999999"},
    {"Target Price": "n/a"},
    {"Target Price": "0.0000000001", "Currency": "USD"},
    {"Buyer Account": None},
    {"Buyer Account": None, "Contact Person": None, "Company Name": None, "E-mail": None, "Mobile": None},
    {"HS Code": "0000.00"},
    {"Inquiry No": None},
)
_SEARCH_FAULTS: tuple[Fault, ...] = (
    {"at": datetime(1970, 1, 1, tzinfo=UTC)},
    {"at": None},
    {"account_id": None},
    {"country": "ZZ"},
    {"query": None},
)
_ORDER_FAULTS: tuple[Fault, ...] = (
    {"placed_at": "2026-02-30T11:00:00Z"},
    {"placed_at": "0001-01-01T00:00:00Z"},
    {"quantity": "-12"},
    {"quantity": "99999999999999"},
    {"unit_price": "n/a"},
    {"unit_price": "9999999999.99"},
    {"buyer_account": None, "buyer_company": None, "buyer_email": None, "buyer_tax_id": None, "payment_account": None},
    {"hs_code": "000000"},
    {"hs_code": "SEE INVOICE"},
    {"currency": "XXX"},
)
FAULTS = {
    "demo_rfqs": _RFQ_FAULTS,
    "demo_inquiries": _INQUIRY_FAULTS,
    "demo_searches": _SEARCH_FAULTS,
    "demo_orders": _ORDER_FAULTS,
}


@dataclass(frozen=True)
class Spoilt:
    """A chunk with its faults: values changed in place, and which rows are to be written as lines that do not parse."""

    frame: pl.DataFrame
    is_malformed: Bools
    is_broken: Bools


def spoil(frame: pl.DataFrame, feed: str, rng: np.random.Generator) -> Spoilt:
    """The frame with `MALFORMED_SHARE` of its rows malformed; Parquet rows are never broken as lines."""
    n, faults = len(frame), FAULTS[feed]
    is_malformed = rng.random(n) < MALFORMED_SHARE
    is_broken = is_malformed & (rng.random(n) < (_BROKEN_SHARE if feed != "demo_searches" else 0.0))
    kinds: Ints = np.where(is_malformed & ~is_broken, rng.integers(1, len(faults) + 1, n), 0)
    changes: dict[str, pl.Expr] = {}
    for kind, fault in enumerate(faults, 1):
        for column, value in fault.items():
            before = changes.get(column, pl.col(column))
            changes[column] = (
                pl.when(pl.col("_fault") == kind)
                .then(pl.lit(value).cast(frame.schema[column]))
                .otherwise(before)
                .alias(column)
            )
    spoilt = frame.with_columns(pl.Series("_fault", kinds)).with_columns(*changes.values()).drop("_fault")
    return Spoilt(spoilt, is_malformed, is_broken)


def break_json(rows: pl.DataFrame) -> bytes:
    """Each row as a JSON line that does not parse: cut short, or with its first brace lost."""
    lines = []
    for row in rows.iter_rows(named=True):
        line = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
        lines.append(line[: len(line) * 3 // 5] if len(line) % 2 else line[1:])
    return "".join(line + "\n" for line in lines).encode()


def break_csv(rows: pl.DataFrame) -> bytes:
    """Each row as a CSV record with too few or too many fields."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    for row in rows.iter_rows():
        fields = ["" if value is None else value for value in row]
        size = sum(len(str(field)) for field in fields)
        writer.writerow(fields[: len(fields) - 1 - size % 4] if size % 2 else [*fields, "", "0"])
    return buffer.getvalue().encode()
