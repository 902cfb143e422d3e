"""What a ledger says of classes, draws and estimates, by night, as digests that may never change once it is sealed."""

import hashlib
from datetime import date
from typing import Any

from warehouse.duck import Duck
from warehouse.statements import statement


def facts_digests(duck: Duck) -> dict[date, str]:
    """SHA-256 over what the ledger says of every night's classes, estimates and terms, whatever the public schema is.

    Returns: by night; a night of which it says nothing is left out.
    """
    digests: dict[date, Any] = {}
    for name in ("facts", "draw_facts", "estimate_facts", "term_facts"):
        parts = duck.frame(statement(f"ledger/{name}")).partition_by("night", as_dict=True, maintain_order=True)
        for (night,), part in parts.items():
            digests.setdefault(night, hashlib.sha256()).update(part.write_csv().encode())
    return {night: digest.hexdigest() for night, digest in digests.items()}
