"""A small configuration of products: the committed tree, a lexicon and rules typed out, and a model trained on them."""

import shutil
from pathlib import Path

import polars as pl

from feeds.products.training import lessons, trained
from feeds.products.tree import load_product_tree

CONFIG = Path(__file__).resolve().parents[2] / "config"

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
RULES = """question,has,and_has,has_not,codes,weight
toy of it,toy|plaything,,box|machine,9503,3
knitted garment,knitted,shirt|dress,,61,2
knitted garment,knitted,shirt|dress,,62,-2
"""
SETTINGS = """lexicon_weight: 3.0
temperature: 1.0
calibration:
  heading: {intercept: 0, slope: 1}
  chapter: {intercept: 0, slope: 1}
  sector: {intercept: 0, slope: 1}
"""
TITLES = pl.DataFrame(
    [
        ("9503", "Remote control toy car for kids", "en"),
        ("9503", "Plush toy bear", "en"),
        ("6109", "Mens cotton t-shirt with print", "en"),
        ("6205", "Woven shirt for office", "en"),
        ("4202", "Canvas shoulder bag", "en"),
        ("4202", "Sac en toile", "fr"),
        ("8507", "Car battery 12V 60Ah", "en"),
        ("8703", "Used car right hand drive", "en"),
        ("8525", "Security camera outdoor", "en"),
        ("4015", "Rubber gloves for examination", "en"),
        ("6116", "Knitted winter gloves", "en"),
    ],
    schema=["heading", "title", "language"],
    orient="row",
)


def small_config(folder: Path) -> Path:
    """Writes the configuration into a folder and returns it."""
    products = folder / "products"
    products.mkdir()
    for name in ("chapters.csv", "headings.csv", "subheadings.csv", "sectors.yaml"):
        shutil.copy(CONFIG / "products" / name, products / name)
    (products / "lexicon.csv").write_text(TERMS, encoding="utf-8")
    (products / "rules.csv").write_text(RULES, encoding="utf-8")
    (products / "classifier.yaml").write_text(SETTINGS, encoding="utf-8")
    tree = load_product_tree(folder)
    (products / "model.npz").write_bytes(trained(lessons(folder, tree, titles=TITLES), tree, epochs=3))
    return folder
