"""A night as the ledger knows it, and what the chain's entry of its release says of it."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from warehouse.accounting import Accounting
from warehouse.chain import canonical, digest_of_text
from warehouse.provenance import code_version


@dataclass(frozen=True)
class NightRecord:
    """A night as the ledger knows it."""

    night: date
    previous: date | None
    is_sealed: bool
    release_id: str
    policy_digest: str
    code_digest: str
    taxonomy_digest: str
    classes_digest: str | None
    facts_digest: str | None
    closed_epoch: int
    """Epochs up to this one had closed on that night."""

    accounting: Accounting


def release_facts(record: NightRecord, *, classes_digest: str, facts_digest: str) -> dict[str, Any]:
    """What the chain's entry of a release says of its night; the files it was published as come on top."""
    return {
        "release_id": record.release_id,
        "policy_digest": record.policy_digest,
        "code_version": code_version(),
        "code_digest": record.code_digest,
        "taxonomy_digest": record.taxonomy_digest,
        "classes_digest": classes_digest,
        "facts_digest": facts_digest,
        "accounting_digest": digest_of_text(canonical(asdict(record.accounting))),
    }
