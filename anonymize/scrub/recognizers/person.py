"""Persons by cue: an honorific, an introduction, a sign-off, a contact line. Names without any cue need a model."""

from collections.abc import Iterator
from typing import Any

from anonymize.scrub.recognizers.base import BEFORE, TIMEOUT_S, Hit, RuleRecognizer, compiled
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

_HONORIFIC = (
    r"Mr|Mrs|Ms|Miss|Mister|Dr|Eng|Engr|Er|Sheikh|Shri|Shree|Smt|Sra|Srta|Señora?|Senhora?|Herrn?|Frau|Mme|Mlle|Monsieur"
    r"|Madame|Haji|MR\.|MRS\.?|MS\.|DR\.|mr|mrs|Ustadz|Pak|Bapak|Ibu|г-н|г-жа|господин|السيد|السيدة|श्री|श्रीमती"
)
_INTRODUCTION = (
    r"my name is|my name's|my name|me llamo|mi nombre es|meu nome é"
    r"|je m'appelle|ich hei(?:ß|ss)e|mein name ist|меня зовут|мене звати|benim ad[ıi]m|ad[ıi]m|nama saya|il mio nome è"
    r"|mi chiamo|mijn naam is|nazywam się|tên tôi là|jina langu ni|mera naam|اسمي|मेरा नाम|myself"
)
_NAME_IS = r"(?<!product |brand |item |model |file )name is"
_SELF = (
    r"this is|i am|i'm|i’m|im|it's|ich bin|je suis|ik ben|sono|hier ist|here is|yours|i,|saya|ben|jestem|tôi là|أنا|انا"
    r"|я|represented by|signed by|sent by"
)
_SELF_BEFORE_LOWER = (
    r"(?:merhaba|selam),? ben|(?:ciao|salve|buongiorno),? sono|مرحبا،? أنا|السلام عليكم،? أنا|represented by"
)
_SIGN_OFF_INLINE = (
    r"(?:best|kind|warm|kindest|with)? ?regards|rgds|thanks(?: (?:and|&) regards| in advance| a lot| so much)?"
    r"|thank you(?: (?:so|very) much)?|thankyou|thx|tks|sincerely|yours (?:faithfully|truly|sincerely)|respectfully"
    r"|saludos(?: cordiales)?|atentamente|un saludo|cordialement|bien à vous|(?:freundlichen?|viele) grü(?:ß|ss)en?"
    r"|saygılarımla|с уважением|atenciosamente|abraços|(?:cordiali|distinti) saluti|met vriendelijke groet|hormat saya"
    r"|مع تحياتي|best wishes"
)
_SIGN_OFF = (
    _SIGN_OFF_INLINE + r"|cheers|br|gracias|merci|mfg|vg|danke|teşekkürler|спасибо|att|obrigad[oa]|grazie|groeten"
    r"|terima kasih|salam|शुक्रिया|धन्यवाद|شكرا|تحياتي"
)
_CONTACT = (
    r"contact(?: person| name)?|kind attn|attn|attention|ask for|speak to|talk to|c/o|buyer(?: name)?|contact person"
    r"|purchas(?:er|ing manager)|procurement manager|owner|full name|your name|nombre|nome|nom|sender|from|sent by"
    r"|signed|posted by|ansprechpartner|contacto|contato|联系人|имя|联络人|write to|пишите"
)
_BORDER = r"(?= {0,2}(?:[\n,.|/(<\-–;+0-9\uFFFC]|$))"
_GREETING_GAP = r"[ .,!;\-–~*]{0,3}[.,!;\-–~*][ .,!;\-–~*]{0,3}"

_STOP_TEXT = """
    i we you he she it they am is are was were be been looking interested want wanting need needing writing
    happy trying from and or but with in on at for to of the a an my our your this that not here there so if who
    which how why what when where please kindly can could would will shall do does did have has had get give let
    make like just also only very more some any all new good dear hello hi hey sir madam searching seeking
    sourcing planning based located working ready able sorry glad waiting currently contacting asking phone
    mobile tel email mail whatsapp address company number contact by call me us ok yes no thanks thank regards
    und ich wir et in advance best kind warm appears incorrectly really going sure afraid aware unable willing
    about still now using running
"""
_STOP = frozenset(_STOP_TEXT.split())


def _trim(words: Wordlists, tokens: list[str], *, is_lower_allowed: bool, is_label: bool) -> int:
    """How many leading tokens are a name: up to the first stop word, none if all are ordinary words.

    `is_label` says that a colon follows: then the last token names what comes after it.
    """
    count = 0
    for token in tokens[: len(tokens) - is_label]:
        folded = fold(token).strip(".'’")
        if folded in _STOP or (count and folded in words.ordinary and len(tokens) > 2 and count >= 2):
            break
        if not is_lower_allowed and token[:1].islower() and len(folded) > 4:
            break
        count += 1
    is_ordinary = all(fold(token).strip(".'’") in words.ordinary for token in tokens[:count])
    return 0 if is_ordinary else count


