"""Market titles: what the committed ones are like, and which files are refused."""

from pathlib import Path

import polars as pl
import pytest

from feeds.products.titles import LANGUAGES, load_titles
from feeds.products.tree import ProductTree, load_product_tree
from schemas.errors import ConfigurationError

CONFIG = Path(__file__).resolve().parents[2] / "config"


@pytest.fixture(scope="module")
def tree() -> ProductTree:
    return load_product_tree(CONFIG)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Three titles of two chapters."""
    folder = tmp_path / "products" / "titles"
    folder.mkdir(parents=True)
    (folder / "42.csv").write_text("heading,title,language\n4203,cinto de couro,pt\n4202,Canvas bag,en\n")
    (folder / "63.csv").write_text('heading,title,language\n6302,"Towel, cotton",en\n')
    return tmp_path


def test_titles_come_sorted_by_heading_and_title(config: Path, tree: ProductTree) -> None:
    assert load_titles(config, tree).rows() == [
        ("4202", "Canvas bag", "en"),
        ("4203", "cinto de couro", "pt"),
        ("6302", "Towel, cotton", "en"),
    ]


def test_the_committed_titles_are_sound(tree: ProductTree) -> None:
    titles = load_titles(CONFIG, tree)
    assert titles.schema == {"heading": pl.String(), "title": pl.String(), "language": pl.String()}
    assert titles.null_count().sum_horizontal().item() == 0
    assert titles.equals(titles.sort("heading", "title"))
    assert set(titles["heading"]) <= set(tree.headings["heading"])
    assert set(titles["language"]) <= LANGUAGES
    assert titles["title"].str.to_lowercase().is_unique().all()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("4203,", "6302,", "42.csv line 2: gives no heading of chapter 42"),
        ("4203,", "4299,", "42.csv line 2: gives no heading of chapter 42"),
        ("Canvas bag", "", "42.csv line 3: needs a title"),
        ("Canvas bag", "Canvas  bag", "42.csv line 3: needs a title"),
        ("Canvas bag", "CINTO de couro", "42.csv line 3: repeats the title of titles/42.csv line 2"),
        (",pt", ",xx", "42.csv line 2: needs one of the languages"),
        (",pt", "", "42.csv line 2: needs three fields"),
        (",pt", "\n", "42.csv line 2: needs three fields"),
        ("Canvas bag", "Canvas, bag", "42.csv line 3: needs three fields"),
        ("Canvas bag", '"Canvas bag', "42.csv line 3: needs three fields"),
        ("heading,title", "heading,text", "42.csv: must begin with the line"),
    ],
)
def test_a_bad_line_is_refused_with_its_place(config: Path, tree: ProductTree, old: str, new: str, told: str) -> None:
    path = config / "products" / "titles" / "42.csv"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(ConfigurationError) as error:
        load_titles(config, tree)
    assert str(error.value).startswith(f"titles/{told}")


def test_a_title_of_another_file_is_not_repeated(config: Path, tree: ProductTree) -> None:
    (config / "products" / "titles" / "63.csv").write_text("heading,title,language\n6302,canvas BAG,en\n")
    with pytest.raises(ConfigurationError, match=r"63\.csv line 2: repeats the title of titles/42\.csv line 3"):
        load_titles(config, tree)


@pytest.mark.parametrize("name", ["98.csv", "77.csv", "4202.csv", "notes.txt"])
def test_a_file_is_named_after_a_chapter(config: Path, tree: ProductTree, name: str) -> None:
    (config / "products" / "titles" / name).write_text("heading,title,language\n")
    with pytest.raises(ConfigurationError, match=f"titles/{name}: is not named after a chapter"):
        load_titles(config, tree)


def test_a_missing_or_unreadable_file_is_refused(config: Path, tree: ProductTree) -> None:
    folder = config / "products" / "titles"
    (folder / "42.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigurationError, match=r"titles/42\.csv: cannot be read"):
        load_titles(config, tree)
    for path in folder.iterdir():
        path.unlink()
    with pytest.raises(ConfigurationError, match="must hold a file"):
        load_titles(config, tree)
