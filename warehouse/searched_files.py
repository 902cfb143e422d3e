"""Every byte of a folder made searchable: the identifier attack on Parquet, DuckDB and whatever else is published."""

from collections.abc import Iterable
from pathlib import Path

import polars as pl

from anonymize.attacks.findings import Finding
from anonymize.attacks.forensics import parquet_texts, texts_of
from anonymize.attacks.identifiers import (
    MIN_RUN,
    Pseudonyms,
    findings_of,
    found_in_texts,
    hits,
    readable_runs,
    secret_identifiers,
)
from anonymize.attacks.spreadsheets import csv_texts, workbook_bytes, workbook_texts
from anonymize.attacks.vocabulary import vocabulary
from schemas.releases import TradeBody
from schemas.tables import columns_of, grain_of
from schemas.taxonomy import Taxonomy
from warehouse.brief import fixed_texts as texts_of_briefs
from warehouse.comments import described
from warehouse.demand import TABLES
from warehouse.disclosure_page import fixed_texts
from warehouse.duck import connected
from warehouse.headline import TITLES
from warehouse.workbook import fixed_texts as texts_of_workbooks

READERS = {".parquet": parquet_texts, ".xlsx": workbook_texts, ".csv": csv_texts}
"""How the texts of a file are told from its figures, by kind of file; DuckDB's reader stands below."""


def files_of(folder: Path) -> list[Path]:
    """Every file below a folder, sorted."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def search_files(
    folder: Path, *, public: frozenset[str], identifiers: pl.Series, pseudonyms: Iterable[bytes] | pl.Series
) -> list[Finding]:
    """The identifier attack on every byte of every file below a folder, compressed ones also decompressed.

    Of a CSV file cells that are texts are searched, and not its raw lines: there a sum would look like an account.
    """
    files = {str(path.relative_to(folder)): path for path in files_of(folder)}
    readers = READERS | {".duckdb": duckdb_texts}
    typed = [
        pl.DataFrame({"text": readers[path.suffix](path)}).select(pl.lit(where).alias("where"), "text")
        for where, path in files.items()
        if path.suffix in readers
    ]
    runs = [readable_runs(path, where) for where, path in files.items() if path.suffix != ".csv"]
    none = pl.DataFrame(schema={"where": pl.String, "text": pl.String})
    findings = found_in_texts(pl.concat([none, *typed]), identifiers, public_words=public)
    long = identifiers.filter(identifiers.str.len_chars() >= MIN_RUN)
    in_bytes = hits(pl.concat([none, *runs]), long, public_words=public)
    secret = secret_identifiers(in_bytes["needle"], public)
    findings += findings_of(in_bytes.filter(pl.col("needle").is_in(secret.implode())))
    keys = Pseudonyms(pseudonyms)
    for where, path in files.items():
        findings += keys.found_in(path, where=where)
        if path.suffix == ".xlsx":
            for member in workbook_bytes(path):
                findings += keys.found_in_bytes(member, where=where)
    return findings


def duckdb_texts(path: Path) -> pl.Series:
    """Every distinct text in a DuckDB file: values, names and comments of every table, view, column and macro.

    What views and macros are made of is no text here: a word of SQL may be somebody's name. `warehouse.audit` holds it
    against what every release says.
    """
    with connected(path, is_read_only=True) as duck:
        names = duck.frame(
            "select table_name as name, comment from duckdb_tables() union all "
            "select view_name, comment from duckdb_views() where not internal"
        )
        macros = duck.frame("select function_name as name, comment from duckdb_functions() where not internal")
        comments = duck.frame("select comment from duckdb_columns() where not internal and comment is not null")
        quoted = ['"' + name.replace('"', '""') + '"' for name in names["name"]]
        values = [texts_of(duck.frame(f"from {name}")) for name in quoted]
    told = pl.concat([*names.iter_columns(), *macros.iter_columns(), comments["comment"], *values])
    return told.drop_nulls().unique().sort()


def public_words(taxonomy: Taxonomy, bodies: Iterable[TradeBody], release_ids: Iterable[str]) -> frozenset[str]:
    """Texts of a release that anyone may know: codes, titles, descriptions of columns, names of recipients."""
    return _public_words(vocabulary(taxonomy, pl.Series(list(release_ids), dtype=pl.String)), taxonomy, bodies)


def _public_words(words: dict[str, frozenset[str]], taxonomy: Taxonomy, bodies: Iterable[TradeBody]) -> frozenset[str]:
    titles = {title for _, _, _, title in (*taxonomy.products, *taxonomy.places) if title}
    names = {column.name for table in TABLES.values() for column in columns_of(table)}
    names |= {column.name for column in TITLES.values()}
    meanings = {column.text for column in TITLES.values()}
    meanings |= {column.text for table in TABLES.values() for column in columns_of(table)}
    meanings |= {described(column.text, column.unit) for table in TABLES.values() for column in columns_of(table)}
    grains = {grain_of(table) for table in TABLES.values()}
    names |= set(TABLES)
    recipients = {text for body in bodies for text in (body.id, body.title)}
    return frozenset().union(
        *words.values(),
        titles,
        names,
        meanings,
        grains,
        recipients,
        fixed_texts(),
        texts_of_workbooks(),
        texts_of_briefs(),
    )
