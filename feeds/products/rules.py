"""Rules: words that together speak for or against headings, where a single trade term would be wrong.

Belongs here: reading `config/products/rules.csv`, and which rules a text fires. Called by `feeds.products.classify`.
A rule is for a question that decides a chapter: the material, knitted or woven, a part or the machine, a toy of it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
import scipy.sparse as sp

from feeds.products.features import entries_at, word_numbers
from feeds.products.terms import Terms, found_terms, terms_of
from feeds.products.texts import Words, words_of
from feeds.products.tree import ProductTree
from schemas.errors import ConfigurationError

COLUMNS: Final = ("question", "has", "and_has", "has_not", "codes", "weight")
LARGEST_WEIGHT: Final = 6.0
_PARTS: Final = ("has", "and_has", "has_not")


@dataclass(frozen=True, eq=False)
class Rules:
    """The rules of a configuration folder."""

    terms: Terms
    spelling: pl.Series
    """How the file first writes each term."""
    parts: dict[str, sp.csr_array]
    """For each of `has`, `and_has`, `has_not`: terms by rules, 1 where the term stands in that part of the rule."""
    is_asked: dict[str, npt.NDArray[np.bool_]]
    """For each part, whether the rule fills it."""
    scores: sp.csr_array
    """Rules by headings: weights."""


def load_rules(config_dir: Path, tree: ProductTree) -> Rules:
    """The rules of a configuration folder.

    Raises: ConfigurationError if the file is missing or unreadable, or a line has no question, no term in `has`, a term
    of no or too many words, a code that is neither heading nor chapter, or a weight that is zero or too large.
    """
    name = "rules.csv"
    lines = _read(name, config_dir / "products" / name)
    headings = tree.headings["heading"].to_list()
    parted = lines.with_columns(pl.col(part).fill_null("").str.split("|") for part in (*_PARTS, "codes"))
    listed = {
        part: parted.select(rule=pl.int_range(pl.len()), term=part)
        .explode("term", keep_nulls=False, empty_as_null=False)
        .with_columns(pl.col("term").str.strip_chars())
        .filter(pl.col("term") != "")
        for part in _PARTS
    }
    _require(name, lines, pl.col("question").str.strip_chars().str.len_chars() > 0, "a question")
    without = np.flatnonzero(np.bincount(listed["has"]["rule"], minlength=lines.height) == 0)
    if len(without):
        raise ConfigurationError(f"{name}: line {without[0] + 2} has no term under has. Correct it.")
    is_weight = (pl.col("weight") != 0) & (pl.col("weight").abs() <= LARGEST_WEIGHT)
    _require(name, lines, is_weight, f"a weight other than 0 from -{LARGEST_WEIGHT:g} to {LARGEST_WEIGHT:g}")
    columns, rows, weights = [], [], []
    for rule, (codes, weight) in enumerate(parted.select("codes", "weight").iter_rows()):
        meant = [at for at, heading in enumerate(headings) if any(heading.startswith(code) for code in codes if code)]
        known = all(len(code) in (2, 4) and any(h.startswith(code) for h in headings) for code in codes)
        if not meant or not known:
            raise ConfigurationError(f"{name}: line {rule + 2} names a code that is no heading or chapter. Correct it.")
        columns += meant
        rows += [rule] * len(meant)
        weights += [weight] * len(meant)
    every = pl.concat([listed[part] for part in _PARTS])
    terms, number = terms_of(name, every["term"])
    every = every.with_columns(number=pl.Series(number))
    spelling = every.unique("number", keep="first", maintain_order=True).sort("number")["term"]
    parts, offset = {}, 0
    for part in _PARTS:
        of_term = listed[part]["rule"].to_numpy()
        term = number[offset : offset + len(of_term)]
        offset += len(of_term)
        ones = np.ones(len(of_term), np.float32)
        parts[part] = sp.csr_array((ones, (term, of_term)), shape=(len(terms.keys), lines.height))
    return Rules(
        terms=terms,
        spelling=spelling,
        parts=parts,
        is_asked={part: np.asarray(parts[part].sum(axis=0)) > 0 for part in _PARTS},
        scores=sp.csr_array((np.array(weights, np.float32), (rows, columns)), shape=(lines.height, len(headings))),
    )


def fired(words: Words, numbers: npt.NDArray[np.int32], rules: Rules) -> tuple[sp.csr_array, sp.csr_array]:
    """Texts by rules, 1 where the rule fires; and texts by terms, 1 where the term stands.

    A rule fires where one of `has` stands in the text, and one of `and_has` if it names any, and none of `has_not`.
    `numbers` are those of `found_terms`.
    """
    spans = found_terms(words, numbers, rules.terms)
    shape = (words.n_texts, len(rules.terms.keys))
    standing = sp.csr_array((np.ones(len(spans.term), np.float32), (words.text[spans.start], spans.term)), shape=shape)
    met = (standing @ rules.parts["has"]).tocoo()
    rule, text = met.coords[1], met.coords[0]
    if not len(rule):
        return sp.csr_array((words.n_texts, len(rules.is_asked["has"])), dtype=np.float32), standing
    also = (standing @ rules.parts["and_has"]).tocsr()
    never = (standing @ rules.parts["has_not"]).tocsr()
    holds = (~rules.is_asked["and_has"][rule] | (entries_at(also, text, rule) > 0)) & (
        entries_at(never, text, rule) == 0
    )
    shape = (words.n_texts, len(rules.is_asked["has"]))
    return sp.csr_array((np.ones(int(holds.sum()), np.float32), (text[holds], rule[holds])), shape=shape), standing


def idle_rules(rules: Rules) -> tuple[int, ...]:
    """Numbers of the rules that no text can fire, from 0: each of their terms holds one that they forbid.

    Rule 0 is the first line below the header.
    """
    words = words_of(rules.spelling)
    spans = found_terms(words, word_numbers(words.distinct, rules.terms.words), rules.terms)
    shape = (len(rules.terms.keys), len(rules.terms.keys))
    within = sp.csr_array((np.ones(len(spans.term), np.float32), (words.text[spans.start], spans.term)), shape=shape)
    forbidden = (within @ rules.parts["has_not"]).astype(bool)

    def is_open(part: str) -> npt.NDArray[np.bool_]:
        named = rules.parts[part].astype(bool)
        return np.asarray((named > named.multiply(forbidden)).sum(axis=0)) > 0

    can_fire = is_open("has") & (~rules.is_asked["and_has"] | is_open("and_has"))
    return tuple(np.flatnonzero(~can_fire).tolist())


def _read(name: str, path: Path) -> pl.DataFrame:
    lines = None
    try:
        lines = pl.read_csv(path, schema=dict.fromkeys(COLUMNS, pl.String)).with_columns(
            weight=pl.col("weight").cast(pl.Float64, strict=False), line=pl.int_range(2, pl.len() + 2)
        )
    except (OSError, pl.exceptions.PolarsError):
        lines = None
    if lines is None or lines.is_empty():
        raise ConfigurationError(f"{name}: must give {','.join(COLUMNS)}. Mend the file.")
    return lines


def _require(name: str, lines: pl.DataFrame, is_good: pl.Expr, what: str) -> None:
    bad = lines.filter(~is_good.fill_null(False))
    if bad.height:
        raise ConfigurationError(
            f"{name}: {bad.height} of {lines.height} lines lack {what}, first line {bad['line'][0]}. Correct them."
        )
