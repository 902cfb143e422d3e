"""Where a text stands in the product tree: what model, lexicon and rules say together, with a confidence a level.

Belongs here: adding up the three, choosing the finest node that is sure enough, and telling what decided. Injected into
`feeds.placing` by `feeds.context`; called by `mandi classify`.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl
import scipy.sparse as sp

from feeds.products.confidence import Settings, load_settings
from feeds.products.features import entries_at
from feeds.products.lexicon import Lexicon, found_in, load_lexicon
from feeds.products.model import Model, Scores, TextVectors, load_model, one_thread_of_algebra, text_vectors
from feeds.products.rules import Rules, fired, load_rules
from feeds.products.texts import Words, words_of
from feeds.products.tree import ProductTree

DEFAULT_CONFIDENCE: Final = 0.6
_BATCH: Final = 8_192
_ROWS: Final = 512
"""Texts whose scores are held at a time, few enough for a processor's cache."""
_N_TERMS: Final = 3
"""Terms told at most."""
_LEAST_TERM: Final = 0.5
"""What a term must add to the chosen heading's score to be told, unless it is the strongest."""
ONLY_PIECES: Final = "(pieces of words)"
"""Told where no known word of a text speaks for the answer; the unknown word itself is not told, it may be a name."""
_PLACES: Final = 4_096
"""Words whose parts in an answer are worked out at a time, few enough for a processor's cache."""

_SCHEMA = pl.Schema(
    {
        "product_level": pl.String(),
        "product_code": pl.String(),
        "confidence": pl.Float64(),
        "decided_by": pl.String(),
    }
)


