"""Where a release comes from: digests of the code that decides, of the taxonomy, and of a release's files.

Called by the ledger when a night is formed, by the publication, and by the verification that computes them again.
"""

import hashlib
from dataclasses import astuple
from functools import cache
from importlib.metadata import version
from pathlib import Path

from schemas.taxonomy import Taxonomy
from warehouse.chain import canonical, digest_of_text
from warehouse.duck import connected
from warehouse.files import sha256_of

DECIDING_ROOMS = ("schemas", "anonymize", "warehouse")
"""Rooms whose code and SQL decide what becomes a class and what is published of it."""

_DECIDING = (".py", ".sql", ".npz")
_ROOT = Path(__file__).resolve().parent.parent


def code_version() -> str:
    """The installed package's version."""
    return version("mandi")


@cache
def code_digest() -> str:
    """SHA-256 over names and bytes of every Python and SQL file, and of the name model, of the rooms that decide.

    It needs no version control.
    """
    return digest_of_code(_ROOT)


def digest_of_code(root: Path) -> str:
    """As `code_digest`, of a checkout elsewhere."""
    paths = [path for room in DECIDING_ROOMS for path in (root / room).rglob("*") if path.suffix in _DECIDING]
    names = sorted(path.relative_to(root).as_posix() for path in paths)
    return digest_of_text("".join(f"{sha256_of(root / name)}  {name}\n" for name in names))


def taxonomy_digest(taxonomy: Taxonomy) -> str:
    """SHA-256 over both trees and the vocabulary."""
    terms = [astuple(term) for term in taxonomy.terms]
    return digest_of_text(canonical({"products": taxonomy.products, "places": taxonomy.places, "terms": terms}))


def files_digest(folder: Path) -> str:
    """SHA-256 over names and contents of everything a release publishes.

    A DuckDB file counts by its tables, columns, comments and rows: the same tables never give the same file twice,
    because DuckDB writes a random identifier into each. Its very bytes are held by the audit's digest.
    """
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return digest_of_text(
        "".join(
            f"{tables_digest(folder / name) if name.endswith('.duckdb') else sha256_of(folder / name)}  {name}\n"
            for name in names
        )
    )


def tables_digest(path: Path) -> str:
    """SHA-256 over all tables of a DuckDB file: names, types, comments, rows in sorted order; and over its macros."""
    digest = hashlib.sha256()
    with connected(path, is_read_only=True) as duck:
        columns = duck.frame(
            "select table_name, column_name, data_type, comment from duckdb_columns() where not internal order by all"
        )
        tables = duck.frame("select table_name, comment from duckdb_tables() where not internal order by all")
        digest.update((tables.write_csv() + columns.write_csv()).encode())
        macros = duck.frame(
            "select function_name, array_to_string(parameters, ', ') as parameters, macro_definition, comment "
            "from duckdb_functions() where not internal order by all"
        )
        if not macros.is_empty():  # releases of before there were macros keep their digest
            digest.update(macros.write_csv().encode())
        for name in columns["table_name"].unique().sort():
            digest.update(f"\n{name}\n".encode())
            digest.update(duck.frame(f"select * from {name} order by all").write_csv().encode())
    return digest.hexdigest()
