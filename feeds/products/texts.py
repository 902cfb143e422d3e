"""A demand text as words: how titles, messages and the terms of every word list are cut and folded, all in one way.

Belongs here: tokens, their folding to one spelling, and where in a title each stands. Called by `lexicon`, `rules`,
`features` and `classify`.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

MAX_TOKENS = 40
"""Tokens of a text that are read."""

FACTOR_AFTER: Final = {
    ",": 0.6, "(": 0.5, "-": 0.6, "for": 0.4, "with": 0.3, "in": 0.4, "of": 0.8, "to": 0.4, "from": 0.3, "on": 0.4,
    "by": 0.4, "at": 0.4,
    "para": 0.4, "pour": 0.4, "für": 0.4, "для": 0.4, "untuk": 0.4,
    "con": 0.3, "avec": 0.3, "mit": 0.3, "com": 0.3, "dengan": 0.3,
}  # fmt: skip
"""Tokens that end a segment of a title, and what a word after them counts: the head noun stands before the first."""

_MAX_CHARACTERS = 1000
_COLOUR = "\x1b\\[[0-?]*[ -/]*[@-~]"
"""How a terminal is told to change colour; texts copied from one keep it."""
_PUNCTUATION = (",", "(", "-")
_ENTITY = r"&(?:#\d{1,6}|[A-Za-z]{2,8});"
_ENTITY_LETTER = r"&([A-Za-z])(?:uml|acute|grave|circ|tilde|cedil|slash|ring|caron);"
_KEPT_PLURALS = ("lens", "gas", "canvas", "atlas", "chassis", "christmas", "always", "plus", "bus", "gps", "abs", "eps")

Integers = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Words:
    """The words of some texts, one entry a word in the order of the texts; punctuation only ends segments."""

    n_texts: int
    text: Integers
    """Which text, from 0."""
    token: Integers
    """Which of `distinct`."""
    factor: Floats
    """What a word counts by its segment: 1 in the first one of its text."""
    segment: Integers
    """Number of its segment; no two texts share one."""
    is_break: npt.NDArray[np.bool_]
    """True for words such as *for*, which tell where a segment begins and nothing else."""
    distinct: pl.Series
    """Every different word once, folded, in the order of first appearance of its spellings."""


def tokens(texts: pl.Series) -> pl.Series:
    """The tokens of each text: lower-case words and numbers, and the punctuation that ends a segment.

    Returns: a list of text per row, at most `MAX_TOKENS`; the text is NFKC-normalised, a hyphen or dash counts only
    between spaces, a newline, colon, semicolon or bar is a comma, entities such as `&quot;` are read, codes of a
    terminal's colours left out.
    """
    plain = texts.cast(pl.String).fill_null("").alias("tokens")
    has_entity = plain.str.contains(_ENTITY).arg_true()
    if has_entity.len():
        read = plain.gather(has_entity).str.replace_all(_ENTITY_LETTER, "${1}").str.replace_all(_ENTITY, " ")
        plain = plain.scatter(has_entity, read)
    has_colour = plain.str.contains("\x1b", literal=True).arg_true()
    if has_colour.len():
        plain = plain.scatter(has_colour, plain.gather(has_colour).str.replace_all(_COLOUR, ""))
    plain = plain.str.head(_MAX_CHARACTERS)
    has_other = (plain.str.len_bytes() != plain.str.len_chars()).arg_true()
    if has_other.len():  # plain ASCII is in its normal form, and normalising is dear
        plain = plain.scatter(has_other, plain.gather(has_other).str.normalize("NFKC"))
    return plain.to_frame().select(_tokens(pl.col("tokens"))).to_series()


def _tokens(text: pl.Expr) -> pl.Expr:
    return (
        text.str.to_lowercase()
        .str.replace_all(r"['\u{2019}`]", "")
        .str.replace_all(r"\s[-\u{2013}\u{2014}]+\s", " - ")
        .str.replace_all(r"[\n\r,;:|\u{060c}\u{3001}\u{ff0c}]+", " , ")
        .str.replace_all(r"[(\[{]+", " ( ")
        .str.replace_all(r"[^\p{L}\p{M}\p{N},( -]+|\b-+|-+\b", " ")
        .str.replace_all("  +", " ")
        .str.strip_chars(" ")
        .replace("", None)
        .str.split(" ")
        .list.head(MAX_TOKENS)
    )


def folded(words: pl.Series) -> pl.Series:
    """Each word in one spelling: without accents and vowel signs that are often left out, in the English singular."""
    word = pl.col("word")
    is_plural = (
        (word.str.len_chars() > 3)
        & word.str.ends_with("s")
        & ~word.str.contains(r"(?:ss|us|is)$")
        & ~word.is_in(list(_KEPT_PLURALS))
    )
    singular = (
        pl.when(word == "knives")
        .then(pl.lit("knife"))
        .when(word.str.contains("....ies$") | (word.str.ends_with("ies") & (word.str.len_chars() > 4)))
        .then(word.str.replace("ies$", "y"))
        .when(word.str.contains("(?:sses|shes|ches|xes|zes|lenses)$"))
        .then(word.str.replace("es$", ""))
        .when(word.str.ends_with("lves"))
        .then(word.str.replace("ves$", "f"))
        .otherwise(word.str.replace("s$", ""))
    )
    plain = (
        word.str.normalize("NFKD")
        .str.replace_all(r"[\u{0300}-\u{036f}\u{0610}-\u{061a}\u{0640}\u{064b}-\u{065f}\u{0670}]", "")
        .str.replace_many(["ı", "ß", "ø", "ł", "ة", "ى"], ["i", "ss", "o", "l", "ه", "ي"])
        .str.normalize("NFC")
        .str.replace(r"^(?:\u{0627}\u{0644}|\u{0644}\u{0644})(\p{Arabic}{3,})$", "${1}")
    )
    return (
        words.alias("word")
        .to_frame()
        .select(plain)
        .select(word=pl.when(is_plural).then(singular).otherwise(word))
        .to_series()
    )


def words_of(texts: pl.Series) -> Words:
    """The words of texts, each once in `distinct` and by number everywhere else."""
    split = tokens(texts)
    lengths = split.list.len().fill_null(0).to_numpy()
    flat = split.drop_nulls().explode(keep_nulls=False, empty_as_null=False) if lengths.any() else split.clear()
    if not lengths.any():
        return _no_words(texts.len())
    encoded = pc.dictionary_encode(flat.to_arrow().cast(pa.large_string()))
    spelling = encoded.indices.to_numpy().astype(np.int32)
    spellings = pl.Series("word", pl.from_arrow(encoded.dictionary), dtype=pl.String)
    text = np.repeat(np.arange(texts.len(), dtype=np.int32), lengths)

    after = spellings.replace_strict(FACTOR_AFTER, default=None, return_dtype=pl.Float32).fill_null(-1).to_numpy()
    is_punctuation = spellings.is_in(list(_PUNCTUATION)).to_numpy()
    is_first = np.r_[True, text[1:] != text[:-1]]
    breaks = after[spelling] >= 0
    opens = is_first | breaks
    at = np.maximum.accumulate(np.where(opens, np.arange(len(text)), 0))
    factor = np.where(is_first, np.float32(1), after[spelling])[at].astype(np.float32)
    segment = np.cumsum(opens).astype(np.int32)

    words = folded(spellings)
    distinct = pc.dictionary_encode(words.to_arrow().cast(pa.large_string()))
    token_of = distinct.indices.to_numpy().astype(np.int32)
    kept = ~is_punctuation[spelling]
    return Words(
        n_texts=texts.len(),
        text=text[kept],
        token=token_of[spelling[kept]],
        factor=factor[kept],
        segment=segment[kept],
        is_break=breaks[kept],
        distinct=pl.Series("word", pl.from_arrow(distinct.dictionary), dtype=pl.String),
    )


def _no_words(n_texts: int) -> Words:
    def none(kind: Any) -> Any:
        return np.empty(0, dtype=kind)

    return Words(
        n_texts=n_texts, text=none(np.int32), token=none(np.int32), factor=none(np.float32), segment=none(np.int32),
        is_break=none(np.bool_), distinct=pl.Series("word", [], dtype=pl.String),
    )  # fmt: skip
