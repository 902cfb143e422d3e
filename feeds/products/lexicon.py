"""The lexicon: trade terms and the codes they speak for.

Belongs here: reading `config/products/lexicon.csv`, and what the terms found in a text say. Called by
`feeds.products.classify`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
import scipy.sparse as sp

from feeds.products.terms import Terms, found_terms, longest, terms_of
from feeds.products.texts import Words
from feeds.products.tree import ProductTree
from schemas.errors import ConfigurationError

_LENGTH_BONUS: Final = np.array([0.0, 1.0, 1.5, 2.0, 2.3])
"""By the words of a term: a longer one says more."""
_MODIFIER: Final = 0.7
"""What each term loses to the one after it in its segment: the head noun of an English title comes last."""
_LEAST_POSITION: Final = 0.2
"""What a term counts wherever it stands."""
_CHAPTER_SHARE: Final = 0.3
"""What a chapter's term says for each heading of the chapter."""
_SCHEMA = {"term": pl.String(), "code": pl.String(), "weight": pl.String()}


@dataclass(frozen=True, eq=False)
class Lexicon:
    """The terms of a configuration folder."""

    terms: Terms
    spelling: pl.Series
    """How the file writes each term."""
    codes: sp.csr_array
    """Terms by headings, in the order of the tree: weights."""


def lexicon_lines(config_dir: Path, tree: ProductTree) -> pl.DataFrame:
    """The lines of the lexicon: term, code (a heading or chapter), weight.

    Raises: ConfigurationError if the file is missing or unreadable, or a line holds no term, a code that is not in the
    tree, a weight outside 0 to 1, or a term and code that another line has.
    """
    path = config_dir / "products" / "lexicon.csv"
    lines = _read(path.name, path)
    codes = set(tree.headings["heading"]) | set(tree.headings["heading"].str.head(2))
    _require(path.name, lines, pl.col("term").str.strip_chars().str.len_chars() > 0, "a term of 1 to 4 words")
    _require(path.name, lines, pl.col("code").is_in(list(codes)), "a heading or chapter of HS 2022")
    _require(path.name, lines, pl.col("weight").is_between(0, 1), "a weight from 0 to 1")
    _require(path.name, lines, pl.struct("term", "code").is_first_distinct(), "a term and code that no other line has")
    return lines.drop("line")


def load_lexicon(config_dir: Path, tree: ProductTree) -> Lexicon:
    """The lexicon of a configuration folder.

    Raises: ConfigurationError as `lexicon_lines` does, and if a term has more than four words.
    """
    lines = lexicon_lines(config_dir, tree)
    terms, number = terms_of("lexicon.csv", lines["term"])
    lines = lines.with_columns(number=pl.Series(number))
    spelling = lines.group_by("number").agg(pl.col("term").min()).sort("number")["term"]
    headings = tree.headings.select("heading", column=pl.int_range(pl.len()))
    own = lines.join(headings, left_on="code", right_on="heading").select("number", "column", "weight")
    below = headings.with_columns(code=pl.col("heading").str.head(2))
    shared = lines.join(below, on="code").select("number", "column", weight=pl.col("weight") * _CHAPTER_SHARE)
    entries = pl.concat([own, shared]).group_by("number", "column").agg(pl.col("weight").max())
    entries = entries.sort("number", "column")
    codes = sp.csr_array(
        (entries["weight"].to_numpy(), (entries["number"].to_numpy(), entries["column"].to_numpy())),
        shape=(len(terms.keys), tree.headings.height),
    )
    return Lexicon(terms, spelling, codes)


def found_in(words: Words, numbers: npt.NDArray[np.int32], lexicon: Lexicon) -> sp.csr_array:
    """Texts by terms: what each found term counts by its length and its place, its best place only.

    A term counts most as the last of its segment, less before others in it, least after *for*, *with* or *in*. A term
    within a longer one counts nothing. `numbers` are those of `found_terms`.
    """
    spans = longest(found_terms(words, numbers, lexicon.terms))
    text, segment = words.text[spans.start], words.segment[spans.start]
    if len(segment):
        last = np.r_[segment[1:] != segment[:-1], True]
        end_of = np.flatnonzero(last)
        rank = end_of[np.searchsorted(end_of, np.arange(len(segment)))] - np.arange(len(segment))
    else:
        rank = np.empty(0, dtype=np.int64)
    place = np.maximum(words.factor[spans.start] * _MODIFIER**rank, _LEAST_POSITION) * _LENGTH_BONUS[spans.length]
    order = np.lexsort((-place, spans.term, text))
    text, term, place = text[order], spans.term[order], place[order]
    is_best = np.r_[True, (text[1:] != text[:-1]) | (term[1:] != term[:-1])] if len(text) else np.empty(0, dtype=bool)
    shape = (words.n_texts, len(lexicon.terms.keys))
    return sp.csr_array((place[is_best], (text[is_best], term[is_best])), shape=shape)


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
