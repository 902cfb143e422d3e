"""Payment cards: a network's prefix, its length and the Luhn digit."""

import re
from typing import Any

from anonymize.scrub.recognizers.base import RuleRecognizer, Span, compile_rule
from schemas.entities import Entity

_NETWORKS = re.compile(
    r"4\d{15}|4\d{18}|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|"
    r"35(?:2[89]|[3-8]\d)\d{12}|6(?:011|4[4-9]\d|5\d\d)\d{12}|62\d{14,17}|(?:60|65|81|82|508)\d{13,14}"
)


def _proof(match: Any, start: int, end: int) -> Span | None:
    digits = re.sub(r"\D", "", match.string[start:end])
    if not _NETWORKS.fullmatch(digits) or len(set(digits)) < 2:
        return None
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + place % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return (start, end, 1.0) if total % 10 == 0 else None


class CreditCards(RuleRecognizer):
    """Proven card numbers; bar codes of 12 and 13 digits are none."""

    ENTITY = Entity.CREDIT_CARD
    rules = (
        compile_rule(
            "network, length and Luhn digit", r"(?<![\w.])[0-9](?:[ .\-]{0,2}[0-9]){13,18}(?![\w])", 1.0, _proof
        ),
        compile_rule(
            "after the word card",
            r"(?<![\w])(?:(?:credit|debit|visa|master ?card|amex|payment) ?card|card(?= ?(?:no|num|#|:|is)))"
            r"[^0-9\n]{0,20}(?P<hit>[0-9](?:[ .\-]{0,2}[0-9]){11,18})(?![\w])",
            0.7,
        ),
    )
