"""Where texts stand in the tree, told with a small lexicon, rules and model; and the committed ones' own soundness."""

from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest

from feeds.products.classify import Classifier, build_classifier
from feeds.products.features import word_numbers
from feeds.products.lexicon import Lexicon, found_in, load_lexicon
from feeds.products.rules import Rules, fired, load_rules
from feeds.products.texts import folded, tokens, words_of
from feeds.products.tree import ProductTree, load_product_tree
from schemas.errors import ConfigurationError
from tests.support.products import CONFIG, RULES, TERMS, small_config


@pytest.fixture(scope="module")
def tree() -> ProductTree:
    return load_product_tree(CONFIG)


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_config(tmp_path_factory.mktemp("config"))


@pytest.fixture(scope="module")
def classifier(config: Path, tree: ProductTree) -> Classifier:
    return build_classifier(config, tree)


@pytest.fixture(scope="module")
def lexicon(config: Path, tree: ProductTree) -> Lexicon:
    return load_lexicon(config, tree)


@pytest.fixture(scope="module")
def rules(config: Path, tree: ProductTree) -> Rules:
    return load_rules(config, tree)


def terms(lexicon: Lexicon, text: str | None) -> dict[str, float]:
    """What each term found in a text counts."""
    words = words_of(pl.Series([text], dtype=pl.String))
    found = found_in(words, word_numbers(words.distinct, lexicon.terms.words), lexicon).toarray()[0]
    return {lexicon.spelling[at]: round(float(found[at]), 3) for at in found.nonzero()[0].tolist()}


def answers(rules: Rules, text: str) -> list[int]:
    """Numbers of the rules a text fires."""
    words = words_of(pl.Series([text]))
    firing, _ = fired(words, word_numbers(words.distinct, rules.terms.words), rules)
    return sorted(firing.toarray()[0].nonzero()[0].tolist())


def codes(classifier: Classifier, *texts: str | None, confidence: float = 0.6) -> list[str]:
    return classifier.classify(pl.Series(texts, dtype=pl.String), confidence)["product_code"].to_list()


# Texts as words


@pytest.mark.parametrize(
    ("plural", "singular"),
    [
        ("shoes", "shoe"), ("boxes", "box"), ("dresses", "dress"), ("batteries", "battery"), ("knives", "knife"),
        ("shelves", "shelf"), ("glass", "glass"), ("bus", "bus"), ("lens", "lens"), ("led", "led"),
        ("cüzdan", "cuzdan"), ("caméras", "camera"), ("القهوة", "قهوه"), ("أحمر", "احمر"), ("ışık", "isik"),
    ],
)  # fmt: skip
def test_spellings_of_a_word_fold_to_one(plural: str, singular: str) -> None:
    assert folded(pl.Series([plural, singular])).to_list() == [singular, singular]


def test_colours_of_a_terminal_hide_no_word() -> None:
    texts = pl.Series(["\x1b[31mcotton\x1b[0m towel", "\x1b[1;38;5;208mcotton towel\x1b[K", "cotton towel"])
    assert tokens(texts).to_list() == [["cotton", "towel"]] * 3


def test_entities_of_web_pages_are_read() -> None:
    assert tokens(pl.Series(["13&quot; C&uuml;zdan &#39;x&#39; R&D"])).to_list() == [["13", "cuzdan", "x", "r", "d"]]


def test_only_the_beginning_of_a_text_is_read(lexicon: Lexicon) -> None:
    assert terms(lexicon, "w " * 39 + "bag") == {"bag": 1.0}
    assert terms(lexicon, "w " * 40 + "bag") == {}


# The lexicon


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("Blue T-SHIRTS, 100 pcs", "t-shirt"),
        ("Ｔ－Ｓｈｉｒｔｓ", "t-shirt"),
        ("Batteries", "battery"),
        ("printed circuit board assemblies", "printed circuit board assembly"),
        ("looking for\nbags", "bag"),
        ("for camera bag", "camera bag"),
    ],
)
def test_a_term_is_found_however_it_is_written(lexicon: Lexicon, text: str, term: str) -> None:
    assert list(terms(lexicon, text)) == [term]


