"""Chinese unified social credit codes: eighteen characters, the last a check character modulo 31."""

from typing import Any

from anonymize.scrub.recognizers.base import RuleRecognizer, Span, compile_rule
from schemas.entities import Entity

_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_SHAPE = r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}"
_NAMES = r"统一社会信用代码|統一社會信用代碼|社会信用代码|税号|uscc|unified social credit (?:code|no\.?|number)"


def uscc_check_character(first: str) -> str:
    """The eighteenth character that belongs to the first seventeen.

    Source: GB 32100-2015, section 5. Example: `91350100M000100Y4` gives `3`.
    """
    total = sum(_CHARACTERS.index(character) * pow(3, place, 31) for place, character in enumerate(first.upper()))
    return _CHARACTERS[-total % 31]


def _proof(match: Any, start: int, end: int) -> Span | None:
    code = match.string[start:end].upper()
    return (start, end, 1.0) if uscc_check_character(code[:17]) == code[17] else None


class CnUsccs(RuleRecognizer):
    """Proven codes by themselves, any of that shape after their name; serial numbers of that length are none."""

    ENTITY = Entity.CN_USCC
    rules = (
        compile_rule("check character modulo 31", rf"(?<![A-Za-z0-9]){_SHAPE}(?![A-Za-z0-9])", 1.0, _proof),
        compile_rule(
            "after the name of the code", rf"(?:{_NAMES})[^0-9a-z\n]{{0,6}}(?P<hit>{_SHAPE})(?![A-Za-z0-9])", 0.9
        ),
    )
