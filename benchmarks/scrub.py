"""Recall, false hits and speed of the scrubber on `../shared/data`; prints counts and ratios, never a text or a name.

Run: `.venv/bin/python -m benchmarks.scrub`, with `--speed` for the last table alone. The plain engine (every recogniser
on every text, no gates) and Presidio's own recognisers without a model run beside it, interleaved, as peers.
"""

import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import anonymize.scrub  # noqa: F401  # first: it turns the download of tldextract off before Presidio imports it

# isort: split
import polars as pl
from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from rich.console import Console
from rich.table import Table

from anonymize.scrub.engine import BlankNlpEngine
from anonymize.scrub.names.finder import read_finder
from anonymize.scrub.own_fields import OWN_FIELDS, find_own, own_terms
from anonymize.scrub.span_cache import SpanCache
from anonymize.scrub.texts import Scrubber, build_engine, build_scrubber
from anonymize.scrub.workers import Workers
from anonymize.wordlists import CONFIG

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
SETS = {
    "trade_messages": None,
    "presidio_generated": "US",
    "india_train": "IN",
    "wnut17_dev": None,
    "hi_dev": "IN",
    "ar_dev": None,
    "pt_dev": "BR",
}
LABELS = ("PERSON", "ORG", "EMAIL", "PHONE", "ADDRESS", "URL", "IBAN", "CREDIT_CARD", "IP")
N_RUNS = 3
console = Console(width=160)


def lines_of(name: str) -> list[dict[str, object]]:
    """Rows of one labelled file."""
    with (DATA / "pii" / f"{name}.jsonl").open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def frame_of(texts: Sequence[str], countries: Sequence[str | None], names: Sequence[str | None]) -> pl.DataFrame:
    """Events that hold nothing but a title, a country and a buyer's name."""
    nothing = pl.Series([None] * len(texts), dtype=pl.String)
    return pl.DataFrame(
        dict.fromkeys((*OWN_FIELDS, "description"), nothing)
        | {
            "title": pl.Series(list(texts), dtype=pl.String),
            "country": pl.Series(list(countries), dtype=pl.String),
            "buyer_name": pl.Series(list(names), dtype=pl.String),
        }
    )


def print_recall(scrubber: Scrubber) -> None:
    """Recall, precision and F-beta 2 in characters by set, language and entity, and with the record's own fields.

    Recall is the share of labelled characters that are covered, whatever is found there; precision the share of
    characters found as the entity that lie in any labelled span.
    """
    for is_own in (False, True):
        table = Table(
            *("set", "language", "entity", "spans", "recall %", "precision %", "F2 %"),
            title="characters" + (", the record's own fields given" if is_own else ""),
        )
        for name, region in SETS.items():
            if not is_own or name == "trade_messages":
                for row in recall_rows(scrubber, name, region, is_own=is_own):
                    table.add_row(name, *row)
        console.print(table)


def recall_rows(scrubber: Scrubber, name: str, region: str | None, *, is_own: bool) -> list[tuple[str, ...]]:
    """Rows of one set: language (`all` first), entity, spans and three shares."""
    sums: dict[tuple[str, str], Counter[str]] = {}
    lines = lines_of(name)
    names = scrubber.engine.names([str(line["text"]) for line in lines])
    for line, known in zip(lines, names, strict=True):
        text, labelled = str(line["text"]), list(line["spans"])  # type: ignore[call-overload]
        hit, truth = bytearray(len(text)), bytearray(len(text))
        found = scrubber.engine.find(text, region, None, known)
        if is_own:
            found += find_own(text, own_terms(own_fields(text, labelled), scrubber.wordlists), scrubber.wordlists)
        for span in labelled:
            truth[span["start"] : span["end"]] = b"\1" * (span["end"] - span["start"])
        for one in found:
            hit[one.start : one.end] = b"\1" * (one.end - one.start)
        for language in ("all", str(line["lang"])):
            for span in labelled:
                count = sums.setdefault((language, span["label"]), Counter())
                count["labelled"] += span["end"] - span["start"]
                count["covered"] += sum(hit[span["start"] : span["end"]])
                count["spans"] += 1
            for one in found:
                count = sums.setdefault((language, one.entity.value), Counter())
                count["found"] += one.end - one.start
                count["right"] += sum(truth[one.start : one.end])
    rows = []
    for (language, label), count in sorted(sums.items(), key=lambda item: (item[0][0] != "all", item[0])):
        if label in LABELS and count["spans"]:
            recall = count["covered"] / count["labelled"]
            precision = count["right"] / count["found"] if count["found"] else 1.0
            f2 = 5 * precision * recall / (4 * precision + recall) if precision + recall else 0.0
            shares = (f"{100 * share:.1f}" for share in (recall, precision, f2))
            rows.append((language, label, str(count["spans"]), *shares))
    return rows


def own_fields(text: str, spans: list[dict[str, object]]) -> dict[str, str | None]:
    """A row as the feed would give it: the first labelled person, company, e-mail and phone of the message."""
    fields = {"PERSON": "buyer_name", "ORG": "company", "EMAIL": "email", "PHONE": "phone"}
    row: dict[str, str | None] = dict.fromkeys(OWN_FIELDS)
    for span in spans:
        field = fields.get(str(span["label"]))
        if field and row[field] is None:
            row[field] = text[int(str(span["start"])) : int(str(span["end"]))]
    return row


def titles(name: str) -> pl.DataFrame:
    """Title, buyer's name and country of an RFQ file."""
    frame = pl.read_csv(DATA / "rfqs" / name, infer_schema=False)
    code = pl.lit("AE") if name == "rfqs_uae.csv" else pl.lit(None, dtype=pl.String)
    return frame.select(pl.col("Title"), pl.col("Buyer Name").alias("name"), code.alias("country"))


