"""Where texts stand in the tree, told with a lexicon typed out here; and the committed lexicon's own soundness."""

import shutil
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest

from feeds.products.classify import Classifier, build_classifier
from feeds.products.lexicon import folded
from feeds.products.tree import ProductTree, load_product_tree
from schemas.errors import ConfigurationError

CONFIG = Path(__file__).resolve().parents[2] / "config"
LEXICON = CONFIG / "products" / "lexicon.csv"
TERMS = """term,code,weight
toy,9503,0.9
car,8703,0.8
toy car,9503,0.9
t-shirt,6109,1
shirt,6205,0.9
bag,4202,0.9
camera,8525,0.9
camera bag,4202,0.9
printed circuit board assembly,8534,1
board,4412,0.3
yarn,52,0.9
battery,8507,0.9
glove,6116,0.5
glove,4015,0.5
electric,85,0.9
"""


@pytest.fixture(scope="module")
def tree() -> ProductTree:
    return load_product_tree(CONFIG)


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("config")
    (folder / "products").mkdir()
    for name in ("chapters.csv", "headings.csv", "subheadings.csv", "sectors.yaml"):
        shutil.copy(CONFIG / "products" / name, folder / "products" / name)
    (folder / "products" / "lexicon.csv").write_text(TERMS)
    return folder


@pytest.fixture(scope="module")
def classifier(config: Path, tree: ProductTree) -> Classifier:
    return build_classifier(config, tree)


def codes(classifier: Classifier, *texts: str | None, confidence: float = 0.6) -> list[str]:
    return classifier.classify(pl.Series(texts, dtype=pl.String()), confidence)["product_code"].to_list()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("t-shirt", "6109"),
        ("Blue T-SHIRTS, 100 pcs", "6109"),
        ("Ｔ－Ｓｈｉｒｔｓ", "6109"),
        ("Batteries", "8507"),
        ("printed circuit board assemblies", "8534"),
        ("looking for\nbags", "4202"),
    ],
)
def test_a_term_is_found_however_it_is_written(classifier: Classifier, text: str, code: str) -> None:
    assert codes(classifier, text) == [code]


def test_a_term_within_a_longer_term_does_not_count(classifier: Classifier) -> None:
    answer = classifier.classify(pl.Series(["camera bag", "t-shirt", "printed circuit board assembly"]))
    assert answer["decided_by"].to_list() == ["camera bag", "t-shirt", "printed circuit board assembly"]


def test_words_apart_are_not_one_term(classifier: Classifier) -> None:
    answer = classifier.classify(pl.Series(["toy red car", "toy", "car"]), 0.0)
    assert "toy car" not in answer["decided_by"].to_list()


def test_terms_do_not_reach_over_the_end_of_a_text(classifier: Classifier) -> None:
    assert codes(classifier, "t", "shirt", confidence=0.0) == ["all", "6205"]


def test_what_stands_after_for_counts_less(classifier: Classifier) -> None:
    assert codes(classifier, "bag for car", "car for bag", confidence=0.0) == ["4202", "8703"]
    sure = classifier.classify(pl.Series(["bag for car", "bag, car"]), 0.0)["confidence"]
    assert sure[0] > sure[1]


def test_a_leading_for_ends_no_segment(classifier: Classifier) -> None:
    assert codes(classifier, "for camera bag") == ["4202"]


def test_the_later_noun_counts_more(classifier: Classifier) -> None:
    assert codes(classifier, "car battery", "battery car", confidence=0.0) == ["8507", "8703"]


def test_a_term_of_a_chapter_stands_at_its_chapter(classifier: Classifier) -> None:
    assert codes(classifier, "yarn") == ["textiles_apparel/52"]


def test_a_term_of_a_split_chapter_speaks_for_its_largest_sector(classifier: Classifier) -> None:
    assert codes(classifier, "electric") == ["electronics_electrical/85"]


def test_an_ambiguous_term_rises_to_all(classifier: Classifier) -> None:
    assert codes(classifier, "glove") == ["all"]


def test_a_tie_goes_to_the_smaller_code(classifier: Classifier) -> None:
    assert codes(classifier, "glove", confidence=0.0) == ["4015"]


