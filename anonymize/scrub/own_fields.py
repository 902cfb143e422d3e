"""The strongest lever: a message is signed by the buyer whose name, company, e-mail and phone stand in the same row.

Belongs here: finding a row's own fields in its texts, whole, in parts, by initials and with one typing error. Does not
belong here: the parties of a batch (`parties`); recognisers, which know nothing of the row. All searching is done on
folded text (`wordlists.fold`), whose offsets are those of the text.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from anonymize import normalise
from anonymize.scrub.entities import Found, mask
from anonymize.scrub.shapes import (
    Shape,
    address,
    after_initial,
    code,
    is_unspaced,
    literal,
    phone,
    short_phone,
    with_initials,
)
from anonymize.scrub.shapes import domain as domain_shape
from anonymize.scrub.shapes import words as words_shape
from anonymize.wordlists import Wordlists, fold
from schemas.entities import Entity

OWN_FIELDS = ("buyer_name", "company", "email", "phone", "tax_id", "payment", "account")
"""Columns of a row that are searched in its texts."""

MIN_DIGITS = 7
"""Fewer digits are no phone."""

MIN_FUZZY = 5
"""Shorter words are not searched with a typing error."""

_TITLES_TEXT = """
    mr mrs ms miss dr eng sir madam prof haji hajji shri smt sheikh abu bin ibn van von der den del the and for
"""
_TITLES = frozenset(_TITLES_TEXT.split())
_MIN_PART = 3
_MIN_CODE = 5


@dataclass(frozen=True)
class Term:
    """One thing to search: a quick needle that must occur, and the shape that says where."""

    needle: str
    """Folded text without blanks and punctuation, or digits: must occur in the squeezed text."""
    shape: Shape
    entity: Entity
    reason: str
    typo_of: str = ""
    """A word that may also be met with one typing error, or none."""


def own_terms(row: Mapping[str, str | None], words: Wordlists) -> tuple[Term, ...]:
    """What to search for in the texts of a row, longest needle first; empty where the row has no identifying field."""
    terms: list[Term] = []
    for name in spellings(row.get("buyer_name")):
        terms += _name_terms(name, words)
    for company in spellings(row.get("company")):
        terms += _company_terms(company, words)
    if email := kept(row.get("email")):
        terms += _email_terms(email, words)
    if number := kept(row.get("phone")):
        terms += _phone_terms(number)
    for field, entity in (("tax_id", Entity.TAX), ("payment", Entity.ID), ("account", Entity.ID)):
        if value := kept(row.get(field)):
            terms += _code_terms(value, entity, f"the row's {field}")
    return tuple(sorted(set(terms), key=lambda term: (-len(term.needle), term.needle, term.entity, term.shape)))


def find_own(text: str, terms: tuple[Term, ...], words: Wordlists) -> list[Found]:
    """Where a row's own terms stand in one of its texts; placeholders are not looked into."""
    folded = fold(text)
    squeezed = squeeze(folded)
    present = [term for term in terms if term.needle in squeezed]
    fuzzy = [term for term in terms if term.typo_of]
    if not present and not fuzzy:
        return []
    hidden = fold(mask(text))
    found = [
        Found(start, end, term.entity, 1.0, "own_fields", term.reason)
        for term in present
        for start, end in term.shape.spans(hidden)
    ]
    return found + _find_typos(hidden, fuzzy, words) if fuzzy else found


def _find_typos(hidden: str, terms: list[Term], words: Wordlists) -> list[Found]:
    """Words that are one typing error away from a long part of a name, and no words of the trade themselves."""
    found = []
    for match in LONG_WORD.finditer(hidden):
        word = match[0]
        if word in words.ordinary or word in words.products:
            continue
        for term in terms:
            part = term.typo_of
            if word != part and abs(len(word) - len(part)) <= 1 and OSA.distance(word, part, score_cutoff=1) <= 1:
                reason = f"{term.reason}, one typing error"
                found.append(Found(match.start(), match.end(), term.entity, 0.8, "own_fields", reason))
                break
    return found


LONG_WORD = re.compile(r"[^\W\d_]{5,40}")
"""Words of a text that may be a name with a typing error."""


def spellings(value: str | None) -> list[str]:
    """A value folded, and with its umlauts written out if it has any."""
    written = value.translate(_WRITTEN_OUT) if value is not None and not value.isascii() else value
    return list(dict.fromkeys(text for text in (kept(value), kept(written)) if text is not None))


_WRITTEN_OUT = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "ø": "oe", "Ø": "Oe", "å": "aa",
     "Å": "Aa", "æ": "ae", "Æ": "Ae", "ñ": "ny", "ı": "i"}
)  # fmt: skip


def squeeze(text: str) -> str:
    """Letters, marks and digits of folded text and nothing else: what needles are looked up in."""
    return _NO_WORD.sub("", text)


_NO_WORD = re.compile(r"[\W_]+")


def kept(value: str | None) -> str | None:
    """The value folded and without invisible characters; null if it stands for nothing."""
    if value is None:
        return None
    text = value
    if not value.isascii() or not value.isprintable():
        wide = unicodedata.normalize("NFKC", value)
        text = "".join(c for c in wide if unicodedata.category(c) not in ("Cf", "Cc") or c in "\n\t")
    text = " ".join(fold(text).split())
    return None if not text or text in normalise.MISSING else text


def words_of(text: str) -> list[str]:
    """Runs of letters, marks and digits."""
    return re.findall(r"[^\W_]+(?:[^\W_]|[\u0300-\u036f\u0900-\u0d7f])*", text)


