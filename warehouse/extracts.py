"""Extracts: one folder a trade body with only its products, as Parquet that any tool opens, signed."""

import json
from collections.abc import Iterable
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from schemas.errors import ConfigurationError, DisclosureError
from schemas.policy import Policy
from schemas.published import SCHEMA_VERSION, ClassRow, DemandRow
from schemas.releases import TradeBody
from schemas.tables import Table, columns_of, grain_of
from schemas.taxonomy import Taxonomy
from warehouse.comments import FRICTIONLESS_TYPES, arrow_schema, described
from warehouse.demand import SealedTables, ancestry
from warehouse.duck import connected
from warehouse.files import write_whole
from warehouse.signatures import sign

EXTRACTED: dict[str, type[Table]] = {"classes": ClassRow, "demand": DemandRow}
"""Tables every extract holds; both are sorted by product, place, period."""

ORDER = ("kind", "product_code", "place_code", "period_start", "period_level")


def write_extracts(
    tables: SealedTables,
    bodies: Iterable[TradeBody],
    folder: Path,
    *,
    taxonomy: Taxonomy,
    policy: Policy,
    key: Ed25519PrivateKey,
) -> dict[str, dict[str, int]]:
    """Writes `<body>/classes.parquet`, `<body>/demand.parquet`, `datapackage.json` and signed checksums.

    Returns: rows of each table, by body.

    Guarantee: an extract holds no row outside its body's product nodes; the same sealed tables, policy and key give
        the same bytes (`tests/e2e/test_nights.py`).

    Raises: ConfigurationError if a body names a product node that does not exist; DisclosureError if `tables` did not
        come through the door.
    """
    if not isinstance(tables, SealedTables):
        raise DisclosureError("extracts are written from sealed tables only; call warehouse.demand.build_tables")
    written: dict[str, dict[str, int]] = {}
    above = ancestry(taxonomy.products)
    metadata = {
        "release_id": tables.classes.release_id,
        "schema_version": SCHEMA_VERSION,
        "policy": f"{policy.name} {policy.version}",
        "policy_sha256": tables.classes.policy_digest,
    }
    with connected(tables.path, is_read_only=True) as duck:
        frames = {name: duck.frame(f"select * from {name}") for name in EXTRACTED}
    for body in bodies:
        unknown = sorted(set(body.products) - set(above["code"]))
        if unknown:
            raise ConfigurationError(
                f"trade body {body.id}: no product node {', '.join(unknown)}; see mandi tables products"
            )
        codes = above.filter(pl.col("up_code").is_in(list(body.products))).select(product_code="code").unique()
        into = folder / body.id
        into.mkdir(parents=True, exist_ok=True)
        written[body.id] = {}
        for name, table in EXTRACTED.items():
            rows = frames[name].join(codes, on="product_code", how="semi")
            _write_parquet(rows, table, into / f"{name}.parquet", metadata)
            written[body.id][name] = rows.height
        write_whole(into / "datapackage.json", _datapackage(body, metadata, written[body.id]))
        sign(into, key)
    return written


def row_order(columns: Iterable[str]) -> list[str]:
    """The columns by which the rows of an extracted table are sorted: public labels only."""
    present = set(columns)
    return [name for name in (*ORDER, "nes", "release_id", "class_id") if name in present]


def _write_parquet(frame: pl.DataFrame, table: type[Table], path: Path, metadata: dict[str, str]) -> None:
    rows = frame.sort(row_order(frame.columns), nulls_last=False).to_arrow().cast(arrow_schema(table, metadata))
    pq.write_table(rows, path, compression="zstd", row_group_size=100_000, write_statistics=True)


def _datapackage(body: TradeBody, metadata: dict[str, str], n_rows: dict[str, int]) -> bytes:
    """A Frictionless data package (v2) that describes every column."""
    resources = [
        {
            "name": name,
            "path": f"{name}.parquet",
            "format": "parquet",
            "title": grain_of(table),
            "rowCount": n_rows[name],
            "schema": {
                "fields": [
                    {
                        "name": column.name,
                        "type": FRICTIONLESS_TYPES[column.type],
                        "description": described(column.text, column.unit),
                        "constraints": {"required": not column.is_nullable},
                    }
                    for column in columns_of(table)
                ]
            },
        }
        for name, table in EXTRACTED.items()
    ]
    package = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": f"mandi-{body.id}-{metadata['release_id']}",
        "title": f"Demand for {body.title}",
        "version": metadata["release_id"],
        "mandi": metadata | {"products": list(body.products)},
        "resources": resources,
    }
    return (json.dumps(package, indent=2, ensure_ascii=False) + "\n").encode()
