import re
import sqlite3
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import anonymize.scrub  # noqa: F401

# isort: split
from anonymize.scrub.entities import Found
from anonymize.scrub.policy import read_scrub_policy
from anonymize.scrub.span_cache import SpanCache
from anonymize.scrub.version import finding_version
from anonymize.wordlists import CONFIG
from schemas.entities import Entity

TEXTS = ["ask Zebulon Quirk", "yarn", "ask Zebulon Quirk"]
REGIONS = ["AE", None, "IN"]
SPANS = [[Found(4, 17, Entity.PERSON, 0.1 + 0.2, "Persons", "cue")], [], None]


def cache(path: Path, **changed: Any) -> SpanCache:
    settings: dict[str, Any] = {"key": b"k" * 32, "version": "1", "night": date(2026, 1, 10), "keep_days": 30}
    return SpanCache(path, **(settings | changed))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "private" / "cache.sqlite"
    with cache(file) as first:
        first.keep(TEXTS, REGIONS, SPANS)
    return file


def known(path: Path, **changed: Any) -> list[Any]:
    with cache(path, **changed) as opened:
        return opened.look_up(TEXTS, REGIONS)


def test_what_was_kept_is_answered_exactly_and_what_failed_is_not_kept(path: Path) -> None:
    assert known(path) == SPANS


def test_another_country_key_or_version_is_never_answered(path: Path) -> None:
    with cache(path) as opened:
        assert opened.look_up(TEXTS[:1], ["IN"]) == [None]
    assert known(path, key=b"x" * 32) == [None, None, None]


def test_a_changed_configuration_reads_nothing_and_removes_what_was_kept(path: Path) -> None:
    assert known(path, version="2") == [None, None, None]
    assert known(path) == [None, None, None]


def test_the_file_holds_neither_a_text_nor_its_plain_hash_and_is_private(path: Path) -> None:
    content = path.read_bytes()

    assert b"Zebulon" not in content
    assert b"yarn" not in content
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


def test_what_no_text_asked_for_goes_after_its_days(path: Path) -> None:
    with cache(path, night=date(2026, 2, 5)) as opened:
        opened.look_up(TEXTS[:1], REGIONS[:1])

    assert known(path, night=date(2026, 2, 20)) == [SPANS[0], SPANS[1], None]
    with cache(path, night=date(2026, 3, 30)) as opened:
        pass
    assert known(path, night=date(2026, 3, 30)) == [None, None, None]


def test_no_more_is_kept_than_its_bound(path: Path) -> None:
    texts = [f"text {number}" for number in range(50)]
    with cache(path, max_entries=20) as opened:
        opened.keep(texts, [None] * 50, [[]] * 50)
    with sqlite3.connect(path) as connection:
        assert connection.execute("select count(*) from spans").fetchone() == (20,)


@pytest.mark.parametrize("content", [b"", b"no database at all" * 400, b"SQLite format 3\0" + b"\xff" * 9000])
def test_a_damaged_file_is_made_anew(path: Path, content: bytes) -> None:
    path.write_bytes(content)

    assert known(path) == [None, None, None]
    with cache(path) as opened:
        opened.keep(TEXTS, REGIONS, SPANS)
    assert known(path) == SPANS


def test_a_file_damaged_in_the_middle_answers_what_is_whole_or_nothing(path: Path) -> None:
    whole = path.read_bytes()
    for at in range(100, len(whole), 97):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        for spans, right in zip(known(path), SPANS, strict=True):
            assert spans is None or spans == right


def test_an_entry_that_was_changed_counts_as_none(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("update spans set spans = substr(spans, 1, 16)")
    assert known(path)[0] is None

    with sqlite3.connect(path) as connection:
        connection.execute("update spans set spans = 'text'")
    assert known(path) == [None, None, None]


def test_a_place_that_cannot_be_written_is_no_cache(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with cache(tmp_path / "file" / "cache") as opened:
        opened.keep(TEXTS, REGIONS, SPANS)
        assert opened.look_up(TEXTS, REGIONS) == [None, None, None]


def test_the_version_follows_policy_and_lists(tmp_path: Path) -> None:
    policy = read_scrub_policy(CONFIG)
    (tmp_path / "products").mkdir()
    for name in ("brands.txt", "legal_forms.txt", "ordinary_words.txt", "products/lexicon.csv", "standards.txt"):
        (tmp_path / name).write_bytes((CONFIG / name).read_bytes())
    first = finding_version(CONFIG, policy)

    assert re.fullmatch("[0-9a-f]{64}", first)
    assert finding_version(tmp_path, policy) == first
    assert finding_version(CONFIG, policy.model_copy(update={"brands": "scrub"})) != first
    (tmp_path / "brands.txt").write_text("Quirk\n")
    assert finding_version(tmp_path, policy) != first
