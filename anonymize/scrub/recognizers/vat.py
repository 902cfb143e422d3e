"""Value added tax numbers of European states: shape by country, and its check digits where they prove the number."""

import re
from collections.abc import Callable
from typing import Any

from anonymize.scrub.recognizers.base import RuleRecognizer, Span, compile_rule
from schemas.entities import Entity

_SHAPES = {
    "AT": r"U\d{8}", "BE": r"[01]\d{9}", "BG": r"\d{9,10}", "CY": r"\d{8}[A-Z]", "CZ": r"\d{8,10}", "DE": r"\d{9}",
    "DK": r"\d{8}", "EE": r"\d{9}", "EL": r"\d{9}", "ES": r"[A-Z0-9]\d{7}[A-Z0-9]", "FI": r"\d{8}",
    "FR": r"[A-HJ-NP-Z0-9]{2}\d{9}", "HR": r"\d{11}", "HU": r"\d{8}", "IE": r"\d[A-Z0-9+*]\d{5}[A-Z]{1,2}",
    "IT": r"\d{11}",
    "LT": r"\d{9}(?:\d{3})?", "LU": r"\d{8}", "LV": r"\d{11}", "MT": r"\d{8}", "NL": r"\d{9}B\d{2}", "PL": r"\d{10}",
    "PT": r"\d{9}", "RO": r"\d{6,10}", "SE": r"\d{10}01", "SI": r"\d{8}", "SK": r"\d{10}", "XI": r"\d{9}(?:\d{3})?",
    "GB": r"\d{9}(?:\d{3})?", "CHE": r"\d{9}(?:MWST|TVA|IVA)?", "NO": r"\d{9}(?:MVA)?",
}  # fmt: skip
_COMPILED = {country: re.compile(shape) for country, shape in _SHAPES.items()}
_COUNTRIES = "|".join(sorted(_SHAPES, key=lambda country: (-len(country), country)))
_BODY = r"[ .\-]{0,2}[A-Z0-9](?:[ .\-]?[A-Z0-9+*]){1,15}"
_WORDS = (
    r"vat|tva|iva|mwst|btw|moms|p\.? ?iva|partita iva|ust\.?-?id(?:-?nr)?\.?|u(?:id|st)|nif|cif|dph|pdv|dic|nip|ean vat"
)


def _weighted(digits: str, weights: tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + place % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def _iso7064_11_10(digits: str) -> bool:
    """ISO 7064 MOD 11,10: Germany and Croatia."""
    product = 10
    for digit in digits[:-1]:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == int(digits[-1])


def _is_polish(number: str) -> bool:
    return _weighted(number, (6, 5, 7, 2, 3, 4, 5, 6, 7)) % 11 == int(number[9])


def _is_portuguese(number: str) -> bool:
    rest = 11 - _weighted(number, (9, 8, 7, 6, 5, 4, 3, 2)) % 11
    return (rest if rest < 10 else 0) == int(number[8])


def _is_dutch(number: str) -> bool:
    is_old = _weighted(number, (9, 8, 7, 6, 5, 4, 3, 2)) % 11 == int(number[8])
    whole = int("".join(str(int(character, 36)) for character in "NL" + number))
    return is_old or whole % 97 == 1


def _is_danish(number: str) -> bool:
    return _weighted(number, (2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0


def _is_finnish(number: str) -> bool:
    return _weighted(number, (7, 9, 10, 5, 8, 4, 2, 1)) % 11 == 0


def _is_british(number: str) -> bool:
    total = _weighted(number, (8, 7, 6, 5, 4, 3, 2)) + int(number[7:9])
    return total % 97 == 0 or (total + 55) % 97 == 0


def _is_french(number: str) -> bool:
    return number[:2].isdigit() and (12 + 3 * (int(number[2:11]) % 97)) % 97 == int(number[:2])


_CHECKS: dict[str, Callable[[str], bool]] = {
    "BE": lambda number: 97 - int(number[:8]) % 97 == int(number[8:]),
    "DE": _iso7064_11_10,
    "DK": _is_danish,
    "FI": _is_finnish,
    "FR": _is_french,
    "GB": _is_british,
    "HR": _iso7064_11_10,
    "IT": _luhn,
    "LU": lambda number: int(number[:6]) % 89 == int(number[6:]),
    "NL": _is_dutch,
    "PL": _is_polish,
    "PT": _is_portuguese,
    "SE": lambda number: _luhn(number[:10]),
}
"""Check digits by country. Source: the European Commission's description of VAT number algorithms (TIN and VIES)."""


def _parts(text: str) -> tuple[str, str]:
    kept = re.sub(r"[ .\-]", "", text.upper())
    country = "CHE" if kept.startswith("CHE") else kept[:2]
    return country, kept[len(country) :]


def _ends(match: Any, start: int, end: int) -> list[int]:
    """Ends at which a number may stop: what follows after a blank may be the next word."""
    text = match.string[start:end]
    return [end, *(start + at for at in range(len(text) - 1, 2, -1) if text[at] in " .-")]


def _proven(match: Any, start: int, end: int) -> Span | None:
    for stop in _ends(match, start, end):
        country, number = _parts(match.string[start:stop])
        shape, check = _COMPILED.get(country), _CHECKS.get(country)
        if shape and check and shape.fullmatch(number) and len(set(number)) > 1 and check(number):
            return start, stop, 0.9
    return None


def _shaped(match: Any, start: int, end: int) -> Span | None:
    for stop in _ends(match, start, end):
        country, number = _parts(match.string[start:stop])
        shape = _COMPILED.get(country)
        if shape and shape.fullmatch(number):
            return start, stop, 0.8
    return None


class VatNumbers(RuleRecognizer):
    """Proven numbers by themselves, any of a country's shape after VAT; part numbers such as `DE123456789` are none."""

    ENTITY = Entity.VAT
    rules = (
        compile_rule(
            "country's shape and check digits", rf"(?<![\w])(?:{_COUNTRIES}){_BODY}(?![\w])", 0.9, _proven, cased=True
        ),
        compile_rule(
            "country's shape after the word VAT",
            rf"(?<![\w])(?:{_WORDS})(?![\p{{L}}])[^\n]{{0,20}}?(?<![\w])(?P<hit>(?:{_COUNTRIES}){_BODY})(?![\w])",
            0.8,
            _shaped,
        ),
    )
