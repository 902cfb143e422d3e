"""How well a model does on held-out text of our own: skeletons and negatives it never saw, people of unseen locales.

Belongs here: counting by language and entity. Does not belong here: the labelled sets of others (`benchmarks.scrub`).
Callers: the trainer, for the card; the gate in the tests. Neither torch nor wordfreq is needed.
"""

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from anonymize.scrub.names.corpus import Corpus, load_corpus
from anonymize.scrub.names.decoder import TAGS
from anonymize.scrub.names.finder import NameFinder
from anonymize.scrub.names.model import Model
from training.examples import Example, clean, source
from training.fillers import stock
from training.people import Pool, pools

N_TEXTS = 6000
_SEED = 7


@dataclass(frozen=True)
class Row:
    """One language and entity."""

    language: str
    entity: str
    n_spans: int
    recall: float
    """Share of labelled characters that are covered."""
    precision: float
    """Share of covered characters that are labelled, whatever their entity."""

    @property
    def f2(self) -> float:
        """F with recall weighing twice as much as precision."""
        both = 4 * self.precision + self.recall
        return 5 * self.precision * self.recall / both if both else 0.0


@dataclass(frozen=True)
class Validation:
    """Held-out texts."""

    texts: tuple[Example, ...]
    negatives: tuple[tuple[str, str], ...]
    """Language and text."""


@lru_cache(maxsize=1)
def held_out() -> Validation:
    """Held-out skeletons filled with people of held-out locales, and held-out negatives; always the same."""
    corpus = load_corpus()
    where = source(corpus, stock(corpus, _all_scripts(corpus)), {}, held_out=True)
    random = Random(_SEED)
    texts = tuple(clean(random, where) for _ in range(N_TEXTS))
    return Validation(texts, tuple((language, text) for language, each in where.negatives for text in each))


def _all_scripts(corpus: Corpus) -> dict[str, tuple[Pool, ...]]:
    """Held-out pools; scripts without one keep those of training, else their languages could not be tried at all."""
    return pools(corpus, held_out=False) | pools(corpus, held_out=True)


def measure(model: Model) -> list[Row]:
    """Figures by language and entity, and for `ALL` languages."""
    texts = held_out()
    finder = NameFinder(model)
    labelled: Counter[tuple[str, str]] = Counter()
    covered: Counter[tuple[str, str]] = Counter()
    spans: Counter[tuple[str, str]] = Counter()
    hit: Counter[tuple[str, str]] = Counter()
    right: Counter[tuple[str, str]] = Counter()
    for example, found in zip(texts.texts, finder.find([each.text for each in texts.texts]), strict=True):
        marks, truth = bytearray(len(example.text)), bytearray(len(example.text))
        for start, end, _, _ in found:
            marks[start:end] = b"\1" * (end - start)
        for start, end, _ in example.spans:
            truth[start:end] = b"\1" * (end - start)
        for language in (example.language, "ALL"):
            for start, end, tag in example.spans:
                key = (language, TAGS[tag])
                labelled[key] += end - start
                covered[key] += sum(marks[start:end])
                spans[key] += 1
            for start, end, entity, _ in found:
                hit[(language, entity)] += end - start
                right[(language, entity)] += sum(truth[start:end])
    return [
        Row(*key, spans[key], covered[key] / labelled[key], right[key] / hit[key] if hit[key] else 1.0)
        for key in sorted(labelled)
    ]


def touched(model: Model) -> float:
    """Share of held-out negatives in which the model finds anything."""
    found = NameFinder(model).find([text for _, text in held_out().negatives])
    return sum(map(bool, found)) / len(found)
