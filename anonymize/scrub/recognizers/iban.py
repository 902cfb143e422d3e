"""International bank account numbers: length of the country and the remainder modulo 97."""

from typing import Any

from anonymize.scrub.recognizers.base import RuleRecognizer, Span, compile_rule
from schemas.entities import Entity

_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28,
    "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18,
    "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22,
    "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20,
    "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MN": 20, "MR": 27, "MT": 31, "MU": 30,
    "NI": 28, "NL": 18, "NO": 15, "OM": 23, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22,
    "RU": 33, "SA": 24, "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "SO": 23, "ST": 25, "SV": 28,
    "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
}  # fmt: skip


def _proof(match: Any, start: int, end: int) -> Span | None:
    text = match.string[start:end]
    length = _LENGTHS.get(text[:2].upper(), 0)
    kept = ""
    for offset, character in enumerate(text):
        if character.isalnum():
            kept += character.upper()
            if len(kept) == length:
                number = int("".join(str(int(c, 36)) for c in kept[4:] + kept[:4]))
                return (start, start + offset + 1, 1.0) if number % 97 == 1 else None
    return None


class Ibans(RuleRecognizer):
    """Proven account numbers in one piece or in groups."""

    ENTITY = Entity.IBAN
    rules = (
        compile_rule(
            "length of the country and remainder modulo 97",
            r"(?<![\w])[A-Za-z]{2} ?[0-9]{2}(?:[ \-]?[A-Za-z0-9]){11,30}",
            1.0,
            _proof,
            cased=True,
        ),
    )
