"""The secret keys: one for the pseudonyms of each epoch, and the key that signs extracts.

Belongs here: creating, checking, reading and destroying keys. Does not belong here: what is computed with them
(`pseudonyms`, `warehouse`). A key file is JSON of one object: format, name, key, check; the check covers the name, so
that a key moved to another epoch is noticed as well as one that was cut or changed. A whole file swapped for another
well-formed one is noticed by whoever stored its `fingerprint` (the ledger). Where keys are kept elsewhere
(`key_sources`), the folder holds empty marks only: which were used here, which are destroyed.
"""

import contextlib
import hashlib
import hmac
import json
import os
import re
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from anonymize.key_sources import FILES, KEY_BYTES, KeySource
from schemas.errors import SecretError

_FORMAT = "mandi-key-1"
SIGNING = "signing"
CACHE = "cache"
_NEXT = "next-"
_EPOCH = re.compile(r"epoch-([0-9]{4})")


@dataclass(frozen=True)
class Keyring:
    """Keys below one folder of mode 0700, each in a file of mode 0600.

    Guarantee: no message of this class holds key material, and a key, once made, never changes
    (tests/unit/test_keyring.py).
    """

    folder: Path
    source: KeySource = FILES

    def epoch_key(self, epoch: int, *, must_exist: bool = False) -> bytes:
        """The 32 secret bytes under which pseudonyms of an epoch are computed; created on first use.

        Args: epoch is a calendar year; with `must_exist` a missing key is an error rather than a reason to make one.
        Raises: SecretError if the key is missing, destroyed, malformed, changed or open to others.
        """
        return self._key(epoch_name(epoch), must_exist=must_exist)

    def has_epoch_key(self, epoch: int) -> bool:
        """Whether the key of an epoch was made, or used here, and is neither lost nor destroyed."""
        name = epoch_name(epoch)
        made = self._path(name) if self.source.makes_keys else self._used(name)
        return made.is_file() and not self._marker(name).exists()

    def is_destroyed(self, epoch: int) -> bool:
        """Whether the key of an epoch was destroyed."""
        return self._marker(epoch_name(epoch)).exists()

    def epochs(self) -> tuple[int, ...]:
        """Epochs of which this folder knows a key, destroyed ones too."""
        names = {path.stem for path in self.folder.glob("epoch-*") if path.suffix in (".key", ".used", ".destroyed")}
        return tuple(sorted(int(found[1]) for name in names if (found := _EPOCH.fullmatch(name))))

    def has(self, name: str) -> bool:
        """Whether the signing key or that of the cache was made, or used here."""
        return (self._path(name) if self.source.makes_keys else self._used(name)).is_file()

    def fingerprint(self, epoch: int) -> str:
        """Keyed check value of an existing epoch key: 32 hexadecimal digits that the ledger stores and compares.

        Raises: SecretError as `epoch_key` with `must_exist`.
        """
        key = self.epoch_key(epoch, must_exist=True)
        return hmac.digest(key, b"mandi/1/fingerprint", "sha256")[:16].hex()

    def noise_key(self, epoch: int) -> bytes:
        """The 32 secret bytes from which noise about an epoch is drawn; gone with the epoch's key.

        Raises: SecretError as `epoch_key` with `must_exist`.
        """
        return hmac.digest(self.epoch_key(epoch, must_exist=True), b"mandi/1/noise", "sha256")

    def signing_key(self, *, must_exist: bool = False) -> Ed25519PrivateKey:
        """The Ed25519 key that signs extracts; created on first use.

        Raises: SecretError as `epoch_key`.
        """
        return Ed25519PrivateKey.from_private_bytes(self._key(SIGNING, must_exist=must_exist))

    def signing_fingerprint(self, *, must_exist: bool = False) -> str:
        """The signing key's public half in hexadecimal: public, and what the ledger compares.

        Raises: SecretError as `epoch_key`.
        """
        return public_half(self.signing_key(must_exist=must_exist))

    def cache_key(self) -> bytes:
        """The 32 secret bytes under which the cache of findings knows its texts; created on first use.

        Raises: SecretError as `epoch_key`.
        """
        return self._key(CACHE, must_exist=False)

    def next_signing_fingerprint(self) -> str:
        """The public half of the key that will sign next: made aside, or whatever the key's keeper gives now.

        Raises: SecretError as `epoch_key`.
        """
        name = _NEXT + SIGNING if self.source.makes_keys else SIGNING
        return public_half(Ed25519PrivateKey.from_private_bytes(self._key(name, must_exist=False)))

    def adopt_next_signing_key(self) -> None:
        """Puts the signing key that was made aside in the place of the one before, whose bytes are gone then.

        Raises: SecretError if there is none, or it cannot be put there.
        """
        if not self.source.makes_keys:
            return
        key = self._key(_NEXT + SIGNING, must_exist=True)
        _create(self._path(SIGNING), SIGNING, key, is_replacing=True)
        self._path(_NEXT + SIGNING).unlink()
        _sync_folder(self.folder)

    def forget_cache_key(self) -> None:
        """Removes the key of the cache; the next night makes another, and finds nothing in the old cache.

        Raises: SecretError if the key is kept elsewhere: replace it there.
        """
        if not self.source.makes_keys:
            raise SecretError(f"key {CACHE}: is not kept here. Replace it where it is kept.")
        self._open_folder(must_exist=False)
        self._path(CACHE).unlink(missing_ok=True)
        _sync_folder(self.folder)

    def destroy_epoch_key(self, epoch: int) -> None:
        """Remove the key of an epoch for ever: its pseudonyms can no longer be linked to anybody.

        A marker stays, so that the key is never silently made anew. Destroying twice changes nothing. A key that
        is kept elsewhere is never asked for again; its keeper has to destroy it there.

        Raises: SecretError if the folder or the file cannot be used.
        """
        name = epoch_name(epoch)
        self._open_folder(must_exist=False)
        try:
            self._mark(self._marker(name))
            self._path(name).unlink(missing_ok=True)
            _sync_folder(self.folder)
        except OSError as error:
            raise SecretError(f"key {name}: cannot be destroyed ({type(error).__name__}).") from None

    def _key(self, name: str, *, must_exist: bool) -> bytes:
        self._open_folder(must_exist=must_exist and self.source.makes_keys)
        if self._marker(name).exists():
            raise SecretError(f"key {name}: was destroyed and is never made again.")
        if not self.source.makes_keys:
            key = self.source.fetch(name)
            self._mark(self._used(name))
            return key
        path = self._path(name)
        if not os.path.lexists(path):
            if must_exist:
                raise SecretError(f"key {name}: is missing. Restore {path.name} from its backup.")
            _create(path, name, secrets.token_bytes(KEY_BYTES))
        return _read(path, name)

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.key"

    def _marker(self, name: str) -> Path:
        return self.folder / f"{name}.destroyed"

    def _used(self, name: str) -> Path:
        return self.folder / f"{name}.used"

    def _mark(self, marker: Path) -> None:
        """Leaves an empty file of mode 0600, durably; one that is there stays."""
        if not marker.exists():
            os.close(os.open(marker, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600))
            _sync_folder(self.folder)

    def _open_folder(self, *, must_exist: bool) -> None:
        if not must_exist and not os.path.lexists(self.folder):
            try:
                for folder in (self.folder.parent, self.folder):
                    if not os.path.lexists(folder):
                        folder.mkdir(mode=0o700, exist_ok=True, parents=True)
                        folder.chmod(0o700)  # whatever the umask says
            except OSError as error:
                raise SecretError(f"key folder: cannot be made ({type(error).__name__}).") from None
        try:
            status = os.lstat(self.folder)
        except OSError as error:
            raise SecretError(f"key folder: is missing or unreadable ({type(error).__name__}).") from None
        if not stat.S_ISDIR(status.st_mode):
            raise SecretError("key folder: is not a folder.")
        _refuse_open_access(status, "key folder", "700")


