"""Training of the product model, from text written for this project alone, seeded.

Belongs here: the texts that are learnt from and how they are varied, and the descent. Called by `mandi lexicon train`
and by tests, never on the way of the data. The same files and libraries give the same bytes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
import scipy.sparse as sp

from feeds.products.features import (
    Vocabulary,
    pairs_of,
    pieces,
    shapes,
    word_numbers,
)
from feeds.products.lexicon import lexicon_lines
from feeds.products.model import Scores, one_thread_of_algebra, packed, text_table
from feeds.products.texts import words_of
from feeds.products.titles import load_titles
from feeds.products.tree import ProductTree

SEED: Final = 20
DIMENSIONS: Final = 96
_EPOCHS: Final = 12
_BATCH: Final = 512
_RATE: Final = 0.3
_DROPPED: Final = 0.5
"""Share of features left out at each step, so that no title hangs on one word."""
_VARIANTS: Final = {"title": 1, "term": 1, "heading": 0}
_LISTINGS: Final = 1
"""Variants of a short title in the long form of a listing. Two made development titles worse."""
_WEIGHTS: Final = {"title": 1.0, "term": 0.7, "heading": 0.4}
_FEWEST: Final = {"pieces": 3, "pairs": 2}
"""In how many words a piece, and how often a pair, must stand to be learnt."""
_LEAST_WEIGHT: Final = 0.3
"""Of a line of the lexicon, to be learnt from."""
_LONG_TITLE: Final = 9
"""Words from which a title is long enough to be learnt as it stands."""

_BEFORE: Final = (
    "wholesale", "custom", "customized", "hot sale", "hot selling", "new", "new arrival", "2024", "2025",
    "high quality", "factory price", "cheap", "oem", "odm", "custom logo", "premium", "luxury", "fashion",
    "best selling", "amazon",
    "professional", "portable", "mini", "large", "small", "heavy duty", "bulk", "china", "original", "top quality",
    "low price", "factory direct", "free sample", "modern", "vintage", "outdoor", "indoor", "black", "white", "red",
    "blue", "green", "multi color", "adjustable", "waterproof", "eco friendly", "industrial", "commercial", "home",
    "automatic", "manual", "electric", "digital", "smart", "mens", "womens", "kids", "personalized", "creative",
    "multifunctional", "private label", "durable", "good quality", "design", "popular", "real", "used", "looking for",
    "need", "i want to buy", "rfq", "quotation for", "usa", "european", "indian", "korean", "super", "ultra", "single",
    "double", "3 in 1", "set of", "stainless steel", "plastic", "metal", "wooden", "leather", "cotton", "silicone",
)  # fmt: skip
_AFTER: Final = (
    "for sale", "wholesale", "supplier", "manufacturer", "price", "with logo", "with custom logo", "in bulk", "100 pcs",
    "500 kg", "10 units", "in stock", "for men", "for women", "for kids", "for home", "for hotel", "for kitchen",
    "for office", "for outdoor", "for car", "with box", "gift", "oem 97430", "model a10", "220v", "12v", "50ml", "1kg",
    "xl", "made in china", "ready to ship", "free shipping", "ce certified", "for export", "factory", "set", "pack",
)  # fmt: skip
_LINKS: Final = ("for", "for", "with", "in", ",", "-")
_LISTING_LINKS: Final = (*_LINKS, "with", "and", "")
"""What stands before another product in a listing; there it often follows with nothing between."""
_SYLLABLES: Final = ("ba", "ko", "ri", "zen", "tu", "mor", "li", "fa", "xi", "dor", "ve", "shan", "pro", "nex", "yo")
"""Of invented makers, so that no meaning is learnt from a name."""


@dataclass(frozen=True, eq=False)
class Lessons:
    """What is learnt from: one row per text."""

    texts: pl.Series
    heading: npt.NDArray[np.int64]
    """Number of the heading in the tree."""
    weight: Scores
    is_own: npt.NDArray[np.bool_]
    """True for texts as written, false for variants."""


def lessons(config_dir: Path, tree: ProductTree, *, seed: int = SEED, titles: pl.DataFrame | None = None) -> Lessons:
    """Titles, terms of the lexicon and names of headings, as written and varied.

    A variant has words of commerce around it, and sometimes another product after *for* or *with*, as market titles do.
    A listing goes further: real titles have 8 to 20 words, ours mostly 2 to 6, so that a maker, a model, a second name
    of the same goods, features and companions stand around what is sold.

    Args:
        config_dir: the configuration folder.
        tree: its product tree.
        seed: of the variation.
        titles: market titles to learn from; all of the folder if none are given.
    """
    found = load_titles(config_dir, tree) if titles is None else titles
    lines = lexicon_lines(config_dir, tree).filter(pl.col("weight") >= _LEAST_WEIGHT)
    named = [(code, title, 1.0) for level, code, _, title in tree.nodes if level == "heading" and title]
    rows = pl.concat([
        found.select("heading", text="title", weight=pl.lit(1.0), source=pl.lit("title")),
        lines.select(heading="code", text="term", weight="weight", source=pl.lit("term")),
        pl.DataFrame(named, schema=["heading", "text", "weight"], orient="row").with_columns(source=pl.lit("heading")),
    ])  # fmt: skip
    numbers = tree.headings.select("heading", number=pl.int_range(pl.len()))
    rows = rows.join(numbers, on="heading", how="inner", maintain_order="left")
    rng = np.random.default_rng(seed)
    others = rows.filter(pl.col("source") == "term")["text"].to_list()
    titled = rows.filter((pl.col("source") == "title") & (pl.col("text").str.count_matches(" ") < _LONG_TITLE - 1))
    same = dict(titled.group_by("number", maintain_order=True).agg("text").iter_rows())
    texts, headings, weights, own = [], [], [], []
    for text, number, weight, source in rows.select("text", "number", "weight", "source").iter_rows():
        versions = [text]
        if source == "title" and text.count(" ") + 1 >= _LONG_TITLE:
            versions += [_shortened(text, rng) for _ in range(_VARIANTS[source])]
        else:
            versions += [_varied(text, others, rng) for _ in range(_VARIANTS[source])]
            if source == "title":
                versions += [_listed(text, same[number], others, rng) for _ in range(_LISTINGS)]
        texts += versions
        headings += [number] * len(versions)
        weights += [weight * _WEIGHTS[source]] * len(versions)
        own += [True] + [False] * (len(versions) - 1)
    return Lessons(pl.Series(texts, dtype=pl.String), np.array(headings), np.array(weights, np.float32), np.array(own))


def trained(
    learnt: Lessons, tree: ProductTree, *, seed: int = SEED, epochs: int = _EPOCHS,
    progress: Callable[[int], None] | None = None,
) -> bytes:  # fmt: skip
    """A model of lessons, as the bytes of `config/products/model.npz`.

    Args:
        learnt: the lessons.
        tree: whose headings are learnt.
        seed: of the descent.
        epochs: how often each lesson is seen.
        progress: called after each epoch with its number.
    """
    words = words_of(learnt.texts)
    vocabulary = _vocabulary(learnt)
    by_word, features, by_pair = text_table(words, word_numbers(words.distinct, vocabulary.words), vocabulary)
    n_single = features.shape[1] - by_pair.shape[1]
    table = sp.csr_array(sp.hstack([(by_word @ features)[:, :n_single], by_pair], format="csr"))
    with one_thread_of_algebra():
        embedding, output, bias = _descended(
            table, learnt.heading, learnt.weight, tree.headings.height, seed=seed, epochs=epochs, progress=progress
        )
    return packed(vocabulary, embedding, output, bias, tree.headings["heading"])


def _vocabulary(learnt: Lessons) -> Vocabulary:
    """Every word, and the pieces and pairs that occur often enough in texts as written."""
    words = words_of(learnt.texts.filter(pl.Series(learnt.is_own)))
    seen = pl.concat([words.distinct, shapes(words.distinct).drop_nulls()])
    known = seen.filter(seen.str.len_chars() > 0).unique().sort()
    _, hashes = pieces(words.distinct)
    distinct, counts = np.unique(hashes, return_counts=True)
    _, keys = pairs_of(words, word_numbers(words.distinct, known))
    pairs, seen_pairs = np.unique(keys, return_counts=True)
    return Vocabulary(
        words=known.alias("word"),
        pieces=distinct[counts >= _FEWEST["pieces"]],
        pairs=pairs[seen_pairs >= _FEWEST["pairs"]],
    )


def _varied(text: str, others: list[str], rng: np.random.Generator) -> str:
    before = [_BEFORE[rng.integers(len(_BEFORE))] for _ in range(rng.integers(4))]
    parts = [*before, text]
    if rng.random() < 0.35:
        parts += [_LINKS[rng.integers(len(_LINKS))], others[rng.integers(len(others))]]
    if rng.random() < 0.5:
        parts.append(_AFTER[rng.integers(len(_AFTER))])
    return " ".join(parts)


def _listed(text: str, same: list[str], others: list[str], rng: np.random.Generator) -> str:
    """A title in the form of a long listing: maker and model, a second name, features, companions, terms of trade."""

    def some(words: tuple[str, ...], most: int) -> list[str]:
        return [words[rng.integers(len(words))] for _ in range(rng.integers(most + 1))]

    named = [text]
    if rng.random() < 0.5:
        named.append(same[rng.integers(len(same))])
    if rng.random() < 0.3:
        named.insert(0, others[rng.integers(len(others))].split(" ")[0])
    if rng.random() < 0.25:
        maker = "".join([*some(_SYLLABLES, 2), _SYLLABLES[rng.integers(len(_SYLLABLES))]])
        named.insert(0, maker)
    if rng.random() < 0.2:
        named.insert(int(rng.integers(len(named) + 1)), f"{'abcdgkmstx'[rng.integers(10)]}{rng.integers(1, 9999)}")
    parts = [*some(_BEFORE, 4), *named]
    for _ in range(rng.integers(4)):
        parts += [_LISTING_LINKS[rng.integers(len(_LISTING_LINKS))], others[rng.integers(len(others))]]
    parts += some(_AFTER, 3)
    return " ".join(part for part in parts if part)


def _shortened(text: str, rng: np.random.Generator) -> str:
    words = text.split(" ")
    kept = [word for word in words if rng.random() > 0.3]
    return " ".join(kept or words)


def _descended(
    table: sp.csr_array, heading: npt.NDArray[np.int64], weight: Scores, n_headings: int, *, seed: int, epochs: int,
    progress: Callable[[int], None] | None,
) -> tuple[Scores, Scores, Scores]:  # fmt: skip
    """Embedding, output and bias after a descent whose steps shrink with what was stepped before (AdaGrad)."""
    rng = np.random.default_rng(seed)
    n_texts, n_features = table.shape
    embedding = (rng.standard_normal((n_features, DIMENSIONS)) * 0.1).astype(np.float32)
    output = (rng.standard_normal((DIMENSIONS, n_headings)) * 0.1).astype(np.float32)
    bias = np.log(np.bincount(heading, weights=weight, minlength=n_headings) + 0.5).astype(np.float32)
    bias -= bias.max()
    past_embedding = np.full(n_features, 1e-4, np.float32)
    past_output = np.full(output.shape, 1e-4, np.float32)
    past_bias = np.full(n_headings, 1e-4, np.float32)
    n_steps, step = epochs * -(-n_texts // _BATCH), 0
    for epoch in range(epochs):
        order = rng.permutation(n_texts)
        for start in range(0, n_texts, _BATCH):
            rows = order[start : start + _BATCH]
            seen = table[rows]
            seen.data = np.where(rng.random(seen.nnz) > _DROPPED, seen.data / (1 - _DROPPED), 0).astype(np.float32)
            vectors = seen @ embedding
            error = _chances(vectors @ output + bias)
            error[np.arange(len(rows)), heading[rows]] -= 1
            error *= (weight[rows] / len(rows))[:, None]
            back = error @ output.T
            rate = np.float32(_RATE * (1 - step / n_steps))
            step += 1
            slope = vectors.T @ error
            past_output += slope * slope
            output -= rate * slope / np.sqrt(past_output)
            slope_of_bias = error.sum(axis=0)
            past_bias += slope_of_bias * slope_of_bias
            bias -= rate / 5 * slope_of_bias / np.sqrt(past_bias)
            touched = np.unique(seen.indices)
            turned = seen.T.tocsr()[touched] @ back
            past_embedding[touched] += (turned * turned).mean(axis=1)
            embedding[touched] -= rate * turned / np.sqrt(past_embedding[touched])[:, None]
        if progress is not None:
            progress(epoch + 1)
    return embedding, output, bias


def _chances(scores: Scores) -> Scores:
    scores = scores - scores.max(axis=1, keepdims=True)
    np.exp(scores, out=scores)
    return np.asarray(scores / scores.sum(axis=1, keepdims=True), dtype=np.float32)
