"""The network: from words and places to four scores a word, in whole numbers, so that nothing else can change them.

Every weight and every activation is a whole number small enough that each sum is exact in 32-bit floats, whatever the
order of adding. Hence a text's scores depend neither on its neighbours in the batch, nor on threads, nor on the
machine.

Belongs here: the file's layout, its checks, the arithmetic. Does not belong here: tags to spans (`decoder`), training
(`training.tagger`). Callers: `finder`.
"""

import io
import zipfile
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anonymize.scrub.names.features import CASINGS, N_CONTEXTS, N_PIECES, N_SHAPES, N_WORDS, Layout, Types, casing_of
from schemas.errors import ConfigurationError

FILE = Path(__file__).with_name("names.npz")
"""The model that is shipped; docs/name-model.md is its card."""

NEAR = (-2, -1, 0, 1, 2)
"""Places around a word that the first layer sees."""
FAR = (-3, -1, 0, 1, 3)
"""Places around a word whose first layer the second one sees."""
N_TAGS = 4
LIMIT = 127.0
_EXACT = 2**24
_TYPES_AT_ONCE = 4096


@dataclass(frozen=True)
class Model:
    """Weights as they stand in the file; all are whole numbers but the scales."""

    pieces: NDArray[np.int8]
    words: NDArray[np.int8]
    shapes: NDArray[np.int16]
    type_scales: NDArray[np.float32]
    """What a mean of pieces, a word and a shape are worth, in steps of the token's vector; pieces fill its first part,
    the word its last, the shape both."""
    near: NDArray[np.float32]
    contexts: NDArray[np.float32]
    near_scale: NDArray[np.float32]
    far: NDArray[np.float32]
    line: NDArray[np.float32]
    far_bias: NDArray[np.float32]
    far_scale: NDArray[np.float32]
    out: NDArray[np.float32]
    out_bias: NDArray[np.float32]
    out_scale: NDArray[np.float32]
    """Natural log odds that one step of a score is worth."""
    casing: NDArray[np.int32]
    """Score added to each tag (column) in lines of each casing (row), in steps: market titles Are Written Like This."""
    switch: NDArray[np.int32]
    """Score of going from a tag (row) to a tag (column), in steps."""

    def emissions(self, types: Types, layout: Layout) -> NDArray[np.int32]:
        """Scores of the four tags for each place of a layout, in steps of `out_scale`.

        Guarantee: those of a text are the same in every batch (tests/property/test_name_model.py).
        """
        seen = self._vectors(types)[layout.type_at]
        is_empty = layout.type_at == 0
        first = self.contexts[layout.context_at]
        for weight, offset in zip(self.near, NEAR, strict=True):
            _add_shifted(first, seen @ weight, offset)
        first = _activated(first, self.near_scale)
        first[is_empty] = 0
        of_line = np.maximum.reduceat(first, layout.line_starts, axis=0) @ self.line + self.far_bias
        second = of_line[layout.line_at]
        for weight, offset in zip(self.far, FAR, strict=True):
            _add_shifted(second, first @ weight, offset)
        second = _activated(second, self.far_scale)
        scores = (second @ self.out + self.out_bias).astype(np.int32)
        return scores + self.casing[casing_of(layout.context_at)]

    def _vectors(self, types: Types) -> NDArray[np.float32]:
        """A vector for each type behind one of zeros for the empty place."""
        n, n_piece = len(types.word), self.pieces.shape[1]
        vectors = np.zeros((n + 1, self.shapes.shape[1]), dtype=np.float32)
        of_piece, of_word, of_shape = self.type_scales
        for start in range(0, n, _TYPES_AT_ONCE):
            part = slice(start, start + _TYPES_AT_ONCE)
            pieces = types.pieces[part]
            used = pieces > 0
            n_used = used.sum(axis=1)
            owner = np.flatnonzero(n_used)
            sums = np.zeros((len(pieces), n_piece), dtype=np.int32)
            if len(owner):
                first = (np.cumsum(n_used) - n_used)[owner]
                sums[owner] = np.add.reduceat(self.pieces[pieces[used]].astype(np.int32), first, axis=0)
            mean = (sums / np.maximum(n_used, 1)[:, None]).astype(np.float32)
            value = np.rint(self.shapes[types.shape[part]].astype(np.float32) * of_shape)
            value[:, :n_piece] += np.rint(mean * of_piece)
            value[:, n_piece:] += np.rint(self.words[types.word[part]].astype(np.float32) * of_word)
            vectors[1:][part] = np.clip(value, -LIMIT, LIMIT)
        return vectors


