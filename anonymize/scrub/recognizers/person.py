"""Persons by cue: an honorific, an introduction, a sign-off, a contact line. Names without any cue need a model."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from anonymize.scrub.recognizers import person_cues as cues
from anonymize.scrub.recognizers.base import Hit, RuleRecognizer, compiled, matches
from anonymize.wordlists import Wordlists, fold
from schemas.entities import Entity

_TOKEN = r"(?:[\p{L}][\p{L}\p{M}'’]*(?:[\-.][\p{L}][\p{L}\p{M}'’]*)*\.?)"
_TITLED = (
    r"(?:(?:[\p{Lu}\p{Lo}][\p{L}\p{M}'’]*(?:[\-.][\p{L}][\p{L}\p{M}'’]*)*\.?)"
    r"|(?:van|von|der|den|de|da|do|dos|del|la|bin|ibn|al|el|e|y)(?= ))"
)
_NAME = rf"(?P<hit>{_TOKEN}(?: {_TOKEN}){{0,3}})"
_CAPITAL_NAME = rf"(?P<hit>(?=[\p{{Lu}}\p{{Lo}}]){_TITLED}(?: {_TITLED}){{0,3}})"
_TWO_WORDS = rf"(?P<hit>{_TOKEN} {_TOKEN}(?: {_TOKEN})?)"

_BORDER = r"(?= {0,2}(?:[\n,.|/(<\-–;+0-9\uFFFC]|$))"
_LOWER_NAME = r"(?P<hit>[\p{L}][\p{L}\p{M}'’]{2,} {1,2}[\p{L}][\p{L}\p{M}'’]{2,})"
_GREETING_GAP = r"[ .,!;\-–~*]{0,3}[.,!;\-–~*][ .,!;\-–~*]{0,3}"

_INITIAL = re.compile(r"(?:^|[ .])\w\.$")
_STOP = frozenset(cues.STOP_TEXT.split())


@dataclass(frozen=True)
class _Cue:
    """A pattern whose group `hit` begins with a name."""

    reason: str
    pattern: Any
    score: float
    may_be_lower: bool
    is_strict: bool
    """Whether no word of the name may be an ordinary one, because the cue proves little."""

    @property
    def may_be_one_letter(self) -> bool:
        """Chinese surnames are one letter long."""
        return self.reason == "Chinese surname and title"


def _cue(reason: str, pattern: str, score: float, *, cased: bool, lower: bool = False, strict: bool = False) -> _Cue:
    return _Cue(reason, compiled(pattern, cased=cased), score, lower, strict)


_CUES = (
    _cue(
        "honorific",
        rf"(?<![\w.])(?:{cues.HONORIFIC})(?:\. {{0,2}}| {{1,2}})"
        rf"(?P<hit>[\p{{Lu}}\p{{Lo}}][\p{{L}}\p{{M}}'’\-]+\.?(?: {_TITLED}){{0,3}})",
        0.8, cased=True,
    ),
    _cue(
        "introduction",
        rf"(?<![\w])(?:{cues.INTRODUCTION}|{cues.NAME_IS})[ :,]{{1,3}}{_NAME}", 0.8, cased=False, lower=True,
    ),
    _cue("this is", rf"(?<![\w])(?i:{cues.SELF})[ ,]{{1,2}}(?:(?i:mr|mrs|ms|dr)\.? )?{_CAPITAL_NAME}", 0.6, cased=True),
    _cue(
        "after call or speak to",
        rf"(?<![\w])(?i:call|speak (?:to|with)|talk to|reach) {_CAPITAL_NAME}(?= (?i:at|on|via"
        rf"|directly)(?!\w))", 0.6, cased=True,
    ),
    _cue(
        "soy or sou",
        rf"(?<![\w])(?i:soy|sou) {_CAPITAL_NAME}(?= (?:de|da|do|del|y|e|desde|,)(?!\w)"
        rf"|[,.\n])", 0.6, cased=True, strict=True,
    ),
    _cue("greeting and I am", rf"(?<![\w])(?:{cues.SELF_BEFORE_LOWER}) {_TWO_WORDS}", 0.6, cased=False, lower=True),
    _cue(
        "this is, lower case",
        rf"(?<![\w])(?:{cues.SELF_FOREIGN}),? {_LOWER_NAME}(?= (?:{cues.FROM}|\p{{L}}{{2,}}ing)(?!\w)|[,.]| \uFFFC)",
        0.7, cased=False, lower=True, strict=True,
    ),
    _cue(
        "sign-off on its own line",
        rf"(?<![\w])(?:{cues.SIGN_OFF})[ .,!;:\-–~*]{{0,5}}\n{{1,3}}[ \-–~*]{{0,4}}{_NAME}{_BORDER}",
        0.8, cased=False, lower=True,
    ),
    _cue("sign-off", rf"(?<![\w])(?i:{cues.SIGN_OFF_INLINE}){_GREETING_GAP}{_CAPITAL_NAME}", 0.6, cased=True),
    _cue(
        "sign-off in lower case",
        rf"(?<![\w])(?:{cues.SIGN_OFF_INLINE}){_GREETING_GAP}{_TWO_WORDS}(?=,|\n|$)", 0.6, cased=False, lower=True,
    ),
    _cue("after regards", r"(?<![\w])(?i:regards|rgds),? ?" + _CAPITAL_NAME, 0.6, cased=True),
    _cue(
        "contact line",
        rf"(?<![\w])(?i:{cues.CONTACT})(?: {{0,2}}[:\-–=：.] {{0,2}}| {{1,2}}(?i:is|mr|mrs|ms) )"
        rf"(?:(?i:mr|mrs|ms|dr|eng)\.? )?{_CAPITAL_NAME}",
        0.6, cased=True,
    ),
    _cue(
        "label in lower case",
        rf"(?<![\w])(?<!product |brand |item |company )(?:{cues.LABEL}) {{0,2}}[:：=] {{0,2}}{_LOWER_NAME}(?!\w)",
        0.6, cased=False, lower=True, strict=True,
    ),
    _cue(
        "after contact or attn",
        rf"(?<![\w])(?i:contact|attn|ask for|c/o|write to|пишите) (?:(?i:mr|mrs|ms|dr)\.? )?{_CAPITAL_NAME}"
        rf"(?:{_BORDER}|(?= (?i:at|on|via|by|directly|for|from)(?!\w)))",
        0.6, cased=True,
    ),
    _cue(
        "contact before a phone",
        rf"(?<![\w])(?:contact|attn|ask for|c/o|call|пишите):? {_TWO_WORDS}(?= ?(?:[,/|]|at|on) ?[+(0-9])",
        0.6, cased=False, lower=True,
    ),
    _cue(
        "somebody's phone or mail",
        rf"(?<![\w])(?:{cues.OF_THING}) of (?:mr\.? |mrs\.? |ms\.? )?{_TWO_WORDS}(?= {{0,2}}(?:is|:|-|=|are)(?!\w))",
        0.7, cased=False, lower=True, strict=True,
    ),
    _cue(
        "name's phone or mail",
        rf"(?<![\w]){_TWO_WORDS}['’]s (?:{cues.OF_THING}) (?:is|:)", 0.7, cased=False, lower=True, strict=True,
    ),
    _cue(
        "greeted by name",
        rf"(?:^|[\n.!;] {{0,2}})(?i:dear|hi|hello|hey|hola|bonjour|hallo|ciao|olá|merhaba|namaste|salam)"
        rf"(?: (?i:mr|mrs|ms|dr|sir|madam)\.?)? {_CAPITAL_NAME}(?= {{0,2}}(?:[,!\n:–\-]|$))",
        0.6, cased=True, strict=True,
    ),
    _cue(
        "name, then this side or here",
        rf"(?:^|[\n.,!;] {{0,2}}|(?i:hi|hello|dear),? )(?P<hit>{_TOKEN}(?: {_TOKEN})?),? "
        rf"(?:this side|here)(?= {{0,2}}(?:[,.!\n]|from|$))",
        0.6, cased=False, lower=True, strict=True,
    ),
    _cue(
        "name before bhai or ji",
        rf"(?<![\w])(?P<hit>{_TOKEN}) (?:bhai|bhaiya|ji|sahab|saheb|sahib)(?!\w)",
        0.6, cased=False, lower=True, strict=True,
    ),
    _cue(
        "line of a signature",
        rf"\n[ \-–~*]{{0,4}}(?P<hit>{_TITLED}(?: {_TITLED}){{1,2}}) {{0,2}}(?:,? ?(?=(?i:{cues.ROLE})(?!\w))"
        rf"|(?=[,|]? ?\n ?(?:\+|\(?0?[0-9][0-9 ()\-]{{6,}}|[^\n ]{{1,40}}@"
        rf"|(?i:{cues.ROLE}|tel|ph|mob|cell|whats|e-?mail)(?!\w)|\uFFFC)))",
        0.6, cased=True, strict=True,
    ),
    _cue(
        "mention",
        rf"(?<![\w@])@(?P<hit>[\p{{Lu}}][\p{{L}}\p{{M}}]+(?: {_TITLED}){{1,2}})(?!\w)", 0.6, cased=True,
    ),
    _cue(
        "mention in lower case",
        rf"(?<![\w@])@(?P<hit>{_TOKEN} {{1,2}}{_TOKEN})(?= (?:pls|please|kindly|can|could|pl|plz|check|confirm"
        rf"|send|,))",
        0.6, cased=False, lower=True,
    ),
    _cue(
        "at the end after a dash",
        r" [\-–] (?P<hit>[\p{L}][\p{L}\p{M}'’]+ [\p{L}][\p{L}\p{M}'’]+)\s*$", 0.5, cased=False, lower=True, strict=True,
    ),
    _cue(
        "Chinese introduction",
        r"(?:我是|我叫|本人)(?P<hit>[\p{Han}]{2,4})(?=[，。,.!！\s]|$)", 0.7, cased=True, lower=True,
    ),
    _cue(
        "Chinese surname and title",
        rf"(?<![\p{{Han}}])(?P<hit>[{cues.SURNAMES_HAN}][\p{{Han}}]{{0,2}})(?=先生|女士|小姐|经理|總經理|总(?![\p{{Han}}]))",
        0.7, cased=True, lower=True,
    ),
    _cue(
        "Japanese address",
        r"(?<![\p{Han}\p{Hiragana}])(?P<hit>[\p{Han}]{2,4})(?=様|さん)", 0.6, cased=True, lower=True,
    ),
    _cue("Korean sign-off", r"(?<!\p{Hangul})(?P<hit>\p{Hangul}{2,4}) ?(?:드림|올림)", 0.7, cased=True, lower=True),
    _cue(
        "Russian patronymic or initials",
        r"(?<![\w])(?P<hit>(?:[А-ЯЁІЇ][а-яёії]+ )?[А-ЯЁІЇ][а-яёії]+ [А-ЯЁІЇ][а-яёії]*(?:ович|евич|ьич|овна|евна"
        r"|ична|івна)"
        r"|[А-ЯЁІЇ][а-яёії]+ [А-ЯЁІЇ]\. ?[А-ЯЁІЇ]\.|[А-ЯЁІЇ]\. ?[А-ЯЁІЇ]\. ?[А-ЯЁІЇ][а-яёії]{2,})(?![\w])",
        0.8, cased=True, lower=True,
    ),
)  # fmt: skip


class Persons(RuleRecognizer):
    """Names after a cue; `I am looking`, `MR16 lamp` and `Thanks in advance` are none."""

    ENTITY = Entity.PERSON

    def __init__(self, words: Wordlists) -> None:
        super().__init__()
        self._words = words

    @property
    def patterns(self) -> tuple[Any, ...]:
        """Those of the cues."""
        return tuple(cue.pattern for cue in _CUES)

    def hits(self, text: str, region: str | None) -> Iterator[Hit]:
        """Names after cues, cut at the first word that no name holds."""
        for cue in _CUES:
            for match in matches(cue.pattern, text):
                start, end = match.span("hit")
                tokens = text[start:end].split(" ")
                is_label = text[end : end + 2].lstrip(" ").startswith((":", "："))
                if text[end : end + 1].isdigit() or text[end : end + 1] == "_":
                    continue
                count = self._count(tokens, cue, is_label=is_label)
                name = " ".join(tokens[:count])
                name = name if _INITIAL.search(name) else name.rstrip(".")
                if len(name) >= 2 or cue.may_be_one_letter:
                    yield Hit(start, start + len(name), cue.score, cue.reason)

    def _count(self, tokens: list[str], cue: _Cue, *, is_label: bool) -> int:
        """How many leading tokens are a name: up to the first stop word, none if all are ordinary words.

        `is_label` says that a colon follows: then the last token names what comes after it.
        """
        ordinary = self._words.ordinary
        count = 0
        for token in tokens[: len(tokens) - is_label]:
            folded = fold(token).strip(".'’")
            if folded in _STOP or (count and folded in ordinary and len(tokens) > 2 and count >= 2):
                break
            if not cue.may_be_lower and token[:1].islower() and len(folded) > 4:
                break
            count += 1
        names = [fold(token).strip(".'’") for token in tokens[:count]]
        if cue.is_strict and (count < len(tokens) or any(n in ordinary or n in self._words.products for n in names)):
            return 0
        return 0 if all(name in ordinary for name in names) else count
