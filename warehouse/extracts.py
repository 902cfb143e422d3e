"""Extracts: one folder a trade body with only its products, in forms that any tool opens, signed.

Belongs here: which rows a body holds, which files are made of them, and in which order. How each file is written has a
module of its own. A further file is a further entry of `PARTS`: it is then checksummed, signed, and built again by the
audit, without anybody thinking of it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import polars as pl
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from schemas.errors import DisclosureError
from schemas.policy import Policy
from schemas.published import SCHEMA_VERSION
from schemas.releases import TradeBody
from schemas.tables import Table, columns_of, grain_of
from schemas.taxonomy import Taxonomy
from warehouse.brief import brief_pages
from warehouse.changes import Past, changes, past_of
from warehouse.datapackage import PACKAGE, Resource, datapackage, resource
from warehouse.demand import TABLES, SealedTables
from warehouse.duck import connected
from warehouse.files import write_whole
from warehouse.headline import Headline, headline, headline_csv
from warehouse.parquet_files import row_order, write_parquet
from warehouse.recipients import codes_of
from warehouse.signatures import PUBLIC_KEY, SIGNATURE, SUMS, sign
from warehouse.workbook import workbook

EXTRACTED: dict[str, type[Table]] = {
    name: table for name, table in TABLES.items() if "product_code" in table.model_fields
}
"""Tables every extract holds: all whose rows stand at product nodes."""

HEADLINES = tuple(name for name in EXTRACTED if name != "classes")
"""Tables that people read in spreadsheets."""

WORKBOOK, CHANGES = "headline.xlsx", "CHANGES.md"


@dataclass(frozen=True)
class Extract:
    """What one body is told in one release: everything that its files are made of."""

    body: TradeBody
    frames: Mapping[str, pl.DataFrame]
    """Rows of each extracted table, as they stand in its Parquet file."""

    metadata: Mapping[str, str]
    night: date
    taxonomy: Taxonomy
    past: Past

    @cached_property
    def headlines(self) -> dict[str, Headline]:
        """The headline tables, by name."""
        return {name: headline(self.frames[name], EXTRACTED[name], self.taxonomy) for name in HEADLINES}

    @property
    def n_rows(self) -> dict[str, int]:
        """Rows of each extracted table."""
        return {name: frame.height for name, frame in self.frames.items()}


def _spreadsheets(extract: Extract) -> dict[str, bytes]:
    files = {f"headline_{name}.csv": headline_csv(shown) for name, shown in extract.headlines.items()}
    return files | {WORKBOOK: workbook(extract.body, extract.headlines, extract.metadata, night=extract.night)}


def _changes(extract: Extract) -> dict[str, bytes]:
    columns = {name: tuple(frame.columns) for name, frame in extract.frames.items()}
    text = changes(
        extract.body,
        extract.frames["classes"],
        columns=columns,
        n_rows=extract.n_rows,
        release=extract.metadata,
        past=extract.past,
    )
    return {CHANGES: text}


def _brief(extract: Extract) -> dict[str, bytes]:
    return brief_pages(extract.body, extract.frames, extract.metadata, extract.taxonomy)


PARTS: tuple[Callable[[Extract], dict[str, bytes]], ...] = (_spreadsheets, _changes, _brief)
"""What is made of an extract's tables beside their Parquet files: each returns files by name."""

LAST = ("nes", "release_id", "class_id", "price_unit", "price_low", "price_high")


