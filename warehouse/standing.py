"""Where an extract stands: exactly one of valid, superseded, withdrawn, tampered, and why.

Needs the folder alone, and for more than "nothing in it was changed" the publisher's list of releases. Called by
`mandi verify`, which works anywhere: no home, no account, no network unless an address is given.
"""

import json
import urllib.request
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from schemas.errors import ConfigurationError, FeedFileError
from schemas.releases import WITHDRAWAL_REASONS
from warehouse.datapackage import PACKAGE
from warehouse.listing import LIST, read_list
from warehouse.signatures import Verification, public_key, verify

MAX_LIST_BYTES = 16 * 2**20
_TIMEOUT_SECONDS = 20


class State(StrEnum):
    """What an extract is; a tampered one is nothing else."""

    VALID = "valid"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    TAMPERED = "tampered"


EXIT_CODES = {State.VALID: 0, State.SUPERSEDED: 3, State.WITHDRAWN: 4, State.TAMPERED: 5}
"""What `mandi verify` ends with; 1 and 2 are every command's own."""


@dataclass(frozen=True)
class Standing:
    """An extract's state, the sentences that say why, and what was verified."""

    state: State
    told: tuple[str, ...]
    release_id: str | None
    """Release that the extract says it is of; None if it cannot be believed."""

    verification: Verification


def standing(
    folder: Path, *, key: Path | None = None, releases: bytes | None = None, list_name: str = LIST
) -> Standing:
    """Where an extract stands.

    Args:
        folder: An extract as it was downloaded.
        key: Public key that is trusted; without it the one beside the extract.
        releases: The publisher's list, as `read_releases` or `list_beside` finds it; None if there is none at hand.
        list_name: What an error calls that list.

    Guarantee: whatever was changed, added, removed or signed by another key is tampered, before anything in it is
        believed (`tests/unit/test_standing.py`).

    Raises: FeedFileError if the folder is no extract, or the list is none or was not signed by the same key.
    """
    found = verify(folder, key)
    if found.problems:
        return Standing(State.TAMPERED, found.problems, None, found)
    release_id = _release_of(folder)
    if releases is None:
        told = "whether it was superseded or withdrawn stands in the publisher's list; pass it with --releases"
        return Standing(State.VALID, (told,), release_id, found)
    known = {release.release_id: release for release in read_list(releases, public_key(key or folder), name=list_name)}
    newest = max(known, default="")
    own = known.get(release_id)
    if own is None and release_id <= newest:
        told = f"the publisher's list, which goes to {newest}, knows no release {release_id}"
        return Standing(State.TAMPERED, (told,), release_id, found)
    if own is None:
        told = f"the list ends with release {newest or 'none'}, before this one; fetch a newer list"
        return Standing(State.VALID, (told,), release_id, found)
    if own.withdrawn:
        return Standing(State.WITHDRAWN, (WITHDRAWAL_REASONS[own.withdrawn],), release_id, found)
    newer = [each for each in sorted(known) if each > release_id and not known[each].withdrawn]
    if newer:
        return Standing(State.SUPERSEDED, (f"the newest release is {newer[-1]}",), release_id, found)
    return Standing(State.VALID, (f"it is the newest of a list that goes to {newest}",), release_id, found)


def list_beside(folder: Path) -> bytes | None:
    """The list of the installation in which a folder stands where it was published; None for a copied folder."""
    parents = folder.resolve().parents
    if len(parents) < 3 or parents[0].name != "extracts" or not (parents[2] / LIST).is_file():
        return None
    return (parents[2] / LIST).read_bytes()


def read_releases(source: str) -> bytes:
    """A list of releases from a file, or from an address that begins with https:// or http://.

    What comes from there is believed only if it is signed, so that the way it came does not matter.

    Raises: FeedFileError if it cannot be fetched or is far too large; ConfigurationError for another kind of address.
    """
    if "://" not in source:
        path = Path(source)
        return (path / LIST if path.is_dir() else path).read_bytes()
    if not source.startswith(("https://", "http://")):
        raise ConfigurationError("--releases takes a file, or an address that begins with https:// or http://")
    problem = ""
    try:
        opener = urllib.request.build_opener(_SameKindOfAddress)
        with opener.open(source, timeout=_TIMEOUT_SECONDS) as answer:
            content: bytes = answer.read(MAX_LIST_BYTES + 1)
        problem = "is larger than any list of releases" if len(content) > MAX_LIST_BYTES else ""
    except (OSError, ValueError) as error:
        problem = f"cannot be fetched ({type(error).__name__})"
    if problem:
        raise FeedFileError(f"the list of releases {problem}; check the address")
    return content


class _SameKindOfAddress(urllib.request.HTTPRedirectHandler):
    """Follows a redirection only to another address of the web, which is what the base class does, and never back to
    http from https."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):  # type: ignore[no-untyped-def]
        if req.full_url.startswith("https://") and not newurl.startswith("https://"):
            return None
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _release_of(folder: Path) -> str:
    """The release that a verified extract says it is of."""
    release_id = None
    try:
        release_id = json.loads((folder / PACKAGE).read_text(encoding="utf-8"))["mandi"]["release_id"]
    except (OSError, ValueError, KeyError, TypeError):
        release_id = None
    if not isinstance(release_id, str):
        raise FeedFileError(f"{folder.resolve().name} does not say of which release it is: it is no extract")
    return release_id
