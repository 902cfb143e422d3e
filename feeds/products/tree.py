"""The product tree: sectors that partition the headings of HS 2022, and what stands below and above them.

Belongs here: reading `config/products/` (all but the lexicon) and setting each heading in its sector. Called by
`feeds.taxonomy`; the tree itself is used by `feeds.products.codes` and `feeds.products.classify`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import yaml

from feeds.yaml_files import parsed_yaml
from schemas.errors import ConfigurationError

ProductRow = tuple[str, str, str | None, str | None]
"""A row of `schemas.taxonomy.ProductNode`: level, code, parent, title."""


@dataclass(frozen=True, eq=False)
class ProductTree:
    """The product tree, compared and hashed by identity."""

    nodes: tuple[ProductRow, ...]
    """Level, code, parent, title; from the root to the subheadings, each level sorted by code."""

    headings: pl.DataFrame
    """One row per heading: heading (`NNNN`), chapter (`sector/NN`), sector; sorted by heading."""


@dataclass(frozen=True)
class _Sector:
    code: str
    title: str
    chapters: tuple[str, ...]
    headings: tuple[str, ...]


def load_product_tree(config_dir: Path) -> ProductTree:
    """The product tree of a configuration folder.

    Returns: the tree; every node's parent is in it, every heading has exactly one sector and chapter node.
    Raises: ConfigurationError if a file is missing or unreadable, a code is unknown or given twice, or a heading is
    claimed by two sectors in the same way or by none.
    """
    folder = config_dir / "products"
    chapters = _pairs(folder / "chapters.csv", "chapter", "title", digits=2)
    headings = _pairs(folder / "headings.csv", "heading", "title", digits=4)
    subheadings = _pairs(folder / "subheadings.csv", "code", "heading", digits=6)
    sectors = _sectors(folder / "sectors.yaml")
    _require_known("headings.csv", "a chapter of chapters.csv", (code for code in headings if code[:2] not in chapters))
    orphans = (code for code, heading in subheadings.items() if heading not in headings or code[:4] != heading)
    _require_known("subheadings.csv", "its own heading of headings.csv", orphans)
    sector_of = _sector_of(chapters, headings, sectors)

    node_of = {heading: f"{sector}/{heading[:2]}" for heading, sector in sector_of.items()}
    occurring = {(node, sector_of[heading]) for heading, node in node_of.items()}
    rows: list[ProductRow] = [("all", "all", None, "All products")]
    rows += sorted(("sector", sector.code, "all", sector.title) for sector in sectors)
    rows += sorted(("chapter", node, sector, chapters[node[-2:]]) for node, sector in occurring)
    rows += sorted(("heading", code, node_of[code], title) for code, title in headings.items())
    rows += (("subheading", code, subheadings[code], None) for code in sorted(subheadings))
    table = pl.DataFrame(
        [(code, node_of[code], sector_of[code]) for code in sorted(headings)],
        schema={"heading": pl.String(), "chapter": pl.String(), "sector": pl.String()},
        orient="row",
    )
    return ProductTree(tuple(rows), table)


def _sector_of(
    chapters: Mapping[str, str], headings: Mapping[str, str], sectors: tuple[_Sector, ...]
) -> dict[str, str]:
    by_chapter: dict[str, str] = {}
    by_heading: dict[str, str] = {}
    for sector in sectors:
        _claim(sector.code, sector.chapters, chapters, by_chapter)
        _claim(sector.code, sector.headings, headings, by_heading)
    placed = {code: by_heading.get(code) or by_chapter.get(code[:2]) for code in headings}
    for code, sector_code in placed.items():
        if sector_code is None:
            raise ConfigurationError(f"sectors.yaml: heading {code} has no sector. Name it or its chapter in one.")
    return {code: sector_code for code, sector_code in placed.items() if sector_code is not None}


def _claim(sector: str, codes: tuple[str, ...], known: Mapping[str, str], claimed: dict[str, str]) -> None:
    for code in codes:
        if code not in known:
            raise ConfigurationError(f"sectors.yaml: {sector} names {code}, which is not in HS 2022. Correct it.")
        if code in claimed:
            raise ConfigurationError(
                f"sectors.yaml: {code} is claimed twice, by {claimed[code]} and {sector}. Remove one claim."
            )
        claimed[code] = sector


def _pairs(path: Path, key: str, value: str, *, digits: int) -> dict[str, str]:
    """The two columns of a file as a mapping."""
    table = None
    try:
        table = pl.read_csv(path, schema={key: pl.String(), value: pl.String()})
    except (OSError, pl.exceptions.PolarsError):
        table = None
    if table is None or table.is_empty():
        raise ConfigurationError(f"{path.name}: must give {key},{value} in lines of two columns. Mend the file.")
    is_good = (
        table[key].is_not_null().all()
        and table[value].is_not_null().all()
        and table[key].str.contains(f"^[0-9]{{{digits}}}$").all()
        and table[key].is_unique().all()
    )
    if not is_good:
        raise ConfigurationError(
            f"{path.name}: each line needs a {key} of {digits} digits that no other line has, and a {value}. "
            "Mend the file."
        )
    return dict(table.iter_rows())


def _sectors(path: Path) -> tuple[_Sector, ...]:
    tree = None
    try:
        tree = parsed_yaml(path)
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        tree = None
    if not isinstance(tree, dict) or not tree:
        raise ConfigurationError(f"{path.name}: must give sectors with title, chapters, headings. Mend the file.")
    return tuple(_sector(path.name, code, entry) for code, entry in tree.items())


def _sector(file: str, code: object, entry: object) -> _Sector:
    parts = entry if isinstance(entry, dict) else {}
    title, chapters, headings = parts.get("title"), parts.get("chapters", []), parts.get("headings", [])
    is_good = (
        isinstance(code, str)
        and code.replace("_", "").isalpha()
        and code != "all"
        and isinstance(title, str)
        and set(parts) <= {"title", "chapters", "headings"}
        and all(isinstance(codes, list) and all(isinstance(c, str) for c in codes) for codes in (chapters, headings))
    )
    if not is_good:
        raise ConfigurationError(
            f"{file}: sector {code} needs a title, and lists of quoted codes as chapters and headings. Mend it."
        )
    return _Sector(str(code), str(title), tuple(chapters), tuple(headings))


def _require_known(file: str, what: str, unknown: Iterable[str]) -> None:
    first = next(iter(unknown), None)
    if first is not None:
        raise ConfigurationError(f"{file}: {first} does not stand under {what}. Correct it.")
