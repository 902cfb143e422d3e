"""Companies by their legal form, by words that traders put into firm names, and by prefixes such as `M/s`."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from anonymize.scrub.recognizers.base import Hit, RuleRecognizer, compile_rule, compiled, matches
from anonymize.wordlists import LegalForm, Wordlists, fold
from schemas.entities import Entity

_MAX_WORDS = 5
_CONNECTORS = frozenset(["&", "and", "of", "del", "della", "und", "et", "e", "y", "der", "the", "ve", "i", "и"])
_PARTICLES = frozenset(["al", "el", "la", "le", "de", "bin", "van", "von", "da", "do", "dos"])
_STOP_TEXT = """
    we are is am from at for by to our my the a an i in on with company firm name hello hi dear inquiry enquiry rfq sir
    team buyer regards thanks thank you this that and or behalf of represent representing called named quote order
    deliver sell supply need want looking contact attn invoice ship send please kindly your us me it be was as if can
    only new hey office working work manager owner director purchase purchasing procurement yours sincerely best kind
    warm consignee notify importer exporter bonjour hola merhaba ciao hallo ola salam buongiorno salut
"""
_STOP = frozenset(_STOP_TEXT.split())
_TRADE = (
    r"Trading(?: (?:Co|Company|Est|House))?|Traders?|Enterprises?|Industries|Exports?|Impex|Imports?|Holdings?"
    r"|Corporation|International|Textiles|Group|Distributors?|Importers?|Exporters?|Wholesalers?|Suppliers|Agenc(?:y|ies)"
    r"|& (?:Sons|Bros|Brothers|Co)|Overseas|Ventures|Logistics|Commercial|Comercial|Importadora|Exportadora"
    r"|Comercializadora|Distribuidora|Ticaret|Handels(?:gesellschaft)?|Stores|Mart|Solutions|Trade|Supplies|Global|Foods"
    r"|Commerce|Exim|Imp ?(?:&|and) ?Exp|Import(?:s)? (?:&|and) Exports?|Merchants|Pharma|Pharmaceuticals"
    r"|Garments|Fashions?|Electronics|Motors|Auto Parts|Hardware|Medical|Services|Supply"
)
_CAPITALISED = r"[\p{Lu}\p{Lo}0-9][\p{L}\p{M}0-9&'’.\-]*"
_CUE = re.compile(
    r"(?:\(|(?<!\w)(?:from|at|of|by|we are|i am with|company|firm|behalf of|representing|m/s\.?|messrs\.?|buyer|regards"
    r"|consignee|importer|called|ditta|empresa|dari|firma|société|компания|компании|shipper|supplier|to|bei|von|de|da)"
    r"[ :\-]{1,3}|[\-–|] )$",
    re.IGNORECASE,
)
_LOWER_CUE = (
    r"from|m/s\.?|messrs\.?|company|firm|behalf of|we are|representing|name of company|i am with|ditta"
    r"|dari|empresa|firma"
)
_LOWER_TRADE = (
    r"trading(?: (?:co|company|est))?|traders?|enterprises?|exports?|impex|overseas|industries|exim|ventures"
    r"|garments|textiles"
    r"|imports?|distributors?|agencies|corporation|group|international|ticaret|comercial|importaciones|commerce|brothers"
)
_GOES_ON = r"(?i:is|from|in|has|and|with|we|located|based|looking|warehouse|office|wants?|needs?)"
_ENDS = rf"[ .]{{0,2}}(?:[\n,;:)|/<!\uFFFC]|$|{_GOES_ON}(?:$|[^\p{{L}}]))"
"""What follows a word that is a firm's name rather than a product's: fit for both engines."""
_ALSO_WORDS = re.compile(r"(?i)limited|plc|unlimited company")
_PREFIX = (
    r"(?:ООО|ОАО|ЗАО|ПАО|АО|ИП|ТОО|ТОВ|ФОП|ПП|ЧП|OOO|ZAO|PT\.?|CV\.?|UD\.?|Firma|Fa\.|Société|Sté|Ets|Azienda"
    r"|Ditta|Empresa|Компания|компания|компании|фирма|Cty|CTY|Công ty(?: TNHH| Cổ phần| CP)?(?: MTV"
    r"| Thương mại)?) {1,2}"
)


def form_pattern(text: str) -> str:
    """A pattern for a legal form with dots, blanks and commas where people put them: fit for both engines.

    Example: `Pvt Ltd` gives a pattern that matches `PVT. LTD.`, `pvt ltd` and `P.V.T. Ltd`.
    """
    words = re.findall(r"[^\W_]+|&", re.sub(r"[./'\"]", "", text))
    spelt = [r"\.?".join(word) + r"\.?" if word.isalpha() and len(word) <= 5 else re.escape(word) for word in words]
    return r"[ .,()\-]{0,3}".join(spelt)


def alternation(forms: Iterable[LegalForm]) -> str:
    """One pattern for many forms, longest first, grouped by first character so that most places fail at once."""
    groups: dict[str, set[str]] = {}
    for form in forms:
        spelling = form_pattern(form.text)
        head = re.match(r"\\?.(?:\\\.\?)?", spelling)
        if head is not None:
            groups.setdefault(head[0], set()).add(spelling[head.end() :])
    return "|".join(
        head + "(?:" + "|".join(sorted(tails, key=lambda tail: (-len(tail), tail))) + ")"
        for head, tails in sorted(groups.items())
    )


def alternation_of_dotted(forms: Iterable[LegalForm]) -> str:
    """One pattern for weak forms of two to four letters written with their dots, which no word is: `S.A.C.`."""
    short = {re.sub(r"[^\w]", "", form.text) for form in forms}
    spelt = {r"\.".join(form) + r"\.?" for form in short if 2 <= len(form) <= 4 and form.isalpha()}
    return "|".join(sorted(spelt, key=lambda text: (-len(text), text)))


class Companies(RuleRecognizer):
    """Firm names; `Co-ord set`, `20 KG`, `Trading Cards`, `Limited Edition` and `Group of 4` are none."""

    ENTITY = Entity.ORG

    def __init__(self, words: Wordlists) -> None:
        super().__init__()
        strong = alternation(form for form in words.legal_forms if not form.is_weak)
        weak = alternation(form for form in words.legal_forms if form.is_weak and len(form.text) > 1)
        dotted = alternation_of_dotted(form for form in words.legal_forms if form.is_weak)
        self._ordinary = words.ordinary
        self._strong = compiled(rf"(?<![\w])(?:{strong})(?![\w])")
        self._weak = compiled(rf"(?<![\w])(?:{weak})(?![\w])(?={_ENDS})", cased=True)
        self._dotted = compiled(rf"(?<![\w.])(?:{dotted})(?![\w])", cased=True)
        self._lower_trade = compiled(
            rf"(?<![\w])(?:{_LOWER_CUE}) (?P<hit>(?:[\p{{L}}][\p{{L}}'’&]+ ){{1,3}}(?:{_LOWER_TRADE}))(?![\p{{L}}])"
        )
        self._trade = compiled(rf"(?<= )(?:{_TRADE})(?![\w])(?={_ENDS})", cased=True)
        cjk = r"[\p{Han}\p{Katakana}\p{Hiragana}ー]"
        self.rules = (
            compile_rule(
                "after M/s",
                rf"(?<![\w])(?:M/[sS]|m/s|Messrs)\.? {{0,2}}"
                rf"(?P<hit>{_CAPITALISED}(?: (?:& |and )?{_CAPITALISED}){{0,4}})",
                0.8,
                cased=True,
            ),
            compile_rule(
                "legal form before the name",
                rf"(?<![\w]){_PREFIX}(?:[«\"“][^»\"”\n\uFFFC]{{2,60}}[»\"”]|{_CAPITALISED}(?: {_CAPITALISED}){{0,3}})",
                0.7,
                cased=True,
            ),
            compile_rule("Chinese legal form", r"[\p{Han}（）()]{2,24}公司", 0.8, cased=True),
            compile_rule(
                "Japanese legal form",
                rf"(?:株式会社|有限会社|合同会社) ?{cjk}{{1,20}}|{cjk}{{1,20}}(?:株式会社|有限会社|合同会社)",
                0.8,
                cased=True,
            ),
            compile_rule(
                "Arabic legal form",
                r"(?<![\w])(?:شركة|مؤسسة)(?: (?!في |من |نحن|على|هي |التي|وهي)[\p{Arabic}]{2,20}){1,4}",
                0.7,
                cased=True,
            ),
            compile_rule(
                "Hindi legal form",
                r"(?:[\p{Devanagari}&.]{2,20} ){1,4}(?:(?:प्राइवेट|प्रा\.?) )?(?:लिमिटेड|लि\.)",
                0.8,
                cased=True,
            ),
            compile_rule(
                "Korean legal form",
                r"(?:주식회사|유한회사|\(주\)) ?\p{Hangul}{1,15}|\p{Hangul}{1,15} ?(?:주식회사|유한회사|\(주\))",
                0.8,
                cased=True,
            ),
            compile_rule(
                "Thai legal form", r"บริษัท ?[^\n\uFFFC]{1,40}?จำกัด|(?:บริษัท|หจก\.?) ?[^\s\uFFFC]{1,40}", 0.8, cased=True
            ),
        )

    @property
    def patterns(self) -> tuple[Any, ...]:
        """Those of the rules, the legal forms and the trade words."""
        return (*super().patterns, self._strong, self._weak, self._dotted, self._lower_trade, self._trade)

    def hits(self, text: str, region: str | None) -> Iterator[Hit]:
        """Names before a legal form, before a trade word in a signature or after a cue, and after a prefix."""
        yield from super().hits(text, region)
        for pattern, score, is_weak in (
            (self._strong, 0.8, False), (self._weak, 0.6, True), (self._dotted, 0.7, True)
        ):  # fmt: skip
            for match in matches(pattern, text):
                start = self._name_start(text, match.start(), is_weak=is_weak)
                if start < match.start() and not _is_product_word(text, match.start(), match.end()):
                    yield Hit(start, match.end(), score, "name before a legal form")
        for match in matches(self._lower_trade, text):
            names = [fold(token) for token in match["hit"].split(" ")[:-1]]
            if not any(name in _STOP for name in names) and not all(name in self._ordinary for name in names):
                yield Hit(match.start("hit"), match.end("hit"), 0.6, "trade word after a cue")
        for match in matches(self._trade, text):
            start = self._trade_start(text, match.start())
            tokens = text[start : match.end()].split(" ")
            if len(tokens) > 1 and not all(fold(token) in self._ordinary for token in tokens):
                yield Hit(start, match.end(), 0.6, "name before a trade word, after a cue or in a signature")

    def _name_start(self, text: str, position: int, *, is_weak: bool) -> int:
        """Where the name before a legal form begins; `position` itself if there is none."""
        start = position
        has_capital = False
        n_lower = 0
        for at, token in reversed(_tokens_before(text, position)):
            bare = token.lstrip("([{'«“").rstrip(",.")
            folded = fold(bare)
            if folded in _STOP and not (has_capital and folded in _CONNECTORS):
                break
            if token.endswith((",", ")")) and start < position:
                break
            if bare[:1].isdigit() or (bare[:1].isalpha() and not bare[:1].islower()):
                has_capital = True
                start = at + len(token) - len(token.lstrip("([{'«“"))
            elif folded in _PARTICLES:
                start = at
            elif folded not in _CONNECTORS:
                if has_capital or is_weak or n_lower == 3 or not bare[:1].isalpha():
                    break
                n_lower += 1
                start = at
            if token[:1] in "([{":
                break
        words = [fold(word) for word in text[start:position].strip(" .,&()-").split()]
        if is_weak:
            is_name = has_capital and words[-1][:1].isalpha() and not all(word in self._ordinary for word in words)
        else:
            is_name = bool(words)
        return start if is_name else position

    def _trade_start(self, text: str, position: int) -> int:
        """Where the name that ends in a trade word begins; `position` if neither cue nor signature says it is one."""
        start = position
        n_words = 0
        for at, token in reversed(_tokens_before(text, position)):
            is_capital = token[:1].isdigit() or (token[:1].isalpha() and not token[:1].islower())
            if fold(token) in _STOP or token.endswith((",", ".", ")")) or n_words == 4:
                break
            if is_capital:
                start = at
                n_words += 1
            elif fold(token) not in _CONNECTORS | _PARTICLES:
                break
        line_start = text.rfind("\n", 0, start) + 1
        is_signature = line_start > 0 and not text[line_start:start].strip(" -–*")
        return (
            start if start < position and (is_signature or _CUE.search(text[max(0, start - 24) : start])) else position
        )


def _tokens_before(text: str, position: int) -> list[tuple[int, str]]:
    """The last words before a position on its line and in its clause, each with its offset."""
    begin = max(text.rfind(stop, max(0, position - 160), position) for stop in '\n;:|"<>(\ufffc') + 1
    begin = max(begin, position - 160)
    return [(match.start() + begin, match[0]) for match in re.finditer(r"\S+", text[begin:position])][-_MAX_WORDS:]


def _is_product_word(text: str, start: int, end: int) -> bool:
    """Whether a form that is also a word goes on in a product title: `Limited Edition`, `PLC Module`."""
    following = text[end : end + 2]
    is_going_on = following[:1] == " " and (following[1:].isupper() or following[1:].isdigit())
    return is_going_on and bool(_ALSO_WORDS.fullmatch(text[start:end]))
