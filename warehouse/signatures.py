"""Signed checksums: anyone can tell whether an extract is what was published, with no account and no network."""

import base64
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from schemas.errors import FeedFileError
from warehouse.datapackage import PACKAGE
from warehouse.files import checksums, sha256_of, write_whole

SUMS, SIGNATURE, PUBLIC_KEY = "SHA256SUMS", "SHA256SUMS.sig", "public-key.pem"
_SIGNED_ASIDE = frozenset({SUMS, SIGNATURE})


@dataclass(frozen=True)
class Verification:
    """What `verify` found; `problems` is empty when the folder is exactly what was signed."""

    n_files: int
    key_fingerprint: str
    problems: tuple[str, ...]


def sign(folder: Path, key: Ed25519PrivateKey) -> None:
    """Writes the public key, `SHA256SUMS` over every file of a folder, and the signature of those sums.

    Ed25519 is deterministic (RFC 8032): the same files and key give the same bytes.
    """
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    write_whole(folder / PUBLIC_KEY, public)
    sums = checksums(folder, without=_SIGNED_ASIDE).encode()
    write_whole(folder / SUMS, sums)
    write_whole(folder / SIGNATURE, base64.b64encode(key.sign(sums)) + b"\n")


def verify(folder: Path, key: Path | None = None) -> Verification:
    """Checks a folder against its signed checksums.

    Args:
        folder: An extract as it was downloaded.
        key: Public key that you trust; without it the key beside the extract is used, whose fingerprint you should
            compare with the one published elsewhere.

    Guarantee: a folder that holds any part of an extract and lacks another has a problem, as one whose key was broken
        has (`tests/unit/test_signatures.py`).

    Raises: FeedFileError if the folder holds nothing of an extract, or `key` is no public key.
    """
    parts = (SUMS, SIGNATURE, PUBLIC_KEY)
    missing = tuple(name for name in parts if not (folder / name).is_file())
    if len(missing) == len(parts) and not (folder / PACKAGE).is_file():
        raise FeedFileError(f"{folder.name} lacks {', '.join(missing)}: it is no extract")
    trusted = public_key(key) if key else None
    if missing:
        return Verification(0, "", tuple(f"{name} is missing" for name in missing))
    public = trusted or _key_beside(folder)
    if public is None:
        return Verification(0, "", (f"{PUBLIC_KEY} is no Ed25519 public key",))
    sums = (folder / SUMS).read_bytes()
    problems = []
    try:
        public.verify(base64.b64decode((folder / SIGNATURE).read_bytes()), sums)
    except (InvalidSignature, ValueError):
        problems.append(f"{SUMS} was not signed by this key")
    lines = (line.partition("  ") for line in sums.decode(errors="replace").splitlines())
    listed = {name: digest for digest, _, name in lines}
    present = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} - _SIGNED_ASIDE
    holding = {str(parent) for name in listed for parent in Path(name).parents}
    folders = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_dir()}
    links = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_symlink())
    problems += [f"{name} is a link, where a file was signed" for name in links]
    problems += [f"folder {name} is not part of the extract" for name in sorted(folders - holding)]
    problems += [f"{name} is missing" for name in sorted(set(listed) - present)]
    problems += [f"{name} is not part of the extract" for name in sorted(present - set(listed))]
    problems += [
        f"{name} was changed" for name in sorted(present & set(listed)) if sha256_of(folder / name) != listed[name]
    ]
    return Verification(len(listed), fingerprint(public), tuple(problems))


def _key_beside(folder: Path) -> Ed25519PublicKey | None:
    """The public key beside an extract; None if it is broken."""
    with suppress(FeedFileError):
        return public_key(folder)
    return None


def public_key(source: Path) -> Ed25519PublicKey:
    """The public key in a PEM file, or beside an extract.

    Raises: FeedFileError if it is none.
    """
    path = source / PUBLIC_KEY if source.is_dir() else source
    if not path.is_file():
        raise FeedFileError(f"{path.name}: there is no such file; name the publisher's public key")
    try:
        public = serialization.load_pem_public_key(path.read_bytes())
    except (ValueError, OSError):
        public = None
    if not isinstance(public, Ed25519PublicKey):
        raise FeedFileError(f"{path.name} is no Ed25519 public key")
    return public


def fingerprint(key: Ed25519PublicKey) -> str:
    """The public key's bytes in hexadecimal, in groups of four: what people compare."""
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw).hex()
    return " ".join(raw[at : at + 4] for at in range(0, len(raw), 4))
