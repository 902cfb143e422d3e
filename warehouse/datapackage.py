"""`datapackage.json`: what stands in an extract and what every column means, as a Frictionless data package.

Source: Data Package standard, version 2.0 (datapackage.org). `tests/unit/test_extracts.py` validates against its
profile. Licence and address are the publisher's to say and stand nowhere in a pipeline, hence not here.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from schemas.releases import TradeBody
from schemas.tables import Column
from warehouse.comments import FRICTIONLESS_TYPES

PACKAGE = "datapackage.json"
_PROFILES = "https://datapackage.org/profiles/2.0"

Resource = dict[str, Any]


def resource(
    path: str, content: bytes, *, title: str, columns: Iterable[Column] = (), n_rows: int | None = None
) -> Resource:
    """One file of the package; a table if it has columns.

    Args:
        path: Its name.
        content: Its bytes, for the checksum.
        title: One row for each what.
        columns: Of a table, in order.
        n_rows: Of a table.
    """
    stem, _, form = path.rpartition(".")
    told: Resource = {
        "name": stem,
        "path": path,
        "format": form,
        "title": title,
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
    }
    fields = [_field(column) for column in columns]
    if fields:
        told |= {"rowCount": n_rows, "schema": {"$schema": f"{_PROFILES}/tableschema.json", "fields": fields}}
    if form == "csv":
        told |= {"type": "table", "encoding": "utf-8"}
    return told


def datapackage(body: TradeBody, resources: Iterable[Resource], metadata: Mapping[str, str], night: date) -> bytes:
    """The descriptor of an extract's data files."""
    package = {
        "$schema": f"{_PROFILES}/datapackage.json",
        "name": f"mandi-{body.id}-{metadata['release_id']}",
        "title": f"Demand for {body.title}",
        "version": metadata["release_id"],
        "created": f"{night.isoformat()}T00:00:00Z",
        "mandi": dict(metadata) | {"products": list(body.products)},
        "resources": list(resources),
    }
    return (json.dumps(package, indent=2, ensure_ascii=False) + "\n").encode()


def _field(column: Column) -> dict[str, Any]:
    unit = {"unit": column.unit} if column.unit else {}
    return {
        "name": column.name,
        "type": FRICTIONLESS_TYPES[column.type],
        "description": column.text,
        **unit,
        "constraints": {"required": not column.is_nullable},
    }
