"""The lexicon: trade terms and the codes they speak for, ready for joining.

Belongs here: reading `config/products/lexicon.csv`, and how a text becomes tokens, which holds for terms and for feeds
alike. Called by `feeds.products.classify`.
"""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from feeds.products.tree import ProductTree
from schemas.errors import ConfigurationError

MAX_WORDS = 4
"""Longest term."""
MAX_TOKENS = 40
"""Tokens of a text that are read."""
BREAKS = (",", "(", "-", "for", "with", "in", "of")
"""Tokens that end a segment of a title: what stands before the first of them holds its head noun."""

_MAX_CHARACTERS = 1000
_BITS = 16
_SCHEMA = {"term": pl.String(), "code": pl.String(), "weight": pl.String()}
_KEPT_PLURALS = frozenset(("lens", "gas", "canvas", "atlas", "chassis", "christmas", "always", "plus"))


@dataclass(frozen=True, eq=False)
class Lexicon:
    """The terms of a configuration folder."""

    forms: pl.DataFrame
    """One row per token as texts may write it: token, word (number of the folded token, from 1)."""

    entries: pl.DataFrame
    """One row per term and code: key (see `term_keys`), term, heading (null for a chapter's term), chapter, sector,
    weight; sorted by key, heading, chapter."""


def load_lexicon(config_dir: Path, tree: ProductTree) -> Lexicon:
    """The lexicon of a configuration folder.

    A term of a chapter that spans sectors speaks for the sector with most of its headings.

    Raises: ConfigurationError if the file is missing or unreadable, or a line holds no term of 1 to 4 words, a code
    that is not in the tree, a weight outside 0 to 1, or a term and code that another line has.
    """
    path = config_dir / "products" / "lexicon.csv"
    lines = _read(path.name, path)
    nodes = _nodes(tree)
    words = [_folded(term) for term in tokens(lines["term"]).to_list()]
    lines = lines.with_columns(words=pl.Series(words, dtype=pl.List(pl.String())))
    lines = lines.join(nodes, on="code", how="left", maintain_order="left")
    _require(path.name, lines, pl.col("words").list.len().is_between(1, MAX_WORDS), f"a term of 1 to {MAX_WORDS} words")
    _require(path.name, lines, pl.col("chapter").is_not_null(), "a heading or chapter of HS 2022")
    _require(path.name, lines, pl.col("weight").is_between(0, 1).fill_null(False), "a weight from 0 to 1")
    _require(path.name, lines, pl.struct("term", "code").is_first_distinct(), "a term and code that no other line has")

    vocabulary = {word: number for number, word in enumerate(sorted({w for term in words for w in term}), start=1)}
    if len(vocabulary) >= 1 << _BITS:
        raise ConfigurationError(f"{path.name}: has more than {(1 << _BITS) - 1} different words. Shorten it.")
    keys = [sum(vocabulary[word] << (_BITS * place) for place, word in enumerate(term)) for term in words]
    entries = (
        lines.with_columns(key=pl.Series(keys, dtype=pl.UInt64()))
        .group_by("key", "heading", "chapter", "sector")
        .agg(pl.col("weight").max(), pl.col("term").min())
        .select("key", "term", "heading", "chapter", "sector", "weight")
        .sort("key", "heading", "chapter")
    )
    return Lexicon(_forms(vocabulary), entries)


def tokens(texts: pl.Series) -> pl.Series:
    """The tokens of each text: lower-case words and numbers, and the punctuation in `BREAKS`, up to `MAX_TOKENS`.

    Returns: a list of text per row; the text is NFKC-normalised, a hyphen or dash counts only between spaces, a
    newline, colon, semicolon or bar is a comma.
    """
    return (
        texts.cast(pl.String)
        .fill_null("")
        .str.head(_MAX_CHARACTERS)
        .str.normalize("NFKC")
        .str.to_lowercase()
        .str.replace_all(r"['\u{2019}`]", "")
        .str.replace_all(r"\s[-\u{2013}\u{2014}]+\s", " - ")
        .str.replace_all(r"[\n\r,;:|]+", " , ")
        .str.replace_all(r"[(\[{]+", " ( ")
        .str.replace_all(r"[^\p{L}\p{M}\p{N},( -]+|\b-+|-+\b", " ")
        .str.replace_all(r" +", " ")
        .str.strip_chars(" ")
        .replace("", None)
        .str.split(" ")
        .list.head(MAX_TOKENS)
        .alias("tokens")
    )


def term_keys(n_words: int) -> pl.Expr:
    """The key of the n words that begin at each row, null where one of them is none of the lexicon's.

    Needs a column `word` in the order of the text.
    """
    key = pl.col("word").cast(pl.UInt64)
    for place in range(1, n_words):
        key = key + pl.col("word").cast(pl.UInt64).shift(-place) * (1 << (_BITS * place))
    return key


def folded(token: str) -> str:
    """The singular of an English token, by its ending alone."""
    if len(token) <= 3 or token in _KEPT_PLURALS or token.endswith(("ss", "us", "is")) or not token.endswith("s"):
        return token
    if token.endswith("ies") and len(token) > 4:
        return token[:-3] + "y"
    if token.endswith(("sses", "shes", "ches", "xes", "zes", "lenses")):
        return token[:-2]
    if token.endswith("lves"):
        return token[:-3] + "f"
    return "knife" if token == "knives" else token[:-1]


def _folded(term: list[str] | None) -> list[str]:
    return [folded(token) for token in term or () if token not in (",", "(", "-")]


def _forms(vocabulary: dict[str, int]) -> pl.DataFrame:
    """Every spelling that folds to a word of the vocabulary."""
    spellings = {
        spelling: number
        for word, number in vocabulary.items()
        for spelling in (word, word + "s", word + "es", word[:-1] + "ies", word[:-1] + "ves", word[:-2] + "ves")
        if folded(spelling) == word
    }
    return pl.DataFrame(
        {"token": list(spellings), "word": list(spellings.values())},
        schema={"token": pl.String(), "word": pl.UInt64()},
    ).sort("token")


def _nodes(tree: ProductTree) -> pl.DataFrame:
    """One row per code that a line may give: code, heading (null for a chapter), chapter, sector."""
    headings = tree.headings.select("heading", "chapter", "sector", code="heading")
    chapters = (
        tree.headings.group_by("chapter", "sector")
        .agg(n_headings=pl.len())
        .with_columns(code=pl.col("chapter").str.tail(2))
        .sort("code", "n_headings", "chapter", descending=[False, True, False])
        .unique("code", keep="first", maintain_order=True)
        .select(pl.lit(None, dtype=pl.String()).alias("heading"), "chapter", "sector", "code")
    )
    return pl.concat([headings, chapters])


def _read(name: str, path: Path) -> pl.DataFrame:
    lines = None
    try:
        lines = pl.read_csv(path, schema=_SCHEMA).with_columns(
            weight=pl.col("weight").cast(pl.Float64, strict=False),
            line=pl.int_range(2, pl.len() + 2),
        )
    except (OSError, pl.exceptions.PolarsError):
        lines = None
    if lines is None or lines.is_empty():
        raise ConfigurationError(f"{name}: must give term,code,weight. Mend the file.")
    return lines


def _require(name: str, lines: pl.DataFrame, is_good: pl.Expr, what: str) -> None:
    bad = lines.filter(~is_good.fill_null(False))
    if bad.height:
        raise ConfigurationError(
            f"{name}: {bad.height} of {lines.height} lines lack {what}, first line {bad['line'][0]}. Correct them."
        )