def epoch_name(epoch: int) -> str:
    """The name of an epoch's key, as `epoch-2026`.

    Raises: SecretError if it is no calendar year.
    """
    if not 1900 <= epoch <= 9999:
        raise SecretError("epoch: is not a calendar year between 1900 and 9999.")
    return f"epoch-{epoch}"


def public_half(key: Ed25519PrivateKey) -> str:
    """The public half of a signing key in hexadecimal."""
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def _check(name: str, key: bytes) -> str:
    """Check value over name and key; it tells a changed file and reveals nothing useful about 32 random bytes."""
    return hashlib.sha256(b"mandi/1/key-file\0" + name.encode() + b"\0" + key).hexdigest()


def _refuse_open_access(status: os.stat_result, what: str, mode: str) -> None:
    if status.st_mode & 0o077:
        raise SecretError(f"{what}: others may read or change it. Run chmod {mode} on it.")
    if status.st_uid != os.geteuid():
        raise SecretError(f"{what}: belongs to another account.")


def _create(path: Path, name: str, key: bytes, *, is_replacing: bool = False) -> None:
    """Write a key aside, make it durable, and put it in place: of another one, or unless a process was faster."""
    content = json.dumps({"format": _FORMAT, "name": name, "key": key.hex(), "check": _check(name, key)}) + "\n"
    aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                os.fchmod(descriptor, 0o600)  # whatever the umask says
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            if is_replacing:
                aside.replace(path)
            else:
                with contextlib.suppress(FileExistsError):  # the other process's key then holds for both
                    os.link(aside, path)
        finally:
            aside.unlink(missing_ok=True)
        _sync_folder(path.parent)
    except OSError as error:
        raise SecretError(f"key {name}: cannot be written ({type(error).__name__}).") from None


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(path: Path, name: str) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)  # a pipe would hold the night
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise SecretError(f"key {name}: is not a plain file.")
            _refuse_open_access(status, f"key {name}", "600")
            content = file.read(4096)
    except OSError as error:
        raise SecretError(f"key {name}: is unreadable ({type(error).__name__}).") from None
    key = _parse(content, name)
    if key is None:
        raise SecretError(f"key {name}: is malformed or was changed. Restore {path.name} from its backup.")
    return key


def _parse(content: bytes, name: str) -> bytes | None:
    try:
        stored = json.loads(content)
        if set(stored) != {"format", "name", "key", "check"} or stored["format"] != _FORMAT or stored["name"] != name:
            return None
        key = bytes.fromhex(stored["key"])
        is_whole = len(key) == KEY_BYTES and hmac.compare_digest(_check(name, key), str(stored["check"]))
    except (ValueError, TypeError, RecursionError):
        return None
    return key if is_whole else None
