"""What scrubbing and pseudonyms promise, on made-up buyers and messages drawn by hypothesis."""

import re
import tempfile
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import example, given, settings
from hypothesis import strategies as st

from anonymize.keyring import Keyring
from anonymize.pseudonyms import KEYS, pseudonymise
from anonymize.scrub.entities import PLACEHOLDER
from anonymize.scrub.hostile import normalise_texts
from anonymize.scrub.texts import build_scrubber
from anonymize.wordlists import fold
from tests.support.canonical_events import canonical

SCRUBBER = build_scrubber()

SYLLABLES = ["za", "qui", "bo", "mé", "ñu", "kra", "Ö", "vel", "tun", "hsi", "ngo", "ري", "राम", "王", "иль"]
PRODUCTS = [
    "cotton yarn 30/1",
    "oil filter 90915-10003",
    "LED lamp 12V",
    "saree",
    "100 pcs @ 3.50",
    "ISO 9001",
    "&amp;",
    "1.2.3.4",
]
CUES = [
    "Regards,\n",
    "my name is ",
    "from ",
    "call ",
    "- ",
    "Attn: ",
    "\n",
    "(",
    ") ",
    ", ",
    " ",
    "@",
    "contact Mr. ",
    "&#64;",
]
FORMS = ["LLC", "Pvt. Ltd.", "GmbH", "S.A.", "有限公司", "Trading", "Co"]

word = st.lists(st.sampled_from(SYLLABLES), min_size=1, max_size=4).map("".join)
name = st.lists(word.map(str.capitalize), min_size=1, max_size=3).map(" ".join)
company = st.tuples(name, st.sampled_from(FORMS)).map(" ".join)
email = st.tuples(
    st.from_regex(r"[a-z]{2,8}(\.[a-z]{2,5})?", fullmatch=True), st.sampled_from(["gmail.com", "zq-mills.in"])
).map("@".join)
phone = st.from_regex(r"\+?[1-9][0-9]{9,11}", fullmatch=True)
code = st.from_regex(r"[A-Z]{2}[0-9]{5,9}", fullmatch=True)


@st.composite
def rows(draw: st.DrawFn) -> dict[str, Any]:
    row: dict[str, Any] = {
        "buyer_name": draw(st.none() | name),
        "company": draw(st.none() | company),
        "email": draw(st.none() | email),
        "phone": draw(st.none() | phone),
        "tax_id": draw(st.none() | code),
        "payment": draw(st.none() | code),
        "account": draw(st.none() | code),
        "country": draw(st.sampled_from(["IN", "AE", "US", None])),
    }
    own = [value for field, value in row.items() if value and field != "country"]
    own += [value.upper() for value in own] + [part for value in own for part in value.split()]
    other = st.one_of(name, company, email, phone, code)
    piece = st.one_of(
        st.sampled_from(PRODUCTS), st.sampled_from(CUES), other, *([st.sampled_from(own)] * 2 if own else [])
    )
    for field in ("title", "description"):
        row[field] = draw(st.none() | st.lists(piece, max_size=8).map(" ".join) | st.text(max_size=40))
    return row


def scrubbed(frame: pl.DataFrame, **options: Any) -> pl.DataFrame:
    result = SCRUBBER.scrub(frame, **options)
    return frame.with_columns(result.title, result.description)


@settings(deadline=None, max_examples=60)
@given(st.lists(rows(), min_size=1, max_size=5))
@example([{"description": "ana@acme.com\u0338 b"}])
@example([{"description": "a <b", "buyer_name": "Person Org"}])
@example([{"description": "Regards,\n<PERSON> Ana Roy LLC <EMAIL>", "buyer_name": "Person"}])
def test_scrubbing_twice_changes_nothing(drawn: list[dict[str, Any]]) -> None:
    once = scrubbed(canonical(*drawn))
    twice = scrubbed(once)

    assert twice["title"].to_list() == once["title"].to_list()
    assert twice["description"].to_list() == once["description"].to_list()


@settings(deadline=None, max_examples=40)
@given(st.lists(rows(), min_size=2, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(drawn: list[dict[str, Any]], random: Any) -> None:
    frame = canonical(*drawn)
    order = list(range(frame.height))
    random.shuffle(order)
    shuffled = scrubbed(frame[order])

    assert scrubbed(frame)[order].select("title", "description").equals(shuffled.select("title", "description"))


@settings(deadline=None, max_examples=40)
@given(st.lists(rows(), min_size=1, max_size=5))
def test_gates_change_nothing(drawn: list[dict[str, Any]]) -> None:
    frame = canonical(*drawn)

    assert scrubbed(frame).equals(scrubbed(frame, is_plain=True))


@settings(deadline=None, max_examples=60)
@given(rows())
def test_no_own_field_stands_in_a_text_of_its_row(row: dict[str, Any]) -> None:
    frame = scrubbed(canonical(row), with_parties=False)
    for text in (frame["title"].item(), frame["description"].item()):
        for part in PLACEHOLDER.split(text or ""):
            words = re.findall(r"[^\W\d_]+", fold(part))
            joined = f" {' '.join(words)} "
            plain = re.sub(r"[\W_]+", "", fold(part))
            for field in ("buyer_name", "company"):
                value = " ".join(re.findall(r"[^\W\d_]+", fold(row[field] or "")))
                assert len(value) < 3 or f" {value} " not in joined, field
            if row["email"]:
                assert row["email"] not in part.lower()
            for field in ("tax_id", "payment", "account"):
                assert not row[field] or not re.search(rf"(?<![^\W_]){row[field].lower()}(?![^\W_])", fold(part)), field
            assert not row["phone"] or row["phone"].removeprefix("+")[-9:] not in plain


@settings(deadline=None, max_examples=47)
@given(st.lists(st.text(max_size=60), max_size=5))
def test_reading_hostile_text_twice_changes_nothing(drawn: list[str]) -> None:
    texts = pl.Series("text", [text.encode("utf-8", "ignore").decode() for text in drawn], dtype=pl.String)
    once = normalise_texts(texts)

    assert normalise_texts(once).to_list() == once.to_list()


@settings(deadline=None)
@given(st.text(max_size=30))
def test_folding_keeps_offsets_and_settles(text: str) -> None:
    assert len(fold(text)) == len(text)
    assert fold(fold(text)) == fold(text)


@settings(deadline=None, max_examples=17)
@given(st.lists(rows(), min_size=1, max_size=4))
def test_pseudonyms_follow_their_row_alone(drawn: list[dict[str, Any]]) -> None:
    frame = canonical(*[row | {"account": row["account"] or "AA00000"} for row in drawn])
    with tempfile.TemporaryDirectory() as folder:
        keyring = Keyring(Path(folder) / "keys")
        together = pseudonymise(frame, feed="rfqs", keyring=keyring)
        apart = [pseudonymise(frame[[at]], feed="rfqs", keyring=keyring) for at in range(frame.height)]

    assert together.equals(pl.concat(apart))
    assert together.select("event_key", "key_account").null_count().row(0) == (0, 0)
    assert together.select(pl.col(KEYS).bin.size().drop_nulls().unique().implode()).row(0) is not None
