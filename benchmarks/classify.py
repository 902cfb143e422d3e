"""How often the classifier is right, and how fast it is.

Reads `../shared/data/titles/titles_labelled.csv` (title, hs2, hs4, alt_hs2, sector, labelled by hand). Rows with an
even id are the development half, on which constants and lexicon may be tuned; rows with an odd id are the test half.
Prints counts and shares only, never a title. Exit code 2 if the file is absent.

    .venv/bin/python -m benchmarks.classify
"""

import sys
import time
from pathlib import Path

import polars as pl
from rich.console import Console
from rich.table import Table

from feeds.products.classify import Classifier, build_classifier
from feeds.products.tree import ProductTree, load_product_tree

ROOT = Path(__file__).resolve().parents[1]
TITLES = ROOT.parent / "shared" / "data" / "titles" / "titles_labelled.csv"
N_TIMED = 100_000
NEEDED_PER_SECOND = 20_000
TOYS = "9503"


def labelled(path: Path, tree: ProductTree) -> pl.DataFrame:
    """The rows with a label: title, hs2, hs4, alt_hs2, sector (ours where the heading is known), is_dev, is_toy."""
    rows = pl.read_csv(path, infer_schema=False).filter(pl.col("hs2").is_not_null())
    ours = tree.headings.select(hs4="heading", our_sector="sector")
    return rows.join(ours, on="hs4", how="left", maintain_order="left").select(
        "title",
        "hs2",
        "hs4",
        "alt_hs2",
        sector=pl.coalesce("our_sector", "sector"),
        is_dev=pl.col("id").cast(pl.Int64) % 2 == 0,
        is_toy=(pl.col("hs4") == TOYS).fill_null(False),
    )


def judged(rows: pl.DataFrame, classifier: Classifier, tree: ProductTree, confidence: float | None) -> pl.DataFrame:
    """One row per title in order: is_dev, is_toy, is_chapter_right (or its alternative), is_heading_right,
    is_sector_right, is_answered (at chapter or finer); at the classifier's own confidence where none is given.
    """
    if confidence is None:
        answers = classifier.classify(rows["title"])
    else:
        answers = classifier.classify(rows["title"], confidence)
    sector_of = dict(tree.headings.select("heading", "sector").iter_rows())
    level, code = pl.col("product_level"), pl.col("product_code")
    chapter = pl.when(level == "heading").then(code.str.head(2)).when(level == "chapter").then(code.str.tail(2))
    sector = (
        pl.when(level == "heading")
        .then(code.replace_strict(sector_of, default=None))
        .when(level == "chapter")
        .then(code.str.split("/").list.first())
        .when(level == "sector")
        .then(code)
    )
    return pl.concat([rows, answers], how="horizontal").select(
        "is_dev",
        "is_toy",
        is_chapter_right=((chapter == pl.col("hs2")) | (chapter == pl.col("alt_hs2")).fill_null(False)).fill_null(
            False
        ),
        is_heading_right=((level == "heading") & (code == pl.col("hs4"))).fill_null(False),
        is_sector_right=(sector == pl.col("sector")).fill_null(False),
        is_answered=chapter.is_not_null(),
    )


def titles_per_second(classifier: Classifier, rows: pl.DataFrame) -> float:
    """Speed on distinct titles: labelled ones, each with a word of its own."""
    copies = -(-N_TIMED // rows.height)
    texts = pl.concat([rows["title"]] * copies).head(N_TIMED)
    varied = pl.select(pl.concat_str(texts, pl.lit(" x"), pl.int_range(N_TIMED))).to_series()
    begin = time.perf_counter()
    classifier.classify(varied)
    return N_TIMED / (time.perf_counter() - begin)


def main() -> int:
    """Prints the table; returns the exit code."""
    if not TITLES.exists():
        print(
            "benchmarks/classify: ../shared/data/titles/titles_labelled.csv is absent. Fetch it first.", file=sys.stderr
        )
        return 2
    tree = load_product_tree(ROOT / "config")
    classifier = build_classifier(ROOT / "config", tree)
    rows = labelled(TITLES, tree)
    forced, default = judged(rows, classifier, tree, 0.0), judged(rows, classifier, tree, None)

    table = Table("titles", "n", "chapter %", "heading %", "sector %", "answered %", "precision %")
    for half, is_dev in (("development", True), ("test", False)):
        for toys, wanted in (("all", pl.lit(True)), ("no toys", ~pl.col("is_toy"))):
            picked = (pl.col("is_dev") == is_dev) & wanted
            at_zero, at_default = forced.filter(picked), default.filter(picked)
            answered = at_default.filter("is_answered")
            shares = [
                at_zero["is_chapter_right"].mean(),
                at_zero["is_heading_right"].mean(),
                at_zero["is_sector_right"].mean(),
                at_default["is_answered"].mean(),
                answered["is_chapter_right"].mean(),
            ]
            table.add_row(
                f"{half}, {toys}", str(at_zero.height), *(f"{100 * float(share or 0):.1f}" for share in shares)
            )
    console = Console(width=110)
    console.print(table)
    console.print("chapter, heading, sector: forced. Answered: at chapter or finer, at the default confidence.")
    console.print(
        f"{titles_per_second(classifier, rows):,.0f} titles a second on {pl.thread_pool_size()} threads "
        f"({NEEDED_PER_SECOND:,} needed on one core: POLARS_MAX_THREADS=1)."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
