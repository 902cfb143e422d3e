"""Where HS codes as feeds write them stand in the tree."""

from pathlib import Path

import polars as pl
import pytest

from feeds.products.codes import _EARLIER, hs_placement
from feeds.products.tree import ProductTree, load_product_tree

CONFIG = Path(__file__).resolve().parents[2] / "config"


@pytest.fixture(scope="module")
def tree() -> ProductTree:
    return load_product_tree(CONFIG)


@pytest.mark.parametrize(
    ("code", "level", "node"),
    [
        ("010121", "subheading", "010121"),
        ("0101.21", "subheading", "010121"),
        (" 0101 21 00 ", "subheading", "010121"),
        ("0101.21.00.10.99", "subheading", "010121"),
        ("0101", "heading", "0101"),
        ("01.01", "heading", "0101"),
        ("52", "chapter", "textiles_apparel/52"),
        ("HS Code: 0101.21", "subheading", "010121"),
        ("hsn 010121", "subheading", "010121"),
        ("0101-21-00", "subheading", "010121"),
        ("6109100000.0", "subheading", "610910"),
        ("HS6302.60", "subheading", "630260"),
        ("HSN Code - 6109", "heading", "6109"),
        ("HSN/SAC: 6109", "heading", "6109"),
        ("H.S. Code 6109", "heading", "6109"),
        ("HS 2017: 851712", "heading", "8517"),
        ("HS 2007 99", "subheading", "200799"),
        ("Chapter 61", "chapter", "textiles_apparel/61"),
        ("chapter 5", "chapter", "agri_food/05"),
        ("heading 6109", "heading", "6109"),
        ("'610910", "subheading", "610910"),
        ("61\u200b09.10", "subheading", "610910"),
        ("６１０９", "heading", "6109"),
        ("٦١٠٩", "heading", "6109"),
        ("६१०९", "heading", "6109"),
        ("6302,60", "subheading", "630260"),
        ("6302/60", "subheading", "630260"),
        ("6109,10,00", "subheading", "610910"),
        ("6302–60", "subheading", "630260"),
        ("6302.6", "subheading", "630260"),
        ("4011.1", "subheading", "401110"),
    ],
)
def test_a_known_code_stands_at_its_node(tree: ProductTree, code: str, level: str, node: str) -> None:
    assert hs_placement(pl.Series([code]), tree).rows() == [(level, node)]


@pytest.mark.parametrize(
    ("code", "node"),
    [
        ("101", "0101"),
        ("10121", "010121"),
        ("1012100", "010121"),
        ("101210010", "010121"),
        ("10121001000", "010121"),
    ],
)
def test_a_lost_leading_zero_is_restored(tree: ProductTree, code: str, node: str) -> None:
    assert hs_placement(pl.Series([code]), tree)["product_code"].to_list() == [node]


def test_nine_digits_that_name_two_products_name_none(tree: ProductTree) -> None:
    """Microscopes as written, coffee with a zero before it."""
    found = hs_placement(pl.Series(["901110000", "9011100", "401110000"]), tree)

    assert found["product_code"].to_list() == [None, "090111", "401110"]


@pytest.mark.parametrize(
    "code", ["77", "9999", "999999", "1", "ab", "61a9", "-6109", "–6109", "", " ", "1234567890123", "hsx6109"]
)
def test_an_unknown_code_is_null(tree: ProductTree, code: str) -> None:
    assert hs_placement(pl.Series([code]), tree).rows() == [(None, None)]


@pytest.mark.parametrize(
    "codes", ["84-85", "61/62", "6109-6110", "6109/6110", "6109,6110", "610910,610990", "6109;6110"]
)
def test_several_codes_in_one_cell_name_none(tree: ProductTree, codes: str) -> None:
    """`84-85` would be heading 8485 without its dash."""
    assert hs_placement(pl.Series([codes]), tree).rows() == [(None, None)]


def test_an_unknown_subheading_stands_at_its_heading(tree: ProductTree) -> None:
    assert hs_placement(pl.Series(["010199", "01019999"]), tree).rows() == [("heading", "0101")] * 2


@pytest.mark.parametrize(
    ("code", "level", "node"),
    [
        ("950100", "heading", "9503"),
        ("9501.00.00", "heading", "9503"),
        ("6908", "heading", "6907"),
        ("880330", "heading", "8807"),
        ("4815.00", "chapter", "wood_paper/48"),
        ("851712", "heading", "8517"),
    ],
)
def test_a_code_of_an_earlier_version_stands_where_its_goods_went(
    tree: ProductTree, code: str, level: str, node: str
) -> None:
    assert hs_placement(pl.Series([code]), tree).rows() == [(level, node)]


def test_no_heading_that_was_given_up_is_in_the_tree_and_every_successor_is(tree: ProductTree) -> None:
    known = set(tree.headings["heading"]) | set(tree.headings["heading"].str.head(2))
    assert set(_EARLIER).isdisjoint(known)
    assert set(_EARLIER.values()) <= known


def test_a_chapter_that_spans_sectors_stands_at_the_root(tree: ProductTree) -> None:
    assert hs_placement(pl.Series(["85"]), tree).rows() == [("all", "all")]


def test_each_row_has_its_answer_in_order(tree: ProductTree) -> None:
    codes = pl.Series(["6109", None, "0101", "zz", "6109", "85"])
    assert hs_placement(codes, tree)["product_code"].to_list() == ["6109", None, "0101", None, "6109", "all"]


def test_no_codes_give_no_rows(tree: ProductTree) -> None:
    answer = hs_placement(pl.Series([], dtype=pl.String()), tree)
    assert answer.schema == {"product_level": pl.String(), "product_code": pl.String()}
    assert answer.is_empty()


def test_every_node_below_the_chapters_places_itself(tree: ProductTree) -> None:
    expected = [(level, code) for level, code, *_ in tree.nodes if level in ("heading", "subheading")]
    assert hs_placement(pl.Series([code for _, code in expected]), tree).rows() == expected