def _add_shifted(total: NDArray[np.float32], term: NDArray[np.float32], offset: int) -> None:
    """Add to each place what stands `offset` places further on."""
    if offset < 0:
        total[-offset:] += term[:offset]
    elif offset > 0:
        total[:-offset] += term[offset:]
    else:
        total += term


def _activated(total: NDArray[np.float32], scale: NDArray[np.float32]) -> NDArray[np.float32]:
    total *= scale
    np.rint(total, out=total)
    return np.clip(total, 0.0, LIMIT, out=total)


def read_model(path: Path = FILE) -> Model:
    """The model of a file, checked.

    Raises: ConfigurationError if the file cannot be read, holds other arrays, is no whole number where it must be,
        or is so large somewhere that a sum might not be exact.
    """
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
            arrays: dict[str, Any] = {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ConfigurationError(f"{path.name}: cannot be read as a name model ({type(error).__name__}).") from None
    names = [each.name for each in fields(Model)]
    if sorted(arrays) != sorted(names):
        raise ConfigurationError(f"{path.name}: must hold exactly the arrays {', '.join(names)}.")
    stored_whole = ("near", "contexts", "far", "line", "far_bias", "out", "out_bias")
    arrays |= {name: _wide(arrays[name]) for name in stored_whole}
    model = Model(**arrays)
    _check(model, path.name)
    return model


def _wide(array: NDArray[np.generic]) -> NDArray[np.float32]:
    if not np.issubdtype(array.dtype, np.integer):
        raise ConfigurationError("name model: weights must be whole numbers.")
    return array.astype(np.float32)


def _check(model: Model, name: str) -> None:
    """Shapes fit together and every sum stays exact."""
    width, hidden = model.near.shape[1:] if model.near.ndim == 3 else (0, 0)
    of_word = model.words.shape[-1]
    expected = {
        "pieces": (N_PIECES, width - of_word), "words": (N_WORDS, of_word), "shapes": (N_SHAPES, width),
        "type_scales": (3,),
        "near": (len(NEAR), width, hidden), "contexts": (N_CONTEXTS, hidden), "near_scale": (hidden,),
        "far": (len(FAR), hidden, hidden), "line": (hidden, hidden), "far_bias": (hidden,), "far_scale": (hidden,),
        "out": (hidden, N_TAGS), "out_bias": (N_TAGS,), "out_scale": (), "switch": (N_TAGS, N_TAGS),
        "casing": (len(CASINGS), N_TAGS),
    }  # fmt: skip
    for each, shape in expected.items():
        array = getattr(model, each)
        if array.shape != shape or not np.isfinite(array).all():
            raise ConfigurationError(f"{name}: array {each} has another shape than {shape} or is not finite.")
    largest = max(
        LIMIT * np.abs(model.near).sum(axis=(0, 1)).max() + np.abs(model.contexts).max(),
        LIMIT * (np.abs(model.far).sum(axis=(0, 1)) + np.abs(model.line).sum(axis=0)).max()
        + np.abs(model.far_bias).max(),
        LIMIT * np.abs(model.out).sum(axis=0).max() + np.abs(model.out_bias).max(),
    )  # fmt: skip
    if largest >= _EXACT:
        raise ConfigurationError(f"{name}: weights are so large that sums would not be exact.")
