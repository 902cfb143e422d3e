"""Market titles: what goods are called in trade, each with its heading; the text that a product model learns from.

Belongs here: reading and checking `config/products/titles/NN.csv`, one file per HS chapter, written by hand for this
project. No title comes from a feed. Called where a model is trained or measured, never on the way of the data.
"""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from feeds.products.tree import ProductTree
from schemas.errors import ConfigurationError

LANGUAGES = frozenset(
    (
        "ar",
        "bn",
        "de",
        "en",
        "es",
        "fa",
        "fr",
        "hi",
        "id",
        "it",
        "ja",
        "ko",
        "ms",
        "nl",
        "pl",
        "pt",
        "ru",
        "sw",
        "th",
        "tr",
        "uk",
        "ur",
        "vi",
        "zh",
    )
)
"""Languages of titles, by ISO 639-1."""

_HEADER = ["heading", "title", "language"]
_SCHEMA = {"heading": pl.String(), "title": pl.String(), "language": pl.String()}


def load_titles(config_dir: Path, tree: ProductTree) -> pl.DataFrame:
    """The market titles of a configuration folder.

    Returns: heading (`NNNN`), title, language (ISO 639-1); one row per title, sorted by heading, then title. No title
    stands twice, in whatever letter case.
    Raises: ConfigurationError if there is no file, a file is not named after a chapter or unreadable, or a line holds
    a heading that is not of the file's chapter, no title, a title that an earlier line has, or an unknown language.
    """
    folder = config_dir / "products" / "titles"
    paths = sorted(folder.glob("*"))
    if not paths:
        raise ConfigurationError("titles: must hold a file NN.csv for a chapter. Restore the folder.")
    headings = frozenset(tree.headings["heading"])
    first_place: dict[str, str] = {}
    rows: list[tuple[str, str, str]] = []
    for path in paths:
        own = frozenset(heading for heading in headings if f"{heading[:2]}.csv" == path.name)
        if not own:
            raise ConfigurationError(f"titles/{path.name}: is not named after a chapter of HS 2022. Rename it.")
        for place, heading, title, language in _lines(path):
            if heading not in own:
                raise ConfigurationError(f"{place}: gives no heading of chapter {path.stem}. Correct it.")
            if not title or title != " ".join(title.split()):
                raise ConfigurationError(f"{place}: needs a title with single spaces between its words. Mend it.")
            if language not in LANGUAGES:
                raise ConfigurationError(f"{place}: needs one of the languages {', '.join(sorted(LANGUAGES))}.")
            earlier = first_place.setdefault(title.casefold(), place)
            if earlier != place:
                raise ConfigurationError(f"{place}: repeats the title of {earlier}. Remove one of them.")
            rows.append((heading, title, language))
    return pl.DataFrame(sorted(rows), schema=_SCHEMA, orient="row")


def _lines(path: Path) -> Iterator[tuple[str, str, str, str]]:
    """Where it stands, heading, title and language of each line below the header."""
    name = f"titles/{path.name}"
    text = None
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        text = None
    if text is None:
        raise ConfigurationError(f"{name}: cannot be read as UTF-8. Restore the file.")
    # Split here, so that an unclosed quote is one bad line and not the rest of the file.
    lines = re.split(r"\r?\n", text.removesuffix("\n"))
    for number, line in enumerate(lines, start=1):
        fields = _fields(line)
        if number == 1 and fields != _HEADER:
            raise ConfigurationError(f"{name}: must begin with the line {','.join(_HEADER)}. Mend the file.")
        if fields is None or len(fields) != len(_HEADER):
            raise ConfigurationError(f"{name} line {number}: needs three fields. Quote a title that holds a comma.")
        if number > 1:
            heading, title, language = fields
            yield f"{name} line {number}", heading, title, language


def _fields(line: str) -> list[str] | None:
    fields = None
    try:
        fields = next(csv.reader([line], strict=True), None)
    except csv.Error:
        fields = None
    return fields