@dataclass(frozen=True, eq=False)
class Nodes:
    """The tree's nodes by number. Columns of scores are headings sorted by HS chapter, then sector, then code."""

    headings: pl.Series
    nodes: pl.Series
    """`sector/NN`; node_starts is the first column of each."""
    node_starts: npt.NDArray[np.int64]
    chapters: pl.Series
    """`NN`; chapter_starts is the first node of each."""
    chapter_starts: npt.NDArray[np.int64]
    sectors: pl.Series
    sector_of_node: npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Classifier:
    """Classifies texts by a model, a lexicon and rules."""

    model: Model
    lexicon: Lexicon
    rules: Rules
    settings: Settings
    nodes: Nodes
    numbers: "Numbers"

    def classify(self, texts: pl.Series, confidence: float = DEFAULT_CONFIDENCE) -> pl.DataFrame:
        """The finest node of each text that is sure enough.

        Args:
            texts: titles or messages, or both joined by a newline; null or empty ones stand at `all`.
            confidence: least confidence of an answer below `all`, 0 to 1; 0 forces an answer wherever a word is known.

        Returns: product_level (all, sector, chapter or heading), product_code, confidence (0 to 1; 1 at `all`),
        decided_by (words of model, lexicon and rules, heaviest first, parted by commas; null at `all`), one row per
        text in the same order. No other word of a text comes out.

        Guarantee: an answer hangs on its text alone, not on the texts beside it or their order.
        """
        answers = self.answers(texts)
        known = pl.col("heading").is_not_null()
        levels = (("heading", "heading"), ("chapter", "node"), ("sector", "sector"))

        def chosen(values: dict[str, pl.Expr]) -> pl.Expr:
            sure = {level: known & (pl.col(f"{level}_confidence") >= confidence) for level in values}
            return pl.coalesce(pl.when(sure[level]).then(value) for level, value in values.items())

        return answers.select(
            product_level=chosen({level: pl.lit(level) for level, _ in levels}).fill_null("all"),
            product_code=chosen({level: pl.col(code) for level, code in levels}).fill_null("all"),
            confidence=chosen({level: pl.col(f"{level}_confidence") for level, _ in levels}).fill_null(1.0),
            decided_by=chosen({level: pl.col("decided_by") for level, _ in levels}),
        ).cast(_SCHEMA)

    def answers(self, texts: pl.Series) -> pl.DataFrame:
        """The best answer of each text at every level, however unsure.

        Returns: heading, chapter (`NN`), node (`sector/NN`), sector, heading_confidence, chapter_confidence,
        sector_confidence (each at least the one before), decided_by; one row per text in the same order, null where
        no word of the text is known.
        """
        with one_thread_of_algebra(), ThreadPoolExecutor(pl.thread_pool_size()) as pool:
            parts = list(pool.map(self._answers, _batches(texts)))
        return pl.concat(parts) if parts else self._answers(pl.Series([], dtype=pl.String))

    def candidates(self, text: str, limit: int = 5) -> pl.DataFrame:
        """The most likely headings of one text: heading, chapter, sector, chance (0 to 1, as scored, uncalibrated)."""
        scores = self._scores(self._evidence(words_of(pl.Series([text]))), slice(0, 1))[0] / self.settings.temperature
        chances = np.exp(scores - scores.max())
        chances /= chances.sum()
        best = np.argsort(-chances, kind="stable")[:limit]
        node = np.searchsorted(self.nodes.node_starts, best, side="right") - 1
        return pl.DataFrame(
            {
                "heading": self.nodes.headings.gather(best),
                "chapter": self.nodes.nodes.gather(node),
                "chance": chances[best].astype(np.float64),
            }
        )

    def _answers(self, texts: pl.Series) -> pl.DataFrame:
        words = words_of(texts)
        evidence = self._evidence(words)
        best = [self._best(evidence, slice(at, at + _ROWS)) for at in range(0, max(texts.len(), 1), _ROWS)]
        heading, node, chapter, *chances = (np.concatenate(parts) for parts in zip(*best, strict=True))
        nodes, sure = self.nodes, self.settings.calibrated
        heading_confidence = sure("heading", chances[0])
        chapter_confidence = np.maximum(sure("chapter", chances[1]), heading_confidence)
        answers = pl.DataFrame(
            {
                "heading": nodes.headings.gather(heading),
                "chapter": nodes.chapters.gather(chapter),
                "node": nodes.nodes.gather(node),
                "sector": nodes.sectors.gather(nodes.sector_of_node[node]),
                "heading_confidence": heading_confidence,
                "chapter_confidence": chapter_confidence,
                "sector_confidence": np.maximum(sure("sector", chances[2]), chapter_confidence),
                "decided_by": self._decided_by(words, evidence, heading),
            }
        )
        is_known = pl.Series(evidence.is_known, dtype=pl.Boolean)
        return answers.select(pl.when(is_known).then(pl.col(name)).alias(name) for name in answers.columns)

    def _best(self, evidence: "_Evidence", rows: slice) -> tuple[npt.NDArray[Any], ...]:
        """Best heading, node and chapter of some texts by number; chances of heading, chapter and sector."""
        nodes = self.nodes
        weights = self._scores(evidence, rows)
        weights -= weights.max(axis=1, keepdims=True, initial=-np.inf)
        if self.settings.temperature != 1:
            weights /= np.float32(self.settings.temperature)
        np.exp(weights, out=weights)
        by_node = np.add.reduceat(weights, nodes.node_starts, axis=1)
        by_chapter = np.add.reduceat(by_node, nodes.chapter_starts, axis=1)
        by_sector = _summed(by_node, nodes.sector_of_node, len(nodes.sectors))
        total = by_sector.sum(axis=1)
        at = np.arange(len(weights))
        chapter = by_chapter.argmax(axis=1)
        first, after = nodes.chapter_starts, np.r_[nodes.chapter_starts[1:], len(nodes.nodes)]
        node = _best_within(by_node, first[chapter], after[chapter])
        first, after = nodes.node_starts, np.r_[nodes.node_starts[1:], len(nodes.headings)]
        heading = _best_within(weights, first[node], after[node])
        sector = nodes.sector_of_node[node]
        best = (weights[at, heading], by_chapter[at, chapter], by_sector[at, sector])
        return heading, node, chapter, *(each / total for each in best)

    def _scores(self, evidence: "_Evidence", rows: slice) -> Scores:
        """Some of the texts by headings: what model, lexicon and rules add up to."""
        total = evidence.vectors.scores(self.model, rows)
        added = evidence.added
        bounds = added.indptr[rows.start : rows.start + len(total) + 1]
        inside = slice(bounds[0], bounds[-1])
        of_text = np.repeat(np.arange(len(total)), np.diff(bounds))
        total[of_text, added.indices[inside]] += added.data[inside]
        return total

    def _evidence(self, words: Words) -> "_Evidence":
        of_model, of_lexicon, of_rules = self.numbers.of(words.distinct)
        vectors = text_vectors(words, of_model, self.model)
        found = found_in(words, of_lexicon, self.lexicon)
        firing, standing = fired(words, of_rules, self.rules)
        by_lexicon = sp.csr_array(found @ self.lexicon.codes)
        added = sp.csr_array(by_lexicon * self.settings.lexicon_weight + firing @ self.rules.scores).astype(np.float32)
        speaks = np.abs(vectors.words).max(axis=1, initial=0) > 0
        is_known = np.bincount(words.text, speaks[words.token], words.n_texts) > 0
        is_known |= np.diff(by_lexicon.indptr) > 0
        return _Evidence(vectors, added, is_known, of_model, found, firing, standing)

    def _decided_by(self, words: Words, evidence: "_Evidence", heading: npt.NDArray[np.int64]) -> pl.Series:
        parts = [
            _lexicon_terms(evidence, self.lexicon, self.settings.lexicon_weight, heading),
            _rule_terms(evidence, self.rules, heading),
            _model_words(words, evidence, self.model, heading),
        ]
        entries = pl.concat(parts)
        is_strong = (entries["adds"] >= _LEAST_TERM).to_numpy()
        text = entries["text"].to_numpy()
        has_strong = np.bincount(text[is_strong], minlength=words.n_texts) > 0
        told = (
            entries.filter(pl.Series(is_strong | ~has_strong[text]))
            .group_by("text", "term")
            .agg(pl.col("adds").max())
            .sort("text", "adds", "term", descending=[False, True, False])
            .filter((pl.col("adds") >= _LEAST_TERM) | pl.col("text").is_first_distinct())
            .group_by("text", maintain_order=True)
            .agg(pl.col("term").head(_N_TERMS))
            .select("text", decided_by=pl.col("term").list.join(","))
        )
        by_text = np.full(words.n_texts, -1, dtype=np.int64)
        by_text[told["text"].to_numpy()] = np.arange(told.height)
        decided = told["decided_by"].gather(pl.Series(by_text).replace(-1, None))
        return decided.fill_null(ONLY_PIECES)


