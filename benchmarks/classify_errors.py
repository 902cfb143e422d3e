"""What the classifier gets wrong on the development half, by kind: a table of up to 50 titles, worst level first.

Errors at the chapter come first, then those at the heading, then those at the sector, each in the order of the file, an
answer forced. The kind is told by figures, not by eye: where the labelled chapter stands among the candidates, how long
the title is, its language. Prints counts and shares only, never a title. Exit code 2 if the file is absent.

    .venv/bin/python -m benchmarks.classify_errors
"""

import sys

import polars as pl
from rich.console import Console
from rich.table import Table

from benchmarks.classify import ROOT, TITLES, judged, labelled
from feeds.products.classify import DEFAULT_CONFIDENCE, Classifier, build_classifier
from feeds.products.tree import load_product_tree

MOST = 50
"""Errors that are told apart."""
NEAR = 3
"""Up to this place among the chapters a title has words that speak for the labelled one."""
LONG = 10
"""Words from which a title is a listing of features, uses and companions."""
AMONG = 5
"""Up to this place among the headings the labelled one was a candidate."""
KINDS = (
    "chapter: its words are seen, others outweigh them, in a long listing",
    "chapter: its words are seen, others outweigh them, in a short title",
    "chapter: nothing known speaks for it, in a long listing",
    "chapter: nothing known speaks for it, in a short title",
    "chapter: another language than English",
    "heading: the right one is among the five likeliest",
    "heading: the right one is not among the five likeliest",
    "sector: the chapter is the labelled alternative",
    "sector: the chapter is right, its sector is not",
)


def errors(rows: pl.DataFrame, classifier: Classifier, *, most: int = MOST) -> pl.DataFrame:
    """The first errors of labelled rows, worst level first.

    Args:
        rows: as `labelled` gives them.
        classifier: judged, its answers forced.
        most: how many errors are told apart.

    Returns: kind (one of `KINDS`), is_given (given at the default confidence), one row an error.
    """
    found = judged(rows, classifier)
    answers = classifier.answers(rows["title"]).select(of_chapter="chapter")
    wrong = (
        pl.concat([rows.drop("is_dev", "is_toy"), found, answers], how="horizontal")
        .with_columns(
            level=pl.when(~pl.col("is_chapter_right"))
            .then(pl.lit("chapter"))
            .when(~pl.col("is_heading_right") & pl.col("is_sector_right"))
            .then(pl.lit("heading"))
            .when(~pl.col("is_sector_right"))
            .then(pl.lit("sector"))
        )
        .filter(pl.col("level").is_not_null())
    )
    first = pl.concat(wrong.filter(pl.col("level") == level) for level in ("chapter", "heading", "sector")).head(most)
    kinds = [_kind(row, classifier) for row in first.iter_rows(named=True)]
    is_given = pl.col("chapter_confidence") >= DEFAULT_CONFIDENCE
    return first.select(pl.Series("kind", kinds, dtype=pl.String), is_given=is_given)


def _kind(row: dict[str, str], classifier: Classifier) -> str:
    if row["level"] == "sector":
        return KINDS[8] if row["of_chapter"] == row["hs2"] else KINDS[7]
    headings = classifier.candidates(row["title"], limit=classifier.nodes.headings.len())
    if row["level"] == "heading":
        return KINDS[5] if row["hs4"] in headings["heading"].head(AMONG).to_list() else KINDS[6]
    if row["language"] != "en":
        return KINDS[4]
    chances = headings.group_by(hs=pl.col("heading").str.head(2)).agg(pl.col("chance").sum())
    chapters = chances.sort("chance", "hs", descending=[True, False])
    is_seen = row["hs2"] in chapters["hs"].head(NEAR).to_list()
    is_long = len(row["title"].split()) >= LONG
    return KINDS[(0 if is_seen else 2) + (0 if is_long else 1)]


def main() -> int:
    """Prints the table; returns the exit code."""
    if not TITLES.exists():
        print(f"benchmarks/classify_errors: ../shared/data lacks {TITLES.name}. Fetch it first.", file=sys.stderr)
        return 2
    tree = load_product_tree(ROOT / "config")
    rows = labelled(TITLES, tree).filter("is_dev")
    found = errors(rows, build_classifier(ROOT / "config", tree))
    table = Table("level and kind", "titles", "given at the default confidence", title="Development half, errors")
    for kind in KINDS:
        part = found.filter(pl.col("kind") == kind)
        table.add_row(kind, str(part.height), str(part["is_given"].sum()))
    table.add_row("all", str(found.height), str(found["is_given"].sum()))
    console = Console(width=110)
    console.print(table)
    console.print(
        f"{found.height} errors of {rows.height} titles, an answer forced: those at the chapter, then at the heading, "
        f"then at the sector, {MOST} at most. Seen: the labelled chapter is among the {NEAR} likeliest; long: {LONG} "
        "words and more."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
