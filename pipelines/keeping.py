"""What the commands of the ledger's keeper need besides the ledger."""

from datetime import date

from assets.figures import figures_of
from schemas.errors import NightError
from schemas.home import Home


def audited_digests(home: Home) -> dict[date, str]:
    """Digests of the bytes that passed each night's audit, from the reports that are still there."""
    found = {}
    for folder in sorted((home.private / "reports").glob("*")):
        try:
            night = date.fromisoformat(folder.name)
            audit = figures_of(home, night, "audit")
        except (ValueError, NightError):
            continue
        if audit.get("has_passed"):
            found[night] = str(audit["digest"])
    return found