@dataclass(frozen=True, eq=False)
class _Evidence:
    vectors: TextVectors
    added: sp.csr_array
    """Texts by headings: what lexicon and rules add to the model's scores."""
    is_known: npt.NDArray[np.bool_]
    """By text: whether any word of it means anything to model or lexicon."""
    of_model: npt.NDArray[np.int32]
    """Number of each distinct word in the model's vocabulary."""
    found: sp.csr_array
    """Texts by terms of the lexicon."""
    firing: sp.csr_array
    """Texts by rules."""
    standing: sp.csr_array
    """Texts by terms of rules."""


@dataclass(frozen=True, eq=False)
class Numbers:
    """What number every word has in model, lexicon and rules; one look-up for the three."""

    row_of: Mapping[str, int]
    """Kept between batches: a join would build this anew for each."""
    by_row: npt.NDArray[np.int32]
    """By row: the numbers in the three; the last row, of unknown words, is -1."""

    def of(self, words: pl.Series) -> list[npt.NDArray[np.int32]]:
        """Numbers of words in the model's, the lexicon's and the rules' vocabulary; -1 where there is none."""
        find, unknown = self.row_of.get, len(self.by_row) - 1
        rows = np.array([find(word, unknown) for word in words.to_list()], dtype=np.int64)
        return list(self.by_row[rows].T)


def build_classifier(config_dir: Path, tree: ProductTree) -> Classifier:
    """The classifier of a configuration folder.

    Raises: ConfigurationError if its model, lexicon, rules or settings are missing or wrong.
    """
    ordered = _in_order_of_nodes(tree)
    model, lexicon, rules = load_model(config_dir, tree), load_lexicon(config_dir, tree), load_rules(config_dir, tree)
    order = tree.headings.with_row_index("at").join(ordered, on="heading", maintain_order="right")["at"].to_numpy()
    words = {"model": model.vocabulary.words, "lexicon": lexicon.terms.words, "rules": rules.terms.words}
    table = pl.concat(words.values()).unique().sort().alias("word").to_frame()
    for name, known in words.items():
        own = known.alias("word").to_frame().select("word", pl.int_range(pl.len(), dtype=pl.Int32).alias(name))
        table = table.join(own, on="word", how="left", maintain_order="left")
    return Classifier(
        model=replace(model, output=np.ascontiguousarray(model.output[:, order]), bias=model.bias[order]),
        lexicon=replace(lexicon, codes=sp.csr_array(lexicon.codes[:, order])),
        rules=replace(rules, scores=sp.csr_array(rules.scores[:, order])),
        settings=load_settings(config_dir),
        nodes=nodes_of(tree),
        numbers=Numbers(
            row_of={word: row for row, word in enumerate(table["word"])},
            by_row=np.vstack([table.drop("word").fill_null(-1).to_numpy(), np.full(3, -1)]).astype(np.int32),
        ),
    )


def _in_order_of_nodes(tree: ProductTree) -> pl.DataFrame:
    return tree.headings.with_columns(hs=pl.col("heading").str.head(2)).sort("hs", "sector", "heading")


