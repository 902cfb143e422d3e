"""What the product model sees of a word: the word itself, its shape where it holds figures, and its pieces.

Belongs here: hashing pieces of words, and the sparse table of words by features, alike for training and for use.
Called by `feeds.products.model` and `feeds.products.training`.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl
import scipy.sparse as sp

from feeds.products.texts import Words

_SIZES: Final = (2, 3, 4, 5, 6)
"""Characters of a piece; 2 only where words are short by script, 5 and 6 only where they are long."""
_SHORT_SCRIPTS: Final = 0x2E80
"""First code point of the scripts of East Asia, whose words have few characters."""
_PIECES_WEIGHT: Final = 0.6
_SHAPE_WEIGHT: Final = 0.5
_PAIR_BITS: Final = 24
_BORDER: Final = (1 << _PAIR_BITS) - 1
"""Stands for the border of a segment in a pair with its first or last word: there the head noun stands."""
_PRIME: Final = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The features that a model knows; their numbers are words first, then pieces, then pairs."""

    words: pl.Series
    """Folded words and shapes, sorted."""
    pieces: npt.NDArray[np.uint64]
    """Hashes of pieces, sorted."""
    pairs: npt.NDArray[np.uint64]
    """Pairs of word numbers that follow each other within a segment, as one number each (see `pair_keys`), sorted."""

    @property
    def size(self) -> int:
        """How many features there are."""
        return len(self.words) + len(self.pieces) + len(self.pairs)


def shapes(words: pl.Series) -> pl.Series:
    """Each word with every run of figures as one 0: `500ml` and `50ml` are `0ml`; null where it is all figures or has
    none."""
    has_figure = words.str.contains(r"\p{N}") & words.str.contains(r"\p{L}")
    return words.str.replace_all(r"\p{N}+", "0").zip_with(has_figure, pl.Series([None], dtype=pl.String))


def pieces(words: pl.Series) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint64]]:
    """The pieces of each word without figures: the number of the word and the hash of the piece, in order."""
    is_read = (~words.str.contains(r"\p{N}") & (words.str.len_chars() >= 2)).fill_null(False)
    numbers = is_read.arg_true().to_numpy().astype(np.int64)
    read = words.gather(numbers)
    joined = "".join(f"<{word}>" for word in read.to_list())
    points = np.frombuffer(joined.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    lengths = read.str.len_chars().to_numpy().astype(np.int64) + 2
    ends = np.cumsum(lengths)
    word = np.repeat(np.arange(len(numbers)), lengths)
    room = ends[word] - np.arange(len(points))
    is_short = (points[ends - lengths + 1] >= _SHORT_SCRIPTS)[word] if len(points) else np.empty(0, dtype=bool)
    found: list[tuple[npt.NDArray[Any], npt.NDArray[Any]]] = []
    rolled = points.copy()
    for size in range(2, max(_SIZES) + 1):
        with np.errstate(over="ignore"):
            rolled = rolled[:-1] * _PRIME + points[size - 1 :] if len(rolled) else rolled
        wanted = is_short if size == 2 else ~is_short if size >= 5 else np.ones(len(points), dtype=bool)
        at = np.flatnonzero((room >= size) & wanted)
        found.append((numbers[word[at]], _mixed(rolled[at], size)))
    if not len(points):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.uint64)
    return np.concatenate([w for w, _ in found]), np.concatenate([h for _, h in found])


def pair_keys(first: npt.NDArray[np.integer[Any]], second: npt.NDArray[np.integer[Any]]) -> npt.NDArray[np.uint64]:
    """Two word numbers as one."""
    return (first.astype(np.uint64) << np.uint64(_PAIR_BITS)) | second.astype(np.uint64)


def word_numbers(words: pl.Series, vocabulary: pl.Series) -> npt.NDArray[np.int32]:
    """The number of each word in a vocabulary; -1 where it has none."""
    known = vocabulary.alias("word").to_frame().with_row_index("number")
    rows = words.alias("word").to_frame().join(known, on="word", how="left", maintain_order="left")
    return rows["number"].cast(pl.Int32).fill_null(-1).to_numpy()


