"""Texts and spellings in one form, so that one can be looked for in the other."""

from collections.abc import Callable

import polars as pl

_MARKS = r"[\u{0300}-\u{036f}\u{0610}-\u{061a}\u{0640}\u{064b}-\u{065f}\u{0670}]"
_LATIN, _UNSPACED = r"[a-z0-9]", r"[\u{3040}-\u{30ff}\u{3400}-\u{9fff}\u{0e00}-\u{0e7f}\p{Hangul}]"
_APOSTROPHES = r"['\u{2019}`]"


def folded(texts: pl.Series) -> pl.Series:
    """Each text in lower case, without accents, as words that each have a blank of their own on both sides.

    Vowel signs of Indian scripts stay, accents and Arabic vowel signs go, and so does the Arabic article. What is
    neither letter nor digit parts words, but for a point or slash between digits. So does a change between Latin
    letters or digits and a script without blanks between words, or Korean, which sets endings behind Latin words.

    Example: `"T-Shirt, 100% COTTON 10.5"` gives `" t  shirt  100  cotton  10.5 "`; null gives `""`.

    Guarantee: folding twice changes nothing (`tests/property/test_terms.py`).
    """
    # plain ASCII is in its normal form, and rules for all scripts are dear
    text = texts.cast(pl.String).fill_null("").alias("text")
    has_other = (text.str.len_bytes() != text.str.len_chars()).arg_true()
    plain = _folded(text, lambda each: _words(each, letter="[a-z]", other="[^a-z0-9./]", edge=r"(?-u:\B)"))
    if not has_other.len():
        return plain
    other = _folded(
        text.gather(has_other),
        lambda each: _words(_without_accents(each), letter=r"\p{L}", other=r"[^\p{L}\p{M}\p{N}./]", edge=r"\B"),
    )
    return plain.scatter(has_other, other)


def _folded(text: pl.Series, fold: Callable[[pl.Expr], pl.Expr]) -> pl.Series:
    return text.to_frame().select(fold(pl.col(text.name))).to_series()


def _without_accents(text: pl.Expr) -> pl.Expr:
    # in small letters before letters are exchanged, and without apostrophes before the article goes, so that a second
    # folding finds nothing left to do
    return (
        text.str.normalize("NFKD")
        .str.to_lowercase()
        .str.replace_all(_MARKS, "")
        .str.replace_all(_APOSTROPHES, "")
        .str.replace_many(["ı", "ß", "ø", "ł", "ة", "ى"], ["i", "ss", "o", "l", "ه", "ي"])
        .str.normalize("NFC")
        .str.replace_all(rf"({_LATIN})({_UNSPACED})", "${1} ${2}")
        .str.replace_all(rf"({_UNSPACED})({_LATIN})", "${1} ${2}")
        .str.replace_all(r"(^|[^\p{Arabic}])(?:\u{0627}\u{0644})+(\p{Arabic}{3,})", "${1}${2}")
    )


def _words(text: pl.Expr, *, letter: str, other: str, edge: str) -> pl.Expr:
    # a blank of its own on both sides of each word: words that follow each other share none
    words = (
        text.str.to_lowercase()
        .str.replace_all(_APOSTROPHES, "")
        .str.replace_all(rf"{other}+|{edge}[./]+|[./]+{edge}", " ")
        .str.replace_all(rf"({letter})[./]+|[./]+({letter})", "${1} ${2}")
        .str.replace_all(" +", "  ")
        .str.strip_chars(" ")
    )
    return pl.when(words == "").then(pl.lit("")).otherwise(pl.concat_str(pl.lit(" "), words, pl.lit(" ")))
