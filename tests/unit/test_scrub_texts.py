import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from anonymize.scrub import own_rows
from anonymize.scrub import texts as texts_module
from anonymize.scrub.engine import Engine
from anonymize.scrub.entities import mask
from anonymize.scrub.hostile import MAX_CHARACTERS, normalise_texts
from anonymize.scrub.own_fields import own_terms
from anonymize.scrub.parties import parties_of
from anonymize.scrub.texts import ScrubResult, build_scrubber
from schemas.entities import Entity
from schemas.errors import ConfigurationError
from tests.support.canonical_events import canonical
from tests.support.names import NoNames

SCRUBBER = build_scrubber()
WITHOUT_MODEL = replace(SCRUBBER, engine=Engine(SCRUBBER.wordlists, SCRUBBER.engine.policy, NoNames()))
"""For tests that are about own fields and parties alone: the name model may take a word more."""

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
SECRET = "Zebulon"


def scrub(*rows: dict[str, Any], **options: Any) -> ScrubResult:
    return SCRUBBER.scrub(canonical(*rows), **options)


def scrub_one(text: str | None, **row: Any) -> str | None:
    result: str | None = WITHOUT_MODEL.scrub(canonical({"description": text, **row})).description.item()
    return result


@pytest.mark.parametrize(
    ("row", "text", "expected"),
    [
        ({"buyer_name": "Ana Roy"}, "yarn for ana roy", "yarn for <PERSON>"),
        ({"buyer_name": "Ana Roy"}, "yarn for ANA, thanks roy.", "yarn for <PERSON>, thanks <PERSON>."),
        ({"buyer_name": "Ana Roy"}, "yarn (roy, ana)", "yarn (<PERSON>)"),
        ({"buyer_name": "Ana Roy"}, "banana royal yarn", "banana royal yarn"),
        ({"buyer_name": "José Müller"}, "yarn, Jose MULLER", "yarn, <PERSON>"),
        ({"buyer_name": "Jose Muller"}, "yarn, José Müller", "yarn, <PERSON>"),
        ({"buyer_name": "Hazel Irish"}, "yarn HazelIrish", "yarn <PERSON>"),
        ({"buyer_name": "Mr. Cotton Buyer"}, "cotton for a buyer", "cotton for a buyer"),
        ({"buyer_name": "王伟"}, "您好王伟要布", "您好<PERSON>要布"),
        ({"buyer_name": "राम कुमार"}, "सूती धागा राम", "सूती धागा <PERSON>"),
        ({"company": "Quirk Trading LLC"}, "send to quirk trading today", "send to <ORG> today"),
        ({"company": "Quirk Trading LLC"}, "QUIRK-TRADING yarn", "<ORG> yarn"),
        ({"company": "Zenith"}, "zenith wants yarn", "<ORG> wants yarn"),
        ({"email": "ana@zenith-mills.com"}, "ask zenith-mills.com", "ask <URL>"),
        ({"email": "zebquirk@gmail.com"}, "I am zebquirk", "I am <PERSON>"),
        ({"email": "sales@gmail.com"}, "sales of yarn", "sales of yarn"),
        ({"phone": "+971 50 123 4567"}, "my no 050-123-4567 ok", "my no <PHONE> ok"),
        ({"phone": "0501234567"}, "lot 501234567 yarn", "lot <PHONE> yarn"),
        ({"tax_id": "AB-12.345"}, "reg AB12345 yarn", "reg <TAX> yarn"),
        ({"payment": "ana.roy@okbank"}, "upi ana.roy@okbank", "upi <ID>"),
        ({"account": "buyer-7781"}, "as buyer 7781 before", "as <ID> before"),
        ({"account": "77"}, "77 pieces", "77 pieces"),
        ({"buyer_name": "n/a", "company": "-", "account": "A"}, "n/a - A yarn", "n/a - A yarn"),
    ],
)
def test_own_fields_are_replaced(row: dict[str, str], text: str, expected: str) -> None:
    assert scrub_one(text, **row) == expected