def write_extracts(
    tables: SealedTables,
    bodies: Iterable[TradeBody],
    folder: Path,
    *,
    releases: Path,
    taxonomy: Taxonomy,
    policy: Policy,
    key: Ed25519PrivateKey,
) -> dict[str, dict[str, int]]:
    """Writes one folder a body: Parquet, spreadsheets, a brief, `CHANGES.md`, `datapackage.json`, signed checksums.

    Args:
        tables: Built from classes that came through the door.
        bodies: Recipients.
        folder: Where their folders go.
        releases: Everything that was published before, for what changed; may be absent.
        taxonomy: Product and place trees.
        policy: Under which the release is made.
        key: Signs the checksums.

    Returns: rows of each table, by body.

    Guarantee: an extract holds no row outside its body's product nodes, but for the terms of a sector that holds them
        all (`warehouse.recipients`); the same sealed tables, policy, key and earlier
        releases give the same bytes (`tests/e2e/test_nights.py`).

    Raises: ConfigurationError if a body names a product node that does not exist; DisclosureError if `tables` did not
        come through the door.
    """
    if not isinstance(tables, SealedTables):
        raise DisclosureError("extracts are written from sealed tables only; call warehouse.demand.build_tables")
    written: dict[str, dict[str, int]] = {}
    metadata = footer(tables, policy)
    with connected(tables.path, is_read_only=True) as duck:
        frames = {name: duck.frame(f"select * from {name}") for name in EXTRACTED}
    for body in bodies:
        own = {
            name: frame.join(codes_of(body, taxonomy, name), on="product_code", how="semi")
            for name, frame in frames.items()
        }
        into = folder / body.id
        into.mkdir(parents=True, exist_ok=True)
        for name, frame in own.items():
            own[name] = frame.sort(row_order(frame.columns), nulls_last=False)
            write_parquet(own[name], EXTRACTED[name], into / f"{name}.parquet", metadata)
        past = past_of(releases, tables.classes.previous, body.id)
        extract = Extract(body, own, metadata, tables.classes.night, taxonomy, past)
        for path, content in derived_files(extract, into).items():
            write_whole(into / path, content)
        sign(into, key)
        written[body.id] = extract.n_rows
    return written


def footer(tables: SealedTables, policy: Policy) -> dict[str, str]:
    """What the footer of every Parquet file of a release says."""
    return {
        "release_id": tables.classes.release_id,
        "schema_version": SCHEMA_VERSION,
        "policy": f"{policy.name} {policy.version}",
        "policy_sha256": tables.classes.policy_digest,
    }


def derived_files(extract: Extract, folder: Path) -> dict[str, bytes]:
    """Every file of an extract beside its Parquet files and what signs them, the data package last.

    Args:
        extract: What it is made of.
        folder: Where its Parquet files stand already; the data package holds their checksums.

    Guarantee: nothing but the Parquet files, public facts and the past of `extract` enters them
        (`warehouse.audit` builds them again from the staged Parquet files and compares every byte).
    """
    files: dict[str, bytes] = {}
    for part in PARTS:
        files |= part(extract)
    tables = [_table(name, (folder / f"{name}.parquet").read_bytes(), frame) for name, frame in extract.frames.items()]
    shown = [
        resource(
            f"headline_{name}.csv",
            files[f"headline_{name}.csv"],
            title=f"What to read first of {name}. {grain_of(EXTRACTED[name])}",
            columns=head.columns,
            n_rows=head.frame.height,
        )
        for name, head in extract.headlines.items()
    ]
    others = [resource(path, files[path], title=_TITLES[path]) for path in files if path in _TITLES]
    files[PACKAGE] = datapackage(extract.body, [*tables, *shown, *others], extract.metadata, extract.night)
    return files


_TITLES = {WORKBOOK: "The headline tables as a workbook for people in spreadsheets"}
"""Files that the data package names beside tables."""


def files_of_extract(derived: Iterable[str]) -> frozenset[str]:
    """Names of all files that an extract may hold, given those that are made of its tables."""
    return frozenset({*(f"{name}.parquet" for name in EXTRACTED), *derived, SUMS, SIGNATURE, PUBLIC_KEY})


def _table(name: str, content: bytes, frame: pl.DataFrame) -> Resource:
    table = EXTRACTED[name]
    return resource(f"{name}.parquet", content, title=grain_of(table), columns=columns_of(table), n_rows=frame.height)
