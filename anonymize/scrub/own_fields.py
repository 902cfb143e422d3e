"""The strongest lever: a message is signed by the buyer whose name, company, e-mail and phone stand in the same row.

Belongs here: finding a row's own fields in its texts, and the parties of a batch in all its texts. Does not belong
here: recognisers, which know nothing of the row. All searching is done on folded text (`wordlists.fold`), whose offsets
are those of the text.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from anonymize import normalise
from anonymize.scrub.entities import Entity, Found, mask
from anonymize.wordlists import Wordlists, fold

OWN_FIELDS = ("buyer_name", "company", "email", "phone", "tax_id", "payment", "account")
"""Columns of a row that are searched in its texts."""

_GAP = r"[\s.,\-_/()'’]{0,3}"
_DIGIT_GAP = r"[\s().\-–/]{0,3}"
_TITLES_TEXT = """
    mr mrs ms miss dr eng sir madam prof haji hajji shri smt sheikh abu bin ibn van von der den del the and for
"""
_TITLES = frozenset(_TITLES_TEXT.split())
_MIN_PART = 3
_MIN_CODE = 5
_MIN_DIGITS = 7
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


@dataclass(frozen=True)
class Term:
    """One thing to search: a quick needle that must occur, and the pattern that says where."""

    needle: str
    """Folded text without blanks and punctuation, or digits: must occur in the squeezed text."""
    pattern: str
    entity: Entity


def own_terms(row: Mapping[str, str | None], words: Wordlists) -> tuple[Term, ...]:
    """What to search for in the texts of a row, longest pattern first; empty where the row has no identifying field."""
    terms: list[Term] = []
    if name := _kept(row.get("buyer_name")):
        terms += _name_terms(name, words)
    if company := _kept(row.get("company")):
        terms += _company_terms(company, words)
    if email := _kept(row.get("email")):
        terms += _email_terms(email, words)
    if phone := _kept(row.get("phone")):
        terms += _phone_terms(phone)
    for field, entity in (("tax_id", Entity.TAX), ("payment", Entity.ID), ("account", Entity.ID)):
        if code := _kept(row.get(field)):
            terms += _code_terms(code, entity)
    return tuple(sorted(set(terms), key=lambda term: (-len(term.needle), term.needle, term.entity)))


def find_own(text: str, terms: tuple[Term, ...]) -> list[Found]:
    """Where a row's own terms stand in one of its texts; placeholders are not looked into."""
    folded = fold(text)
    squeezed = squeeze(folded)
    present = [term for term in terms if term.needle in squeezed]
    if not present:
        return []
    hidden = fold(mask(text))
    return [
        Found(match.start(), match.end(), term.entity, 1.0, "own_fields")
        for term in present
        for match in _compiled(term.pattern).finditer(hidden)
    ]


def squeeze(text: str) -> str:
    """Letters, marks and digits of folded text and nothing else: what needles are looked up in."""
    return _NO_WORD.sub("", text)


_NO_WORD = re.compile(r"[\W_]+")


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _kept(value: str | None) -> str | None:
    """The value folded and without invisible characters; null if it stands for nothing."""
    if value is None:
        return None
    text = value
    if not value.isascii() or not value.isprintable():
        wide = unicodedata.normalize("NFKC", value)
        text = "".join(c for c in wide if unicodedata.category(c) not in ("Cf", "Cc") or c in "\n\t")
    text = " ".join(fold(text).split())
    return None if not text or text in normalise.MISSING else text


def _words(text: str) -> list[str]:
    """Runs of letters, marks and digits."""
    return re.findall(r"[^\W_]+(?:[^\W_]|[\u0300-\u036f\u0900-\u0d7f])*", text)


def word_pattern(parts: list[str]) -> str:
    """The parts one after the other, whatever blanks or dots stand between, at the borders of a word.

    Scripts without blanks have no borders.
    """
    body = _GAP.join(re.escape(part) for part in parts)
    if _UNSPACED.search("".join(parts)):
        return body
    left = r"(?<![^\W\d_])" if parts[0][0].isalpha() else r"(?<![^\W_])"
    right = r"(?![^\W\d_])" if parts[-1][-1].isalpha() else r"(?![^\W_])"
    return left + body + right


def _sequence(parts: list[str], entity: Entity) -> Term:
    return Term(squeeze("".join(parts)), word_pattern(parts), entity)


def _is_part(part: str, words: Wordlists) -> bool:
    """Whether a part of a name is replaced by itself."""
    is_long = len(part) >= _MIN_PART or (len(part) >= 2 and not part.isascii() and bool(_UNSPACED.search(part)))
    return is_long and not part.isdigit() and part not in words.ordinary and part not in _TITLES


def _name_terms(name: str, words: Wordlists) -> list[Term]:
    parts = _words(name)
    terms = []
    if len("".join(parts)) >= _MIN_PART or (parts and _is_part("".join(parts), words)):
        terms.append(_sequence(parts, Entity.PERSON))
        if len(parts) > 1:
            terms.append(_sequence(parts[::-1], Entity.PERSON))
    terms += [_sequence([part], Entity.PERSON) for part in parts if _is_part(part, words)]
    return terms


