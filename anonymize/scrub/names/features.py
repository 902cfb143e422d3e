"""What the model sees of a token: hashes of the word and of its pieces, its shape; and of its place: line and casing.

Belongs here: everything that turns tokens into numbers without a weight. Callers: `model`, and the trainer, so that
both see the same. Does not belong here: weights (`model`).
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from anonymize.scrub.names.tokens import DIGITS, HIDDEN, LETTERS, NEWLINE, SIGN, SINGLE, Tokens
from anonymize.wordlists import fold

N_PIECES = 1 << 16
"""Buckets of word pieces; bucket 0 is none."""
N_WORDS = 1 << 17
"""Buckets of whole words; bucket 0 is none."""
N_SHAPES = 40
GAP = 3
"""Empty places before, between and after the texts of a batch, so that no window sees a neighbour."""

_HEAD, _TAIL = 8, 6
_WIDEST = _HEAD + _TAIL
N_COLUMNS = _WIDEST + (_WIDEST - 1)
"""Pieces of three and of four characters of a word with its two borders."""

_LIMIT = 0x3000
_MULTIPLIER = np.uint32(0x9E3779B1)

SHAPE_EMPTY, SHAPE_NEWLINE, SHAPE_HIDDEN, SHAPE_SIGN = 0, 1, 2, 3
_SHAPE_DIGITS = 4
"""And the five after it: one digit to six and more."""
_SHAPE_LATIN = 10
"""And the four after it: lower, Title, one capital, UPPER, mixed; the next five are those of other cased scripts."""
_SHAPE_UNCASED = 20
_SCRIPTS = (
    (0x0590, 0x05FF, 1), (0x0600, 0x06FF, 2), (0x0750, 0x077F, 2), (0x08A0, 0x08FF, 2), (0xFB50, 0xFEFF, 2),
    (0x0900, 0x097F, 3), (0x0980, 0x09FF, 4), (0x0A00, 0x0A7F, 5), (0x0A80, 0x0AFF, 6), (0x0B00, 0x0B7F, 7),
    (0x0B80, 0x0BFF, 8), (0x0C00, 0x0C7F, 9), (0x0C80, 0x0CFF, 10), (0x0D00, 0x0D7F, 11), (0x0E00, 0x0EFF, 12),
    (0x3040, 0x309F, 13), (0x30A0, 0x30FF, 14), (0x3400, 0x9FFF, 15), (0xAC00, 0xD7AF, 16), (0x1200, 0x137F, 17),
)  # fmt: skip

N_CONTEXTS = 2 * 4 * 12 * 4
"""Blank before x place in the line x (casing x length of the line) x place of the line."""

CASINGS = ("small", "mixed", "titled", "capital")
"""How the words of a line begin: none with a capital, some, most, or all letters are capitals."""


@dataclass(frozen=True)
class Types:
    """The distinct tokens of a batch."""

    word: NDArray[np.int64]
    """Bucket of the folded word; digits count as zeros."""
    pieces: NDArray[np.int64]
    """Buckets of its pieces, `N_COLUMNS` wide, 0 where there is none."""
    shape: NDArray[np.int64]


@dataclass(frozen=True)
class Layout:
    """A batch on one line: texts one after the other with `GAP` empty places around each."""

    n_places: int
    place: NDArray[np.int64]
    """Where each token stands."""
    type_at: NDArray[np.int64]
    """For each place the token's type plus one, 0 where it is empty."""
    context_at: NDArray[np.int64]
    line_at: NDArray[np.int64]
    """For each place its line; empty places belong to the line before them."""
    line_starts: NDArray[np.int64]
    """First place of each line; the first line begins at place 0."""


@lru_cache(maxsize=1)
def _folds() -> NDArray[np.uint32]:
    table = np.array([ord(fold(chr(code))) for code in range(_LIMIT)], dtype=np.uint32)
    table[[code for code in range(_LIMIT) if chr(code).isdecimal()]] = ord("0")
    return table


@lru_cache(maxsize=1)
def _cases() -> NDArray[np.uint8]:
    """1 for small letters, 2 for capitals."""
    return np.array([chr(code).islower() + 2 * chr(code).isupper() for code in range(_LIMIT)], dtype=np.uint8)


