"""How often the classifier is right, how sure it is, and how fast, beside matching with the nomenclature's own text.

Reads `../shared/data/titles/titles_labelled.csv` (title, hs2, hs4, alt_hs2, sector, labelled by hand). Rows with an
even id are the development half: lexicon and rules were amended by the kinds of errors on it, and `--fit` fits the
figures of `config/products/classifier.yaml` on it. Rows with an odd id are the test half and only measure.
Prints counts and shares only, never a title. Exit code 2 if a file is absent.

    .venv/bin/python -m benchmarks.classify
    .venv/bin/python -m benchmarks.classify --fit
    .venv/bin/python -m benchmarks.classify --held-out # only: our own titles, by a model trained without them
    .venv/bin/python -m benchmarks.classify --orders   # only: how many product texts of wholesale orders are answered
"""

import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import polars as pl
import scipy.sparse as sp
import yaml
from rich.console import Console
from rich.table import Table
from scipy.optimize import minimize

from benchmarks.nomenclature import Nomenclature
from feeds.products.classify import DEFAULT_CONFIDENCE, Classifier, build_classifier
from feeds.products.confidence import LEVELS, Settings
from feeds.products.titles import load_titles
from feeds.products.training import lessons, trained
from feeds.products.tree import ProductTree, load_product_tree

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data"
TITLES = DATA / "titles" / "titles_labelled.csv"
NOMENCLATURE = DATA / "hs" / "hs2022.csv"
N_TIMED = 100_000
NEEDED_PER_SECOND = 100_000
ORDERS = DATA / "orders" / "online_retail.parquet"
TOYS = "9503"
LEXICON_WEIGHTS = (1.0, 2.0, 3.0, 4.0, 6.0)
TEMPERATURES = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0)
FEWEST_IN_BAND = 15
"""Titles of a band of confidence below which one title more or less would decide it."""
TRUST = 20.0
"""Titles that the belief in an unchanged slope is worth when confidence is fitted."""
SHARES = ("chapter", "heading", "sector", "answered", "precision")
AS_SCORED = dict.fromkeys(LEVELS, (0.0, 1.0))


def labelled(path: Path, tree: ProductTree) -> pl.DataFrame:
    """The rows with a label: title, hs2, hs4, alt_hs2, language, sector (ours where the heading is
    known), is_dev, is_toy."""
    rows = pl.read_csv(path, infer_schema=False).filter(pl.col("hs2").is_not_null())
    ours = tree.headings.select(hs4="heading", our_sector="sector")
    return rows.join(ours, on="hs4", how="left", maintain_order="left").select(
        "title",
        "hs2",
        "hs4",
        "alt_hs2",
        language="lang",
        sector=pl.coalesce("our_sector", "sector"),
        is_dev=pl.col("id").cast(pl.Int64) % 2 == 0,
        is_toy=(pl.col("hs4") == TOYS).fill_null(False),
    )


def judged(rows: pl.DataFrame, classifier: Classifier) -> pl.DataFrame:
    """One row per title in order: is_dev, is_toy, and for each level is_LEVEL_right (a chapter also as its labelled
    alternative) and LEVEL_confidence; nothing known is wrong with confidence 0.
    """
    answers = classifier.answers(rows["title"]).rename({"heading": "of_heading", "sector": "of_sector"})
    both = pl.concat([rows, answers], how="horizontal")
    chapter = pl.col("chapter")
    is_right = {
        "heading": pl.col("of_heading") == pl.col("hs4"),
        "chapter": (chapter == pl.col("hs2")) | (chapter == pl.col("alt_hs2")).fill_null(False),
        "sector": pl.col("of_sector") == pl.col("sector"),
    }
    return both.select(
        "is_dev",
        "is_toy",
        *(is_right[level].fill_null(False).alias(f"is_{level}_right") for level in LEVELS),
        *(pl.col(f"{level}_confidence").fill_null(0.0) for level in LEVELS),
    )


def shares(found: pl.DataFrame) -> dict[str, float]:
    """Of judged titles: forced shares by level, the share answered at the default confidence, its precision."""
    answered = found.filter(pl.col("chapter_confidence") >= DEFAULT_CONFIDENCE)
    values = {level: found[f"is_{level}_right"].mean() for level in LEVELS}
    values["answered"] = answered.height / max(found.height, 1)
    values["precision"] = answered["is_chapter_right"].mean()
    return {name: float(value or 0.0) for name, value in values.items()}  # type: ignore[arg-type]


