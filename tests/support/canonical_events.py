"""Canonical events for tests: every column present, each test names only what it is about."""

from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from schemas.events import CanonicalEvent
from schemas.tables import columns_of

_TYPES: dict[str, Any] = {
    "text": pl.String,
    "int64": pl.Int64,
    "double": pl.Float64,
    "date": pl.Date,
    "timestamp": pl.Datetime("us", "UTC"),
    "bool": pl.Boolean,
}
_DEFAULTS: dict[str, Any] = {
    "kind": "rfq",
    "occurred_at": datetime(2025, 7, 13, tzinfo=UTC),
    "occurred_on": date(2025, 7, 13),
    "is_settled": True,
    "is_verified": True,
    "product_level": "heading",
    "product_code": "5208",
}


def canonical(*rows: dict[str, Any]) -> pl.DataFrame:
    """A frame of canonical events; event ids count up and accounts are null unless given."""
    full = [{"event_id": f"e{number}", **_DEFAULTS, **row} for number, row in enumerate(rows)]
    return pl.DataFrame(
        {
            column.name: pl.Series([row.get(column.name) for row in full], dtype=_TYPES[column.type])
            for column in columns_of(CanonicalEvent)
        }
    )
