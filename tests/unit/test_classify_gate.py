"""How good classification must stay: on labelled titles where they are, and always on our own titles held out."""

import shutil
from pathlib import Path

import polars as pl
import pytest

from benchmarks.classify import TITLES, judged, labelled, shares
from feeds.products.classify import build_classifier
from feeds.products.titles import load_titles
from feeds.products.training import lessons, trained
from feeds.products.tree import ProductTree, load_product_tree
from tests.support.products import CONFIG


@pytest.fixture(scope="module")
def tree() -> ProductTree:
    return load_product_tree(CONFIG)


@pytest.mark.real_data
@pytest.mark.skipif(not TITLES.exists(), reason="../shared/data/titles is not there")
@pytest.mark.parametrize("is_dev", [True, False])
def test_labelled_titles_are_placed_as_well_as_documented(tree: ProductTree, is_dev: bool) -> None:
    rows = labelled(TITLES, tree).filter(pl.col("is_dev") == is_dev)
    found = shares(judged(rows, build_classifier(CONFIG, tree)))
    least = {"chapter": 0.80, "heading": 0.58, "sector": 0.77, "answered": 0.74, "precision": 0.90}
    assert {name: value for name, value in found.items() if value < least[name]} == {}


def test_titles_that_were_not_learnt_are_mostly_placed(tree: ProductTree, tmp_path: Path) -> None:
    shutil.copytree(CONFIG / "products", tmp_path / "products")
    titles = load_titles(CONFIG, tree).with_row_index("at")
    learnt = titles.filter(pl.col("at") % 2 == 1).drop("at")
    held_out = titles.filter(pl.col("at") % 16 == 0)
    assert held_out.join(learnt, on="title").is_empty()
    model = trained(lessons(CONFIG, tree, titles=learnt), tree, epochs=4)
    (tmp_path / "products" / "model.npz").write_bytes(model)

    answers = build_classifier(tmp_path, tree).answers(held_out["title"])

    is_right = answers["chapter"] == held_out["heading"].str.head(2)
    assert float(is_right.fill_null(False).mean() or 0) > 0.5  # type: ignore[arg-type]
