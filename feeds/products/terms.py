"""Finding terms of one to four words in texts, all at once.

Belongs here: a list of terms as keys of word numbers, and where they stand. Called by `feeds.products.lexicon` and
`feeds.products.rules`, which say what a term means.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from feeds.products.features import numbers_in, word_numbers
from feeds.products.texts import Words, words_of
from schemas.errors import ConfigurationError

MAX_WORDS: Final = 4
"""Longest term."""
_BITS: Final = 16

Positions = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Terms:
    """Different terms, ready to be found."""

    words: pl.Series
    """Every word of a term, folded, sorted."""
    keys: npt.NDArray[np.uint64]
    """Each term as its word numbers, sorted; a term's number is its place here."""


@dataclass(frozen=True, eq=False)
class Found:
    """Where terms stand, one entry each."""

    start: Positions
    """Position of the first word among all words."""
    length: npt.NDArray[np.int64]
    """Words of the term."""
    term: npt.NDArray[np.int64]
    """Number of the term."""


def terms_of(name: str, texts: pl.Series) -> tuple[Terms, npt.NDArray[np.int64]]:
    """The terms that texts stand for, and the number of each text's term.

    Raises: ConfigurationError, naming the file, if a text has no word or more than `MAX_WORDS`.
    """
    words = words_of(texts)
    lengths = np.bincount(words.text, minlength=texts.len())
    wrong = np.flatnonzero((lengths < 1) | (lengths > MAX_WORDS))
    if len(wrong):
        raise ConfigurationError(
            f"{name}: {len(wrong)} of {texts.len()} terms lack a term of 1 to {MAX_WORDS} words, first line "
            f"{wrong[0] + 2}. Correct them."
        )
    vocabulary = words.distinct.unique().sort()
    if vocabulary.len() >= 1 << _BITS:
        raise ConfigurationError(f"{name}: has more than {(1 << _BITS) - 1} different words. Shorten it.")
    number = word_numbers(words.distinct, vocabulary)[words.token].astype(np.uint64) + np.uint64(1)
    place = np.arange(len(words.text)) - np.r_[0, np.cumsum(lengths)[:-1]][words.text]
    keys = np.zeros(texts.len(), dtype=np.uint64)
    np.add.at(keys, words.text, number << (place * _BITS).astype(np.uint64))
    distinct, numbers = np.unique(keys, return_inverse=True)
    return Terms(vocabulary, distinct), numbers.astype(np.int64)


def found_terms(words: Words, numbers: npt.NDArray[np.int32], terms: Terms) -> Found:
    """Every place of every term, shorter terms within longer ones too; in order of length, then position.

    No term reaches over punctuation or the end of a text.

    Args:
        words: the texts.
        numbers: of each distinct word among the words of the terms, as `word_numbers` tells.
        terms: what is looked for.
    """
    number = (numbers + 1)[words.token].astype(np.uint64)
    is_joined = np.zeros(len(number), dtype=bool)
    if len(number) > 1:
        opened = words.segment[1:] - words.segment[:-1]
        is_joined[1:] = (words.text[1:] == words.text[:-1]) & ((opened == 0) | ((opened == 1) & words.is_break[1:]))
    starts, lengths, found = [], [], []
    at = np.flatnonzero(number > 0)
    keys = number[at]
    for length in range(1, MAX_WORDS + 1):
        if length > 1:
            last = at + length - 1
            inside = last < len(number)
            at, keys, last = at[inside], keys[inside], last[inside]
            goes_on = is_joined[last] & (number[last] > 0)
            at, keys = at[goes_on], keys[goes_on]
            keys = keys + (number[at + length - 1] << np.uint64(_BITS * (length - 1)))
        term = numbers_in(terms.keys, keys)
        is_term = term >= 0
        starts.append(at[is_term])
        lengths.append(np.full(int(is_term.sum()), length, dtype=np.int64))
        found.append(term[is_term])
    return Found(np.concatenate(starts), np.concatenate(lengths), np.concatenate(found))


def longest(found: Found) -> Found:
    """The found terms that stand within no other, in order of position."""
    order = np.lexsort((-found.length, found.start))
    start, length, term = found.start[order], found.length[order], found.term[order]
    end = start + length
    before: Any = np.r_[0, np.maximum.accumulate(end)[:-1]] if len(end) else end
    kept = end > before
    return Found(start[kept], length[kept], term[kept])
