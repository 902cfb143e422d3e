"""What stays although a recogniser would take it: brands, standards and certificates that are product words.

Belongs here: the allow list and what it applies to. Does not belong here: the lists themselves (`config/`).
"""

from anonymize.scrub.entities import Found
from anonymize.wordlists import Wordlists, plain_phrase
from schemas.entities import Entity
from schemas.policy import Scrub

_NAMES = frozenset(
    [Entity.PERSON, Entity.ORG, Entity.ADDRESS, Entity.HANDLE, Entity.DOCUMENT, Entity.PHONE, Entity.TAX]
)
"""Entities without a proof of their own, which a brand or a standard may be mistaken for."""


class Allowed:
    """Tells findings that are nothing but a brand or a standard."""

    def __init__(self, words: Wordlists, policy: Scrub) -> None:
        self._brands = words.brands if policy.brands == "keep" else frozenset()
        self._standards = words.standards
        self._ordinary = words.ordinary

    def reason(self, one: Found, text: str) -> str | None:
        """Why a finding stays, or null. A firm called `Samsung Traders` is no brand, and
        a person may be called Zara: only brands that are no names are kept from persons.
        """
        if one.entity not in _NAMES or one.end - one.start > 40:
            return None
        phrase = plain_phrase(text[one.start : one.end])
        if phrase in self._standards:
            return "allow list: standard"
        is_brand = phrase in self._brands and (one.entity is not Entity.PERSON or phrase in self._ordinary)
        return "allow list: brand" if is_brand else None
