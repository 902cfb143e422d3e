"""Texts and spellings in one form, so that one can be looked for in the other."""

import polars as pl

_MARKS = r"[\u{0300}-\u{036f}\u{0610}-\u{061a}\u{0640}\u{064b}-\u{065f}\u{0670}]"


def folded(texts: pl.Series) -> pl.Series:
    """Each text in lower case, without accents, as words that each have a blank of their own on both sides.

    Vowel signs of Indian scripts stay, accents and Arabic vowel signs go, and so does the Arabic article. What is neither
    letter nor digit parts words, but for a point or slash between digits.

    Example: `"T-Shirt, 100% COTTON 10.5"` gives `" t  shirt  100  cotton  10.5 "`; null gives `""`.

    Guarantee: folding twice changes nothing (`tests/property/test_terms.py`).
    """
    text = texts.cast(pl.String).fill_null("").alias("text")
    has_other = (text.str.len_bytes() != text.str.len_chars()).arg_true()
    if has_other.len():  # plain ASCII is in its normal form, and normalising is dear
        other = text.gather(has_other).to_frame().select(_without_accents(pl.col("text"))).to_series()
        text = text.scatter(has_other, other)
    return text.to_frame().select(_words(pl.col("text"))).to_series()


def _without_accents(text: pl.Expr) -> pl.Expr:
    return (
        text.str.normalize("NFKD")
        .str.replace_all(_MARKS, "")
        .str.replace_many(["ı", "ß", "ø", "ł", "ة", "ى"], ["i", "ss", "o", "l", "ه", "ي"])
        .str.normalize("NFC")
        .str.replace_all(r"(^|[^\p{Arabic}])(?:\u{0627}\u{0644})(\p{Arabic}{3,})", "${1}${2}")
    )


def _words(text: pl.Expr) -> pl.Expr:
    # a blank of its own on both sides of each word: words that follow each other share none
    return (
        text.str.to_lowercase()
        .str.replace_all(r"['\u{2019}`]", "")
        .str.replace_all(r"([0-9])[.](\s|$)", "${1} ${2}")
        .str.replace_all(r"[^\p{L}\p{M}\p{N}./]+|\B[./]+|[./]+\B", " ")
        .str.replace_all(r"(\p{L})[./]+|[./]+(\p{L})", "${1} ${2}")
        .str.replace_all(" +", "  ")
        .str.strip_chars(" ")
        .pipe(
            lambda words: (
                pl.when(words == "").then(pl.lit("")).otherwise(pl.concat_str(pl.lit(" "), words, pl.lit(" ")))
            )
        )
    )