def numbers_in(sorted_keys: npt.NDArray[np.uint64], keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
    """The position of each key among sorted ones; -1 where it is not among them."""
    if not len(sorted_keys):
        return np.full(len(keys), -1, dtype=np.int64)
    at = np.minimum(np.searchsorted(sorted_keys, keys), len(sorted_keys) - 1)
    return np.where(sorted_keys[at] == keys, at, -1)


def word_features(words: pl.Series, numbers: npt.NDArray[np.int32], vocabulary: Vocabulary) -> sp.csr_array:
    """Words by the features of a vocabulary: weights, one row per word; words and pieces only.

    Args:
        words: different words.
        numbers: of each in the vocabulary, as `word_numbers` tells.
        vocabulary: whose features count.
    """
    n_words = len(vocabulary.words)
    whole = numbers
    has_figure = words.str.contains(r"\p{N}").arg_true()
    shape = np.full(len(words), -1, dtype=np.int32)
    if has_figure.len():
        shape[has_figure.to_numpy()] = word_numbers(shapes(words.gather(has_figure)), vocabulary.words)
    of, hashes = pieces(words)
    piece = numbers_in(vocabulary.pieces, hashes)
    n_pieces = np.bincount(of, minlength=len(words))
    is_known, has_word, has_shape = piece >= 0, whole >= 0, shape >= 0
    rows = np.concatenate([np.flatnonzero(has_word), np.flatnonzero(has_shape), of[is_known]])
    columns = np.concatenate([whole[has_word], shape[has_shape], n_words + piece[is_known]])
    weights = np.concatenate([
        np.ones(int(has_word.sum())),
        np.full(int(has_shape.sum()), _SHAPE_WEIGHT),
        _PIECES_WEIGHT / np.sqrt(n_pieces[of[is_known]]),
    ]).astype(np.float32)  # fmt: skip
    return sp.csr_array((weights, (rows, columns)), shape=(len(words), vocabulary.size))


def neighbours(words: Words) -> npt.NDArray[np.int64]:
    """Positions whose next word stands in the same segment, neither of them a break."""
    if len(words.text) < 2:
        return np.empty(0, dtype=np.int64)
    is_pair = (words.segment[1:] == words.segment[:-1]) & ~words.is_break[1:] & ~words.is_break[:-1]
    return np.flatnonzero(is_pair)


def text_words(words: Words) -> sp.csr_array:
    """Texts by distinct words: what each word counts by its place, one row per text."""
    kept = ~words.is_break
    shape = (words.n_texts, len(words.distinct))
    return sp.csr_array((words.factor[kept], (words.text[kept], words.token[kept])), shape=shape)


def pairs_of(words: Words, numbers: npt.NDArray[np.int32]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint64]]:
    """Every pair of words that follow each other within a segment, and the first and last word of each segment.

    Args:
        words: the texts.
        numbers: of each distinct word in a vocabulary; a pair with a word that has none is left out.

    Returns: the position of the pair's first word (of an end: its word), and the pair's key; pairs, then ends.
    """
    number = numbers[words.token]
    at = neighbours(words)
    at = at[(number[at] >= 0) & (number[at + 1] >= 0)]
    kept = np.flatnonzero(~words.is_break)
    segment, known = words.segment[kept], number[kept] >= 0
    changes = segment[1:] != segment[:-1] if len(kept) else np.empty(0, dtype=bool)
    edge = np.full(1 if len(kept) else 0, True)
    first = kept[np.r_[edge, changes] & known]
    last = kept[np.r_[changes, edge] & known]
    border = np.array(_BORDER)
    keys = (
        pair_keys(number[at], number[at + 1]),
        pair_keys(np.broadcast_to(border, first.shape), number[first]),
        pair_keys(number[last], np.broadcast_to(border, last.shape)),
    )
    return np.concatenate([at, first, last]), np.concatenate(keys)


def text_pairs(words: Words, numbers: npt.NDArray[np.int32], vocabulary: Vocabulary) -> sp.csr_array:
    """Texts by the pairs of a vocabulary, one row per text; `numbers` are those of `pairs_of`."""
    at, keys = pairs_of(words, numbers)
    pair = numbers_in(vocabulary.pairs, keys)
    known = pair >= 0
    shape = (words.n_texts, len(vocabulary.pairs))
    return sp.csr_array((words.factor[at[known]], (words.text[at[known]], pair[known])), shape=shape)


def entries_at(
    table: sp.csr_array, rows: npt.NDArray[np.integer[Any]], columns: npt.NDArray[np.integer[Any]]
) -> npt.NDArray[np.float64]:
    """The entries of a sparse table at places, 0 where it has none; sorts the table's indices."""
    if not table.nnz:
        return np.zeros(len(rows))
    table.sort_indices()
    width = table.shape[1]
    keys = np.repeat(np.arange(table.shape[0], dtype=np.int64), np.diff(table.indptr)) * width + table.indices
    wanted = rows.astype(np.int64) * width + columns
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[at] == wanted, table.data[at], 0).astype(np.float64)


def _mixed(hashes: npt.NDArray[np.uint64], size: int) -> npt.NDArray[np.uint64]:
    """Hashes of 32 bits, spread over all of them."""
    with np.errstate(over="ignore"):
        mixed = (hashes ^ np.uint64(size * 0x51ED27)) * np.uint64(0xBF58476D1CE4E5B9)
    return mixed >> np.uint64(32)