def test_an_address_is_replaced_whole_even_where_it_holds_the_buyers_name() -> None:
    assert scrub_one("mail ana@acme.com now", buyer_name="Ana Roy") == "mail <EMAIL> now"


def test_own_fields_of_one_row_say_nothing_about_another() -> None:
    result = scrub({"buyer_name": "Anara", "title": "yarn"}, {"title": "anara yarn"}, with_parties=False)

    assert result.title.to_list() == ["yarn", "anara yarn"]


def test_parties_of_the_batch_are_replaced_in_all_texts() -> None:
    rows = canonical(
        {"buyer_name": "Zebulon Quirk", "company": "Blue Ridge Imports d.o.o."},
        {"title": "as sold to zebulon quirk and Blue Ridge Imports"},
    )
    result = WITHOUT_MODEL.scrub(rows)

    assert result.title.to_list() == [None, "as sold to <PERSON> and <ORG>"]


def test_parties_that_are_ordinary_words_or_short_stay() -> None:
    events = canonical(
        {"buyer_name": "Samsung", "company": "Cotton LLC"},
        {"buyer_name": "Ana", "company": "General Trading Company"},
        {"buyer_name": "Zebulon", "company": "Gold Star Quirk Ltd"},
        {"buyer_name": "n/a", "company": None},
    )

    assert parties_of(events, SCRUBBER.wordlists) == {"zebulon": Entity.PERSON, "gold star quirk": Entity.ORG}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ana&#64;acme&#46;com", "<EMAIL>"),
        ("ana&amp;#64;acme.com", "<EMAIL>"),
        ("an\u200ba@ac\u00adme.com", "<EMAIL>"),
        ("ａｎａ＠ａｃｍｅ．ｃｏｍ", "<EMAIL>"),
        ("call +٩٧١٥٠١٢٣٤٥٦٧", "call <PHONE>"),
        ("\u202ecall\u202c +971\u00a050\u00a0123\u00a04567", "call <PHONE>"),
        ("cotton &amp; silk &lt; 5 kg", "cotton & silk < 5 kg"),
        ("नमस्ते कपड़ा", "नमस्ते कपड़ा"),
    ],
)
def test_hostile_text_is_read_as_a_reader_sees_it(text: str, expected: str) -> None:
    assert scrub_one(text) == scrub_one(expected)


def test_what_decodes_for_ever_or_is_too_long_is_withheld() -> None:
    result = scrub({"title": "&" + "amp;" * 9 + "lt;", "description": "x" * (MAX_CHARACTERS + 1)}, {"title": "yarn"})

    assert result.title.to_list() == [None, "yarn"]
    assert result.description.to_list() == [None, None]
    assert result.n_withheld == 2


def test_a_recogniser_that_fails_withholds_its_texts_only(monkeypatch: pytest.MonkeyPatch) -> None:
    original = Engine.find

    def find(self: Engine, text: str, *rest: Any) -> Any:
        if SECRET in text:
            raise TimeoutError(f"took too long on {text}")
        return original(self, text, *rest)

    monkeypatch.setattr(Engine, "find", find)
    result = scrub({"title": f"my name is {SECRET}", "description": "my name is Ana"}, {"title": f"name is {SECRET}"})

    assert result.title.to_list() == [None, None]
    assert result.description.to_list() == ["my name is <PERSON>", None]
    assert result.n_withheld == 2


def test_own_fields_that_fail_withhold_the_texts_in_which_they_may_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    def terms(row: Any, words: Any) -> Any:
        if row["buyer_name"] == SECRET:
            raise ValueError(SECRET)
        return own_terms(row, words)

    monkeypatch.setattr(own_rows, "own_terms", terms)
    result = scrub({"buyer_name": SECRET, "title": f"yarn {SECRET}", "description": "silk"}, {"title": "yarn"})

    assert result.title.to_list() == [None, "yarn"]
    assert result.description.to_list() == ["silk", None]
    assert result.n_withheld == 1