def _sequence(parts: list[str], entity: Entity, reason: str) -> Term:
    return Term(squeeze("".join(parts)), words_shape(parts), entity, reason)


def _is_part(part: str, words: Wordlists) -> bool:
    """Whether a part of a name is replaced by itself."""
    is_long = len(part) >= _MIN_PART or (len(part) >= 2 and not part.isascii() and is_unspaced(part))
    return is_long and not part.isdigit() and part not in words.ordinary and part not in _TITLES


def _name_terms(name: str, words: Wordlists) -> list[Term]:
    parts = [part for part in words_of(name) if part not in _TITLES] or words_of(name)
    terms = []
    if len("".join(parts)) >= _MIN_PART or (parts and _is_part("".join(parts), words)):
        terms.append(_sequence(parts, Entity.PERSON, "the row's buyer_name"))
        if len(parts) > 1:
            terms.append(_sequence(parts[::-1], Entity.PERSON, "the row's buyer_name, turned round"))
            terms.append(_sequence([parts[0], parts[-1]], Entity.PERSON, "the row's buyer_name, shortened"))
            terms.append(_sequence([parts[-1], parts[0]], Entity.PERSON, "the row's buyer_name, shortened"))
    initials = "".join(sorted({part[0] for part in parts if part[0].isalpha()}))
    for part in dict.fromkeys(parts):
        if _is_part(part, words):
            typo_of = part if len(part) >= MIN_FUZZY and part.isalpha() else ""
            shape = with_initials(part, initials) if len(parts) > 1 else words_shape([part])
            terms.append(Term(squeeze(part), shape, Entity.PERSON, "a part of the row's buyer_name", typo_of))
        elif len(part) >= _MIN_PART and len(parts) > 1 and part not in _TITLES and initials:
            terms.append(Term(squeeze(part), after_initial(part, initials), Entity.PERSON, "initial and part"))
    return terms


def _company_terms(company: str, words: Wordlists) -> list[Term]:
    parts = words_of(company)
    if not parts:
        return []
    reason = "the row's company"
    terms = [_sequence(parts, Entity.ORG, reason)] if len("".join(parts)) >= _MIN_PART else []
    core = company_core(company, words)
    if core and (len(core) > 1 or _is_part(core[0], words)):
        terms.append(_sequence(core, Entity.ORG, f"{reason}, without legal form"))
    if len(core) > 2 and len("".join(core[:2])) >= MIN_FUZZY and not all(part in words.ordinary for part in core[:2]):
        terms.append(_sequence(core[:2], Entity.ORG, f"{reason}, its first words"))
    for part in dict.fromkeys(core):
        if len(part) >= MIN_FUZZY and part.isalpha() and _is_part(part, words) and part not in words.products:
            terms.append(Term(squeeze(part), words_shape([part]), Entity.ORG, f"a word of {reason}", part))
    return terms


def company_core(company: str, words: Wordlists) -> list[str]:
    """The words of a folded company name without legal forms at either end."""
    forms = words.form_words
    parts = words_of(re.sub(r"(?<=\w)[./](?=\w)|\.", "", company))
    while len(parts) > 1 and parts[-1] in forms:
        parts.pop()
    while len(parts) > 1 and parts[0] in forms:
        parts.pop(0)
    return parts


def _email_terms(email: str, words: Wordlists) -> list[Term]:
    local, sign, domain = email.partition("@")
    if not sign or not local or not domain:
        return _code_terms(email, Entity.EMAIL, "the row's email")
    terms = [Term(squeeze(email), address(local, domain), Entity.EMAIL, "the row's email")]
    bare = local.partition("+")[0]
    if len(bare) >= _MIN_CODE and bare not in _ROLES and bare not in words.ordinary:
        terms.append(
            _sequence(words_of(bare), Entity.PERSON, "name of the row's email")
            if words_of(bare)
            else Term(bare, literal(bare), Entity.PERSON, "name of the row's email")
        )
        for part in words_of(bare):
            if len(part) >= _MIN_CODE and part.isalpha() and _is_part(part, words) and part not in words.products:
                terms.append(_sequence([part], Entity.PERSON, "a part of the row's email"))
    if domain not in words.free_mail and "." in domain:
        terms.append(Term(squeeze(domain), domain_shape(domain), Entity.URL, "domain of the row's email"))
        label = domain.split(".")[0]
        if len(label) >= _MIN_CODE and label not in words.ordinary and words_of(label):
            terms.append(_sequence(words_of(label), Entity.ORG, "domain of the row's email"))
    return terms


_ROLES_TEXT = """
    info sales admin contact office purchase purchasing procurement import export orders order support account
    accounts hello mail
"""
_ROLES = frozenset(_ROLES_TEXT.split())


def _phone_terms(value: str) -> list[Term]:
    digits = "".join(str(unicodedata.digit(c)) for c in value if c.isdigit()).lstrip("0")
    if len(digits) < MIN_DIGITS:
        return []
    tail = digits[-9:] if len(digits) >= 9 else digits
    terms = [Term(tail, phone(tail), Entity.PHONE, "the row's phone")]
    if len(digits) > 9:
        short = digits[-MIN_DIGITS:]
        terms.append(Term(short, short_phone(short), Entity.PHONE, "the row's phone, without area"))
    return terms


def _code_terms(value: str, entity: Entity, reason: str) -> list[Term]:
    squeezed = squeeze(value)
    if len(squeezed) < _MIN_CODE:
        return []
    return [Term(squeezed, code(squeezed), entity, reason)]
