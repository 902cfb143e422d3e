"""Which terms stand in which texts: one pass over whole columns, by an Aho-Corasick automaton."""

import polars as pl

from anonymize.terms.folding import folded
from anonymize.terms.negation import asked, may_deny
from anonymize.terms.vocabulary import Vocabulary

SEPARATOR = " "
"""Between the ids of one event's terms; no id holds one."""

_PLACEHOLDER = r"<[A-Z_]+>"


def terms_in(texts: pl.Series, vocabulary: Vocabulary) -> pl.DataFrame:
    """The terms that each text holds, each once.

    Args: texts, scrubbed; null texts hold nothing.
    Returns: `row` (uint32, position in `texts`) and `term` (id), sorted by both.

    Guarantee: words of the vocabulary only, whatever the texts say (`tests/attack/test_terms.py`); a row hangs on its
        own text alone (`tests/property/test_terms.py`). Of spellings that overlap the one that begins first counts, of
        those the longest: *faux leather* is no leather. What a text denies is not heard: *no CE mark*.

    Example: `["GOTS cotton", None, "faux leather bag"]` gives (0, cotton), (0, gots), (2, pu_leather).
    """
    plain = folded(texts.cast(pl.String).str.replace_all(_PLACEHOLDER, " "))
    patterns = list(vocabulary.patterns)
    found = (
        plain.alias("plain").to_frame().with_row_index("row")
        .with_columns(spelling=pl.col("plain").str.extract_many(patterns, leftmost=True))
        .filter(pl.col("spelling").list.len() > 0)
        .with_columns(is_suspect=may_deny(pl.col("plain")))
    )  # fmt: skip
    suspect = found.filter("is_suspect").with_columns(at=pl.col("plain").str.find_many(patterns, leftmost=True))
    kept = asked(suspect.explode("at", "spelling").with_columns(pl.col("at").cast(pl.Int64)))
    heard = pl.concat([found.filter(~pl.col("is_suspect")).explode("spelling"), kept], how="diagonal")
    return (
        heard.select("row", term=pl.col("spelling").replace_strict(vocabulary.patterns, return_dtype=pl.String))
        .unique()
        .sort("row", "term")
    )


def terms_of(title: pl.Series, description: pl.Series, vocabulary: Vocabulary) -> pl.Series:
    """The terms that each event's two scrubbed texts hold: ids in order, `SEPARATOR` between; null where none.

    A spelling that begins in a title and ends in the message is none.
    """
    n = title.len()
    found = terms_in(pl.concat([title.cast(pl.String), description.cast(pl.String)]), vocabulary)
    joined = (
        found.with_columns(pl.col("row") % max(n, 1))
        .unique()
        .sort("row", "term")
        .group_by("row", maintain_order=True)
        .agg(pl.col("term").str.join(SEPARATOR))
    )
    rows = pl.DataFrame({"row": pl.int_range(n, dtype=pl.UInt32, eager=True)})
    return rows.join(joined, on="row", how="left", maintain_order="left")["term"].alias("terms")
