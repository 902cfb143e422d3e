"""What folding and finding promise, on texts drawn by hypothesis from the vocabulary, from scripts, and from noise."""

import polars as pl
from hypothesis import example, given, settings
from hypothesis import strategies as st

from anonymize.terms.finding import terms_in
from anonymize.terms.folding import folded
from anonymize.terms.vocabulary import read_vocabulary

VOCABULARY = read_vocabulary()
SPELLINGS = sorted(spelling for term in VOCABULARY.terms for spelling in term.spellings)
PIECES = [
    "Project X",
    "الال",
    "ال",
    "'",
    "ẞ",
    "Ø",
    "İ",
    ".",
    "/",
    "5.",
    "<PERSON>",
    "ी",
    " ",
    ", ",
    "ı",
    "ŉ",
    "½",
    "ｐｕ",
    " no ",
    "不要",
    " or ",
    " not required",
]
TEXTS = st.lists(
    st.one_of(st.sampled_from(SPELLINGS), st.sampled_from(PIECES), st.text(max_size=6)), max_size=8
).map("".join)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(st.lists(TEXTS, max_size=20))
@example(["ẞ Ø Ł", "الالتهاب", "ا'لقطن", "＇القطن", "1..2", "कि.5"])
def test_folding_twice_changes_nothing(texts: list[str]) -> None:
    once = folded(pl.Series(texts, dtype=pl.String))
    assert folded(once).to_list() == once.to_list()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(st.none(), TEXTS), max_size=12))
def test_the_terms_of_a_text_hang_on_that_text_alone(texts: list[str | None]) -> None:
    together = terms_in(pl.Series(texts, dtype=pl.String), VOCABULARY)
    for row, text in enumerate(texts):
        alone = terms_in(pl.Series([text], dtype=pl.String), VOCABULARY)
        assert together.filter(row=row)["term"].to_list() == alone["term"].to_list()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(range(len(SPELLINGS))), min_size=1, max_size=30))
def test_a_spelling_between_foreign_words_is_heard_as_its_term(numbers: list[int]) -> None:
    owner = {spelling: term.id for term in VOCABULARY.terms for spelling in term.spellings}
    texts = pl.Series([f"qqq {SPELLINGS[number]} zzz" for number in numbers])
    heard = terms_in(texts, VOCABULARY)
    for row, number in enumerate(numbers):
        assert owner[SPELLINGS[number]] in heard.filter(row=row)["term"].to_list()