def test_a_text_that_never_settles_is_withheld(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts_module, "apply", lambda text, found, rules: text + "x")

    assert scrub({"title": "yarn"}).title.to_list() == [None]


def test_counts_tell_placeholders_by_entity_and_row() -> None:
    result = scrub(*[{"title": "ana@acme.com or bo@acme.com", "description": "+971 50 123 4567"}] * 3)

    assert result.counts == {Entity.EMAIL: 6, Entity.PHONE: 3}
    assert result.n_withheld == 0


def test_national_phones_follow_the_row_or_the_feed() -> None:
    rows = [{"title": "050 123 4567", "country": "AE"}, {"title": "050 123 4567", "country": None}]

    assert scrub(*rows).title.to_list() == ["<PHONE>", "050 123 4567"]
    assert scrub(*rows, phone_region="AE").title.to_list() == ["<PHONE>", "<PHONE>"]
    assert scrub({"title": "050 123 4567", "country": "??"}).title.to_list() == ["050 123 4567"]


def test_no_text_is_no_work() -> None:
    result = scrub({"title": None}, {"title": ""})

    assert result.title.to_list() == [None, ""]
    assert SCRUBBER.scrub(canonical({}).clear()).title.to_list() == []


def test_a_missing_column_is_refused_by_name() -> None:
    with pytest.raises(ConfigurationError, match="columns phone are missing"):
        SCRUBBER.scrub(canonical({}).drop("phone"))


def test_normal_text_stays_byte_for_byte() -> None:
    plain = pl.Series("text", ["Cotton yarn 30/1, 100 % combed", "AT&T cable", "½ inch ™ ² ㎡", "a <b> c", "x\ny"])

    assert normalise_texts(plain).to_list() == plain.to_list()


def test_placeholders_are_masked_to_the_same_length() -> None:
    text = "a <PERSON> b <OTHER> <ID>"

    assert len(mask(text)) == len(text)
    assert "PERSON" not in mask(text)
    assert "<OTHER>" in mask(text)


def test_scrubbing_opens_no_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)

    result = build_scrubber().scrub(canonical({"title": "ana@acme.com www.acme.com +971501234567"}))
    assert result.title.to_list() == ["<EMAIL> <URL> <PHONE>"]


@pytest.mark.real_data
def test_gates_and_deduplication_change_nothing_on_real_texts() -> None:
    if not (DATA / "pii").is_dir():
        pytest.skip("../shared/data is absent")
    lines = pl.concat(
        [
            pl.read_ndjson(path, schema={"text": pl.String}, ignore_errors=True)
            for path in sorted((DATA / "pii").glob("*.jsonl"))
        ]
    )["text"].unique(maintain_order=True)
    titles = pl.concat(
        [
            pl.read_csv(DATA / "rfqs" / name, columns=["Title"], infer_schema=False)["Title"]
            for name in ("rfqs_uae.csv", "rfqs_toys_world.csv")
        ]
    )
    lines, titles = lines.gather_every(8), titles.gather_every(6)
    texts = pl.concat([lines.alias("text"), titles.alias("text"), titles.head(200).alias("text")])
    countries = ["AE", "IN", "US", None, "DE"]
    events = (
        canonical({})
        .drop("title", "country")
        .join(pl.DataFrame({"title": texts, "country": [countries[i % 5] for i in range(len(texts))]}), how="cross")
    )
    fast = SCRUBBER.scrub(events)
    plain = SCRUBBER.scrub(events, is_plain=True)

    assert len(texts) >= 1_300
    n_different = int((fast.title.fill_null("") != plain.title.fill_null("")).sum())
    assert n_different == 0  # no text is shown
    assert fast.counts == plain.counts
    assert fast.n_withheld == plain.n_withheld == 0
