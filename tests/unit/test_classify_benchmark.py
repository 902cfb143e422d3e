"""What `benchmarks.classify` measures by: bands of confidence, and a classifier whose rules are silent."""

from dataclasses import replace
from pathlib import Path

import polars as pl

from benchmarks.classify import AS_SCORED, bands, without_rules
from benchmarks.classify_errors import KINDS, errors
from feeds.products.classify import build_classifier
from feeds.products.confidence import Settings
from feeds.products.training import lessons
from feeds.products.tree import load_product_tree
from tests.support.products import TITLES, small_config


def test_bands_join_until_each_holds_enough_titles() -> None:
    confidence = [0.05, 0.15, 0.25, 0.35, 0.55, 0.55, 0.95, 1.0]
    right = [False, False, False, True, True, False, True, True]
    found = bands(pl.DataFrame({"chapter_confidence": confidence, "is_chapter_right": right}), "chapter", fewest=3)

    assert found.select("low", "high", "n").rows() == [(0.0, 0.3, 3), (0.3, 1.0, 5)]
    assert found["right"].to_list() == [0.0, 0.8]


def test_bands_that_are_full_stay_tenths() -> None:
    table = pl.DataFrame({"chapter_confidence": [0.1, 0.1, 0.2, 0.2, 0.9, 0.9], "is_chapter_right": [True] * 6})
    found = bands(table, "chapter", fewest=2)
    assert found.select("low", "high", "n").rows() == [(0.0, 0.2, 2), (0.2, 0.3, 2), (0.3, 1.0, 2)]


def test_silent_rules_change_nothing_but_their_own_say(tmp_path: Path) -> None:
    folder = small_config(tmp_path)
    classifier = build_classifier(folder, load_product_tree(folder))
    settings = Settings(2.0, 1.0, AS_SCORED)
    texts = pl.Series(["knitted shirt", "camera bag"])
    told, silent = (
        each.answers(texts) for each in (replace(classifier, settings=settings), without_rules(classifier, settings))
    )
    assert told["chapter"][0] == "61" != silent["chapter"][0]
    assert told.row(1) == silent.row(1)


def test_errors_are_told_by_kind_and_worst_first(tmp_path: Path) -> None:
    folder = small_config(tmp_path)
    classifier = build_classifier(folder, load_product_tree(folder))
    rows = pl.DataFrame(
        [
            ("camera bag", "42", "4202", None, "leather_footwear", "en"),
            ("shirt", "62", "6206", None, "textiles_apparel", "en"),
            ("camera bag", "61", "6109", "42", "textiles_apparel", "en"),
            ("toy car", "97", "9701", None, "toys_sports_furniture_misc", "en"),
            ("toy car", "84", "8401", None, "machinery", "fr"),
        ],
        schema=["title", "hs2", "hs4", "alt_hs2", "sector", "language"],
        orient="row",
    ).with_columns(is_dev=pl.lit(True), is_toy=pl.lit(False))

    found = errors(rows, classifier)

    assert [KINDS.index(kind) for kind in found["kind"]] in ([3, 4, 5, 7], [3, 4, 6, 7])
    assert errors(rows, classifier, most=1)["kind"].to_list() == [KINDS[3]]


def test_titles_are_also_learnt_in_the_long_form_of_a_listing(tmp_path: Path) -> None:
    folder = small_config(tmp_path)
    tree = load_product_tree(folder)
    learnt = lessons(folder, tree, titles=TITLES)
    longest = learnt.texts.str.count_matches(" ") + 1
    of_own = longest.filter(pl.Series(learnt.is_own)).max()
    assert longest.max() > of_own  # type: ignore[operator]
    assert learnt.texts.equals(lessons(folder, tree, titles=TITLES).texts)
    assert not learnt.texts.equals(lessons(folder, tree, titles=TITLES, seed=1).texts)
