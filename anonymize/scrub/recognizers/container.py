"""Freight containers: an owner's three letters, U, J or Z, six digits and a check digit (ISO 6346)."""

from typing import Any

from anonymize.scrub.recognizers.base import RuleRecognizer, Span, compile_rule
from schemas.entities import Entity

_SHAPE = r"[A-Z]{3}[UJZ][ \-]?[0-9]{3}[ ]?[0-9]{3}[ \-/]?[0-9]"


def container_check_digit(first: str) -> int:
    """The eleventh digit that belongs to the first ten characters.

    Source: ISO 6346, annex A: letters count 10 to 38 without multiples of 11. Example: `CSQU305438` gives 3.
    """
    total = 0
    for place, character in enumerate(first.upper()):
        value = int(character, 36)
        value += (value > 10) + (value > 20) + (value > 30)
        total += value << place
    return total % 11 % 10


def _proof(match: Any, start: int, end: int) -> Span | None:
    code = "".join(character for character in match.string[start:end].upper() if character.isalnum())
    return (start, end, 0.95) if container_check_digit(code[:10]) == int(code[10]) else None


class Containers(RuleRecognizer):
    """Proven container numbers; part numbers of that shape with another check digit are none."""

    ENTITY = Entity.CONTAINER
    rules = (
        compile_rule("check digit of ISO 6346", rf"(?<![\w]){_SHAPE}(?![\w])", 0.95, _proof, cased=True),
        compile_rule(
            "check digit, after the word container",
            rf"(?<![\w])(?:container|cntr|cont)(?![\p{{L}}])[^\n]{{0,12}}?(?<![\w])(?P<hit>{_SHAPE})(?![\w])",
            0.95, _proof
        ),
    )  # fmt: skip
