"""Texts cut into words, signs and line ends, all texts of a batch at once, without a Python loop over characters.

Belongs here: what a token is. Does not belong here: what a token looks like (`features`). Scripts that write no blanks
between words (Chinese, Japanese, Thai and their like) give one token a character.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from anonymize.scrub.entities import BARRIER

SPACE, NEWLINE, LETTERS, DIGITS, SINGLE, SIGN, HIDDEN, MARK = range(8)
"""Classes of characters and of the tokens they begin; `MARK` stays with the single letter before it."""

_LIMIT = 0x20000
"""Characters from here on share one class: rare Han below 0x32400, signs above."""

_UNSPACED = (
    (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3005, 0x3007), (0x3040, 0x30FF), (0x31F0, 0x31FF),
    (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF),
)  # fmt: skip
_N_POWERS = 512


@dataclass(frozen=True)
class Tokens:
    """Tokens of a batch, in the order of the texts and of their characters."""

    n_texts: int
    text: NDArray[np.int64]
    """Position in the batch of the text each token belongs to; never decreases."""
    start: NDArray[np.int64]
    """First character, counted within the text."""
    end: NDArray[np.int64]
    """Character after the last."""
    kind: NDArray[np.uint8]
    """Class of the first character."""
    is_spaced: NDArray[np.bool_]
    """Whether a blank or nothing stands before it."""
    key: NDArray[np.uint64]
    """The same for the same characters; 64 bits, so that two different tokens never share one in practice."""
    codes: NDArray[np.uint32]
    """Characters of all texts, each text followed by one separator."""
    at: NDArray[np.int64]
    """Position of the first character in `codes`."""


@lru_cache(maxsize=1)
def classes() -> NDArray[np.uint8]:
    """The class of every character below the limit, and of those above it at the last place."""
    table = np.empty(_LIMIT + 1, dtype=np.uint8)
    for code in range(_LIMIT):
        table[code] = _class_of(chr(code))
    table[_LIMIT] = SINGLE
    for first, last in _UNSPACED:
        part = table[first : last + 1]
        is_mark = np.array([unicodedata.category(chr(code)).startswith("M") for code in range(first, last + 1)])
        part[is_mark] = MARK
        part[(part == LETTERS) & ~is_mark] = SINGLE
    table.flags.writeable = False
    return table


def _class_of(character: str) -> int:
    if character == BARRIER:
        return HIDDEN
    if character == "\n":
        return NEWLINE
    category = unicodedata.category(character)
    if category[0] in "LM":
        return LETTERS
    if category == "Nd":
        return DIGITS
    return SPACE if category[0] == "Z" or character in "\t\r\x0b\x0c\x00" else SIGN


@lru_cache(maxsize=1)
def _powers() -> NDArray[np.uint64]:
    generator = np.random.default_rng(20260128)
    return generator.integers(1, 2**63, _N_POWERS, dtype=np.uint64) * np.uint64(2) + np.uint64(1)


def tokenise(texts: Sequence[str]) -> Tokens:
    """The tokens of some texts.

    Guarantee: the tokens of a text depend on that text only (tests/property/test_name_model.py).

    Example: `"Ana Roy, 12kg"` gives `Ana`, `Roy`, `,`, `12`, `kg`.
    """
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    joined = "".join(f"{text}\0" for text in texts)
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    ends = np.cumsum(lengths + 1)
    kinds = classes()[np.minimum(codes, _LIMIT)]
    kinds[ends - 1] = SPACE
    begins = np.ones(len(codes), dtype=np.bool_)
    before, here = kinds[:-1], kinds[1:]
    begins[1:] = (here != before) | (here == SINGLE) | ((here == SIGN) & (codes[1:] != codes[:-1]))
    begins[1:] &= ~((here == MARK) & ((before == SINGLE) | (before == MARK)))
    begins[ends[:-1]] = True
    at = np.flatnonzero(begins)
    past = np.append(at[1:], len(codes))
    kept = kinds[at] != SPACE
    at, past = at[kept], past[kept]
    text = np.searchsorted(ends, at, side="right")
    offset = (ends - lengths - 1)[text] if len(texts) else at
    is_first = np.ones(len(at), dtype=np.bool_)
    is_first[1:] = text[1:] != text[:-1]
    is_spaced = is_first | (kinds[np.maximum(at - 1, 0)] == SPACE)
    return Tokens(len(texts), text, at - offset, past - offset, kinds[at], is_spaced, _keys(codes, at, past), codes, at)


def _keys(codes: NDArray[np.uint32], at: NDArray[np.int64], past: NDArray[np.int64]) -> NDArray[np.uint64]:
    """A number for each token that tells its characters and their order."""
    sizes = past - at
    owner = np.repeat(np.arange(len(at)), sizes)
    first = np.cumsum(sizes) - sizes
    place = np.arange(len(owner)) - first[owner]
    terms = (codes[at[owner] + place].astype(np.uint64) + np.uint64(1)) * _powers()[place % _N_POWERS]
    if not len(terms):
        return np.empty(0, dtype=np.uint64)
    sums: NDArray[np.uint64] = np.add.reduceat(terms, first)
    return sums ^ (sizes.astype(np.uint64) << np.uint64(48))
