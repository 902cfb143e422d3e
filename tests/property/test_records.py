"""Texts in, identifiers with offsets of the input out: whatever the text, the rest of it is untouched."""

from dataclasses import replace
from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from anonymize.scrub.engine import Engine
from anonymize.scrub.records import OVERLAP, WINDOW, ScrubbedText, frame_of, scrub_records, windows
from anonymize.scrub.texts import Scrubber, build_scrubber
from tests.property.test_hostile import hostile
from tests.support.names import NoNames

SCRUBBER = build_scrubber()
RULES = replace(SCRUBBER, engine=Engine(SCRUBBER.wordlists, SCRUBBER.engine.policy, NoNames()))
"""Without the name model, whose reading of a word hangs on its neighbours: a placeholder is another neighbour."""

CUES = ["Regards,\nZebulon Quirk", "from Quirk Trading LLC", "+971 50 123 4567", "my name is zebulon", "www.acme.com"]
texts = st.tuples(hostile, st.sampled_from(CUES), hostile).map(" ".join)


def scrub(text: str, scrubber: Scrubber = SCRUBBER, **own: str) -> ScrubbedText:
    (done,) = scrub_records(scrubber, frame_of([text], [own], ["IN"]))
    return done


@settings(deadline=None, max_examples=60)
@given(texts)
@example("ana&#64;acme.com \u202eZebulon\u202c")
def test_the_text_is_the_input_but_for_what_was_found(text: str) -> None:
    done = scrub(text, buyer_name="Zebulon Quirk")
    if done.text is None:
        assert done.found == ()
        return
    expected, position = "", 0
    for one in done.found:
        assert position <= one.start < one.end <= len(text)
        expected += text[position : one.start] + f"<{one.entity.value}>"
        position = one.end
    assert done.text == expected + text[position:]


@settings(deadline=None, max_examples=40)
@given(texts)
def test_the_rules_find_nothing_new_in_what_was_scrubbed(text: str) -> None:
    once = scrub(text, RULES, buyer_name="Zebulon Quirk")
    if once.text is None:
        return
    twice = scrub(once.text, RULES, buyer_name="Zebulon Quirk")

    assert twice.text == once.text


@settings(deadline=None, max_examples=47)
@given(st.integers(0, 60_000), st.sampled_from(["x", "ab ", "lorem ipsum\n"]))
def test_windows_cover_a_text_and_overlap(length: int, unit: str) -> None:
    text = (unit * (length // len(unit) + 1))[:length]
    parts = windows(text)

    assert parts[0][0] == 0
    assert parts[-1][0] + len(parts[-1][1]) == length
    assert all(text[start : start + len(part)] == part for start, part in parts)
    for (start, part), (following, _) in pairwise(parts):
        assert start < following <= start + len(part) - OVERLAP
        assert len(part) <= WINDOW


@settings(deadline=None, max_examples=7)
@given(st.integers(0, 45_000))
def test_an_identifier_in_a_long_text_is_found_wherever_it_stands(place: int) -> None:
    filler = "cotton yarn combed " * 2_500
    text = f"{filler[:place]} mail ana.roy@acme.com now {filler[place:]}"
    done = scrub(text)

    assert [(text[one.start : one.end], one.entity.value) for one in done.found] == [("ana.roy@acme.com", "EMAIL")]
