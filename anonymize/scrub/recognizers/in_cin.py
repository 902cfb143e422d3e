"""Indian corporate identity numbers: listing, industry, state, year, kind of company, serial number."""

from typing import Any

from anonymize.scrub.recognizers.base import RuleRecognizer, Span, compile_rule
from schemas.entities import Entity

_STATES = frozenset(
    [
        "AN",
        "AP",
        "AR",
        "AS",
        "BR",
        "CH",
        "CG",
        "CT",
        "DD",
        "DL",
        "DN",
        "GA",
        "GJ",
        "HP",
        "HR",
        "JH",
        "JK",
        "KA",
        "KL",
        "LA",
        "LD",
        "LH",
        "MH",
        "ML",
        "MN",
        "MP",
        "MZ",
        "NL",
        "OD",
        "OR",
        "PB",
        "PY",
        "RJ",
        "SK",
        "TG",
        "TN",
        "TR",
        "TS",
        "TZ",
        "UK",
        "UP",
        "UR",
        "UT",
        "WB",
    ]
)
_KINDS = frozenset(["FLC", "FTC", "GAP", "GAT", "GOI", "NPL", "OPC", "PLC", "PTC", "SGC", "ULL", "ULT"])
_SHAPE = r"[LU] ?[0-9]{5} ?[A-Z]{2} ?[0-9]{4} ?[A-Z]{3} ?[0-9]{6}"


def _proof(match: Any, start: int, end: int) -> Span | None:
    number = match.string[start:end].upper().replace(" ", "")
    is_number = number[6:8] in _STATES and 1850 <= int(number[8:12]) <= 2100 and number[12:15] in _KINDS
    return (start, end, 0.95) if is_number else None


class InCins(RuleRecognizer):
    """Twenty-one characters whose state, year and kind exist; serial numbers of that length are none."""

    ENTITY = Entity.IN_CIN
    rules = (compile_rule("state, year and kind exist", rf"(?<![\w]){_SHAPE}(?![\w])", 0.95, _proof),)
