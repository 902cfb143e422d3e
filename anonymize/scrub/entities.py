"""What is found in a text, what is done to it, and the placeholders that stand in its stead.

Belongs here: `Found`, masking of placeholders, settling of overlaps, operators. Does not belong here: finding anything.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from schemas.entities import Entity
from schemas.policy import EntityRule, Operator

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
    reason: str = ""
    """The rule that hit, in words."""


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
            joined[-1] = replace(longest, start=last.start, end=max(last.end, one.end))
        else:
            joined.append(one)
    return joined


def _with_marks(one: Found, text: str) -> Found:
    """The finding with the combining marks behind it, which would else join the placeholder."""
    end = one.end
    while end < len(text) and unicodedata.category(text[end]).startswith("M"):
        end += 1
    return one if end == one.end else replace(one, end=end)


def _belongs_to(one: Found, last: Found, text: str) -> bool:
    if one.start < last.end:
        return True
    gap = text[last.end : one.start]
    return one.entity == last.entity and len(gap) <= 2 and not gap.strip(" .-_")


def apply(text: str, found: Sequence[Found], rules: Mapping[Entity, EntityRule]) -> str:
    """The text with settled findings replaced, masked or removed, as the policy rules for their entity."""
    parts = []
    position = 0
    for one in found:
        parts += [text[position : one.start], stand_in(one, text, rules)]
        position = one.end
    return "".join([*parts, text[position:]])


def stand_in(one: Found, text: str, rules: Mapping[Entity, EntityRule]) -> str:
    """What stands instead of one finding: `<EMAIL>`, as many asterisks as it has characters, or nothing."""
    match rules[one.entity].operator:
        case Operator.REPLACE:
            return f"<{one.entity.value}>"
        case Operator.MASK:
            return _VISIBLE.sub("*", text[one.start : one.end])
        case Operator.REMOVE:
            return ""
        case Operator.KEEP:
            return text[one.start : one.end]


_VISIBLE = re.compile(r"\S")
