"""`releases.json`: every release, which of them were withdrawn, and the publisher's signature, in one file.

One file, so that a reader never holds a list beside the signature of another. It shows what was published up to its
newest release; nothing in it can show that a newer list exists.
"""

import base64
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from schemas.errors import FeedFileError
from schemas.releases import ListedRelease, ReleaseList, WithdrawalReason
from warehouse.chain import canonical
from warehouse.files import write_whole

LIST = "releases.json"


def write_list(releases: Iterable[ListedRelease], folder: Path, key: Ed25519PrivateKey) -> None:
    """Writes the signed list in one step, unless it says so already; the same list and key give the same bytes."""
    told = tuple(releases)
    signature = base64.b64encode(key.sign(_signed(told))).decode()
    whole = ReleaseList(releases=told, public_key=key.public_key().public_bytes_raw().hex(), signature=signature)
    content = (whole.model_dump_json(indent=2) + "\n").encode()
    path = folder / LIST
    if not path.is_file() or path.read_bytes() != content:
        write_whole(path, content)


def read_list(content: bytes, key: Ed25519PublicKey, *, name: str = LIST) -> tuple[ListedRelease, ...]:
    """The releases of a list that `key` signed.

    Raises: FeedFileError if it is no list, or not signed by this key.
    """
    try:
        told = ReleaseList.model_validate_json(content)
        signature = base64.b64decode(told.signature, validate=True)
    except ValueError:
        told = None
    if told is None:
        raise FeedFileError(f"{name} is no list of releases, or of another version of Mandi; fetch it again")
    try:
        key.verify(signature, _signed(told.releases))
    except InvalidSignature:
        told = None
    if told is None:
        raise FeedFileError(f"{name} was not signed by the key that is trusted; fetch it where the key came from")
    return told.releases


def listed(releases: Path) -> tuple[ListedRelease, ...]:
    """The releases that the installation's own list names; none where there is no list yet."""
    path = releases / LIST
    if not path.is_file():
        return ()
    return ReleaseList.model_validate_json(path.read_text(encoding="utf-8")).releases


def former_list(releases: Path) -> tuple[ListedRelease, ...]:
    """As `listed`, for whoever writes the list anew: one that cannot be read is none."""
    with suppress(ValueError):
        return listed(releases)
    return ()


def withdrawn_in(releases: Path) -> dict[str, WithdrawalReason]:
    """Releases that the installation's own list says were withdrawn, and why; none if it cannot be read."""
    return {each.release_id: each.withdrawn for each in former_list(releases) if each.withdrawn}


def _signed(releases: tuple[ListedRelease, ...]) -> bytes:
    return canonical({"releases": [release.model_dump(mode="json") for release in releases]}).encode()