def test_a_term_within_a_longer_term_does_not_count(lexicon: Lexicon) -> None:
    assert set(terms(lexicon, "camera bag, board")) == {"camera bag", "board"}


@pytest.mark.parametrize("text", ["toy red car", "toy, car", "toy | car", "car toy"])
def test_words_apart_are_not_one_term(lexicon: Lexicon, text: str) -> None:
    assert set(terms(lexicon, text)) == {"toy", "car"}


def test_terms_do_not_reach_over_the_end_of_a_text(lexicon: Lexicon) -> None:
    words = words_of(pl.Series(["t", "shirt"]))
    found = found_in(words, word_numbers(words.distinct, lexicon.terms.words), lexicon).toarray()
    assert (found > 0).sum(axis=1).tolist() == [0, 1]


def test_what_stands_after_for_counts_less(lexicon: Lexicon) -> None:
    assert terms(lexicon, "bag for car") == {"bag": 1.0, "car": 0.4}


def test_the_later_noun_counts_more(lexicon: Lexicon) -> None:
    assert terms(lexicon, "car battery") == {"car": 0.7, "battery": 1.0}


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
        load_lexicon(tmp_path, tree)
    path.unlink()
    with pytest.raises(ConfigurationError, match=r"^lexicon.csv: "):
        load_lexicon(tmp_path, tree)


# Rules


@pytest.mark.parametrize(
    ("text", "firing"),
    [
        ("toy", [0]),
        ("Playthings of wood", [0]),
        ("toy box", []),
        ("toy making machine", []),
        ("knitted shirt", [1, 2]),
        ("knitted hat", []),
        ("shirt", []),
        ("", []),
    ],
)
def test_a_rule_fires_on_its_words_and_not_beside_others(rules: Rules, text: str, firing: list[int]) -> None:
    assert answers(rules, text) == firing


def test_a_rule_for_a_chapter_weighs_all_its_headings(rules: Rules, tree: ProductTree) -> None:
    weights = rules.scores.toarray()[1]
    chapter_61 = tree.headings["heading"].str.starts_with("61").to_numpy()
    assert (weights[chapter_61] == 2).all() and (weights[~chapter_61] == 0).all()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (",toy,,,9503,1", "a question"),
        ("q,,a,,9503,1", "no term under has"),
        ("q,toy,,,95|9999,1", "names a code"),
        ("q,toy,,,,1", "names a code"),
        ("q,toy,,,950,1", "names a code"),
        ("q,toy,,,9503,0", "a weight"),
        ("q,toy,,,9503,9", "a weight"),
        ("q,toy,,,9503,x", "a weight"),
        ("q,a b c d e,,,9503,1", "a term of 1 to 4"),
    ],
)
def test_a_wrong_rule_is_refused(tmp_path: Path, tree: ProductTree, line: str, told: str) -> None:
    (tmp_path / "products").mkdir()
    path = tmp_path / "products" / "rules.csv"
    path.write_text(f"{RULES}{line}\n")
    with pytest.raises(ConfigurationError, match=f"^rules.csv: .*{told}"):
        load_rules(tmp_path, tree)
    path.unlink()
    with pytest.raises(ConfigurationError, match=r"^rules.csv: "):
        load_rules(tmp_path, tree)


# All together


def test_texts_find_their_products(classifier: Classifier) -> None:
    assert codes(classifier, "toy car", "Blue T-SHIRTS, 100 pcs", "camera bag", confidence=0.0) == [
        "9503", "6109", "4202"
    ]  # fmt: skip


def test_a_rule_turns_an_answer(classifier: Classifier) -> None:
    woven, knitted = codes(classifier, "shirt", "knitted shirt", confidence=0.0)
    assert woven == "6205"
    assert knitted.startswith("61")


