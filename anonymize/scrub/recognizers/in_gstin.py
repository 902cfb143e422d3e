"""Indian goods and services tax numbers: state, PAN, entity, Z and a check character modulo 36."""

from typing import Any

from anonymize.scrub.recognizers.base import RuleRecognizer, Span, compile_rule
from schemas.entities import Entity

_CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def gstin_check_character(first: str) -> str:
    """The fifteenth character that belongs to the first fourteen.

    Source: GST Network, the published Luhn-like scheme modulo 36. Example: `27AAPFU0939F1Z` gives `V`.
    """
    total = 0
    for place, character in enumerate(first.upper()):
        product = _CHARACTERS.index(character) * (1 + place % 2)
        total += product // 36 + product % 36
    return _CHARACTERS[-total % 36]


def _proof(match: Any, start: int, end: int) -> Span | None:
    number = match.string[start:end].upper().replace(" ", "")
    is_state = 1 <= int(number[:2]) <= 38 or number[:2] in ("97", "99")
    return (start, end, 1.0) if is_state and gstin_check_character(number[:14]) == number[14] else None


class InGstins(RuleRecognizer):
    """Proven numbers by themselves; after the word GST also those whose check character is wrong."""

    ENTITY = Entity.IN_GSTIN
    rules = (
        compile_rule(
            "state, PAN and check character",
            r"(?<![a-z0-9])[0-9]{2} ?[a-z]{5} ?[0-9]{4} ?[a-z] ?[1-9a-z] ?z ?[0-9a-z](?![a-z0-9])",
            1.0,
            _proof,
        ),
        compile_rule(
            "after the word GST",
            r"(?<![\w])gst(?:in)?[^0-9\n]{0,12}"
            r"(?P<hit>[0-9]{2} ?[a-z]{5} ?[0-9]{4} ?[a-z] ?[0-9a-z] ?z ?[0-9a-z])(?![a-z0-9])",
            0.8,
        ),
    )
