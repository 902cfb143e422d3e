"""Guarantees of classification: an answer hangs on its text alone; any text has one; training is repeatable."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.products.classify import Classifier, build_classifier
from feeds.products.training import lessons, trained
from feeds.products.tree import load_product_tree
from tests.support.products import TITLES, small_config

PHRASES = (
    "toy car",
    "bag for camera",
    "knitted shirt",
    "T-Shirts",
    "électrique",
    "手机壳",
    "قميص",
    "- , (",
    "x" * 50,
    "\n",
)
TEXTS = st.lists(
    st.one_of(st.none(), st.text(max_size=60), st.lists(st.sampled_from(PHRASES)).map(" ".join)), max_size=30
)


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_config(tmp_path_factory.mktemp("config"))


@pytest.fixture(scope="module")
def classifier(config: Path) -> Classifier:
    return build_classifier(config, load_product_tree(config))


@given(texts=TEXTS, cut=st.integers(0, 30), seed=st.randoms(use_true_random=False))
@settings(max_examples=36, deadline=None)
def test_an_answer_hangs_on_its_text_alone(classifier: Classifier, texts: list[str | None], cut: int, seed) -> None:  # type: ignore[no-untyped-def]
    whole = classifier.classify(pl.Series(texts, dtype=pl.String), 0.0).rows()
    order = list(range(len(texts)))
    seed.shuffle(order)
    shuffled = classifier.classify(pl.Series([texts[at] for at in order], dtype=pl.String), 0.0).rows()
    assert shuffled == [whole[at] for at in order]
    parts = [texts[:cut], texts[cut:]]
    assert [row for part in parts for row in classifier.classify(pl.Series(part, dtype=pl.String), 0.0).rows()] == whole


@given(text=st.text(max_size=2000))
@settings(max_examples=36, deadline=None)
def test_any_text_has_one_answer_at_a_node_of_the_tree(classifier: Classifier, config: Path, text: str) -> None:
    known = {(level, code) for level, code, _, _ in load_product_tree(config).nodes}
    ((level, code, confidence, _),) = classifier.classify(pl.Series([text])).rows()
    assert (level, code) in known
    assert 0 <= confidence <= 1


def test_the_same_lessons_give_the_same_bytes(config: Path) -> None:
    tree = load_product_tree(config)
    models = [trained(lessons(config, tree, titles=TITLES), tree, epochs=2) for _ in range(2)]
    assert models[0] == models[1]
