"""The audit: every attack on the staged files of a release, as a recipient would hold them."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from anonymize.attacks.differencing import families_that_do_not_add_up, figures_beyond_classes
from anonymize.attacks.findings import Finding
from anonymize.attacks.forensics import parquet_texts, texts_of
from anonymize.attacks.identifiers import (
    MIN_RUN,
    Pseudonyms,
    found_in_texts,
    readable_runs,
    secret_identifiers,
)
from anonymize.attacks.vocabulary import foreign_words, vocabulary
from schemas.releases import TradeBody
from schemas.tables import columns_of, grain_of
from schemas.taxonomy import Taxonomy
from warehouse.comments import described
from warehouse.demand import TABLES, SealedTables, ancestry
from warehouse.duck import connected
from warehouse.files import tree_digest

ATTACKS = ("differencing", "identifiers", "vocabulary")
"""Attacks that run; each is one blocking check."""


@dataclass(frozen=True)
class Audit:
    """What the attacks found on exactly these bytes."""

    digest: str
    """`tree_digest` of the staged folder."""

    findings: tuple[Finding, ...]
    n_files: int
    n_identifiers: int

    @property
    def has_passed(self) -> bool:
        """Whether every attack failed."""
        return not self.findings


def audit_staged(
    tables: SealedTables,
    staging: Path,
    *,
    taxonomy: Taxonomy,
    bodies: Iterable[TradeBody],
    identifiers: pl.Series,
    pseudonyms: Iterable[bytes],
) -> Audit:
    """Attacks a staged release.

    Args:
        tables: The staged demand tables, open through the door.
        staging: Folder with everything that would be published.
        taxonomy: Public trees: their codes and titles are no secret.
        bodies: Recipients, whose names stand in their extracts.
        identifiers: Distinct direct identifiers of the night's raw rows.
        pseudonyms: Distinct pseudonyms of the night.
    """
    with connected(tables.path, is_read_only=True) as duck:
        frames = {name: duck.frame(f"select * from {name}") for name in TABLES}
    classes, demand = frames["classes"], frames["demand"]
    words = vocabulary(taxonomy, pl.concat([classes["release_id"], demand["release_id"]]).unique())
    findings = figures_beyond_classes(demand, classes, ancestry(taxonomy.products), ancestry(taxonomy.places))
    findings += families_that_do_not_add_up(demand, frames["products"].select("code", "parent"))
    for name in ("classes", "demand"):
        findings += foreign_words(frames[name], words, where=name)
    files = files_of(staging)
    for path in files:
        if path.suffix == ".parquet":
            findings += foreign_words(pl.read_parquet(path), words, where=str(path.relative_to(staging)))
    findings += search_files(
        staging,
        public=_public_words(words, taxonomy, bodies),
        identifiers=identifiers,
        pseudonyms=pseudonyms,
    )
    return Audit(tree_digest(staging), tuple(findings), len(files), identifiers.len())


def files_of(folder: Path) -> list[Path]:
    """Every file below a folder, sorted."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def search_files(
    folder: Path, *, public: frozenset[str], identifiers: pl.Series, pseudonyms: Iterable[bytes]
) -> list[Finding]:
    """The identifier attack on every byte of every file below a folder, Parquet and DuckDB also decompressed."""
    files = {str(path.relative_to(folder)): path for path in files_of(folder)}
    readers = {".parquet": parquet_texts, ".duckdb": duckdb_texts}
    typed = [
        pl.DataFrame({"text": readers[path.suffix](path)}).select(pl.lit(where).alias("where"), "text")
        for where, path in files.items()
        if path.suffix in readers
    ]
    runs = [readable_runs(path, where) for where, path in files.items()]
    none = pl.DataFrame(schema={"where": pl.String, "text": pl.String})
    findings = found_in_texts(pl.concat([none, *typed]), identifiers, public_words=public)
    secret = secret_identifiers(identifiers, public)
    findings += found_in_texts(
        pl.concat([none, *runs]), secret.filter(secret.str.len_chars() >= MIN_RUN), public_words=public
    )
    keys = Pseudonyms(pseudonyms)
    for where, path in files.items():
        findings += keys.found_in(path, where=where)
    return findings


def duckdb_texts(path: Path) -> pl.Series:
    """Every distinct text in a DuckDB file: values, names and comments of every table and view."""
    with connected(path, is_read_only=True) as duck:
        names = duck.frame(
            "select table_name as name, comment from duckdb_tables() union all "
            "select view_name, comment from duckdb_views() where not internal"
        )
        comments = duck.frame("select comment from duckdb_columns() where not internal and comment is not null")
        quoted = ['"' + name.replace('"', '""') + '"' for name in names["name"]]
        values = [texts_of(duck.frame(f"from {name}")) for name in quoted]
    told = pl.concat([names["name"], names["comment"], comments["comment"], *values])
    return told.drop_nulls().unique().sort()


def public_words(taxonomy: Taxonomy, bodies: Iterable[TradeBody], release_ids: Iterable[str]) -> frozenset[str]:
    """Texts of a release that anyone may know: codes, titles, descriptions of columns, names of recipients."""
    return _public_words(vocabulary(taxonomy, pl.Series(list(release_ids), dtype=pl.String)), taxonomy, bodies)


def _public_words(words: dict[str, frozenset[str]], taxonomy: Taxonomy, bodies: Iterable[TradeBody]) -> frozenset[str]:
    titles = {title for _, _, _, title in (*taxonomy.products, *taxonomy.places) if title}
    names = {column.name for table in TABLES.values() for column in columns_of(table)}
    meanings = {described(column.text, column.unit) for table in TABLES.values() for column in columns_of(table)}
    grains = {grain_of(table) for table in TABLES.values()}
    names |= {*TABLES, "data_dictionary", "table_name", "column_name", "meaning"}
    recipients = {text for body in bodies for text in (body.id, body.title)}
    return frozenset().union(*words.values(), titles, names, meanings, grains, recipients)
