"""What the vocabulary of terms hears: precision and recall on labelled texts, how many real titles, and how fast.

    python -m benchmarks.terms

The labelled texts (`benchmarks/labelled_terms.yaml`) are made up here, after the vocabulary, which was not amended for
what they show: few, and not as odd as what strangers write. Real titles are those of
`../shared/data/rfqs`, where it is there; counts only are printed, never a title. Speed stands beside one regular
expression of all spellings, in the same run, on the same titles.
"""

import time
from collections.abc import Callable
from pathlib import Path

import polars as pl
import yaml
from rich.console import Console
from rich.table import Table

from anonymize.terms.finding import terms_in
from anonymize.terms.folding import folded
from anonymize.terms.vocabulary import Vocabulary, read_vocabulary
from schemas.vocabulary import TermKind

ROOT = Path(__file__).resolve().parents[1]
LABELLED = ROOT / "benchmarks" / "labelled_terms.yaml"
TITLES = ROOT.parent / "shared" / "data" / "rfqs"
N_TIMED = 100_000
NEEDED_PER_SECOND = 100_000
N_RUNS = 3
console = Console(width=120)


def labelled_table(vocabulary: Vocabulary) -> Table:
    """Precision and recall by kind, on the labelled texts."""
    rows = yaml.safe_load(LABELLED.read_text(encoding="utf-8"))
    true = {(row, term) for row, (_, terms) in enumerate(rows) for term in terms}
    if unknown := {term for _, term in true} - set(vocabulary.kinds):
        raise SystemExit(f"labelled_terms.yaml: {', '.join(sorted(unknown))} are no terms")
    heard = set(terms_in(pl.Series([text for text, _ in rows]), vocabulary).rows())
    shown = _table(f"{len(rows)} labelled texts", "kind", "labels", "heard", "right", "precision %", "recall %")
    for kind in (*TermKind, None):
        wanted, found = (
            {pair for pair in pairs if kind in (None, vocabulary.kinds[pair[1]])} for pairs in (true, heard)
        )
        right = len(wanted & found)
        shares = [f"{100 * right / n:.1f}" if n else "" for n in (len(found), len(wanted))]
        shown.add_row(kind.value if kind else "all", str(len(wanted)), str(len(found)), str(right), *shares)
    return shown


def real_table(titles: pl.Series, vocabulary: Vocabulary, name: str) -> Table:
    """How many titles of a file hold a term, by kind."""
    found = terms_in(titles, vocabulary).with_columns(
        kind=pl.col("term").replace_strict({term: kind.value for term, kind in vocabulary.kinds.items()})
    )
    shown = _table(f"{titles.len():,} titles of {name}", "kind", "titles with a term", "%", "terms met")
    for kind in (*TermKind, None):
        here = found if kind is None else found.filter(kind=kind.value)
        n = here["row"].n_unique()
        shown.add_row(kind.value if kind else "any", f"{n:,}", f"{100 * n / titles.len():.1f}",
                      str(here["term"].n_unique()))  # fmt: skip
    return shown


def speed_table(titles: pl.Series, vocabulary: Vocabulary) -> Table:
    """Titles a second, the best of some runs, beside one regular expression over folded titles and folding alone."""
    many = pl.concat([titles] * (N_TIMED // titles.len() + 1)).head(N_TIMED)
    plain = folded(many)
    escaped = "|".join(pl.Series(list(vocabulary.patterns)).str.escape_regex())
    ways = {
        "terms of each title": lambda: terms_in(many, vocabulary),
        "folding alone": lambda: folded(many),
        "one regular expression, folded titles": lambda: plain.str.extract_all(escaped),
    }
    title = f"{N_TIMED:,} titles; asked for: {NEEDED_PER_SECOND:,} a second"
    shown = _table(title, "way", "titles a second", "titles a second of processor")
    for name, way in ways.items():
        best = [min(times) for times in zip(*(_seconds(way) for _ in range(N_RUNS)), strict=True)]
        shown.add_row(name, *(f"{N_TIMED / seconds:,.0f}" for seconds in best))
    return shown


def _titles(path: Path) -> pl.Series:
    rows = pl.read_csv(path, infer_schema=False)
    return rows[next(name for name in ("Title", "Product Name") if name in rows.columns)].drop_nulls().alias("title")


def _seconds(way: Callable[[], object]) -> tuple[float, float]:
    """Of the clock, and of all threads together: the second hardly hangs on what else the machine does."""
    began, worked = time.perf_counter(), time.process_time()
    way()
    return time.perf_counter() - began, time.process_time() - worked


def _table(title: str, *columns: str) -> Table:
    shown = Table(title=title, title_justify="left")
    for at, column in enumerate(columns):
        shown.add_column(column, justify="right" if at else "left")
    return shown


def main() -> None:
    """Prints the tables."""
    vocabulary = read_vocabulary()
    console.print(labelled_table(vocabulary))
    files = sorted(TITLES.glob("*.csv"))
    titles = [_titles(path) for path in files]
    for path, series in zip(files, titles, strict=True):
        console.print(real_table(series, vocabulary, path.name))
    if not files:
        titles = [pl.Series([text for text, _ in yaml.safe_load(LABELLED.read_text(encoding="utf-8"))])]
    console.print(speed_table(pl.concat(titles), vocabulary))


if __name__ == "__main__":
    main()
