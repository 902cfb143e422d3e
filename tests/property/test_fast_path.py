"""The fast path finds what the plain engine finds: with gates, with any number of processes, with a cache."""

import random
from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import anonymize.scrub  # noqa: F401

# isort: split
from anonymize.scrub import batches
from anonymize.scrub.batches import find_all
from anonymize.scrub.entities import Found
from anonymize.scrub.hostile import normalise_texts
from anonymize.scrub.policy import read_scrub_policy
from anonymize.scrub.span_cache import SpanCache
from anonymize.scrub.texts import build_engine
from anonymize.scrub.workers import Workers
from anonymize.wordlists import CONFIG
from tests.unit.test_scrub_more_recognizers import POSITIVES as MORE
from tests.unit.test_scrub_recognizers import NEGATIVES, POSITIVES

POLICY = read_scrub_policy(CONFIG)
ENGINE = build_engine(CONFIG, POLICY)
DATA = Path(__file__).resolve().parents[3] / "shared" / "data"

EXAMPLES = sorted({text.replace("[[", "").replace("]]", "") for _, _, text in (*POSITIVES, *NEGATIVES, *MORE)})
"""Texts of the tables that recognisers are tested with: each rule hits somewhere among them."""

COUNTRIES = (None, "IN", "AE", "US", "DE")
ODD = "ıİſ\u212aßÀ٣०１\u0301\u200d\u2028\ufffc-_.,:;/@+#'’()<>\n 0aZ王я"


def mixed(seed: int, count: int) -> list[str]:
    """Examples cut, joined, re-cased and strewn with odd characters."""
    chance = random.Random(seed)
    texts = []
    for _ in range(count):
        first, second = chance.choice(EXAMPLES), chance.choice(EXAMPLES)
        text = first[chance.randrange(4) :] + chance.choice(["", " ", "\n", ", ", "\n\n"]) + second
        text = chance.choice([str, str.lower, str.upper, str.title])(text)
        for _ in range(chance.randrange(4)):
            at = chance.randrange(len(text) + 1)
            text = text[:at] + chance.choice(ODD) + text[at + chance.randrange(2) :]
        texts.append(text)
    return texts


def countries_of(texts: Sequence[str]) -> list[str | None]:
    return [COUNTRIES[len(text) % len(COUNTRIES)] for text in texts]


def plain(texts: Sequence[str]) -> list[list[Found]]:
    return [ENGINE.find(text, country) for text, country in zip(texts, countries_of(texts), strict=True)]


@pytest.fixture
def always_gates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "FEW_TEXTS", 0)


def test_whatever_a_pattern_matches_opens_its_gate() -> None:
    texts = [*EXAMPLES, *mixed(1, 500)]
    opened = ENGINE.open_patterns(pl.Series("text", texts, dtype=pl.String))
    patterns = {id(pattern): pattern for one in ENGINE.recognizers for pattern in one.patterns}

    shut = {
        pattern.pattern[:60]
        for column, pattern in enumerate(patterns[id_] for id_ in ENGINE.pattern_ids)
        for row, text in enumerate(texts)
        if not opened[row, column] and pattern.search(text)
    }
    assert shut == set()
    assert opened.mean() < 0.1  # they spare most of the work


def test_nearly_every_pattern_matches_an_example() -> None:
    patterns = {id(pattern): pattern for one in ENGINE.recognizers for pattern in one.patterns}.values()
    unmatched = [pattern for pattern in patterns if not any(pattern.search(text) for text in EXAMPLES)]

    assert len(unmatched) <= len(patterns) // 5


@pytest.mark.usefixtures("always_gates")
def test_gates_change_nothing_that_is_found() -> None:
    texts = [*EXAMPLES, *mixed(2, 300)]

    assert find_all(ENGINE, texts, countries_of(texts)) == plain(texts)


letters = st.text(
    st.sampled_from("aeIıinrstk .,@-+0123456789\n&/:#ÀßमराЯ王م") | st.characters(exclude_categories=["Cs"])
)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(letters, st.sampled_from(EXAMPLES), letters).map("".join), min_size=1, max_size=4))
def test_gates_change_nothing_that_is_found_in_drawn_texts(texts: list[str]) -> None:
    before = batches.FEW_TEXTS
    batches.FEW_TEXTS = 0
    try:
        assert find_all(ENGINE, texts, countries_of(texts)) == plain(texts)
    finally:
        batches.FEW_TEXTS = before


@pytest.fixture(scope="module")
def two_processes() -> Iterator[Workers]:
    with Workers(partial(build_engine, CONFIG, POLICY), 2, enough_to_start=1) as workers:
        yield workers


def test_processes_change_nothing_that_is_found(two_processes: Workers) -> None:
    texts = [*EXAMPLES, *mixed(3, 300)]
    alone = find_all(ENGINE, texts, countries_of(texts))

    assert two_processes.find_all(texts, countries_of(texts)) == alone
    with Workers(partial(build_engine, CONFIG, POLICY), 3, enough_to_start=1) as three:
        assert three.find_all(texts, countries_of(texts)) == alone


@pytest.mark.real_data
def test_processes_gates_and_cache_change_nothing_that_is_found_in_real_texts(
    two_processes: Workers, tmp_path: Path
) -> None:
    if not (DATA / "pii").is_dir():
        pytest.skip("../shared/data is absent")
    lines = [pl.read_ndjson(path, schema={"text": pl.String}) for path in sorted((DATA / "pii").glob("*.jsonl"))]
    titles = [
        pl.read_csv(DATA / "rfqs" / name, columns=["Title"], infer_schema=False).rename({"Title": "text"})
        for name in ("rfqs_uae.csv", "rfqs_toys_world.csv")
    ]
    normal = normalise_texts(pl.concat([*lines, *titles])["text"].unique(maintain_order=True))
    texts = normal.gather_every(8).to_list()
    expected = plain(texts)
    cache = partial(SpanCache, tmp_path / "cache", key=b"k" * 32, version="1", night=date(2026, 1, 1), keep_days=30)
    with cache() as first:
        first.keep(texts, countries_of(texts), find_all(ENGINE, texts, countries_of(texts)))
    with cache() as second:
        n_different = {
            "gates": sum(a != b for a, b in zip(find_all(ENGINE, texts, countries_of(texts)), expected, strict=True)),
            "cache": sum(a != b for a, b in zip(second.look_up(texts, countries_of(texts)), expected, strict=True)),
        }
    shared = two_processes.find_all(texts, countries_of(texts)) or []
    n_different["processes"] = sum(a != b for a, b in zip(shared, expected, strict=True))

    assert n_different == {"gates": 0, "cache": 0, "processes": 0}  # no text is shown