def test_texts_without_known_words_stand_at_all(classifier: Classifier) -> None:
    answer = classifier.classify(pl.Series(["", None, "  ", "?!", ",,((", "98765 4321"]), 0.0)
    assert answer.rows() == [("all", "all", 1.0, None)] * 6


def test_no_texts_give_no_rows(classifier: Classifier) -> None:
    answer = classifier.classify(pl.Series([], dtype=pl.String()))
    assert answer.columns == ["product_level", "product_code", "confidence", "decided_by"]
    assert answer.is_empty()


def test_less_confidence_never_gives_a_coarser_answer(classifier: Classifier) -> None:
    depth = ["all", "sector", "chapter", "heading"]
    texts = pl.Series(["car toys for bag camera", "glove", "yarn electric", "board, bag, shirt"])
    answers = [classifier.classify(texts, least / 10) for least in range(11)]
    levels = [[depth.index(level) for level in answer["product_level"]] for answer in answers]
    assert all(a >= b for finer, coarser in pairwise(levels) for a, b in zip(finer, coarser, strict=True))
    assert all(answer["confidence"].is_between(least / 10, 1).all() for least, answer in enumerate(answers))


def test_a_coarser_level_is_never_less_sure(classifier: Classifier) -> None:
    sure = classifier.answers(pl.Series(["car toys for bag camera", "glove", "yarn electric", "board, bag, shirt"]))
    assert (sure["heading_confidence"] <= sure["chapter_confidence"]).all()
    assert (sure["chapter_confidence"] <= sure["sector_confidence"]).all()


def test_no_word_of_the_text_comes_out_that_the_lists_do_not_have(classifier: Classifier) -> None:
    told = classifier.classify(pl.Series(["Secretname bags of Otherword Bagname"]), 0.0)["decided_by"].item()
    assert told == "bag"


# The committed configuration


def test_the_committed_model_knows_the_committed_headings(tree: ProductTree) -> None:
    committed = build_classifier(CONFIG, tree)
    assert codes(committed, "cotton t-shirt", "solar panel", "toy car", "car toy", confidence=0.3) == [
        "6109", "8541", "9503", "9503"
    ]  # fmt: skip
    assert committed.model.embedding.shape[1] <= 128


def test_a_model_of_other_headings_or_a_damaged_one_is_refused(tmp_path: Path, tree: ProductTree) -> None:
    folder = small_config(tmp_path)
    path = folder / "products" / "model.npz"
    whole = path.read_bytes()
    for damaged in (b"", b"no model", whole[: len(whole) // 2]):
        path.write_bytes(damaged)
        with pytest.raises(ConfigurationError, match=r"^model\.npz: "):
            build_classifier(folder, tree)
    path.write_bytes(whole)
    headings = folder / "products" / "headings.csv"
    lines = headings.read_text().splitlines()
    headings.write_text("\n".join(line for line in lines if not line.startswith("0106")) + "\n")
    subheadings = folder / "products" / "subheadings.csv"
    kept = [line for line in subheadings.read_text().splitlines() if not line.startswith("0106")]
    subheadings.write_text("\n".join(kept) + "\n")
    with pytest.raises(ConfigurationError, match=r"^model\.npz: "):
        build_classifier(folder, load_product_tree(folder))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("lexicon_weight: 3.0", "lexicon_weight: -1"),
        ("temperature: 1.0", "temperature: 0"),
        ("slope: 1}", "slope: 0}"),
        ("temperature: 1.0", "heat: 1"),
        ("calibration:", "[]"),
    ],
)
def test_wrong_settings_are_refused(config: Path, tmp_path: Path, old: str, new: str) -> None:
    from feeds.products.confidence import load_settings

    (tmp_path / "products").mkdir()
    text = (config / "products" / "classifier.yaml").read_text()
    assert old in text
    (tmp_path / "products" / "classifier.yaml").write_text(text.replace(old, new))
    with pytest.raises(ConfigurationError, match=r"^classifier\.yaml: "):
        load_settings(tmp_path)