def bands(found: pl.DataFrame, level: str, *, fewest: int = FEWEST_IN_BAND) -> pl.DataFrame:
    """Confidence of a level in bands of 0.1, joined from the lowest up until each holds enough titles.

    Returns: low, high (bounds of confidence), n, mean confidence, share right; one row a band.
    """
    told = found.select(confidence=pl.col(f"{level}_confidence"), right=pl.col(f"is_{level}_right"))
    told = told.with_columns(tenth=(pl.col("confidence") * 10).floor().clip(0, 9).cast(pl.Int64))
    counts = [told.filter(pl.col("tenth") == tenth).height for tenth in range(10)]
    starts, inside = [0], 0
    for tenth, count in enumerate(counts):
        if inside >= fewest and sum(counts[tenth:]) >= fewest:
            starts.append(tenth)
            inside = 0
        inside += count
    rows = []
    for low, high in zip(starts, [*starts[1:], 10], strict=True):
        part = told.filter(pl.col("tenth").is_between(low, high - 1))
        rows.append((low / 10, high / 10, part.height, part["confidence"].mean(), part["right"].mean()))
    return pl.DataFrame(rows, schema=["low", "high", "n", "confidence", "right"], orient="row")


def fitted(rows: pl.DataFrame, classifier: Classifier) -> Settings:
    """Settings under which the rows' right answers are likeliest, held back where the rows are few.

    Rules do not count here: they were amended by these rows, and would make the classifier look surer than it may be.
    """
    best: tuple[float, Settings] | None = None
    for weight in LEXICON_WEIGHTS:
        for temperature in TEMPERATURES:
            found = judged(rows, without_rules(classifier, Settings(weight, temperature, AS_SCORED)))
            calibration, loss = {}, 0.0
            for level in LEVELS:
                calibration[level], level_loss = _line(found, level)
                loss += level_loss
            if best is None or loss < best[0]:
                best = loss, Settings(weight, temperature, calibration)
    assert best is not None
    return best[1]


def without_rules(classifier: Classifier, settings: Settings) -> Classifier:
    """The classifier as if no rule were written, with other settings."""
    silent = replace(classifier.rules, scores=sp.csr_array(classifier.rules.scores.shape, dtype=np.float32))
    return replace(classifier, rules=silent, settings=settings)


def _line(found: pl.DataFrame, level: str) -> tuple[tuple[float, float], float]:
    """Intercept and slope on log odds for a level, and the loss they leave."""
    odds, right = _odds(found, level), found[f"is_{level}_right"].to_numpy()

    def loss(line: Any) -> float:
        told = 1 / (1 + np.exp(-(line[0] + line[1] * odds)))
        told = np.clip(told, 1e-6, 1 - 1e-6)
        return float(-np.log(np.where(right, told, 1 - told)).sum() + TRUST * (line[1] - 0.5) ** 2)

    result = minimize(loss, np.array([0.0, 0.5]), method="Nelder-Mead")
    return (round(float(result.x[0]), 3), round(max(float(result.x[1]), 0.05), 3)), float(result.fun)


def _odds(found: pl.DataFrame, level: str) -> Any:
    chance = np.clip(found[f"{level}_confidence"].to_numpy(), 1e-6, 1 - 1e-6)
    return np.log(chance / (1 - chance))


