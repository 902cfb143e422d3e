"""Text as a reader sees it: entities decoded, invisible characters gone, wide characters narrow.

Belongs here: what is done to a text before anything is searched in it. Does not belong here: searching. The scrubbed
text keeps this form; mapping back to the original offsets, homoglyphs and spaced-out letters are not done yet.
"""

import html

import polars as pl

from anonymize.normalise import SCRIPT_DIGITS
from anonymize.scrub.entities import BARRIER

MAX_CHARACTERS = 20_000
"""Longer texts are withheld: no buyer writes them, and whoever does wants the time or the gap."""

_MAX_DECODINGS = 5
_INVISIBLE = (
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff"
    "\uffa0\ufff9-" + BARRIER + "\U000e0000-\U000e0fff]"
)
_CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
_BLANK = "[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\t]"
_NARROW = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | SCRIPT_DIGITS


def normalise_texts(texts: pl.Series) -> pl.Series:
    """Each text as a reader sees it; null where none, where it is too long, or where decoding never ends.

    Guarantee: doing it twice changes nothing (tests/property/test_scrubbing.py).

    Example: `"a&#64;b\\u200b.com"` gives `"a@b.com"`.
    """
    frame = texts.alias("text").to_frame()
    bounded = pl.when(pl.col("text").str.len_chars() <= MAX_CHARACTERS).then(pl.col("text"))
    visible = _visible(frame.select(bounded)["text"])
    has_entity = visible.str.contains(r"&#?\w")
    if not has_entity.any():
        return visible
    decoded = [
        _decoded(text) if is_marked else text
        for text, is_marked in zip(visible.to_list(), has_entity.to_list(), strict=True)
    ]
    return pl.Series("text", decoded, dtype=pl.String)


def _visible(texts: pl.Series) -> pl.Series:
    return (
        texts.str.replace_all(_INVISIBLE, "")
        .str.replace_all("\r\n?|\u2028|\u2029|\u0085", "\n")
        .str.replace_all(_CONTROL, "")
        .str.replace_all(_BLANK, " ")
        .str.replace_many(list(_NARROW), list(_NARROW.values()))
        .str.normalize("NFC")
    )


def _decoded(text: str) -> str | None:
    for _ in range(_MAX_DECODINGS):
        decoded = str(_visible(pl.Series("text", [html.unescape(text)], dtype=pl.String))[0])
        if decoded == text:
            return text
        text = decoded
    return None
