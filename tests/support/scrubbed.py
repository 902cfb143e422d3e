"""Scrubbed events for tests: every column present, each test names only what it is about."""

import hashlib
from datetime import date
from typing import Any

import polars as pl

from schemas.events import ScrubbedEvent
from schemas.tables import columns_of

NIGHT = date(2026, 1, 20)
"""An ordinary night: no dekad and no month closes."""

SCHEMA: dict[str, Any] = {
    column.name: {
        "text": pl.String, "int64": pl.Int64, "double": pl.Float64, "date": pl.Date, "bool": pl.Boolean,
        "bytes": pl.Binary,
    }[column.type]
    for column in columns_of(ScrubbedEvent)
}  # fmt: skip
_DEFAULTS: dict[str, Any] = {
    "feed": "orders",
    "kind": "order",
    "occurred_on": date(2026, 1, 19),
    "is_settled": True,
    "is_counting": True,
    "is_opted_out": False,
    "product_level": "heading",
    "product_code": "6109",
    "country": "KE",
}


def key(name: str) -> bytes:
    """A made-up pseudonym of the right length."""
    return hashlib.blake2b(name.encode(), digest_size=16).digest()


def scrubbed(*rows: dict[str, Any]) -> pl.DataFrame:
    """A frame of scrubbed events. `event`, `buyer`, `before` (the buyer under the key of the year before), `supplier`,
    `shared` and `cancels` (an event) are names that become keys.

    Events and buyers are numbered unless named; `shared` is an e-mail domain, `unit` and amounts are null.
    """
    full = []
    for number, row in enumerate(rows):
        row = _DEFAULTS | row
        names = {name: row.pop(name, None) for name in ("event", "buyer", "before", "supplier", "shared", "cancels")}
        row["event_key"] = key(f"event {names['event'] or number}")
        row["key_account"] = key(f"buyer {names['buyer'] or number}")
        row["key_account_before"] = key(f"buyer {names['before']}") if names["before"] else None
        row["key_supplier"] = key(f"supplier {names['supplier']}") if names["supplier"] else None
        row["key_cancels"] = key(f"event {names['cancels']}") if names["cancels"] else None
        row["key_domain"] = key(f"domain {names['shared']}") if names["shared"] else None
        row.setdefault("epoch", row["occurred_on"].year)
        full.append(row)
    return pl.DataFrame(
        {name: pl.Series([row.get(name) for row in full], dtype=dtype) for name, dtype in SCHEMA.items()}
    )


def orders(*values_usd: int, **common: Any) -> pl.DataFrame:
    """One order of each value, each of a buyer and with an event key of its own."""
    return scrubbed(*({"value_cents": value * 100} | common for value in values_usd))
