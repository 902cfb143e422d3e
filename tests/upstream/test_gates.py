"""The two engines, Polars' and the regex module's, take the same characters for the classes that gates are made of."""

import unicodedata
from functools import cache

import polars as pl
import pytest
import regex  # type: ignore[import-untyped]

import anonymize.scrub  # noqa: F401

# isort: split
from anonymize.scrub.gates import UNTOLD, gate_of
from anonymize.scrub.texts import build_scrubber

BLOCKS = [
    (0, 0x3420), (0x4DA0, 0x4E20), (0x9FE0, 0xAC20), (0xD790, 0xD800), (0xE000, 0xE010), (0xF8F0, 0x12000),
    (0x16A00, 0x17010), (0x1AFE0, 0x1B300), (0x1D000, 0x20000),
]  # fmt: skip
"""Of the two lowest planes all but the middle of long blocks of one kind: ideographs, Hangul, private use."""
EVERY = [chr(code) for first, end in BLOCKS for code in range(first, end)]
CHARACTERS = pl.Series("text", EVERY, dtype=pl.String)
TOLD = set(CHARACTERS.filter(~CHARACTERS.str.contains(UNTOLD)).to_list())
CLASS = regex.compile(r"\[(?:[^\]\\]|\\.)+\]|\\[wWsSdD]|\\p\{\w+\}", regex.V0)


def classes() -> list[tuple[str, bool]]:
    """Every class that a pattern of a recogniser holds, with whether case counts."""
    found = set()
    for recogniser in build_scrubber().engine.recognizers:
        for pattern in recogniser.patterns:
            is_cased = not pattern.flags & regex.IGNORECASE
            found |= {(source, is_cased) for source in CLASS.findall(pattern.pattern)}
    return sorted(found)


@cache
def taken(source: str, *, is_cased: bool) -> set[str]:
    """Characters that the regex module takes for one of a class."""
    pattern = regex.compile(source, regex.V0 | (0 if is_cased else regex.IGNORECASE))
    return set(pattern.findall("".join(EVERY)))


def test_whatever_the_regex_module_takes_for_a_class_polars_does() -> None:
    missing = {}
    for source, is_cased in classes():
        gate = CHARACTERS.str.contains(f"^{gate_of(source, is_cased=is_cased)}$")
        less = (taken(source, is_cased=is_cased) & TOLD) - set(CHARACTERS.filter(gate).to_list())
        if less:
            missing[source, is_cased] = sorted(map(ascii, less))[:9]

    assert missing == {}


def test_whatever_may_stand_at_a_border_may_for_polars() -> None:
    missing = {}
    for source, is_cased in classes():
        behind = (CHARACTERS + "7").str.contains(gate_of(f"(?<!{source})7", is_cased=is_cased))
        allowed = TOLD - taken(source, is_cased=is_cased)
        less = allowed - set(CHARACTERS.filter(behind).to_list())
        if less:
            missing[source, is_cased] = sorted(map(ascii, less))[:9]

    assert missing == {}


@pytest.mark.parametrize("flags", ["", "(?i)"])
def test_letters_that_are_one_letter_to_the_regex_module_are_to_polars(flags: str) -> None:
    cased = [character for character in EVERY if character.lower() != character.upper()]
    text = pl.Series("text", cased, dtype=pl.String)
    missing = []
    for character in cased:
        source = regex.escape(character)
        same = set(regex.compile(source, regex.V0 | (regex.IGNORECASE if flags else 0)).findall("".join(cased)))
        gate = gate_of(source, is_cased=not flags)
        if (same & TOLD) - set(text.filter(text.str.contains(gate)).to_list()):
            missing.append(ascii(character))

    assert missing == []


def test_few_characters_are_untold() -> None:
    assigned = [character for character in EVERY if unicodedata.category(character) not in ("Cn", "Co", "Cs")]

    assert len(set(assigned) - TOLD) <= 2
