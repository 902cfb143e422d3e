"""The product tree: what it holds, and which configuration it refuses."""

import shutil
from collections import Counter
from pathlib import Path

import pytest

from feeds.products.tree import ProductTree, load_product_tree
from schemas.errors import ConfigurationError

CONFIG = Path(__file__).resolve().parents[2] / "config"
DEPTH = {level: depth for depth, level in enumerate(("all", "sector", "chapter", "heading", "subheading"))}


@pytest.fixture(scope="module")
def tree() -> ProductTree:
    return load_product_tree(CONFIG)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration of three chapters, four headings and two sectors."""
    folder = tmp_path / "products"
    folder.mkdir()
    (folder / "chapters.csv").write_text("chapter,title\n01,Animals\n02,Meat\n85,Electrical goods\n")
    (folder / "headings.csv").write_text("heading,title\n0101,Horses\n0201,Beef\n8501,Motors\n8511,Ignition\n")
    (folder / "subheadings.csv").write_text("code,heading\n010121,0101\n851110,8511\n")
    (folder / "sectors.yaml").write_text(
        'food:\n  title: Food\n  chapters: ["01", "02"]\n  headings: ["8511"]\n'
        'electrical:\n  title: Electrical\n  chapters: ["85"]\n'
    )
    return tmp_path


def test_the_tree_holds_hs_2022(tree: ProductTree) -> None:
    counts = Counter(level for level, *_ in tree.nodes)
    hs_chapters = {code[-2:] for level, code, *_ in tree.nodes if level == "chapter"}
    assert (counts["all"], counts["heading"], counts["subheading"]) == (1, 1228, 5612)
    assert len(hs_chapters) == 96


def test_every_heading_has_exactly_one_sector(tree: ProductTree) -> None:
    headings = [code for level, code, *_ in tree.nodes if level == "heading"]
    assert tree.headings["heading"].to_list() == headings
    assert tree.headings.null_count().sum_horizontal().item() == 0


def test_every_parent_is_in_the_tree_one_level_up(tree: ProductTree) -> None:
    level_of = {code: level for level, code, *_ in tree.nodes}
    assert len(level_of) == len(tree.nodes)
    assert tree.nodes[0] == ("all", "all", None, "All products")
    for level, _, parent, _ in tree.nodes[1:]:
        assert parent is not None
        assert DEPTH[level_of[parent]] == DEPTH[level] - 1


def test_nodes_are_sorted_by_level_and_code(tree: ProductTree) -> None:
    keys = [(DEPTH[level], code) for level, code, *_ in tree.nodes]
    assert keys == sorted(keys)


def test_only_subheadings_lack_a_title(tree: ProductTree) -> None:
    assert all((title is None) == (level == "subheading") for level, _, _, title in tree.nodes)


def test_a_heading_rule_beats_a_chapter_rule(config: Path) -> None:
    tree = load_product_tree(config)
    assert tree.headings.rows() == [
        ("0101", "food/01", "food"),
        ("0201", "food/02", "food"),
        ("8501", "electrical/85", "electrical"),
        ("8511", "food/85", "food"),
    ]
    assert ("chapter", "food/85", "food", "Electrical goods") in tree.nodes
    assert ("subheading", "851110", "8511", None) in tree.nodes


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("sectors.yaml", '"01", "02"', '"01", "02", "85"', "85 is claimed twice"),
        ("sectors.yaml", 'chapters: ["85"]', 'chapters: ["85"]\n  headings: ["8511"]', "8511 is claimed twice"),
        ("sectors.yaml", '"01", "02"', '"01"', "heading 0201 has no sector"),
        ("sectors.yaml", '"01", "02"', '"01", "02", "77"', "names 77"),
        ("sectors.yaml", '"8511"', '"8599"', "names 8599"),
        ("sectors.yaml", '"8511"', "8511", "quoted codes"),
        ("sectors.yaml", "title: Food", "", "needs a title"),
        ("sectors.yaml", "food:", "[", "must give sectors"),
        ("headings.csv", "0201,Beef", "0201,Beef\n9901,Other", "9901 does not stand"),
        ("headings.csv", "0201,Beef", "0201,Beef\n0201,Beef", "no other line"),
        ("headings.csv", "0201,Beef", "201,Beef", "4 digits"),
        ("subheadings.csv", "010121,0101", "010121,0201", "010121 does not stand"),
    ],
)
def test_a_contradiction_is_refused_in_one_line(config: Path, file: str, old: str, new: str, told: str) -> None:
    path = config / "products" / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(ConfigurationError, match=told) as error:
        load_product_tree(config)
    assert str(error.value).startswith(f"{file}: ")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("file", ["chapters.csv", "headings.csv", "subheadings.csv", "sectors.yaml"])
def test_a_missing_or_unreadable_file_is_refused(config: Path, file: str) -> None:
    path = config / "products" / file
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigurationError, match=file):
        load_product_tree(config)
    path.unlink()
    with pytest.raises(ConfigurationError, match=file):
        load_product_tree(config)


def test_the_tree_does_not_hang_on_where_the_folder_is(tree: ProductTree, tmp_path: Path) -> None:
    shutil.copytree(CONFIG / "products", tmp_path / "products")
    assert load_product_tree(tmp_path).nodes == tree.nodes
