"""The product model: a linear map from the features of a text, through a few dozen dimensions, to the headings.

Belongs here: the model's file and its scores. It is trained by `feeds.products.training` from text written for this
project alone. Scores are sums of whole numbers, so that they hang neither on the machine nor on the texts beside.
"""

import io
import zipfile
import zlib
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
import numpy.typing as npt
import polars as pl
import scipy.sparse as sp
from threadpoolctl import ThreadpoolController

from feeds.products.features import Vocabulary, text_pairs, text_words, word_features
from feeds.products.texts import Words
from feeds.products.tree import ProductTree
from schemas.errors import ConfigurationError

Scores = npt.NDArray[np.float32]

_FORMAT: Final = 1
_TEXT_STEPS: Final = 1023
"""Steps of a text's vector; with 127 of the output and up to 128 dimensions, sums stay whole numbers in float32."""


@dataclass(frozen=True, eq=False)
class Model:
    """A trained model."""

    vocabulary: Vocabulary
    embedding: Scores
    """Features by dimensions."""
    output: Scores
    """Dimensions by headings: whole numbers from -127 to 127."""
    output_step: float
    bias: Scores
    """By heading: the score of a text that says nothing, which is the prior."""


def one_thread_of_algebra() -> AbstractContextManager[object]:
    """Within it, a product of matrices takes one thread: batches already run beside each other, and more would only
    wait for one another."""
    return cast(AbstractContextManager[object], _algebra().limit(limits=1))


@cache
def _algebra() -> ThreadpoolController:
    return ThreadpoolController()


def text_table(
    words: Words, numbers: npt.NDArray[np.int32], vocabulary: Vocabulary
) -> tuple[sp.csr_array, sp.csr_array, sp.csr_array]:
    """Texts by words, words by features, texts by pairs; each text scaled to a length of about one.

    Args:
        words: the texts.
        numbers: of each distinct word in the vocabulary, as `word_numbers` tells.
        vocabulary: whose features count.
    """
    by_word = text_words(words)
    features = word_features(words.distinct, numbers, vocabulary)
    by_pair = text_pairs(words, numbers, vocabulary)
    squares = _squared(features).sum(axis=1)
    length = np.sqrt(_squared(by_word) @ squares + _squared(by_pair).sum(axis=1))
    scale = (1 / np.where(length > 0, length, 1)).astype(np.float32)
    for table in (by_word, by_pair):
        table.data *= np.repeat(scale, np.diff(table.indptr))
    return by_word, features, by_pair


def _squared(table: sp.csr_array) -> sp.csr_array:
    return sp.csr_array((table.data * table.data, table.indices, table.indptr), shape=table.shape)


@dataclass(frozen=True, eq=False)
class TextVectors:
    """Texts in the dimensions of a model, as whole numbers of steps."""

    whole: Scores
    step: Scores
    words: Scores
    """Distinct words by dimensions."""

    def scores(self, model: Model, rows: slice) -> Scores:
        """Some of the texts by headings, as logarithms of chances up to a constant."""
        found = self.whole[rows] @ model.output
        found *= self.step[rows] * np.float32(model.output_step)
        found += model.bias
        return found


def text_vectors(words: Words, numbers: npt.NDArray[np.int32], model: Model) -> TextVectors:
    """The vectors of texts; `numbers` are those of `text_table`."""
    by_word, features, by_pair = text_table(words, numbers, model.vocabulary)
    n_pairs = len(model.vocabulary.pairs)
    word_vectors = np.asarray(features @ model.embedding, dtype=np.float32)
    vectors = by_word @ word_vectors + by_pair @ model.embedding[len(model.embedding) - n_pairs :]
    largest = np.abs(vectors).max(axis=1, keepdims=True, initial=0)
    step = (np.where(largest > 0, largest, 1) / np.float32(_TEXT_STEPS)).astype(np.float32)
    return TextVectors(np.rint(vectors / step).astype(np.float32), step, word_vectors)


def packed(vocabulary: Vocabulary, embedding: Scores, output: Scores, bias: Scores, headings: pl.Series) -> bytes:
    """A model as the bytes of its file: whole numbers of eight bits with a step for each row, no code, no dates."""
    rows = np.abs(embedding).max(axis=1, initial=1e-12) / 127
    step = float(np.abs(output).max()) / 127
    arrays: dict[str, Any] = {
        "format": np.array([_FORMAT]),
        "words": np.frombuffer("\n".join(vocabulary.words.to_list()).encode(), dtype=np.uint8),
        "headings": np.frombuffer("\n".join(headings.to_list()).encode(), dtype=np.uint8),
        "pieces": vocabulary.pieces.astype(np.uint32),
        "pairs": vocabulary.pairs,
        "embedding": np.rint(embedding / rows[:, None]).astype(np.int8),
        "embedding_steps": rows.astype(np.float16),
        "output": np.rint(output / step).astype(np.int8),
        "output_step": np.array([step], dtype=np.float32),
        "bias": bias.astype(np.float16),
    }
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays)
    return file.getvalue()


def load_model(config_dir: Path, tree: ProductTree) -> Model:
    """The model of a configuration folder, its headings in the order of the tree.

    Raises: ConfigurationError if the file is missing, damaged, of another format, or trained for other headings.
    """
    path = config_dir / "products" / "model.npz"
    model = None
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
            model = _unpacked(file, tree)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
        model = None
    if model is None:
        raise ConfigurationError(f"{path.name}: is no model of these headings. Restore it, or run mandi lexicon train.")
    return model


def _unpacked(file: Any, tree: ProductTree) -> Model | None:
    if file["format"].tolist() != [_FORMAT]:
        return None
    if bytes(file["headings"]).decode().split("\n") != tree.headings["heading"].to_list():
        return None
    vocabulary = Vocabulary(
        words=pl.Series("word", bytes(file["words"]).decode().split("\n"), dtype=pl.String),
        pieces=file["pieces"].astype(np.uint64),
        pairs=file["pairs"].astype(np.uint64),
    )
    embedding = file["embedding"].astype(np.float32) * file["embedding_steps"].astype(np.float32)[:, None]
    output = file["output"].astype(np.float32)
    bias = file["bias"].astype(np.float32)
    fits = (
        embedding.shape == (vocabulary.size, output.shape[0])
        and output.shape[1] == tree.headings.height == len(bias)
        and output.shape[0] <= 128
        and np.isfinite(embedding).all()
        and np.isfinite(bias).all()
    )
    return Model(vocabulary, embedding, output, float(file["output_step"][0]), bias) if fits else None