class Persons(RuleRecognizer):
    """Names after a cue; `I am looking`, `MR16 lamp` and `Thanks in advance` are none."""

    ENTITY = Entity.PERSON
    GATE = (
        rf"{BEFORE}(?:{_HONORIFIC})(?:\.| )|(?i){BEFORE}(?:name is|{_INTRODUCTION})[ :,]|{BEFORE}(?:{_SELF})[ ,]"
        rf"|{BEFORE}(?:{_SELF_BEFORE_LOWER}) |{BEFORE}(?:{_SIGN_OFF})[^\p{{L}}]|{BEFORE}(?:{_CONTACT})[^\p{{L}}]"
        rf"|{BEFORE}(?:regards|rgds)"
        r"|@[\p{L}]| [\-–] [^\n ]+ [^\n ]+\s*$|我是|我叫"
    )

    def __init__(self, words: Wordlists) -> None:
        super().__init__()
        self._words = words
        honorific_name = rf"(?P<hit>[\p{{Lu}}\p{{Lo}}][\p{{L}}\p{{M}}'’\-]+\.?(?: {_TITLED}){{0,3}})"
        followers = "from|my|phone|email|here|speaking|calling|and|mobile|contact|of|the owner|owner|manager"
        lower_name = r"(?P<hit>[\p{Ll}][\p{L}\p{M}'’]{2,} [\p{Ll}][\p{L}\p{M}'’]{2,})"
        #  reason, pattern, score, is case told apart, may the name be in lower case
        rules = (
            ("honorific", rf"(?<![\w.])(?:{_HONORIFIC})(?:\. {{0,2}}| {{1,2}}){honorific_name}", 0.8, True, False),
            ("introduction", rf"(?<![\w])(?:{_INTRODUCTION}|{_NAME_IS})[ :,]{{1,3}}{_NAME}", 0.8, False, True),
            (
                "this is",
                rf"(?<![\w])(?i:{_SELF})[ ,]{{1,2}}(?:(?i:mr|mrs|ms|dr)\.? )?{_CAPITAL_NAME}", 0.6, True, False,
            ),
            ("greeting and I am", rf"(?<![\w])(?:{_SELF_BEFORE_LOWER}) {_TWO_WORDS}", 0.6, False, True),
            (
                "this is, lower case",
                rf"(?<![\w])(?:this is|i am|i'm) {lower_name}(?= (?:{followers})(?!\w))", 0.7, False, True,
            ),
            (
                "sign-off on its own line",
                rf"(?<![\w])(?:{_SIGN_OFF})[ .,!;:\-–~*]{{0,5}}\n{{1,3}}[ \-–~*]{{0,4}}{_NAME}{_BORDER}",
                0.8, False, True,
            ),
            ("sign-off", rf"(?<![\w])(?i:{_SIGN_OFF_INLINE}){_GREETING_GAP}{_CAPITAL_NAME}", 0.6, True, False),
            (
                "sign-off in lower case",
                rf"(?<![\w])(?:{_SIGN_OFF_INLINE}){_GREETING_GAP}{_TWO_WORDS}(?=,|\n|$)", 0.6, False, True,
            ),
            ("after regards", r"(?<![\w])(?i:regards|rgds),? ?" + _CAPITAL_NAME, 0.6, True, False),
            (
                "contact line",
                rf"(?<![\w])(?i:{_CONTACT})(?: {{0,2}}[:\-–=：.] {{0,2}}| {{1,2}}(?i:is|mr|mrs|ms) )"
                rf"(?:(?i:mr|mrs|ms|dr|eng)\.? )?{_CAPITAL_NAME}",
                0.6, True, False,
            ),
            (
                "after contact or attn",
                rf"(?<![\w])(?i:contact|attn|ask for|c/o|write to|пишите) {_CAPITAL_NAME}{_BORDER}", 0.6, True, False,
            ),
            (
                "contact before a phone",
                rf"(?<![\w])(?:contact|attn|ask for|c/o|пишите):? {_TWO_WORDS}(?= ?[,/|] ?[+(0-9])", 0.6, False, True,
            ),
            (
                "mention",
                rf"(?<![\w@])@(?P<hit>[\p{{Lu}}][\p{{L}}\p{{M}}]+(?: {_TITLED}){{1,2}})(?!\w)", 0.6, True, False,
            ),
            (
                "at the end after a dash",
                r" [\-–] (?P<hit>[\p{L}][\p{L}\p{M}'’]+ [\p{L}][\p{L}\p{M}'’]+)\s*$", 0.5, False, True,
            ),
            ("Chinese introduction", r"(?:我是|我叫)(?P<hit>[\p{Han}]{2,4})(?=[，。,.!！\s]|$)", 0.7, True, True),
        )  # fmt: skip
        self._rules: tuple[tuple[str, Any, float, bool], ...] = tuple(
            (reason, compiled(pattern, cased=is_cased), score, is_lower_allowed)
            for reason, pattern, score, is_cased, is_lower_allowed in rules
        )

    def hits(self, text: str, region: str | None) -> Iterator[Hit]:
        """Names after cues, cut at the first word that no name holds."""
        for reason, pattern, score, is_lower_allowed in self._rules:
            for match in pattern.finditer(text, timeout=TIMEOUT_S):
                start, end = match.span("hit")
                tokens = text[start:end].split(" ")
                is_label = text[end : end + 2].lstrip(" ").startswith((":", "："))
                if text[end : end + 1].isdigit() or text[end : end + 1] == "_":
                    continue
                count = _trim(self._words, tokens, is_lower_allowed=is_lower_allowed, is_label=is_label)
                if score <= 0.5 and any(fold(token) in self._words.ordinary for token in tokens):
                    continue
                name = " ".join(tokens[:count]).rstrip(".")
                if len(name) >= 2:
                    yield Hit(start, start + len(name), score, reason)
