"""Whether the ledger still says what it said: every entry of the chain, computed again from stored and published data.

Called by `mandi ledger verify`. Reads only. What it cannot see is a ledger rewritten from its first entry on together
with every release; whoever kept a `release.json` can, because it holds the head of the chain.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from schemas.errors import MandiError
from schemas.home import Home
from schemas.published import SCHEMA_VERSION
from schemas.releases import ReleaseManifest
from warehouse.chain import GENESIS, Entry, broken_link, entries, withdrawn
from warehouse.files import tree_digest
from warehouse.ledger import NO_FACTS, Ledger
from warehouse.provenance import files_digest
from warehouse.records import NightRecord, release_facts
from warehouse.release import MANIFEST
from warehouse.statements import statement


@dataclass(frozen=True)
class Link:
    """One entry, and what is wrong with it."""

    number: int
    kind: str
    night: str
    digest: str
    facts: Mapping[str, Any]
    problem: str | None


def verify(ledger: Ledger, home: Home, *, audited: Mapping[date, str]) -> tuple[Link, ...]:
    """Every entry of the chain in its order, up to the first broken one; a break beyond the entries comes last.

    Args:
        ledger: Whose chain it is.
        home: Where the releases stand.
        audited: Digests of the very bytes that passed each night's audit, where a report still tells them.

    Guarantee: a class, an accounting, a policy digest, an entry or a published file that was changed, removed or moved
        breaks a link (`tests/attack/test_ledger_chain.py`).
    """
    known = entries(ledger.duck)
    break_in_chain = broken_link(known)
    check = _Check(ledger, home, audited, frozenset(withdrawn(known)) if not break_in_chain else frozenset())
    links = []
    for number, entry in enumerate(known, start=1):
        problem = break_in_chain[1] if break_in_chain and break_in_chain[0] == number else None
        facts = {} if problem else entry.facts
        problem = problem or check.problem_of(entry)
        kind, night = str(facts.get("kind", "entry")), str(facts.get("night", ""))
        links.append(Link(number, kind, night, entry.digest, facts, problem))
        if problem:
            return tuple(links)
    beyond = check.problem_beyond()
    if beyond:
        links.append(Link(len(known) + 1, "release", beyond[0], "", {}, beyond[1]))
    return tuple(links)


class _Check:
    """Compares entries with what the ledger stores and what is published, one after the other."""

    def __init__(self, ledger: Ledger, home: Home, audited: Mapping[date, str], withdrawn_ids: frozenset[str]) -> None:
        self._ledger, self._home, self._audited, self._withdrawn = ledger, home, audited, withdrawn_ids
        self._records = {record.night: record for record in ledger.records() if record.is_sealed}
        self._facts = ledger.facts_digests()
        self._previous: NightRecord | None = None
        self._head = GENESIS
        self._classes = ledger.duck.frame(statement("classes"), night=date.min)
        self._digest = hashlib.sha256(self._classes.clear().write_csv().encode())  # as `door.digest_of`, in steps

    def problem_of(self, entry: Entry) -> str | None:
        """What is wrong with an entry that follows from the one before; None if nothing is."""
        facts = entry.facts
        problem = None
        if facts["kind"] == "release":
            problem = self._problem_of_release(date.fromisoformat(facts["night"]), facts)
        elif facts["kind"] == "epoch_closed" and facts["epoch"] in self._ledger.epochs():
            problem = f"says that epoch {facts['epoch']} closed, and the ledger still holds pseudonyms of it"
        self._head = entry.digest
        return problem

    def problem_beyond(self) -> tuple[str, str] | None:
        """A published night or release that no entry tells of; None if there is none."""
        for night in sorted(set(self._records) | (set(self._facts) - self._open_nights())):
            return night.isoformat(), "is published in the ledger and has no entry in the chain"
        told = {entry.facts["release_id"] for entry in entries(self._ledger.duck) if entry.facts["kind"] == "release"}
        for path in sorted(self._home.releases.glob(f"*/{MANIFEST}")):
            if path.parent.name not in told:
                return path.parent.name, "stands under releases/ and has no entry in the chain"
        return None

    def _open_nights(self) -> set[date]:
        return {record.night for record in self._ledger.records() if not record.is_sealed}

    def _problem_of_release(self, night: date, facts: dict[str, Any]) -> str | None:
        record = self._records.pop(night, None)
        facts_digest = self._facts.pop(night, NO_FACTS)
        if record is None:
            return "tells of a night that the ledger does not know as published"
        stored = release_facts(record, classes_digest=record.classes_digest or "", facts_digest=facts_digest)
        stored.pop("code_version")  # the program's of today; the digest of the code is the night's own
        wrong = sorted(name.removesuffix("_digest") for name, value in stored.items() if facts.get(name) != value)
        if wrong:
            return f"does not fit the ledger's {', '.join(wrong)}"
        previous, self._previous = self._previous, record
        if record.accounting.n_pooled_before != (previous.accounting.n_pooled if previous else 0):
            return "begins with another pool than the release before it left"
        return self._problem_of_files(record, facts)

    def _problem_of_files(self, record: NightRecord, facts: dict[str, Any]) -> str | None:
        folder = self._home.release(record.release_id)
        published = self._published(record)
        if not folder.is_dir():
            return None if record.release_id in self._withdrawn else "has no folder under releases/"
        try:
            manifest = ReleaseManifest.model_validate_json((folder / MANIFEST).read_text(encoding="utf-8"))
            found = files_digest(folder)
        except (MandiError, OSError, ValueError):
            return "has published files that cannot be read"
        if found != facts["files_digest"]:
            return "has published files that were changed"
        if record.night in self._audited and self._audited[record.night] != tree_digest(folder):
            return "has published bytes that are not those the audit passed"
        told = (manifest.policy_digest, manifest.classes_digest, manifest.chain_head, manifest.release_id)
        if told != (facts["policy_digest"], facts["classes_digest"], self._head, record.release_id):
            return f"has a {MANIFEST} that says something else"
        if manifest.schema_version == SCHEMA_VERSION and published != facts["classes_digest"]:
            return "does not fit the ledger's classes as they would be published"
        return None

    def _published(self, record: NightRecord) -> str:
        """Digest of all classes up to a release, as the ledger would publish them today; asked in order."""
        own = self._classes.filter(release_id=record.release_id)
        self._digest.update(own.write_csv(include_header=False).encode())
        return self._digest.hexdigest()


def first_problem(links: tuple[Link, ...]) -> str | None:
    """One sentence on the first broken link; None if the chain holds."""
    broken = next((link for link in links if link.problem), None)
    if broken is None:
        return None
    return f"the chain breaks at entry {broken.number} ({broken.kind} {broken.night}): it {broken.problem}"
