"""Phones: international, after a cue word, in the national formats of the row's country, and spelt in words."""

from collections.abc import Iterator
from typing import Any

import phonenumbers

from anonymize.scrub.recognizers.base import Hit, RuleRecognizer, Span, compile_rule, run
from anonymize.scrub.recognizers.spoken import PAIR, spoken_phones
from schemas.entities import Entity

_GAP = r"[ \u00a0().\-–/]"
_NUMBER = rf"\(?[0-9](?:{_GAP}{{0,3}}[0-9]){{6,14}}"
NATIONAL_GATE = rf"[0-9](?:{_GAP}{{0,3}}[0-9]){{6}}"
"""Matches every text in which the row's country matters; in the syntax of Polars."""

_STRONG_CUE = (
    r"tel(?:e?phone?|\.)?|tlf|ph(?: ?no| ?number)?|(?:phone|mob(?:ile)?|cell|contact|call)(?: ?no| ?number)|fax"
    r"|whats ?app|wa|viber|imo|telegram|signal|botim|hotline|helpline|teléfono|telefono|telefone|telefon|tél|téléphone"
    r"|celular|cel|móvil|handy|telp|hp|no\.? ?hp|gsm"
    r"|тел|телефон|моб|ватсап|вотсап|电话|手机|電話|微信|联系|هاتف|جوال|موبايل|واتساب|واتس|फोन|फ़ोन"
    r"|मोबाइल|my number is|number is|no\.? is|m\.?no|reach (?:me|us)|answering at|reachable at|available at"
)
_WEAK_CUE = r"mobile|mob|cell|phone|call|contact|number|ring|sms|text|[mtpc](?=[.:])"
_FILLER = (
    r"(?: {0,2}(?:no|num|number|nr|nos|is|me|us|on|at|or|and|my|our|by|in|via|id|whats ?app|wa|wechat|viber"
    r"|[:：#.,=\-–/|&(+])){0,6} {0,2}"
)
_EXTENSION = r"(?: ?(?:x|ext\.?|extn\.?|доб\.?) ?[0-9]{1,6})?"
_LABEL_BEHIND = (
    r"(?:office|fax|direct|home|work|landline|whats ?app|wa)(?![\w])|(?:mobile|mob|cell|phone"
    r"|tel)(?= ?(?:[\n,.;|/)]|$))"
)

_MOBILE = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)


def _groups(text: str) -> list[str]:
    return "".join(character if character.isdigit() else " " for character in text).split()


def _digits(text: str) -> str:
    return "".join(_groups(text))


def _ends(text: str) -> list[int]:
    """Ends of the digit groups of a text, last first."""
    return [i for i in range(len(text), 0, -1) if text[i - 1].isdigit() and (i == len(text) or not text[i].isdigit())]


def _is_valid(text: str, region: str | None) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(text, region))
    except phonenumbers.NumberParseException:
        return False


def _international(match: Any, start: int, end: int) -> Span | None:
    """A number with its country code; what follows a valid number after a blank is left alone."""
    text = match.string[start:end]
    for stop in _ends(text):
        digits = _digits(text[:stop]).removeprefix("00")
        if 8 <= len(digits) <= 15 and _is_valid("+" + digits, None):
            return start, start + stop, 0.95
    is_plus = "+" in text
    return (start, end, 0.6) if is_plus and 8 <= len(_digits(text)) <= 15 else None


def _after_cue(match: Any, start: int, end: int) -> Span | None:
    """A number after a cue; storage sizes (`phone 128 256 512`) and years are none."""
    groups = _groups(match.string[start:end])
    n_digits = sum(map(len, groups))
    is_sizes = max(map(len, groups)) <= 3 and groups[0][0] != "0" and len(groups) > 2 and n_digits != 10
    is_weak = bool(match["weak"]) and not set(match["filler"]) & set(":：#=") and "n" not in match["filler"].lower()
    if is_weak and (is_sizes or n_digits < 8):
        return None
    return start, end, 0.7


def _before_label(match: Any, start: int, end: int) -> Span | None:
    """A number before `fax`: at least six digits that are no range and no round quantity."""
    groups = _groups(match.string[start:end])
    n_digits = sum(map(len, groups))
    is_range = len(groups) == 2 and groups[0].endswith("00") and groups[1].endswith("00")
    is_round = len(groups) == 1 and groups[0].endswith("000")
    is_sizes = (
        max(map(len, groups)) <= 3 and groups[0][0] in "123456789" and n_digits == 3 * len(groups) and n_digits > 9
    )
    return None if n_digits < 6 or is_range or is_round or is_sizes else (start, end, 0.6)


