"""What can be found in a text, how sure one must be, and the placeholders that stand in its stead.

Belongs here: entity names, thresholds, `Found`, masking of placeholders. Does not belong here: finding anything.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum


class Entity(StrEnum):
    """Kinds of identifier; the placeholder of each is its value in angle brackets."""

    PERSON = "PERSON"
    ORG = "ORG"
    ADDRESS = "ADDRESS"
    EMAIL = "EMAIL"
    PHONE = "PHONE"
    URL = "URL"
    HANDLE = "HANDLE"
    IBAN = "IBAN"
    CREDIT_CARD = "CREDIT_CARD"
    IP = "IP"
    IN_PAN = "IN_PAN"
    IN_AADHAAR = "IN_AADHAAR"
    IN_GSTIN = "IN_GSTIN"
    TAX = "TAX"
    ID = "ID"


THRESHOLDS: dict[Entity, float] = {
    Entity.PERSON: 0.5,
    Entity.ORG: 0.5,
    Entity.ADDRESS: 0.5,
    Entity.EMAIL: 0.4,
    Entity.PHONE: 0.4,
    Entity.URL: 0.5,
    Entity.HANDLE: 0.5,
    Entity.IBAN: 0.5,
    Entity.CREDIT_CARD: 0.5,
    Entity.IP: 0.5,
    Entity.IN_PAN: 0.5,
    Entity.IN_AADHAAR: 0.5,
    Entity.IN_GSTIN: 0.5,
    Entity.TAX: 0.5,
    Entity.ID: 0.5,
}
"""Least score at which a finding is replaced, by entity: one threshold for all loses phones or hits part numbers."""

PLACEHOLDER = re.compile("<(?:" + "|".join(entity.value for entity in Entity) + ")>")
"""What already stands for an identifier and is never looked into again."""

BARRIER = "\ufffc"
"""Stands for each character of a placeholder while a text is searched: no word, no blank, in no pattern."""


@dataclass(frozen=True, order=True)
class Found:
    """One identifier in a text: characters `start` to `end` (exclusive) of the normalised text."""

    start: int
    end: int
    entity: Entity
    score: float
    recogniser: str


def mask(text: str) -> str:
    """The text with its placeholders hidden behind barriers of the same length.

    Example: `mask("a <ID> b")` is `a`, blank, four barriers, blank, `b`.
    """
    if "<" not in text:
        return text
    return PLACEHOLDER.sub(lambda match: BARRIER * len(match[0]), text)


def settle(found: list[Found], text: str) -> list[Found]:
    """Findings that overlap, or of one entity that only blanks or dots part, joined; sorted, nothing overlaps.

    The joined finding covers every character of its parts; the longest part names the entity.
    """
    joined: list[Found] = []
    whole = [_with_marks(one, text) for one in found]
    for one in sorted(whole, key=lambda f: (f.start, -(f.end - f.start), -f.score, f.entity, f.recogniser)):
        last = joined[-1] if joined else None
        if last is not None and _belongs_to(one, last, text):
            longest = max(last, one, key=lambda f: (f.end - f.start, f.score, f.entity))
            joined[-1] = Found(last.start, max(last.end, one.end), longest.entity, longest.score, longest.recogniser)
        else:
            joined.append(one)
    return joined


def _with_marks(one: Found, text: str) -> Found:
    """The finding with the combining marks behind it, which would else join the placeholder."""
    end = one.end
    while end < len(text) and unicodedata.category(text[end]).startswith("M"):
        end += 1
    return one if end == one.end else Found(one.start, end, one.entity, one.score, one.recogniser)


def _belongs_to(one: Found, last: Found, text: str) -> bool:
    if one.start < last.end:
        return True
    gap = text[last.end : one.start]
    return one.entity == last.entity and len(gap) <= 2 and not gap.strip(" .-_")


def replace(text: str, found: list[Found]) -> str:
    """The text with settled findings replaced by their placeholders."""
    parts = []
    position = 0
    for one in found:
        parts += [text[position : one.start], f"<{one.entity.value}>"]
        position = one.end
    return "".join([*parts, text[position:]])
