"""Indian food licences (FSSAI): fourteen digits that begin with the kind of licence and a state."""

from typing import Any

from anonymize.scrub.recognizers.base import RuleRecognizer, Span, compile_rule
from schemas.entities import Entity

_NAME = r"f\.?s\.?s\.?a\.?i\.?|food licen[cs]e"
_LINK = r"[^0-9\n]{0,30}"


def _proof(match: Any, start: int, end: int) -> Span | None:
    digits = "".join(character for character in match.string[start:end] if character.isdigit())
    return (start, end, 0.85) if len(digits) == 14 and digits[0] in "123" else None


class InFssais(RuleRecognizer):
    """After `FSSAI` or `food licence` only; bar codes of fourteen digits are none."""

    ENTITY = Entity.IN_FSSAI
    rules = (
        compile_rule(
            "after the word FSSAI",
            rf"(?<![\w])(?:{_NAME})(?![\p{{L}}]){_LINK}(?P<hit>[1-3](?:[ \-]?[0-9]){{13}})(?![\w])", 0.85, _proof
        ),
    )  # fmt: skip
