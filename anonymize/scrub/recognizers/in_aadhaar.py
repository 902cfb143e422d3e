"""Indian identity numbers (Aadhaar): twelve digits whose last is Verhoeff's check digit."""

import re
from typing import Any

from anonymize.scrub.recognizers.base import RuleRecognizer, Span, compile_rule
from schemas.entities import Entity

_ROTATE = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


def _product(left: int, right: int) -> int:
    """Multiplication in the dihedral group of the pentagon."""
    if left < 5:
        return (left + right) % 5 + (0 if right < 5 else 5)
    return (left - right) % 5 + (5 if right < 5 else 0)


def _permuted(digit: int, times: int) -> int:
    for _ in range(times % 8):
        digit = _ROTATE[digit]
    return digit


def has_verhoeff_digit(digits: str) -> bool:
    """Whether the last digit is the check digit of those before it.

    Source: J. Verhoeff, Error Detecting Decimal Codes (1969). Example: `2363` passes, `2364` does not.
    """
    check = 0
    for place, digit in enumerate(reversed(digits)):
        check = _product(check, _permuted(int(digit), place))
    return check == 0


def _proof(match: Any, start: int, end: int) -> Span | None:
    digits = re.sub(r"\D", "", match.string[start:end])
    return (start, end, 0.9) if has_verhoeff_digit(digits) else None


class InAadhaars(RuleRecognizer):
    """In groups of four, or in one piece after its name; bar codes of twelve digits are none."""

    ENTITY = Entity.IN_AADHAAR
    rules = (
        compile_rule(
            "groups of four and Verhoeff digit",
            r"(?<![\w.\-])[2-9][0-9]{3}([ \-])[0-9]{4}\1[0-9]{4}(?![\w\-]| [0-9]{4})",
            0.9,
            _proof,
        ),
        compile_rule(
            "after the word Aadhaar",
            r"(?<![\w])(?:aadhaa?r|adhaa?r|uidai?|आधार)[^0-9\n]{0,20}"
            r"(?P<hit>[2-9][0-9]{3}[ \-]?[0-9]{4}[ \-]?[0-9]{4})(?![0-9])",
            0.95,
        ),
    )
