"""Which terms stand in which texts: one pass over whole columns, by an Aho-Corasick automaton."""

import re

import polars as pl

from anonymize.terms.folding import folded
from anonymize.terms.vocabulary import Vocabulary

_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")
"""Scripts that put no blank between words; a spelling in one of them is looked for anywhere."""

_PLACEHOLDER = r"<[A-Z_]+>"


def terms_in(texts: pl.Series, vocabulary: Vocabulary) -> pl.DataFrame:
    """The terms that each text holds, each once.

    Args: texts, scrubbed; null texts hold nothing.
    Returns: `row` (uint32, position in `texts`) and `term` (id), sorted by both.

    Guarantee: words of the vocabulary only, whatever the texts say (`tests/attack/test_terms.py`); a row hangs on its
        own text alone. Where spellings overlap the longest counts: *faux leather* is no leather.
    """
    plain = folded(texts.cast(pl.String).str.replace_all(_PLACEHOLDER, " | "))
    patterns = {_pattern(form): term for form, term in vocabulary.spellings.items()}
    found = plain.alias("found").to_frame().with_row_index("row").select(
        "row", pl.col("found").str.extract_many(list(patterns), leftmost=True)
    )  # fmt: skip
    return (
        found.filter(pl.col("found").list.len() > 0)
        .explode("found")
        .select("row", term=pl.col("found").replace_strict(patterns, return_dtype=pl.String))
        .unique()
        .sort("row", "term")
    )


def _pattern(form: str) -> str:
    return form.strip() if _UNSPACED.search(form) else form
