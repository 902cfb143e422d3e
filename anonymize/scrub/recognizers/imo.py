"""Numbers of ships and of their owners (IMO): seven digits, the last a check digit, after their name."""

from typing import Any

from anonymize.scrub.recognizers.base import RuleRecognizer, Span, compile_rule
from schemas.entities import Entity

_NAME = r"imo|vessel|m\.?v\.?|ship"
_LINK = r"[^0-9\n\p{L}]{0,6}(?:(?:imo|no\.?|number|num|id|is)[^0-9\n\p{L}]{0,4}){0,3}"


def has_imo_digit(digits: str) -> bool:
    """Whether the last of seven digits is the check digit of those before it.

    Source: IMO resolution A.1117(30). Example: `9074729` passes, `9074728` does not.
    """
    return sum(int(digit) * weight for digit, weight in zip(digits, range(7, 1, -1), strict=False)) % 10 == int(
        digits[6]
    )


def _proof(match: Any, start: int, end: int) -> Span | None:
    return (start, end, 0.95) if has_imo_digit(match.string[start:end]) else None


class ImoNumbers(RuleRecognizer):
    """Proven numbers after `IMO` or a ship's word; `imo 03001234567`, the messenger, is none."""

    ENTITY = Entity.IMO
    rules = (
        compile_rule(
            "check digit, after the word IMO",
            rf"(?<![\w])(?:{_NAME})(?![\p{{L}}]){_LINK}(?P<hit>[0-9]{{7}})(?![\w])", 0.95, _proof
        ),
    )  # fmt: skip
