"""Text as a reader sees it: entities decoded, invisible characters gone, wide characters narrow, look-alikes unmixed.

Belongs here: what is done to a text before anything is searched in it: on many texts at once (`normalise_texts`), or on
one with the offsets it had before (`read`). Does not belong here: searching, and disguises that are only undone where
something is found beneath them (`disguises`).
"""

import html
import re
import sys
import unicodedata
from collections.abc import Sequence

import polars as pl
import regex  # type: ignore[import-untyped]

from anonymize.scrub.entities import BARRIER
from anonymize.scrub.homoglyphs import unmix, unmix_texts
from anonymize.scrub.readings import Reading

MAX_CHARACTERS = 20_000
"""Longer texts are withheld in events: no buyer writes them, and whoever does wants the time or the gap."""

_MAX_DECODINGS = 5
_INVISIBLE = (
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff"
    "\uffa0\ufff9-" + BARRIER + "\U000e0000-\U000e0fff]"
)
_BREAK = "\r\n?|\u2028|\u2029|\u0085"
_CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
_BLANK = "[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\t]"
_CHARREF = r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)"
"""What `html.unescape` takes for a reference (tests/upstream/test_html.py)."""


def _narrow() -> dict[str, str]:
    """Wide, circled and mathematical letters and the digits of every script, each with its plain ASCII character."""
    wide = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    for code in (*range(0x24B6, 0x24EA), *range(0x1D400, 0x1D800)):
        plain = unicodedata.normalize("NFKC", chr(code))
        if len(plain) == 1 and plain.isascii() and plain != chr(code):
            wide[chr(code)] = plain
    for code in range(0x80, sys.maxunicode + 1):
        if unicodedata.category(chr(code)) == "Nd":
            wide[chr(code)] = str(unicodedata.digit(chr(code)))
    return wide


_NARROW = _narrow()
_TRANSLATION = str.maketrans(_NARROW)
_RE = {name: re.compile(name) for name in (_INVISIBLE, _BREAK, _CONTROL, _BLANK, _CHARREF)}
_CLUSTER = regex.compile(r"\X")


def normalise_texts(texts: pl.Series) -> pl.Series:
    """Each text as a reader sees it; null where none, where it is too long, or where decoding never ends.

    Guarantee: doing it twice changes nothing (tests/property/test_scrubbing.py).

    Example: `"a&#64;b\\u200b.com"` gives `"a@b.com"`.
    """
    frame = texts.alias("text").to_frame()
    bounded = pl.when(pl.col("text").str.len_chars() <= MAX_CHARACTERS).then(pl.col("text"))
    visible = _visible(frame.select(bounded)["text"])
    return _decoded(visible)


def _visible(texts: pl.Series) -> pl.Series:
    plain = (
        texts.str.replace_all(_INVISIBLE, "")
        .str.replace_all(_BREAK, "\n")
        .str.replace_all(_CONTROL, "")
        .str.replace_all(_BLANK, " ")
        .str.replace_many(list(_NARROW), list(_NARROW.values()))
        .str.normalize("NFC")
    )
    return unmix_texts(plain).str.normalize("NFC")


def _decoded(visible: pl.Series) -> pl.Series:
    """Texts with their entities decoded until nothing changes; null where that never ends."""
    texts: list[str | None] = visible.to_list()
    is_marked = visible.str.contains(r"&#?\w").fill_null(False)
    places = is_marked.arg_true().to_list()
    for _ in range(_MAX_DECODINGS):
        if not places:
            break
        before = [texts[place] for place in places]
        unescaped = [None if text is None else html.unescape(text) for text in before]
        after = _visible(pl.Series("text", unescaped, dtype=pl.String)).to_list()
        for place, text in zip(places, after, strict=True):
            texts[place] = text
        places = [place for place, old, new in zip(places, before, after, strict=True) if new != old]
    for place in places:
        texts[place] = None
    return pl.Series("text", texts, dtype=pl.String)


def read(text: str) -> Reading | None:
    """One text as `normalise_texts` leaves it, with the offsets of the text as it was; null where that gives null.

    Guarantee: the same text as `normalise_texts`, else null (tests/property/test_hostile.py).
    Raises: UnicodeEncodeError if the text holds lone surrogates: see `without_surrogates`.
    """
    return read_texts([text])[0]


def read_texts(texts: Sequence[str]) -> list[Reading | None]:
    """`read` of each text; texts that stay as they are cost next to nothing."""
    normal = normalise_texts(pl.Series("text", list(texts), dtype=pl.String))
    return [_read(text, plain) for text, plain in zip(texts, normal.to_list(), strict=True)]


def _read(text: str, normal: str | None) -> Reading | None:
    """The reading of a text that gives `normal`; null where the two ways disagree."""
    if normal is None:
        return None
    reading = Reading.of(text)
    for _ in range(_MAX_DECODINGS + 1):
        if reading.text == normal:
            return reading
        reading = _seen(reading)
        if reading.text == normal:
            return reading
        reading = reading.sub(_RE[_CHARREF], lambda match: html.unescape(match[0]))
    return None


def _seen(reading: Reading) -> Reading:
    """`_visible` of one text, offsets kept."""
    reading = reading.sub(_RE[_INVISIBLE], lambda _: "").sub(_RE[_BREAK], lambda _: "\n")
    reading = reading.sub(_RE[_CONTROL], lambda _: "").sub(_RE[_BLANK], lambda _: " ")
    reading = _composed(reading.with_same_length(reading.text.translate(_TRANSLATION)))
    return _composed(reading.with_same_length(unmix(reading.text)))


def _composed(reading: Reading) -> Reading:
    if unicodedata.is_normalized("NFC", reading.text):
        return reading
    return reading.sub(_CLUSTER, lambda match: unicodedata.normalize("NFC", match[0]))


_SURROGATE = re.compile("[\ud800-\udfff]")


def without_surrogates(text: str) -> str:
    """The text with each lone surrogate, which no UTF-8 can hold, as a replacement character; its length stays."""
    return _SURROGATE.sub("\ufffd", text)
