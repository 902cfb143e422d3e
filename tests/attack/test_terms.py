"""Free words as terms.

What the attacker knows and wants: nine accounts of his ask for *Project X*, a secret name, and he waits whether a tenth
buyer does, too. Where words are counted as they are written, and shown from ten on, the tenth gives itself away. Terms
come from a committed list only, so that nothing changes.
"""

import polars as pl

from anonymize.terms.finding import terms_in
from anonymize.terms.vocabulary import read_vocabulary

VOCABULARY = read_vocabulary()
NINE = ["cotton yarn for Project X"] * 9
TENTH = "yarn of cotton, project x"


def words_shown(texts: list[str]) -> set[str]:
    """The unprotected table: every word that ten texts hold."""
    words = pl.Series("word", texts).str.to_lowercase().str.extract_all(r"\w+").list.unique().explode()
    return set(words.value_counts().filter(pl.col("count") >= 10)["word"])


def terms_counted(texts: list[str]) -> dict[str, int]:
    found = terms_in(pl.Series(texts), VOCABULARY)
    return dict(found.group_by("term").len().sort("term").iter_rows())


def test_counts_of_free_words_tell_of_the_tenth():
    assert "project" not in words_shown([*NINE, "yarn of cotton"])
    assert "project" in words_shown([*NINE, TENTH])


def test_terms_are_the_same_whether_the_tenth_names_it_or_not():
    assert terms_counted([*NINE, TENTH]) == terms_counted([*NINE, "yarn of cotton"]) == {"cotton": 10}


def test_no_text_makes_a_word_that_is_not_on_the_list():
    hostile = [
        "cotton\x00secret",
        "<PERSON>",
        "a" * 10_000,
        "gots-secret",
        "🧵 secret 棉secret",
        "se cret",
        "कॉटनsecret",
    ]
    heard = set(terms_in(pl.Series(hostile), VOCABULARY)["term"])
    assert heard and heard <= set(VOCABULARY.kinds)
