"""The gate before the search of own fields: open wherever the search finds anything, and shut nearly elsewhere."""

import base64
import random
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymize.scrub import own_rows
from anonymize.scrub.disguises import undisguised
from anonymize.scrub.hostile import normalise_texts
from anonymize.scrub.own_fields import OWN_FIELDS, find_own, kept, own_terms
from anonymize.scrub.own_rows import OwnRows
from anonymize.wordlists import read_wordlists

WORDS = read_wordlists()
VALUES = {
    "buyer_name": [
        "Ana Roy",
        "Li Na",
        "王 伟",
        "राम कुमार",
        "José Müller",
        "J. Young",
        "Dr. Van A B",
        "O'Zebulon-Quirk",
    ],
    "company": ["Quirk Trading LLC", "A.B.C. Mills", "S.A.R. Z/Q", "有限公司 王伟", "Zenith", "AB/CDE Co.", "The X Y"],
    "email": ["zeb.quirk+x@zenith-mills.com", "a-----@x-----.co", "sales@gmail.com", "li.na@qq.com", "none", "a@b"],
    "phone": ["+971 50 123 4567", "0501234567", "٠٥٠١٢٣٤٥٦٧", "12345"],
    "tax_id": ["AB-12.345", "27AAPFU0939F1ZV", "1-2-3-4-5"],
    "payment": ["ana.roy@okbank", "GB33BUKB20201555555555"],
    "account": ["B1010759", "a_b_c_d_e", "n/a"],
}
FILLERS = ["cotton yarn", "we are", "", "-", "\n", "40s carded", "thanks, ", "शर्ट", "您好", "%41", "S M L X L"]


def mangled(value: str, chance: random.Random) -> str:
    """A value as a buyer may write it: in part, turned round, mistyped, joined, or in a disguise."""
    words = value.replace("@", " ").replace(".", " ").split() or [value]
    text = chance.choice(
        [value, value.upper(), words[0], words[-1], " ".join(words[::-1]), "".join(words), value[-7:], ".".join(words)]
    )
    if chance.random() < 0.4 and len(text) > 4:
        at = chance.randrange(len(text) - 1)
        text = chance.choice(
            [
                text[:at] + text[at + 1 :],
                text[:at] + "q" + text[at:],
                text[:at] + text[at + 1] + text[at] + text[at + 2 :],
            ]
        )
    if chance.random() < 0.15:
        text = chance.choice([" ".join(text), base64.b64encode(text.encode()).decode()])
    return text


def drawn(seed: int) -> tuple[dict[str, str | None], str]:
    """A row and a text that may hold something of it."""
    chance = random.Random(seed)
    row = {name: chance.choice([None, *VALUES[name]]) for name in OWN_FIELDS}
    given_values = [value for value in row.values() if value] or ["yarn"]
    pieces = [chance.choice([*FILLERS, mangled(chance.choice(given_values), chance)]) for _ in range(4)]
    return row, chance.choice([" ", ", ", ""]).join(pieces)


def is_found(text: str, row: dict[str, str | None]) -> bool:
    """Whether the search finds anything of the row, in the text or beneath its disguises."""
    terms = own_terms(row, WORDS)
    beneath = undisguised(text)
    return bool(find_own(text, terms, WORDS)) or (beneath is not None and bool(find_own(beneath.text, terms, WORDS)))


def gate(rows: list[dict[str, str | None]], texts: list[str]) -> list[bool]:
    own = OwnRows(pl.DataFrame(rows, schema=dict.fromkeys(OWN_FIELDS, pl.String)), WORDS)
    work = pl.DataFrame({"text": texts, "row": list(range(len(rows)))}, schema={"text": pl.String, "row": pl.Int64})
    return own.may_stand(work).to_list()


def test_the_gate_is_open_wherever_the_search_finds_anything() -> None:
    cases = [drawn(seed) for seed in range(3_000)]
    texts = [text or "" for text in normalise_texts(pl.Series([text for _, text in cases])).to_list()]
    rows = [row for row, _ in cases]
    found = [is_found(text, row) for text, row in zip(texts, rows, strict=True)]

    is_open = gate(rows, texts)

    assert sum(found) > 500
    assert [at for at, (hit, may) in enumerate(zip(found, is_open, strict=True)) if hit and not may] == []


def test_the_gate_is_shut_for_most_texts_that_name_nobody() -> None:
    rows: list[dict[str, str | None]] = [{name: VALUES[name][0] for name in OWN_FIELDS}] * 500
    texts = [f"{40 + at} bales of raw cotton, staple {at % 30} mm" for at in range(500)]

    assert sum(gate(rows, texts)) < 25
    assert all(gate(rows[:9], [f"{text} for zebb" for text in texts[:9]]))


def test_a_value_told_in_columns_has_the_parts_it_has_by_itself() -> None:
    chance = random.Random(7)
    pieces = ["ana", "roy", "Li", "of", "Müller", "ACME", "co.", "A.B.C", "x/y", "3m", "o'neil", "gmail.com", "b@c.de"]
    pieces += ["ab@cd.in", "+971 50 1234567", "00", "n/a", "12345678", "foo.bar+x@dom.org", "_a_", "९८७६५४३२१", "ÖZ"]
    drawn_values = {chance.choice(["", " "]).join(chance.choices(pieces, k=chance.randint(1, 5))) for _ in range(2_000)}
    values = sorted({*drawn_values, "a" * 250, "abc " * 60})
    for parts in (own_rows._WORDS, own_rows._EMAILS, own_rows._PHONES, own_rows._LONG_WORDS):
        told: dict[str, set[str]] = {value: set() for value in values}
        for value, part in own_rows._parts_of(pl.Series(values), parts).iter_rows():
            told[value].add(part)
        for value in values:
            due = set(own_rows._parts_or_always(value, parts.of))
            assert told[value] == due or (due == set() and kept(value) is None)


@settings(deadline=None, max_examples=150)
@given(
    st.dictionaries(st.sampled_from(OWN_FIELDS), st.text(max_size=12)),
    st.text(max_size=6),
    st.data(),
)
def test_the_gate_is_open_for_any_value_that_is_found(
    given_row: dict[str, str], filler: str, data: st.DataObject
) -> None:
    row: dict[str, str | None] = {name: given_row.get(name) for name in OWN_FIELDS}
    text = filler + " " + data.draw(st.sampled_from(sorted(given_row.values()) or ["x"])) + " " + filler
    normal = normalise_texts(pl.Series([text]))[0] or ""

    assert gate([row], [normal]) == [True] or not is_found(normal, row)


@pytest.mark.parametrize("company", ["a b " * 40, "yarn mills " * 1_000])
def test_a_value_of_very_many_words_opens_the_gate_by_one_part_only(company: str) -> None:
    row: dict[str, str | None] = dict.fromkeys(OWN_FIELDS) | {"company": company}
    own = OwnRows(pl.DataFrame([row], schema=dict.fromkeys(OWN_FIELDS, pl.String)), WORDS)
    at = pl.DataFrame({"at": [0], "row": [0], "squeezed": ["silk"]})

    assert own._with(at, "company", own_rows._ANCHORS["company"])["part"].to_list() == [""]
    assert gate([row], ["silk"]) == [True]


def test_a_value_on_which_the_gate_fails_opens_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(value: str) -> list[str]:
        raise ValueError(value)

    monkeypatch.setitem(own_rows._ANCHORS, "company", replace(own_rows._WORDS, of=broken, is_plain=pl.lit(value=False)))
    row = dict.fromkeys(OWN_FIELDS) | {"company": "Zenith"}

    assert gate([row], ["yarn"]) == [True]
