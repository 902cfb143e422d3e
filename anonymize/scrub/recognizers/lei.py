"""Legal entity identifiers: twenty characters whose remainder modulo 97 is one."""

from typing import Any

from anonymize.scrub.recognizers.base import RuleRecognizer, Span, compile_rule
from schemas.entities import Entity

_SHAPE = r"[0-9A-Z]{4}[ ]?[0-9A-Z]{14}[ ]?[0-9]{2}"


def _proof(match: Any, start: int, end: int) -> Span | None:
    code = match.string[start:end].upper().replace(" ", "")
    if len(code) != 20 or not any(map(str.isalpha, code)):
        return None
    number = int("".join(str(int(character, 36)) for character in code))
    return (start, end, 1.0) if number % 97 == 1 else None


class Leis(RuleRecognizer):
    """Proven identifiers; twenty digits or letters whose remainder is another are none. Source: ISO 17442."""

    ENTITY = Entity.LEI
    rules = (compile_rule("remainder modulo 97", rf"(?<![\w]){_SHAPE}(?![\w])", 1.0, _proof),)
