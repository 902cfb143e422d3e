"""Commands of whoever looks after product classification: classify texts, check the word lists, train the model."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, BinaryIO

import polars as pl
import typer

from assets.settings import Settings
from feeds.products.classify import DEFAULT_CONFIDENCE, Classifier
from pipelines import show
from pipelines.outputs import is_file, refuse_output, whole_file
from schemas.errors import ConfigurationError

app = typer.Typer()
lexicon = typer.Typer(no_args_is_help=True, help="The word lists and the model that products are told by.")


@app.command()
def classify(
    text: Annotated[
        str,
        typer.Argument(metavar="TEXT|FILE|-", help="One text; with --column, a file; - for one text a line of input."),
    ],
    column: Annotated[str | None, typer.Option(help="Column of the file that holds the texts.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="CSV to write; default standard output.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Give the best answer, however unsure.")] = False,
    confidence: Annotated[
        float, typer.Option(min=0, max=1, help="Least confidence of hs4, hs2 and sector.")
    ] = DEFAULT_CONFIDENCE,
) -> None:
    """Tells which product a text is about: HS heading, chapter and sector, how surely, and which words decided.

    With --column every row of a CSV, JSON Lines or Parquet file is classified, in order; with - every line of standard
    input.

    Example: `mandi classify "wholesale cotton bath towel"` or `mandi classify rfqs.csv --column title -o products.csv`
    """
    if text == "-" and column is not None:
        raise ConfigurationError("standard input holds one text a line and no columns; leave --column out")
    if text != "-" and column is None and (output is not None or is_file(text)):
        raise ConfigurationError("a file is classified by one of its columns; name it with --column")
    from feeds.products.files import classified_file, classified_lines

    classifier = _classifier()
    if text == "-":
        lines = classified_lines(sys.stdin.buffer, classifier, confidence, is_forced=force)
        _write_rows(lines, output, Path(text))
    elif column is not None:
        rows = classified_file(Path(text), column, classifier, confidence, is_forced=force)
        _write_rows(rows, output, Path(text))
    else:
        _explain(text, classifier, confidence)
        if force:
            show.err.print("--force changes nothing here: of one text every level is told, sure enough or not.")


@lexicon.command("check")
def check() -> None:
    """Checks lexicon, rules, titles and model, and tells where a trade expert should look again.

    Example: `mandi lexicon check`
    """
    from feeds.products.check import check_lists

    found = check_lists(Settings.from_environment().config)
    rows = [
        ("terms of the lexicon", found.n_terms),
        ("rules", found.n_rules),
        ("market titles", found.n_titles),
        ("headings without a title", len(found.headings_without_title)),
        ("titles that the classifier sets in another chapter", found.titles_elsewhere),
        ("terms sure of two chapters", len(found.contradictions)),
        ("rules that can never fire", len(found.idle_rules)),
    ]
    show.out.print(show.table("Word lists of products", ["", "n"], rows))
    if found.idle_rules:
        raise ConfigurationError(
            f"rules.csv: {len(found.idle_rules)} rules can never fire, first line {found.idle_rules[0]}: has_not "
            "forbids every term that has or and_has asks for. Correct it."
        )
    if not found.is_sound:
        raise ConfigurationError(
            f"lexicon.csv: {len(found.contradictions)} terms claim two chapters with certainty, first "
            f"'{found.contradictions[0]}'. Lower one weight."
        )


@lexicon.command("train")
def train() -> None:
    """Trains the model again from lexicon and titles, and puts it in place of config/products/model.npz.

    Example: `mandi lexicon train`
    """
    from feeds.products.training import lessons, trained
    from feeds.products.tree import load_product_tree

    folder = Settings.from_environment().config
    tree = load_product_tree(folder)
    learnt = lessons(folder, tree)
    show.err.print(f"Learning from {learnt.texts.len():,} texts ...")
    model = trained(learnt, tree, progress=lambda epoch: show.err.print(f"round {epoch}"))
    (folder / "products" / "model.npz").write_bytes(model)
    show.out.print(f"model.npz: {len(model):,} bytes. Measure it: python -m benchmarks.classify --fit")


def _classifier() -> Classifier:
    from feeds.products.classify import build_classifier
    from feeds.products.tree import load_product_tree

    folder = Settings.from_environment().config
    return build_classifier(folder, load_product_tree(folder))


def _explain(text: str, classifier: Classifier, confidence: float) -> None:
    answer = classifier.answers(pl.Series([text])).row(0, named=True)
    if answer["heading"] is None:
        show.out.print("No word of this text is known; it stands at all products.")
        return
    titles = _titles()
    rows = [
        (level, answer[code], titles.get(answer[code]), answer[f"{level}_confidence"],
         answer[f"{level}_confidence"] >= confidence)
        for level, code in (("heading", "heading"), ("chapter", "node"), ("sector", "sector"))
    ]  # fmt: skip
    show.out.print(show.table(None, ["level", "product", "title", "confidence", "sure enough"], rows))
    others = classifier.candidates(text).with_columns(pl.col("chance").round(3))
    listed = [(code, titles.get(code), node, chance) for code, node, chance in others.iter_rows()]
    show.out.print(show.table("Candidates", ["heading", "title", "chapter", "chance as scored"], listed))
    show.out.print(f"Decided by: {answer['decided_by']}", highlight=False, markup=False)


def _titles() -> dict[str, str | None]:
    from feeds.taxonomy import product_tree

    return {code: title for _, code, _, title in product_tree(Settings.from_environment().config).nodes}


def _write_rows(batches: Iterator[pl.DataFrame], output: Path | None, source: Path) -> None:
    from feeds.products.files import COLUMNS

    n_rows = n_answered = 0
    with _written(output, source) as out:
        header = ",".join(COLUMNS) + "\n"
        for batch in batches:
            out.write((header if n_rows == 0 else "").encode() + batch.write_csv(include_header=False).encode())
            n_rows += batch.height
            n_answered += batch["hs2"].count()
            show.err.print(f"{n_rows:,} rows", highlight=False)
        out.write((header if n_rows == 0 else "").encode())
    share = n_answered / n_rows if n_rows else 0.0
    show.err.print(f"{n_rows:,} rows, {share:.1%} at chapter or finer.", highlight=False)


@contextlib.contextmanager
def _written(output: Path | None, source: Path) -> Iterator[BinaryIO]:
    """Where rows go: a whole file, or standard output."""
    if output is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    refuse_output(output, source)
    with whole_file(output) as file:
        yield file
