"""The differencing attack between the forms of one extract: everything in it is built again from its Parquet files."""

from collections.abc import Iterable
from pathlib import Path

import polars as pl

from anonymize.attacks.differencing import ATTACK
from anonymize.attacks.findings import Finding
from schemas.policy import Policy
from schemas.releases import TradeBody
from schemas.taxonomy import Taxonomy
from warehouse.changes import past_of
from warehouse.demand import SealedTables
from warehouse.extracts import EXTRACTED, Extract, derived_files, files_of_extract, footer
from warehouse.searched_files import files_of


def other_than_tables(
    tables: SealedTables,
    folder: Path,
    *,
    releases: Path,
    taxonomy: Taxonomy,
    bodies: Iterable[TradeBody],
    policy: Policy,
) -> list[Finding]:
    """Files of one extract that its Parquet files do not give, byte for byte, and files that nobody accounts for.

    Args:
        tables: The staged tables, open through the door.
        folder: The extract as it is staged, named by its body.
        releases: Folder of everything that was published before.
        taxonomy: Public trees.
        bodies: Recipients.
        policy: Under which the release is made.
    """
    where = f"extracts/{folder.name}"
    body = next((body for body in bodies if body.id == folder.name), None)
    if body is None:
        return [Finding(ATTACK, where, "extract of no trade body", 1)]
    extract = Extract(
        body,
        {name: pl.read_parquet(folder / f"{name}.parquet") for name in EXTRACTED},
        footer(tables, policy),
        tables.classes.night,
        taxonomy,
        past_of(releases, tables.classes.previous, body.id),
    )
    due = derived_files(extract, folder)
    findings = [
        Finding(ATTACK, f"{where}/{name}", "file that says other than its tables", 1)
        for name, content in due.items()
        if not (folder / name).is_file() or (folder / name).read_bytes() != content
    ]
    n_foreign = len({str(path.relative_to(folder)) for path in files_of(folder)} - files_of_extract(due))
    return findings + ([Finding(ATTACK, where, "file of no known kind", n_foreign)] if n_foreign else [])