def across_splits(silent: pl.DataFrame, found: pl.DataFrame, level: str, n_splits: int = 200) -> float:
    """Mean distance of confidence and share right on a random half of rows, fitted on the other half.

    Args:
        silent: rows judged without rules and as scored, by which is fitted.
        found: the same rows with rules and as scored, on which is measured.
        level: whose confidence.
        n_splits: how many random halves.
    """
    rng = np.random.default_rng(7)
    odds, right = _odds(found, level), found[f"is_{level}_right"].to_numpy()
    gaps = []
    for _ in range(n_splits):
        order = rng.permutation(found.height)
        half, other = np.split(order, [found.height // 2])
        (intercept, slope), _ = _line(silent[half], level)
        told = 1 / (1 + np.exp(-(intercept + slope * odds[other])))
        gaps.append(abs(float(told.mean()) - float(right[other].mean())))
    return float(np.mean(gaps))


def titles_per_second(classify: Callable[[pl.Series], object], rows: pl.DataFrame) -> tuple[float, float]:
    """Speed on distinct titles, labelled ones, each with a word of its own; and seconds of processor for them."""
    copies = -(-N_TIMED // rows.height)
    texts = pl.concat([rows["title"]] * copies).head(N_TIMED)
    varied = pl.select(pl.concat_str(texts, pl.lit(" x"), pl.int_range(N_TIMED))).to_series()
    begin, used = time.perf_counter(), time.process_time()
    classify(varied)
    return N_TIMED / (time.perf_counter() - begin), time.process_time() - used


def answered_orders(path: Path, classifier: Classifier) -> pl.DataFrame:
    """How many product texts the order lines with a customer have, and which share of them is answered.

    Returns: a row for different texts and a row for lines: of, n, chapter_pct and heading_pct, the shares answered at
    chapter or finer and at heading, at the default confidence, 0 to 100.
    """
    lines = pl.scan_parquet(path).filter(pl.col("CustomerID").is_not_null())
    counted = lines.group_by("Description").agg(n=pl.len()).sort("Description").collect()
    level = classifier.classify(counted["Description"])["product_level"]
    found = counted.select(
        "n", one=pl.col("n").sign(), is_heading=level == "heading", is_chapter=level.is_in(["heading", "chapter"])
    )
    return pl.concat(
        found.select(
            pl.lit(name).alias("of"),
            pl.col(weight).sum().alias("n"),
            *(
                (100 * (pl.col(weight) * pl.col(f"is_{each}")).sum() / pl.col(weight).sum()).alias(f"{each}_pct")
                for each in ("chapter", "heading")
            ),
        )
        for name, weight in (("texts", "one"), ("lines", "n"))
    )


def held_out(config_dir: Path, tree: ProductTree) -> pl.DataFrame:
    """Every twentieth market title of our own, judged by a model trained without it, as `judged` tells."""
    titles = load_titles(config_dir, tree).with_row_index("at")
    learnt, left = (titles.filter(wanted) for wanted in (pl.col("at") % 20 != 7, pl.col("at") % 20 == 7))
    rows = left.join(tree.headings.select("heading", "sector"), on="heading", maintain_order="left").select(
        "title", "sector", hs2=pl.col("heading").str.head(2), hs4="heading", alt_hs2=pl.lit(None, pl.String),
        is_dev=pl.lit(False), is_toy=pl.col("heading") == TOYS,
    )  # fmt: skip
    with TemporaryDirectory() as folder:
        shutil.copytree(config_dir / "products", Path(folder) / "products")
        model = trained(lessons(config_dir, tree, titles=learnt.drop("at")), tree)
        (Path(folder) / "products" / "model.npz").write_bytes(model)
        return judged(rows, build_classifier(Path(folder), tree))


def write_settings(path: Path, settings: Settings) -> None:
    """The settings as `config/products/classifier.yaml`."""
    head = "# How the product classifier weighs its parts and how sure it is. Fitted by: benchmarks/classify.py --fit\n"
    levels = {
        level: {"intercept": intercept, "slope": slope} for level, (intercept, slope) in settings.calibration.items()
    }
    body = {
        "lexicon_weight": settings.lexicon_weight, "temperature": settings.temperature, "calibration": levels
    }  # fmt: skip
    path.write_text(head + yaml.safe_dump(body, sort_keys=False, default_flow_style=None), encoding="utf-8")


def _parts() -> list[tuple[str, pl.Expr]]:
    return [
        (f"{half}, {name}", (pl.col("is_dev") == is_dev) & wanted)
        for half, is_dev in (("development", True), ("test", False))
        for name, wanted in (("all", pl.lit(True)), ("no toys", ~pl.col("is_toy")))
    ]


def main() -> int:
    """Prints the tables; returns the exit code."""
    absent = [path.name for path in (TITLES, NOMENCLATURE) if not path.exists()]
    if absent:
        print(f"benchmarks/classify: ../shared/data lacks {', '.join(absent)}. Fetch it first.", file=sys.stderr)
        return 2
    if "--orders" in sys.argv[1:]:
        return _print_orders()
    if "--held-out" in sys.argv[1:]:
        _print_held_out()
        return 0
    tree = load_product_tree(ROOT / "config")
    classifier = build_classifier(ROOT / "config", tree)
    rows = labelled(TITLES, tree)
    if "--fit" in sys.argv[1:]:
        settings = fitted(rows.filter("is_dev"), classifier)
        write_settings(ROOT / "config" / "products" / "classifier.yaml", settings)
        classifier = replace(classifier, settings=settings)
    found = judged(rows, classifier)
    console = Console(width=110)
    _print_shares(console, found, rows, tree)
    _print_calibration(console, found.filter(~pl.col("is_dev")), "Test half, all")
    _print_splits(console, classifier, rows.filter("is_dev"))
    _print_speed(console, classifier, rows)
    return 0


def _print_orders() -> int:
    if not ORDERS.exists():
        print(f"benchmarks/classify: ../shared/data lacks {ORDERS.name}. Fetch it first.", file=sys.stderr)
        return 2
    classifier = build_classifier(ROOT / "config", load_product_tree(ROOT / "config"))
    table = Table("orders, different", "n", "chapter or finer %", "heading %")
    for name, n, chapter, heading in answered_orders(ORDERS, classifier).iter_rows():
        table.add_row(name, f"{n:,}", f"{chapter:.1f}", f"{heading:.1f}")
    Console(width=110).print(table)
    return 0


def _print_held_out() -> None:
    config = ROOT / "config"
    found = held_out(config, load_product_tree(config))
    console = Console(width=110)
    table = Table("own titles, held out", "n", *(f"{name} %" for name in SHARES))
    values = shares(found)
    table.add_row("every twentieth", str(found.height), *(f"{100 * values[name]:.1f}" for name in SHARES))
    console.print(table)
    _print_calibration(console, found, "Own titles, held out")


def _print_shares(console: Console, found: pl.DataFrame, rows: pl.DataFrame, tree: ProductTree) -> None:
    table = Table("titles", "n", *(f"{name} %" for name in SHARES))
    for name, wanted in _parts():
        part = found.filter(wanted)
        values = shares(part)
        table.add_row(name, str(part.height), *(f"{100 * values[key]:.1f}" for key in SHARES))
    baseline = Nomenclature(NOMENCLATURE).headings_of(rows["title"])
    sector_of = dict(tree.headings.select("heading", "sector").iter_rows())
    near = rows.with_columns(near=baseline).filter(~pl.col("is_dev"))
    told = near.select(
        chapter=((pl.col("near").str.head(2) == pl.col("hs2")) | (pl.col("near").str.head(2) == pl.col("alt_hs2"))),
        heading=pl.col("near") == pl.col("hs4"),
        sector=pl.col("near").replace_strict(sector_of, default=None) == pl.col("sector"),
    ).select(pl.all().fill_null(False).mean() * 100)
    table.add_row("test, all, TF-IDF", str(near.height), *(f"{told[c].item():.1f}" for c in told.columns), "", "")
    console.print(table)
    console.print(
        "chapter, heading, sector: an answer forced. Answered: at chapter or finer, at the default confidence "
        f"{DEFAULT_CONFIDENCE:g}; precision: of those, chapter right."
    )
    curve = Table("least confidence", *(f"{step / 10:.1f}" for step in range(10)), title="Test half, all")
    part = found.filter(~pl.col("is_dev"))
    kept = [part.filter(pl.col("chapter_confidence") >= step / 10) for step in range(10)]
    curve.add_row("answered %", *(f"{100 * each.height / part.height:.0f}" for each in kept))
    precisions = [each["is_chapter_right"].mean() for each in kept]
    curve.add_row("precision %", *(f"{100 * float(each or 0):.0f}" for each in precisions))  # type: ignore[arg-type]
    console.print(curve)


def _print_calibration(console: Console, found: pl.DataFrame, titles: str) -> None:
    title = f"{titles}; bands of fewer than {FEWEST_IN_BAND} titles joined"
    table = Table("level", "band", "n", "mean confidence", "share right", "difference", title=title)
    for level in LEVELS:
        for low, high, n, confidence, right in bands(found, level).iter_rows():
            difference = f"{right - confidence:+.2f}"
            table.add_row(level, f"{low:.1f}-{high:.1f}", str(n), f"{confidence:.2f}", f"{right:.2f}", difference)
    console.print(table)


def _print_splits(console: Console, classifier: Classifier, rows: pl.DataFrame) -> None:
    as_scored = replace(classifier.settings, calibration=AS_SCORED)
    silent = judged(rows, without_rules(classifier, as_scored))
    found = judged(rows, replace(classifier, settings=as_scored))
    gaps = ", ".join(f"{level} {across_splits(silent, found, level):.3f}" for level in LEVELS)
    console.print(f"Fitted on a random half of the development half, mean confidence on the other is off by: {gaps}.")


def _print_speed(console: Console, classifier: Classifier, rows: pl.DataFrame) -> None:
    table = Table("", "titles a second", "processor seconds")
    baseline = Nomenclature(NOMENCLATURE)
    for _ in range(3):
        for name, classify in (("this", classifier.classify), ("TF-IDF", baseline.headings_of)):
            speed, used = titles_per_second(classify, rows)
            table.add_row(name, f"{speed:,.0f}", f"{used:.2f}")
    console.print(table)
    console.print(
        f"{N_TIMED:,} titles on {pl.thread_pool_size()} threads; {NEEDED_PER_SECOND:,} a second needed on two cores, "
        "which is 2 seconds of processor. Linear algebra has one thread a batch; batches run beside each other."
    )


if __name__ == "__main__":
    sys.exit(main())
