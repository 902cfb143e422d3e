"""`mandi scrub`: one text or a file, what it prints, and what it refuses."""

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from pipelines import scrub_lines
from schemas.entities import Entity
from tests.support.command import Mandi

WITHHELD = {"text": None, "withheld": True, "entities": []}


def written(path: Path, *records: Any) -> Path:
    lines = [record if isinstance(record, str) else json.dumps(record, ensure_ascii=False) for record in records]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def lines_of(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_one_text_is_printed_without_identifiers(mandi: Mandi) -> None:
    told = mandi("scrub", "Hi, mail ana@acme.com for cotton yarn")

    assert (told.code, told.out, told.err) == (0, "Hi, mail <EMAIL> for cotton yarn\n", "")


def test_the_country_decides_on_national_phones(mandi: Mandi) -> None:
    text = "call 98765 43210 please"

    assert mandi("scrub", text, "--country", "in").out == "call <PHONE> please\n"
    assert mandi("scrub", "yarn 98765 43210", "--language", "hi-IN").out == "yarn <PHONE>\n"
    assert mandi("scrub", "yarn 98765 43210", "--language", "en").out == "yarn 98765 43210\n"


def test_explaining_tells_what_goes_what_stays_and_why(mandi: Mandi) -> None:
    told = mandi("scrub", "a@gucci bag: @gucci, mail ana@acme.com", "--explain")

    assert told.code == 0
    rows = {line.split()[0]: line for line in told.out.splitlines() if line[:1].isdigit()}
    assert "allow list: brand" in rows["13-19"]
    assert "stays" in rows["13-19"]
    assert "Emails" in rows["26-38"]
    assert "replace" in rows["26-38"]


def test_each_line_gives_a_line_with_offsets_of_its_input(mandi: Mandi, tmp_path: Path) -> None:
    records = [
        {"text": "mail an\u200ba&#64;acme.com now"},
        {"text": "cotton yarn 30/1"},
        {"text": None},
        {"text": ""},
        {"text": "j o h n @ x . c o m", "other": 1},
    ]
    told = mandi("scrub", written(tmp_path / "in.jsonl", *records), "-o", tmp_path / "out.jsonl")
    lines = lines_of((tmp_path / "out.jsonl").read_text(encoding="utf-8"))

    assert (told.code, told.out) == (0, "")
    assert "5 texts, 2 identifiers found, 0 texts withheld" in told.err
    assert lines[0]["text"] == "mail <EMAIL> now"
    (entity,) = lines[0]["entities"]
    assert sorted(entity) == ["end", "recognizer", "score", "start", "type"]
    assert records[0]["text"][entity["start"] : entity["end"]] == "an\u200ba&#64;acme.com"
    assert entity["type"] == "EMAIL"
    assert lines[1:4] == [
        {"text": "cotton yarn 30/1", "entities": []}, {"text": None, "entities": []}, {"text": "", "entities": []},
    ]  # fmt: skip
    assert lines[4]["text"] == "<EMAIL>"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_own_fields_of_the_record_are_used_under_their_name_or_a_given_one(mandi: Mandi, tmp_path: Path) -> None:
    records = [
        {"body": "yarn for zebulon", "buyer_name": "Zebulon Quirk"},
        {"body": "yarn for zebulon", "Name": "Zebulon Quirk"},
        {"body": "lot 501234567", "phone": 501234567},
    ]
    source = written(tmp_path / "in.jsonl", *records)

    assert [line["text"] for line in lines_of(mandi("scrub", source, "--field", "body").out)] == [
        "yarn for <PERSON>", "yarn for zebulon", "lot <PHONE>",
    ]  # fmt: skip
    mapped = mandi("scrub", source, "--field", "body", "--own-fields", "buyer_name=Name").out
    assert [line["text"] for line in lines_of(mapped)][:2] == ["yarn for zebulon", "yarn for <PERSON>"]


def test_the_records_own_country_is_used(mandi: Mandi, tmp_path: Path) -> None:
    source = written(tmp_path / "in.jsonl", {"text": "yarn 98765 43210", "country": "in"}, {"text": "yarn 98765 43210"})

    assert [line["text"] for line in lines_of(mandi("scrub", source).out)] == ["yarn <PHONE>", "yarn 98765 43210"]


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        ("{", "is not JSON"),
        ("", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[1]", "is no JSON object"),
        ('{"title": "x"}', "lacks the field that --field names"),
        ('{"text": 5}', "holds no text in the field that --field names"),
        ('{"text": "x", "email": ["a@b.com"]}', "holds no text in its email"),
    ],
    ids=range(7),
)
def test_a_bad_line_stops_by_number_or_is_withheld_on_request(
    mandi: Mandi, tmp_path: Path, bad: str, problem: str
) -> None:
    source = written(tmp_path / "in.jsonl", {"text": "yarn"}, bad, {"text": "silk"})
    told = mandi("scrub", source, "-o", tmp_path / "out.jsonl")

    assert told.code == 2
    assert f"line 2: {problem}; mend it, or pass --skip-bad" in " ".join(told.err.split())
    assert not (tmp_path / "out.jsonl").exists()
    told = mandi("scrub", source, "--skip-bad")
    assert lines_of(told.out) == [{"text": "yarn", "entities": []}, WITHHELD, {"text": "silk", "entities": []}]
    assert "1 texts withheld, 1 of them no records" in told.err


