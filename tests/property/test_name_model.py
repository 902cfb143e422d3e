"""Guarantees of the name model: a text's names depend on nothing but the text, and never cover a placeholder."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

import anonymize.scrub  # noqa: F401

# isort: split
from anonymize.scrub.entities import BARRIER
from anonymize.scrub.names import finder
from anonymize.scrub.names.features import lay_out, types_of
from anonymize.scrub.names.finder import read_finder
from anonymize.scrub.names.tokens import tokenise

_ALL = """
    Ana Roy ana KUMAR Ltd Sharma Traders 12 Road , . - & शर्मा राजेश محمد علي 王 小 明 กขค Иван 8GB é İ 😊
"""
_WORDS = st.sampled_from([*_ALL.split(), "\n", BARRIER * 8, "\ud800", "\u0301"])
_TEXTS = st.lists(
    st.one_of(
        st.text(max_size=40),
        st.lists(_WORDS, max_size=20).map(" ".join),
        st.lists(_WORDS, max_size=9).map("".join),
    ),
    max_size=8,
)


@settings(deadline=None)
@given(_TEXTS)
def test_the_tokens_of_a_text_are_its_own_and_cover_all_that_is_no_blank(texts: list[str]) -> None:
    tokens = tokenise(texts)
    for at, text in enumerate(texts):
        alone = tokenise([text])
        mine = tokens.text == at
        assert tokens.start[mine].tolist() == alone.start.tolist()
        assert tokens.end[mine].tolist() == alone.end.tolist()
        assert tokens.key[mine].tolist() == alone.key.tolist()
        covered = {place for a, b in zip(alone.start, alone.end, strict=True) for place in range(a, b)}
        assert all(place in covered for place, character in enumerate(text) if character.isalnum())


@settings(deadline=None)
@given(_TEXTS)
def test_scores_are_the_same_in_every_batch(texts: list[str]) -> None:
    model = read_finder().model
    tokens = tokenise(texts)
    types, type_of = types_of(tokens)
    layout = lay_out(tokens, types, type_of)
    together = model.emissions(types, layout)[layout.place]
    for at, text in enumerate(texts):
        alone = tokenise([text])
        own_types, own_type_of = types_of(alone)
        own = lay_out(alone, own_types, own_type_of)
        assert together[tokens.text == at].tolist() == model.emissions(own_types, own)[own.place].tolist()


@example(["A:A-", "LaM"])
@settings(deadline=None, max_examples=300)
@given(_TEXTS)
def test_names_are_the_same_in_every_batch_and_order(texts: list[str]) -> None:
    found = read_finder().find(texts)

    assert found == [read_finder().find([text])[0] for text in texts]
    assert found == read_finder().find(texts[::-1])[::-1]


@settings(deadline=None)
@given(_TEXTS)
def test_names_lie_within_their_text_apart_from_each_other_and_from_placeholders(texts: list[str]) -> None:
    for text, names in zip(texts, read_finder().find(texts), strict=True):
        end_before = 0
        for start, end, entity, score in names:
            assert end_before <= start < end <= len(text)
            assert BARRIER not in text[start:end]
            assert entity in ("PERSON", "ORG", "ADDRESS")
            assert 0 <= score <= 1
            end_before = end


def test_a_batch_is_cut_by_its_characters(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    texts = ["Ana Roy from Sharma Traders Ltd", "", "x" * 50, "Best regards,\nIvan Petrov"] * 3
    whole = read_finder().find(texts)
    monkeypatch.setattr(finder, "BATCH_CHARACTERS", 40)

    assert read_finder().find(texts) == whole


def test_a_long_text_is_searched_to_its_end() -> None:
    text = "please send the price list " * 400 + "to Rajesh Sharma"
    (names,) = read_finder().find([text])

    assert names[-1][1] == len(text)
