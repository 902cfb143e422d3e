"""Hostile text: what a reader sees, with the offsets of the text as it came."""

import base64

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from anonymize.scrub import disguises
from anonymize.scrub.homoglyphs import MIXED, unmix
from anonymize.scrub.hostile import normalise_texts, read, without_surrogates
from anonymize.scrub.readings import Reading

PIECES = [
    "ana@acme.com", "&#64;", "&amp;#64;", "&amp;", "&lt", "\u200b", "\u00ad", "\u202e", "ａｎａ", "٩٧١", "𝗮𝗻𝗮", "ⓐ",
    "e\u0301",
    "가", "각", "क्ष", "\r\n", "\u2028", "\u00a0", "а", "с", "Т", "cotton", "%40", "\\u0040", "YW5hQGFjbWUuY29t",
    "j o h n @ x . c o m", "\ufffc", "\ufffd", "<EMAIL>", "½", "Å", "\u212b", "ß",
]  # fmt: skip

pieces = st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=10)
hostile = st.tuples(pieces, st.sampled_from(["", " "])).map(lambda drawn: without_surrogates(drawn[1].join(drawn[0])))


@settings(deadline=None, max_examples=267)
@given(hostile)
@example("a\u0301&#769;b")
@example("аcme &amp;amp;lt;")
def test_a_reading_is_what_many_texts_become_at_once(text: str) -> None:
    normal = normalise_texts(pl.Series("text", [text], dtype=pl.String))[0]
    reading = read(text)

    assert (None if reading is None else reading.text) == normal


@settings(deadline=None, max_examples=200)
@given(hostile)
def test_offsets_of_a_reading_stay_in_the_text_and_in_order(text: str) -> None:
    for reading in (read(text), disguises.undisguised(text)):
        if reading is None:
            continue
        assert len(reading.starts) == len(reading.ends) == len(reading.text)
        assert all(0 <= start < end <= len(text) for start, end in zip(reading.starts, reading.ends, strict=True))
        assert list(reading.starts) == sorted(reading.starts)
        assert list(reading.ends) == sorted(reading.ends)


@settings(deadline=None, max_examples=133)
@given(hostile, st.lists(st.tuples(st.integers(0, 40), st.integers(1, 4), st.sampled_from(["", "x", "<ID>"]))))
def test_edits_of_a_reading_leave_the_rest_where_it_was(text: str, drawn: list[tuple[int, int, str]]) -> None:
    edits, position = [], 0
    for gap, length, new in drawn:
        start = position + gap % 5
        if start + length <= len(text):
            edits.append((start, start + length, new))
            position = start + length
    reading = Reading.of(text).edited(edits)
    untouched = [at for at in range(len(text)) if not any(start <= at < end for start, end, _ in edits)]
    kept = [int(start) for start, end in zip(reading.starts, reading.ends, strict=True) if end == start + 1]

    assert set(untouched) <= set(kept)
    assert all(reading.text[i] == text[s] for i, s in enumerate(reading.starts) if int(s) in untouched)


@settings(deadline=None, max_examples=200)
@given(hostile)
def test_unmixing_keeps_the_length_and_settles(text: str) -> None:
    assert len(unmix(text)) == len(text)
    assert unmix(unmix(text)) == unmix(text)
    if not pl.Series([text]).str.contains(MIXED).item():
        assert unmix(text) == text


@settings(deadline=None, max_examples=200)
@given(hostile)
def test_every_text_with_a_second_reading_opens_the_gate(text: str) -> None:
    if disguises.undisguised(text) is not None:
        assert pl.Series([text]).str.contains(disguises.GATE).item()


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("аcme and pаypаl", "acme and paypal"),
        ("Ρetros Mοuzakis", "Petros Mouzakis"),
        ("Ивaн Пeтров", "Иван Петров"),
        ("5kΩ, β-carotene, 10µF, Тула, ΑΒΓ", "5kΩ, β-carotene, 10µF, Тула, ΑΒΓ"),
        ("𝗮𝗻𝗮@𝗮𝗰𝗺𝗲.𝗰𝗼𝗺 ⓐⓝⓐ", "ana@acme.com ana"),
        ("߁߂߃ ၁၂၃ ۱۲۳", "123 123 123"),
        ("m² ½ ™", "m² ½ ™"),
    ],
)
def test_what_a_reader_sees(text: str, seen: str) -> None:
    reading = read(text)
    assert reading is not None
    assert reading.text == seen


@pytest.mark.parametrize(
    ("text", "beneath"),
    [
        ("mail a n a @ x . c o m now", "mail ana@x.com now"),
        ("a-n-a-@-x-.-c-o-m", "ana@x.com"),
        ("A n a  R o y", "Ana Roy"),
        (base64.b64encode(b"ana@acme.com").decode(), "ana@acme.com"),
        (base64.urlsafe_b64encode(b"+971501234567").decode(), "+971501234567"),
        ("x=ana%40acme.com", "x=ana@acme.com"),
        (r"ana\u0040acme.com", "ana@acme.com"),
    ],
)
def test_what_stands_beneath_a_disguise(text: str, beneath: str) -> None:
    reading = disguises.undisguised(text)

    assert reading is not None
    assert reading.text == beneath


@pytest.mark.parametrize("text", ["S M L XL", "SanDisk Cruzer CZ410", "Cotton yarn 30/1", "100 % cotton", "A B C"])
def test_product_text_has_no_second_reading(text: str) -> None:
    assert disguises.undisguised(text) is None