def test_texts_without_terms_stand_at_all(classifier: Classifier) -> None:
    answer = classifier.classify(pl.Series(["", None, "  ", "?!", "zzz", ",,(("]), 0.0)
    assert answer.rows() == [("all", "all", 1.0, None)] * 6


def test_no_texts_give_no_rows(classifier: Classifier) -> None:
    answer = classifier.classify(pl.Series([], dtype=pl.String()))
    assert answer.columns == ["product_level", "product_code", "confidence", "decided_by"]
    assert answer.is_empty()


def test_rows_keep_their_order_and_their_answers(classifier: Classifier) -> None:
    texts = ["zzz", "toy", None, "bag", "yarn", "toy", ""] * 50
    alone = [codes(classifier, text)[0] for text in texts[:7]]
    assert codes(classifier, *texts) == alone * 50


def test_answers_are_the_same_each_time(classifier: Classifier) -> None:
    texts = pl.Series(["car toys for bag camera", "glove yarn electric", "board, bag, shirt"] * 200)
    first = classifier.classify(texts, 0.0)
    assert all(classifier.classify(texts, 0.0).equals(first) for _ in range(5))


def test_less_confidence_never_gives_a_coarser_answer(classifier: Classifier) -> None:
    depth = ["all", "sector", "chapter", "heading"]
    texts = pl.Series(["car toys for bag camera", "glove", "yarn electric", "board, bag, shirt"])
    answers = [classifier.classify(texts, least / 10) for least in range(11)]
    levels = [[depth.index(level) for level in answer["product_level"]] for answer in answers]
    assert all(a >= b for finer, coarser in pairwise(levels) for a, b in zip(finer, coarser, strict=True))
    assert all(answer["confidence"].is_between(least / 10, 1).all() for least, answer in enumerate(answers))


def test_only_the_beginning_of_a_text_is_read(classifier: Classifier) -> None:
    assert codes(classifier, "w " * 39 + "bag", "w " * 40 + "bag") == ["4202", "all"]


def test_no_word_of_the_text_comes_out(classifier: Classifier) -> None:
    answer = classifier.classify(pl.Series(["Secretname bags of Otherword"]), 0.0)
    assert answer["decided_by"].to_list() == ["bag"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("toy,9503,0.9", "no other line"),
        ("doll,9599,0.9", "a heading or chapter"),
        ("doll,9503,1.1", "a weight"),
        ("doll,9503,", "a weight"),
        ("a b c d e,9503,1", "a term"),
        ("?,9503,1", "a term"),
        (",9503,1", "a term"),
    ],
)
def test_a_wrong_line_of_the_lexicon_is_refused(tmp_path: Path, tree: ProductTree, line: str, told: str) -> None:
    (tmp_path / "products").mkdir()
    path = tmp_path / "products" / "lexicon.csv"
    path.write_text(f"{TERMS}{line}\n")
    with pytest.raises(ConfigurationError, match=f"^lexicon.csv: .*{told}.*line 17"):
        build_classifier(tmp_path, tree)
    path.unlink()
    with pytest.raises(ConfigurationError, match=r"^lexicon.csv: "):
        build_classifier(tmp_path, tree)


@pytest.mark.parametrize(
    ("plural", "singular"),
    [
        ("shoes", "shoe"),
        ("boxes", "box"),
        ("dresses", "dress"),
        ("batteries", "battery"),
        ("knives", "knife"),
        ("shelves", "shelf"),
        ("glass", "glass"),
        ("bus", "bus"),
        ("lens", "lens"),
        ("led", "led"),
    ],
)
def test_plurals_fold_to_their_singular(plural: str, singular: str) -> None:
    assert folded(plural) == folded(singular) == singular


@pytest.mark.skipif(not LEXICON.exists(), reason="the lexicon is not written yet")
def test_every_code_of_the_lexicon_is_in_the_tree_and_no_line_is_double(tree: ProductTree) -> None:
    lines = pl.read_csv(LEXICON, infer_schema=False)
    known = set(tree.headings["heading"]) | {code[:2] for code in tree.headings["heading"]}
    assert lines.columns == ["term", "code", "weight"]
    assert set(lines["code"]) <= known
    assert not lines.select("term", "code").is_duplicated().any()
    assert build_classifier(CONFIG, tree).lexicon.entries.height > 0
