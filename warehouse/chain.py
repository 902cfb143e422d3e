"""The chain: one entry a release, closed epoch, erasure, withdrawal, new key or acceptance, each naming the one before.

Belongs here: what an entry says, in which bytes, and how the next one is added. Does not belong here: what the digests
in it are computed over (`ledger`, `provenance`) and whether all of it still holds (`verification`).

An entry's body is JSON with sorted keys and no blanks; its digest is SHA-256 over those bytes. Bodies are private. The
digest of the newest entry stands in every release, so each body carries a salt: without it somebody could guess counts
until a published digest comes out.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from schemas.errors import DisclosureError
from schemas.releases import WithdrawalReason
from warehouse.duck import Duck

EntryKind = Literal["release", "epoch_closed", "erasure", "withdrawal", "key_rotated", "acceptance"]

GENESIS = "0" * 64
"""What stands for the digest before the first entry."""


@dataclass(frozen=True)
class Entry:
    """One link, as it is stored."""

    number: int
    body: str
    digest: str

    @property
    def facts(self) -> dict[str, Any]:
        """What the body says.

        Raises: DisclosureError if it is no JSON object.
        """
        try:
            facts = json.loads(self.body)
        except ValueError:
            facts = None
        if not isinstance(facts, dict):
            raise DisclosureError(f"entry {self.number} of the ledger's chain is unreadable; restore the ledger")
        return facts


def canonical(facts: dict[str, Any]) -> str:
    """Facts as the one text that is hashed: keys sorted, no blanks, dates in ISO form.

    Example: `canonical({"b": 1, "a": None})` is `{"a":null,"b":1}`.
    """
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), default=_written)


def digest_of_text(text: str) -> str:
    """SHA-256 of a text in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def entries(duck: Duck) -> tuple[Entry, ...]:
    """The whole chain in its order."""
    return tuple(Entry(*row) for row in duck.frame("select number, body, digest from chain order by number").rows())


def head(duck: Duck) -> str:
    """Digest of the newest entry."""
    found = duck.value("select digest from chain order by number desc limit 1")
    return found if isinstance(found, str) else GENESIS


def append(duck: Duck, kind: EntryKind, night: date, facts: dict[str, Any]) -> Entry:
    """Adds an entry; call it in the transaction that makes its facts true.

    Raises: DisclosureError if the chain is broken already: nothing is added to what cannot be trusted.
    """
    known = entries(duck)
    refuse_broken(known)
    number = len(known) + 1
    previous = known[-1].digest if known else GENESIS
    body = canonical({"number": number, "kind": kind, "night": night, "previous": previous, **facts})
    entry = Entry(number, body, digest_of_text(body))
    duck.run("insert into chain values ($number, $body, $digest)", number=number, body=entry.body, digest=entry.digest)
    return entry


def withdrawn(known: tuple[Entry, ...]) -> dict[str, WithdrawalReason]:
    """Releases that the chain says were withdrawn, and why; an entry of before there were reasons says the gravest."""
    return {
        entry.facts["release_id"]: entry.facts.get("reason", "unsafe")
        for entry in known
        if entry.facts["kind"] == "withdrawal"
    }


def broken_link(known: tuple[Entry, ...]) -> tuple[int, str] | None:
    """The first entry that does not follow from the one before, and why; None if the chain is whole in itself."""
    previous = GENESIS
    for number, entry in enumerate(known, start=1):
        if entry.number != number:
            return number, "is missing or out of order"
        if entry.digest != digest_of_text(entry.body):
            return number, "was changed"
        if entry.facts.get("number") != number:
            return number, "is missing or out of order"
        if entry.facts.get("previous") != previous:
            return number, "does not follow from the entry before it"
        previous = entry.digest
    return None


def refuse_broken(known: tuple[Entry, ...]) -> None:
    """Raises DisclosureError if the chain is not whole in itself."""
    broken = broken_link(known)
    if broken:
        raise DisclosureError(
            f"entry {broken[0]} of the ledger's chain {broken[1]}; run mandi ledger verify, restore the ledger's backup"
        )


def _written(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in an entry")