def _company_terms(company: str, words: Wordlists) -> list[Term]:
    parts = _words(company)
    if not parts:
        return []
    terms = [_sequence(parts, Entity.ORG)] if len("".join(parts)) >= _MIN_PART else []
    core = company_core(company, words)
    if core and (len(core) > 1 or _is_part(core[0], words)):
        terms.append(_sequence(core, Entity.ORG))
    return terms


def company_core(company: str, words: Wordlists) -> list[str]:
    """The words of a folded company name without legal forms at either end."""
    forms = words.form_words
    parts = _words(re.sub(r"(?<=\w)[./](?=\w)|\.", "", company))
    while len(parts) > 1 and parts[-1] in forms:
        parts.pop()
    while len(parts) > 1 and parts[0] in forms:
        parts.pop(0)
    return parts


def _email_terms(email: str, words: Wordlists) -> list[Term]:
    local, sign, domain = email.partition("@")
    if not sign or not local or not domain:
        return _code_terms(email, Entity.EMAIL)
    terms = [Term(squeeze(email), re.escape(email), Entity.EMAIL)]
    bare = local.partition("+")[0]
    if len(bare) >= _MIN_CODE and bare not in _ROLES and bare not in words.ordinary:
        terms.append(
            _sequence(_words(bare), Entity.PERSON) if _words(bare) else Term(bare, re.escape(bare), Entity.PERSON)
        )
    if domain not in words.free_mail and "." in domain:
        terms.append(Term(squeeze(domain), r"(?<![^\W_])" + re.escape(domain) + r"(?![^\W_])", Entity.URL))
        label = domain.split(".")[0]
        if len(label) >= _MIN_CODE and label not in words.ordinary and _words(label):
            terms.append(_sequence(_words(label), Entity.ORG))
    return terms


_ROLES_TEXT = """
    info sales admin contact office purchase purchasing procurement import export orders order support account
    accounts hello mail
"""
_ROLES = frozenset(_ROLES_TEXT.split())


def _phone_terms(phone: str) -> list[Term]:
    digits = "".join(str(unicodedata.digit(c)) for c in phone if c.isdigit()).lstrip("0")
    if len(digits) < _MIN_DIGITS:
        return []
    tail = digits[-9:] if len(digits) >= 9 else digits
    before = rf"(?:[+(][+( ]{{0,2}})?(?:[0-9]{_DIGIT_GAP}){{0,7}}"
    return [Term(tail, before + _DIGIT_GAP.join(tail), Entity.PHONE)]


def _code_terms(code: str, entity: Entity) -> list[Term]:
    squeezed = squeeze(code)
    if len(squeezed) < _MIN_CODE:
        return []
    body = r"[\s.\-/_@]{0,2}".join(re.escape(character) for character in squeezed)
    return [Term(squeezed, r"(?<![^\W_])" + body + r"(?![^\W_])", entity)]


def parties_of(events: pl.DataFrame, words: Wordlists) -> dict[str, Entity]:
    """Names and companies of a batch that are distinct enough to be searched in all its texts, folded.

    A party has at least two words, not all of them ordinary, or is one word of at least six letters that is not.
    """
    parties: dict[str, Entity] = {}
    for column, entity in (("buyer_name", Entity.PERSON), ("company", Entity.ORG)):
        for value in events[column].drop_nulls().unique().sort().to_list():
            text = _kept(value)
            if text is None:
                continue
            parts = company_core(text, words) if entity is Entity.ORG else _words(text)
            if _is_distinct(parts, words):
                parties.setdefault(" ".join(parts), entity)
    return parties


def _is_distinct(parts: list[str], words: Wordlists) -> bool:
    known = [part for part in parts if part in words.ordinary or len(part) < 2]
    if len(parts) >= 2:
        return len(known) < len(parts) and len("".join(parts)) >= 6
    return len(parts) == 1 and len(parts[0]) >= 6 and not known and parts[0].isalpha()


def find_parties(texts: pl.Series, parties: Mapping[str, Entity]) -> dict[int, list[Found]]:
    """Parties of the batch by position of the text; only texts in which one stands at the borders of a word."""
    if not parties or texts.is_empty():
        return {}
    folded = pl.Series("text", [fold(mask(text)) for text in texts.to_list()], dtype=pl.String)
    patterns = sorted(parties)
    hits = (
        folded.to_frame()
        .select(pl.col("text").str.extract_many(patterns, overlapping=True).alias("hit"))
        .with_row_index("at")
        .filter(pl.col("hit").list.len() > 0)
    )
    found: dict[int, list[Found]] = {}
    for at, names in hits.iter_rows():
        for name in sorted(set(names)):
            for match in _compiled(word_pattern(name.split(" "))).finditer(folded[at]):
                found.setdefault(at, []).append(Found(match.start(), match.end(), parties[name], 0.9, "parties"))
    return found