@lru_cache(maxsize=1)
def _scripts() -> NDArray[np.uint8]:
    """For each block of 16 characters its script, 0 where unknown."""
    table = np.zeros(0x10000 // 16, dtype=np.uint8)
    for first, last, script in _SCRIPTS:
        table[first // 16 : last // 16 + 1] = script
    return table


def _folded(codes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    return np.where(codes < _LIMIT, _folds()[np.minimum(codes, _LIMIT - 1)], codes).astype(np.uint32)


def _bucket(values: NDArray[np.uint32], n: int) -> NDArray[np.int64]:
    """A bucket from 1 to n - 1 for each hash."""
    mixed = values ^ (values >> np.uint32(15))
    mixed = mixed * np.uint32(0x85EBCA6B)
    mixed ^= mixed >> np.uint32(13)
    return (mixed % np.uint32(n - 1)).astype(np.int64) + 1


def types_of(tokens: Tokens) -> tuple[Types, NDArray[np.int64]]:
    """The distinct tokens of a batch, and for each token which of them it is."""
    _, first, type_of = np.unique(tokens.key, return_index=True, return_inverse=True)
    at, size, kind = tokens.at[first], (tokens.end - tokens.start)[first], tokens.kind[first]
    column = np.arange(_WIDEST + 2)
    kept = np.minimum(size, _WIDEST)
    inner = column[None, :] - 1
    is_inside = (inner >= 0) & (inner < kept[:, None])
    offset = np.where((size[:, None] > _WIDEST) & (inner >= _HEAD), size[:, None] - _WIDEST + inner, inner)
    chars = tokens.codes[np.where(is_inside, at[:, None] + offset, 0)]
    letters = np.where(is_inside, _folded(chars), np.uint32(0))
    letters[:, 0] = 1
    letters[np.arange(len(at)), kept + 1] = 2
    letters = letters.astype(np.uint32)
    word = np.zeros(len(at), dtype=np.uint32)
    for each in range(_WIDEST + 2):
        is_used = column[each] < kept + 2
        word = np.where(is_used, word * _MULTIPLIER + letters[:, each] + np.uint32(7), word)
    pieces = np.zeros((len(at), N_COLUMNS), dtype=np.int64)
    has_letters = (kind == LETTERS) | (kind == SINGLE)
    start = 0
    for n in (3, 4):
        width = _WIDEST + 3 - n
        value = np.full((len(at), width), n, dtype=np.uint32)
        for each in range(n):
            value = value * _MULTIPLIER + letters[:, each : each + width]
        is_whole = (column[None, :width] + n <= kept[:, None] + 2) & has_letters[:, None]
        pieces[:, start : start + width] = np.where(is_whole, _bucket(value, N_PIECES), 0)
        start += width
    return Types(_bucket(word, N_WORDS), pieces, _shapes(chars, is_inside, kind, size)), type_of.reshape(-1)


def _shapes(
    chars: NDArray[np.uint32], is_inside: NDArray[np.bool_], kind: NDArray[np.uint8], size: NDArray[np.int64]
) -> NDArray[np.int64]:
    case = np.where(is_inside & (chars < _LIMIT), _cases()[np.minimum(chars, _LIMIT - 1)], 0)
    n_small, n_capital = (case == 1).sum(axis=1), (case == 2).sum(axis=1)
    is_capital_first = case[:, 1] == 2
    cased = np.full(len(size), 4)
    cased[n_capital == 0] = 0
    cased[is_capital_first & (n_capital == 1) & (n_small > 0)] = 1
    cased[(n_small == 0) & (n_capital > 1)] = 3
    cased[(n_small == 0) & (n_capital == 1)] = 2
    leading = chars[:, 1]
    script = np.where(leading < 0x10000, _scripts()[np.minimum(leading, 0xFFFF) // 16], 0)
    is_latin = (leading < 0x0250) | ((leading >= 0x1E00) & (leading < 0x1F00))
    letter = np.where(is_latin, _SHAPE_LATIN + cased, _SHAPE_LATIN + 5 + cased)
    letter = np.where((n_small + n_capital) == 0, _SHAPE_UNCASED + script, letter)
    shape = np.full(len(size), SHAPE_SIGN, dtype=np.int64)
    shape = np.where((kind == LETTERS) | (kind == SINGLE), letter, shape)
    shape = np.where(kind == DIGITS, _SHAPE_DIGITS + np.minimum(size, 6) - 1, shape)
    shape = np.where(kind == NEWLINE, SHAPE_NEWLINE, shape)
    shape = np.where(kind == HIDDEN, SHAPE_HIDDEN, shape)
    return np.where(kind == SIGN, SHAPE_SIGN, shape).astype(np.int64)


def lay_out(tokens: Tokens, types: Types, type_of: NDArray[np.int64]) -> Layout:
    """Where each token stands when all texts are put on one line, and the context of each place."""
    n = len(tokens.text)
    place = np.arange(n) + GAP * (tokens.text + 1)
    n_places = n + GAP * (tokens.n_texts + 1)
    type_at = np.zeros(n_places, dtype=np.int64)
    type_at[place] = type_of + 1
    is_first = np.ones(n, dtype=np.bool_)
    is_first[1:] = tokens.text[1:] != tokens.text[:-1]
    is_break = tokens.kind == NEWLINE
    begins = is_first.copy()
    begins[1:] |= is_break[:-1]
    context_at = np.zeros(n_places, dtype=np.int64)
    starts = np.flatnonzero(begins)
    if not n:
        return Layout(
            n_places, place, type_at, context_at, np.zeros(n_places, dtype=np.int64), np.zeros(1, dtype=np.int64)
        )
    line = np.cumsum(begins) - 1
    context_at[place] = _contexts(tokens, types.shape[type_of], line, starts)
    line_starts = place[starts].copy()
    line_starts[0] = 0
    begins_at = np.zeros(n_places, dtype=np.int64)
    begins_at[line_starts] = 1
    return Layout(n_places, place, type_at, context_at, np.cumsum(begins_at) - 1, line_starts)


def casing_of(contexts: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each context the casing of its line, as a position in `CASINGS`."""
    return contexts % 48 // 12


def _contexts(
    tokens: Tokens, shape: NDArray[np.int64], line: NDArray[np.int64], starts: NDArray[np.int64]
) -> NDArray[np.int64]:
    """A number below `N_CONTEXTS` for each token."""
    n = len(line)
    is_cased = (shape >= _SHAPE_LATIN) & (shape < _SHAPE_UNCASED)
    form = np.where(is_cased, (shape - _SHAPE_LATIN) % 5, -1)
    is_long = is_cased & (tokens.end - tokens.start >= 3)

    def count(flag: NDArray[np.bool_]) -> NDArray[np.int64]:
        return np.add.reduceat(flag.astype(np.int64), starts)

    n_long = count(is_long)
    n_upper, n_title = count(is_long & (form == 3)), count(is_long & (form >= 1))
    casing = np.full(len(starts), 1)
    casing[n_title == 0] = 0
    casing[(10 * n_title >= 7 * n_long) & (n_long >= 3)] = 2
    casing[(10 * n_upper >= 7 * n_long) & (n_long >= 2)] = 3
    length = np.diff(np.append(starts, n))
    size = (length > 4).astype(np.int64) + (length > 12)
    last = starts + length - 1
    last = np.where((tokens.kind[last] == NEWLINE) & (length > 1), last - 1, last)
    index = np.arange(n)
    is_start, is_last = index == starts[line], index == last[line]
    text_of_line = tokens.text[starts]
    opens = np.ones(len(starts), dtype=np.bool_)
    opens[1:] = text_of_line[1:] != text_of_line[:-1]
    closes = np.append(opens[1:], True)
    of_line = (casing * 3 + size) * 4 + (opens + 2 * closes)
    number: NDArray[np.int64] = (tokens.is_spaced * 4 + is_start + 2 * is_last) * 48 + of_line[line]
    return number.astype(np.int64)
