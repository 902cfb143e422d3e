"""Letters of one script that pass for another's: words that mix them are read in the script they are meant in.

Belongs here: the table of look-alikes and words that mix scripts. Does not belong here: words of one script only, which
are what they are. The table is our own; Unicode Technical Standard 39 lists such pairs as confusables.
"""

import re
import unicodedata

import polars as pl

_PAIRS = {
    "А": "A", "В": "B", "Е": "E", "Ѕ": "S", "І": "I", "Ї": "I", "Ј": "J", "К": "K", "М": "M", "Н": "H", "О": "O",
    "Р": "P", "С": "C", "Т": "T", "У": "Y", "Х": "X", "Ү": "Y", "Ѵ": "V", "Ԛ": "Q", "Ԝ": "W", "Ԍ": "G", "Һ": "H",
    "а": "a", "с": "c", "ԁ": "d", "е": "e", "һ": "h", "і": "i", "ј": "j", "к": "k", "ӏ": "l", "о": "o", "р": "p",
    "ԛ": "q", "ѕ": "s", "т": "t", "м": "m", "н": "h", "в": "b", "ԝ": "w", "х": "x", "у": "y", "ү": "y", "ѵ": "v",
    "г": "r", "п": "n", "ո": "n", "օ": "o", "ս": "u", "ց": "g", "հ": "h",
    "Α": "A", "Β": "B", "Ε": "E", "Ζ": "Z", "Η": "H", "Ι": "I", "Κ": "K", "Μ": "M", "Ν": "N", "Ο": "O", "Ρ": "P",
    "Τ": "T", "Υ": "Y", "Χ": "X", "α": "a", "ο": "o", "ν": "v", "ι": "i", "κ": "k", "ρ": "p", "υ": "u", "χ": "x",
    "τ": "t", "η": "n",
}  # fmt: skip
"""Cyrillic, Greek and Armenian letters, each with the Latin letter that it passes for."""

_TO_CYRILLIC = {
    "A": "А", "B": "В", "E": "Е", "K": "К", "M": "М", "H": "Н", "O": "О", "P": "Р", "C": "С", "T": "Т", "Y": "У",
    "X": "Х", "a": "а", "c": "с", "e": "е", "o": "о", "p": "р", "y": "у", "x": "х", "i": "і", "k": "к",
}  # fmt: skip
_LOOKALIKE = "".join(_PAIRS)
MIXED = rf"[A-Za-zÀ-ɏ][{_LOOKALIKE}Ѐ-ӿ]|[{_LOOKALIKE}Ѐ-ӿ][A-Za-zÀ-ɏ]"
"""A Latin letter beside a look-alike or a Cyrillic letter, in the syntax of Polars and of `re`."""

_WORD = re.compile(rf"[^\W\d_]*(?:{MIXED})[^\W\d_]*")


def unmix(text: str) -> str:
    """The text with words that mix Latin with look-alikes in one script; its length stays.

    Example: `аcme` with a Cyrillic first letter becomes `acme`; `5kΩ` and `β-carotene` stay.
    """
    return _WORD.sub(lambda match: _unmixed_word(match[0]), text)


def unmix_texts(texts: pl.Series) -> pl.Series:
    """`unmix` of each text; only texts that mix scripts are looked at."""
    is_mixed = texts.str.contains(MIXED).fill_null(False)
    if not is_mixed.any():
        return texts
    read = [unmix(text) if mixed else text for text, mixed in zip(texts.to_list(), is_mixed.to_list(), strict=True)]
    return pl.Series(texts.name, read, dtype=pl.String)


def _unmixed_word(word: str) -> str:
    foreign = [letter for letter in word if not _is_latin(letter)]
    if all(letter in _PAIRS for letter in foreign):
        return "".join(_PAIRS.get(letter, letter) for letter in word)
    latin = [letter for letter in word if _is_latin(letter)]
    if all(letter in _TO_CYRILLIC for letter in latin) and all("\u0400" <= letter <= "\u04ff" for letter in foreign):
        return "".join(_TO_CYRILLIC.get(letter, letter) for letter in word)
    return word


def _is_latin(letter: str) -> bool:
    return letter.isascii() or unicodedata.name(letter, "").startswith("LATIN")