class Phones(RuleRecognizer):
    """Phones; part numbers such as `90915-10003`, bar codes, dates and sizes are none."""

    ENTITY = Entity.PHONE
    rules = (
        compile_rule(
            "plus and country code",
            rf"(?<![0-9\w])\(?\+\)?[ (]{{0,2}}[1-9](?:{_GAP}{{0,3}}[0-9]){{7,14}}(?![0-9])", 0.95, _international
        ),
        compile_rule(
            "00 and country code",
            rf"(?<![\w.,+\-/])00[ \-]?[1-9](?:{_GAP}{{0,3}}[0-9]){{7,14}}(?![\w\-])", 0.95, _international
        ),
        compile_rule(
            "after a word such as tel", rf"(?<![\w])(?:(?P<strong>{_STRONG_CUE})|(?P<weak>{_WEAK_CUE}))(?![a-z])"
            rf"(?P<filler>{_FILLER})(?P<hit>{_NUMBER}{_EXTENSION})(?![\w])",
            0.7, _after_cue,
        ),
        compile_rule(
            "North American shape",
            rf"(?<![\w./#*])(?<![0-9][\-,])(?:(?:\+|00)?1[\-. ])?(?:\([0-9]{{3}}\) ?"
            rf"|[0-9]{{3}}[\-.])[0-9]{{3}}[\-.][0-9]{{4}}"
            rf"{_EXTENSION}(?![\w]|[\-.,/][0-9])",
            0.6,
        ),
        compile_rule(
            "before a word such as fax",
            rf"(?<![\w.,\-/+#*])(?P<hit>\(?[0-9](?:{_GAP}{{0,3}}[0-9]){{5,14}}{_EXTENSION})"
            rf"[ \-–(]{{1,3}}(?:{_LABEL_BEHIND})",
            0.6, _before_label,
        ),
        compile_rule(
            "pairs of digits after a word such as call",
            r"(?<![\w])(?:call|dial|ring|reach|answering)(?: (?:me|us|him|her|them|at|on|by|no))*[ :]{1,2}"
            r"(?P<hit>[0-9]{2,3}(?:[ .\-][0-9]{2}){2,4})(?![\w]|[.,][0-9])",
            0.5,
        ),
    )  # fmt: skip

    _brackets = compile_rule("area code in brackets", r"(?<![\w])\([0-9]{3}\) ?[0-9]{3}[ \-.][0-9]{4}(?![0-9])", 0.6)
    _national = compile_rule(
        "national format of the row's country", rf"(?<![\w.,\-/+#*]){_NUMBER}(?![\w*]|[\-.,/][0-9])", 0.6
    )

    @property
    def patterns(self) -> tuple[Any, ...]:
        """Those of the rules, of national formats and of spoken digits."""
        return (*super().patterns, self._brackets.pattern, self._national.pattern, PAIR)

    def hits(self, text: str, region: str | None) -> Iterator[Hit]:
        """International and cued numbers, and where a region is given its own formats."""
        yield from super().hits(text, region)
        yield from run(self._brackets, text)
        yield from spoken_phones(text)
        if region is None or region not in phonenumbers.SUPPORTED_REGIONS:
            return
        for start, end, score, reason in run(self._national, text):
            for stop in _ends(text[start:end]):
                if _is_national(text[start : start + stop], region):
                    yield Hit(start, start + stop, score, reason)
                    break


def _is_national(text: str, region: str) -> bool:
    """Whether digits are written as the region writes its phones, and not as a trade writes its part numbers."""
    groups = _groups(text)
    digits = "".join(groups)
    if not 7 <= len(digits) <= 12 or "." in text or "/" in text or len(groups) > 5:
        return False
    is_part_number = "-" in text and len(groups) == 2 and len(groups[0]) == 5
    if is_part_number or max(map(len, groups)) < 3:
        return False
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return False
    if not phonenumbers.is_valid_number_for_region(number, region):
        return False
    kind = phonenumbers.number_type(number)
    if number.country_code == 1:
        return [len(group) for group in groups] == [3, 3, 4]
    has_trunk = digits.startswith("0") or text.startswith("(")
    if kind in _MOBILE:
        return has_trunk or (region == "IN" and len(digits) == 10) or len(groups) > 1
    return has_trunk and len(groups) > 1