def test_a_text_on_which_anything_fails_is_withheld(
    mandi: Mandi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from anonymize.scrub.engine import Engine

    original = Engine.find

    def find(self: Engine, text: str, *rest: Any) -> Any:
        if "zebulon" in text:
            raise TimeoutError(text)
        return original(self, text, *rest)

    monkeypatch.setattr(Engine, "find", find)
    source = written(tmp_path / "in.jsonl", {"text": "my name is zebulon"}, {"text": "mail ana@acme.com"})
    told = mandi("scrub", source)

    assert lines_of(told.out)[0] == WITHHELD
    assert lines_of(told.out)[1]["text"] == "mail <EMAIL>"
    assert "1 texts withheld" in told.err
    told = mandi("scrub", "my name is zebulon")
    assert told.code == 2
    assert "withheld" in told.err
    assert "zebulon" not in told.out + told.err


def test_standard_input_and_output_are_streams_and_broken_bytes_are_read(
    mandi: Mandi, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = b'{"text": "mail ana@acme.com \xff"}\n{"text": "\\ud800 mail ana@acme.com"}'
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
    first, second = lines_of(mandi("scrub", "-", "-o", "-").out)

    assert first["text"] == "mail <EMAIL> \ufffd"
    assert second["text"] == "\ufffd mail <EMAIL>"
    assert second["entities"][0]["start"] == 7


def test_order_is_kept_over_batches(mandi: Mandi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scrub_lines, "BATCH_LINES", 3)
    source = written(tmp_path / "in.jsonl", *({"text": f"lot {number} ana@acme.com"} for number in range(10)))

    assert [line["text"] for line in lines_of(mandi("scrub", source).out)] == [
        f"lot {number} <EMAIL>" for number in range(10)
    ]


def test_a_megabyte_of_text_is_scrubbed(mandi: Mandi, tmp_path: Path) -> None:
    text = "cotton yarn combed for export " * 33_400 + "mail ana@acme.com"
    (line,) = lines_of(mandi("scrub", written(tmp_path / "in.jsonl", {"text": text})).out)

    assert len(text) > 1_000_000
    assert line["text"] == text.replace("ana@acme.com", "<EMAIL>")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("scrub", "nowhere.jsonl"), "nowhere.jsonl: there is no such file"),
        (("scrub", "-", "--explain"), "--explain is for one text"),
        (("scrub", "x", "--country", "India"), "--country is an ISO 3166 code"),
        (("scrub", "x", "--language", "xx"), "--language is one of"),
        (("scrub", "x", "--own-fields", "name=Name"), "--own-fields is a list"),
        (("scrub", "x", "--own-fields", "email"), "--own-fields is a list"),
    ],
)
def test_what_makes_no_sense_is_refused(mandi: Mandi, words: tuple[str, ...], told: str) -> None:
    said = mandi(*words)

    assert said.code == 2
    assert told in " ".join(said.err.split())


def test_types_are_the_entities_of_the_policy(mandi: Mandi, tmp_path: Path) -> None:
    source = written(tmp_path / "in.jsonl", {"text": "Regards,\nAna Roy, Roy LLC, +971501234567, www.acme.com"})
    (line,) = lines_of(mandi("scrub", source).out)

    types = [entity["type"] for entity in line["entities"]]
    assert types == ["PERSON", "ORG", "PHONE", "URL"]
    assert set(types) <= {entity.value for entity in Entity}