def nodes_of(tree: ProductTree) -> Nodes:
    """The nodes of a tree by number."""
    columns = _in_order_of_nodes(tree).with_row_index("column")
    nodes = columns.group_by("chapter", maintain_order=True).agg(
        pl.col("column").first(), pl.col("hs").first(), pl.col("sector").first()
    )
    chapters = nodes.with_row_index("node").group_by("hs", maintain_order=True).agg(pl.col("node").first())
    sectors = nodes["sector"].unique().sort()
    return Nodes(
        headings=columns["heading"],
        nodes=nodes["chapter"],
        node_starts=nodes["column"].cast(pl.Int64).to_numpy(),
        chapters=chapters["hs"],
        chapter_starts=chapters["node"].cast(pl.Int64).to_numpy(),
        sectors=sectors,
        sector_of_node=np.searchsorted(sectors.to_numpy(), nodes["sector"].to_numpy()),
    )


def _batches(texts: pl.Series) -> Iterator[pl.Series]:
    for start in range(0, texts.len(), _BATCH):
        yield texts.slice(start, _BATCH)


def _summed(by_node: Scores, group: npt.NDArray[np.int64], n_groups: int) -> Scores:
    """Sums of columns by group, always in the order of the columns."""
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(n_groups))
    return np.asarray(np.add.reduceat(by_node[:, order], starts, axis=1), dtype=np.float32)


def _best_within(values: Scores, first: npt.NDArray[np.int64], after: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The column with the largest value of each row, from its first to before its last; the first of equals."""
    width = int((after - first).max(initial=1))
    columns = first[:, None] + np.arange(width)
    inside = columns < after[:, None]
    within = np.where(inside, np.take_along_axis(values, np.minimum(columns, values.shape[1] - 1), axis=1), -1)
    return np.asarray(first + within.argmax(axis=1), dtype=np.int64)


def _adds(text: npt.NDArray[Any], term: pl.Series, adds: npt.NDArray[Any]) -> pl.DataFrame:
    return pl.DataFrame({"text": text.astype(np.int64), "term": term.cast(pl.String), "adds": adds.astype(np.float64)})


def _lexicon_terms(
    evidence: _Evidence, lexicon: Lexicon, weight: float, heading: npt.NDArray[np.int64]
) -> pl.DataFrame:
    """What each found term of the lexicon adds to the chosen heading of its text."""
    found = evidence.found.tocoo()
    text, term = found.coords
    adds = found.data * weight * entries_at(lexicon.codes, term, heading[text])
    kept = adds > 0
    return _adds(text[kept], lexicon.spelling.gather(term[kept]), adds[kept])


def _rule_terms(evidence: _Evidence, rules: Rules, heading: npt.NDArray[np.int64]) -> pl.DataFrame:
    """What each fired rule adds to the chosen heading, under the terms of its `has` that stand in the text."""
    firing = evidence.firing.tocoo()
    text, rule = firing.coords
    adds = entries_at(rules.scores, rule, heading[text])
    kept = adds > 0
    text, rule, adds = text[kept], rule[kept], adds[kept]
    standing = evidence.standing
    pairs = pl.DataFrame({"text": text.astype(np.int64), "rule": rule.astype(np.int64), "adds": adds})
    stands = standing.tocoo()
    places = pl.DataFrame({"text": stands.coords[0].astype(np.int64), "term": stands.coords[1].astype(np.int64)})
    named = rules.parts["has"].tocoo()
    of_rule = pl.DataFrame({"term": named.coords[0].astype(np.int64), "rule": named.coords[1].astype(np.int64)})
    found = pairs.join(of_rule, on="rule").join(places.unique(), on=["text", "term"])
    return _adds(found["text"].to_numpy(), rules.spelling.gather(found["term"]), found["adds"].to_numpy())


def _model_words(words: Words, evidence: _Evidence, model: Model, heading: npt.NDArray[np.int64]) -> pl.DataFrame:
    """What each word that the model knows adds to the chosen heading, above what it adds to headings in general; it may
    be nothing or less."""
    is_told = (evidence.of_model >= 0) & (words.distinct.str.len_bytes() > 1).to_numpy()
    at = np.flatnonzero(is_told[words.token] & ~words.is_break)
    telling = (model.output - model.output.mean(axis=1, keepdims=True)) * np.float32(model.output_step)
    telling = np.ascontiguousarray(telling.T)
    text, token = words.text[at], words.token[at]
    of_heading, of_token = heading[text], evidence.vectors.words
    places = range(0, len(at), _PLACES)
    parts = [
        np.einsum("ij,ij->i", of_token[token[i : i + _PLACES]], telling[of_heading[i : i + _PLACES]]) for i in places
    ]
    adds = np.concatenate([np.empty(0, np.float32), *parts]) * words.factor[at]
    return _adds(text, words.distinct.gather(token), adds)