def print_false_hits(scrubber: Scrubber) -> None:
    """Share of real RFQ titles that are touched; a few do hold a company or a phone, so this is an upper bound."""
    table = Table("file", "titles", "recognisers", "+ own name", "+ parties of the batch", title="titles touched")
    for name in ("rfqs_uae.csv", "rfqs_toys_world.csv"):
        rows = titles(name).with_columns(pl.col("Title").str.split("\n").list.first())
        alone = frame_of(rows["Title"].to_list(), rows["country"].to_list(), [None] * rows.height)
        named = frame_of(rows["Title"].to_list(), rows["country"].to_list(), rows["name"].to_list())
        cells = []
        for frame, with_parties in ((alone, False), (named, False), (named, True)):
            result = scrubber.scrub(frame, with_parties=with_parties)
            n = int(result.title.str.contains("<[A-Z_]+>").sum())
            cells.append(f"{n} ({100 * n / rows.height:.1f} %)")
        table.add_row(name, str(rows.height), *cells)
    console.print(table)


def print_model_speed() -> None:
    """Words a second of the name model alone, best of some runs: the machine is shared with others."""
    texts = [str(line["text"]) for name in SETS for line in lines_of(name)] + titles("rfqs_uae.csv")["Title"].to_list()
    n_words = sum(len(text.split()) for text in texts)
    finder = read_finder()
    seconds = []
    for _ in range(N_RUNS + 1):
        start = time.perf_counter()
        finder.find(texts)
        seconds.append(time.perf_counter() - start)
    console.print(f"name model alone: {n_words:,} words, {n_words / min(seconds):,.0f} a second")


def print_speed(scrubber: Scrubber) -> None:
    """Texts a second of the whole scrubber beside the plain engine and plain Presidio, interleaved.

    Real titles and all labelled texts, under a buyer's name each where there is one.
    """
    clean = titles("rfqs_uae.csv").unique("Title", maintain_order=True)
    messages = [str(line["text"]) for name in SETS for line in lines_of(name)]
    names = [*clean["name"].to_list(), *[None] * len(messages)]
    texts = [*clean["Title"].to_list(), *messages]
    unique = frame_of(texts, ["AE"] * len(texts), names).unique("title", maintain_order=True)
    few = unique.sample(600, seed=0)
    copies = [unique.sample(unique.height, seed=seed, with_replacement=True) for seed in range(2)]
    rest = unique.sample(unique.height // 3, seed=9)
    repeated = pl.concat([unique, *copies, rest])
    share_repeated = f"{100 - 100 * unique.height / repeated.height:.0f} % repeated"
    registry = RecognizerRegistry(supported_languages=["en"])
    registry.load_predefined_recognizers(languages=["en"])
    presidio = AnalyzerEngine(registry=registry, nlp_engine=BlankNlpEngine(), supported_languages=["en"])

    def plain_presidio() -> None:
        for text in few["title"].to_list():
            presidio.analyze(text, "en")

    build = partial(build_engine, _config(), scrubber.engine.policy)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        workers = stack.enter_context(Workers(build, 2, enough_to_start=1))
        cache = stack.enter_context(
            SpanCache(folder / "cache", key=bytes(32), version="1", night=date(2026, 1, 1), keep_days=1)
        )
        two = replace(scrubber, workers=workers)
        warm = replace(scrubber, cache=cache)
        two.scrub(unique)
        warm.scrub(unique)
        runs: dict[str, tuple[int, Callable[[], object]]] = {
            "Presidio's English recognisers, no model": (few.height, plain_presidio),
            "every recogniser on every text, no gates": (few.height, lambda: scrubber.scrub(few, is_plain=True)),
            "one process, unique texts": (unique.height, lambda: scrubber.scrub(unique)),
            "two processes, unique texts": (unique.height, lambda: two.scrub(unique)),
            f"two processes, {share_repeated}": (repeated.height, lambda: two.scrub(repeated)),
            "one process, all met on an earlier night": (unique.height, lambda: warm.scrub(unique)),
        }
        seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in runs}
        for _ in range(N_RUNS):
            for name, (_, run) in runs.items():
                wall, processor = time.perf_counter(), time.process_time()
                run()
                seconds[name].append((time.perf_counter() - wall, time.process_time() - processor))
    table = Table("engine", "texts", "texts/s", "texts a second of this process's CPU time", "times Presidio")
    first = 0.0
    for name, (n, _) in runs.items():
        wall, processor = (n / min(each) for each in zip(*seconds[name], strict=True))
        first = first or wall
        table.add_row(name, f"{n:,}", f"{wall:,.0f}", f"{processor:,.0f}", f"{wall / first:.1f}")
    console.print(
        f"{unique.height:,} texts of {sum(len(text.split()) for text in unique['title']) / unique.height:.1f} words"
    )
    console.print(table)


def _config() -> Path:
    """The configuration folder behind `--config`, whose policy may name another name model; else the repository's."""
    return Path(sys.argv[sys.argv.index("--config") + 1]).resolve() if "--config" in sys.argv else CONFIG


def main() -> None:
    """Print every table, or the one of speed alone (`--speed`)."""
    if not (DATA / "pii").is_dir():
        raise SystemExit("../shared/data is absent: nothing to measure.")
    start = time.perf_counter()
    scrubber = build_scrubber(_config())
    console.print(f"start-up {time.perf_counter() - start:.2f} s")
    if "--speed" not in sys.argv:
        print_recall(scrubber)
        print_false_hits(scrubber)
    print_model_speed()
    print_speed(scrubber)


if __name__ == "__main__":
    main()
