"""Numbers of economic operators before European customs (EORI): a country and up to fifteen characters."""

from typing import Any

from anonymize.scrub.recognizers.base import RuleRecognizer, Span, compile_rule
from schemas.entities import Entity

_COUNTRY = "AT|BE|BG|CY|CZ|DE|DK|EE|EL|GR|ES|FI|FR|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK|GB|XI|CH|NO|TR"
_LINK = r"(?: {0,2}(?:no\.?|number|nr\.?|num|code|id|is|:|-|#|=|\.)){0,4} {0,2}"


def _proof(match: Any, start: int, end: int) -> Span | None:
    hit = match.string[start:end]
    is_number = sum(character.isdigit() for character in hit) >= 5
    return (start, end, 0.9) if is_number else None


class Eoris(RuleRecognizer):
    """After `EORI` only."""

    ENTITY = Entity.EORI
    rules = (
        compile_rule(
            "after the word EORI",
            rf"(?<![\w])eori(?![\p{{L}}]){_LINK}(?P<hit>(?:{_COUNTRY})[ \-]?[0-9][a-z0-9]{{4,14}})(?![\w])",
            0.9,
            _proof,
        ),
    )
