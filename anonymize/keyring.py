"""The secret keys: one for the pseudonyms of each epoch, and the key that signs extracts.

Belongs here: creating, checking, reading and destroying keys. Does not belong here: what is computed with them
(`pseudonyms`, `warehouse`). A key file is JSON of one object: format, name, key, check; the check covers the name, so
that a key moved to another epoch is noticed as well as one that was cut or changed. A whole file swapped for another
well-formed one is noticed by whoever stored its `fingerprint` (the ledger).
"""

import contextlib
import hashlib
import hmac
import json
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from schemas.errors import SecretError

_FORMAT = "mandi-key-1"
_KEY_BYTES = 32
_SIGNING = "signing"
_CACHE = "cache"


@dataclass(frozen=True)
class Keyring:
    """Keys below one folder of mode 0700, each in a file of mode 0600.

    Guarantee: no message of this class holds key material, and a key, once made, never changes
    (tests/unit/test_keyring.py).
    """

    folder: Path

    def epoch_key(self, epoch: int, *, must_exist: bool = False) -> bytes:
        """The 32 secret bytes under which pseudonyms of an epoch are computed; created on first use.

        Args: epoch is a calendar year; with `must_exist` a missing key is an error rather than a reason to make one.
        Raises: SecretError if the key is missing, destroyed, malformed, changed or open to others.
        """
        return self._key(_epoch_name(epoch), must_exist=must_exist)

    def has_epoch_key(self, epoch: int) -> bool:
        """Whether the key of an epoch stands in its file: made, and neither lost nor destroyed."""
        name = _epoch_name(epoch)
        return self._path(name).is_file() and not self._marker(name).exists()

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
        return Ed25519PrivateKey.from_private_bytes(self._key(_SIGNING, must_exist=must_exist))

    def cache_key(self) -> bytes:
        """The 32 secret bytes under which the cache of findings knows its texts; created on first use.

        Raises: SecretError as `epoch_key`.
        """
        return self._key(_CACHE, must_exist=False)

    def destroy_epoch_key(self, epoch: int) -> None:
        """Remove the key of an epoch for ever: its pseudonyms can no longer be linked to anybody.

        A marker stays, so that the key is never silently made anew. Destroying twice changes nothing.

        Raises: SecretError if the folder or the file cannot be used.
        """
        name = _epoch_name(epoch)
        self._open_folder(must_exist=False)
        try:
            self._marker(name).touch(mode=0o600)
            _sync_folder(self.folder)
            self._path(name).unlink(missing_ok=True)
            _sync_folder(self.folder)
        except OSError as error:
            raise SecretError(f"key {name}: cannot be destroyed ({type(error).__name__}).") from None

    def _key(self, name: str, *, must_exist: bool) -> bytes:
        self._open_folder(must_exist=must_exist)
        if self._marker(name).exists():
            raise SecretError(f"key {name}: was destroyed and is never made again.")
        path = self._path(name)
        if not os.path.lexists(path):
            if must_exist:
                raise SecretError(f"key {name}: is missing. Restore {path.name} from its backup.")
            _create(path, name)
        return _read(path, name)

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.key"

    def _marker(self, name: str) -> Path:
        return self.folder / f"{name}.destroyed"

    def _open_folder(self, *, must_exist: bool) -> None:
        if not must_exist and not os.path.lexists(self.folder):
            try:
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError as error:
                raise SecretError(f"key folder: cannot be made ({type(error).__name__}).") from None
        try:
            status = os.lstat(self.folder)
        except OSError as error:
            raise SecretError(f"key folder: is missing or unreadable ({type(error).__name__}).") from None
        if not stat.S_ISDIR(status.st_mode):
            raise SecretError("key folder: is not a folder.")
        _refuse_open_access(status, "key folder", "700")


def _epoch_name(epoch: int) -> str:
    if not 1900 <= epoch <= 9999:
        raise SecretError("epoch: is not a calendar year between 1900 and 9999.")
    return f"epoch-{epoch}"


def _check(name: str, key: bytes) -> str:
    """Check value over name and key; it tells a changed file and reveals nothing useful about 32 random bytes."""
    return hashlib.sha256(b"mandi/1/key-file\0" + name.encode() + b"\0" + key).hexdigest()


def _refuse_open_access(status: os.stat_result, what: str, mode: str) -> None:
    if status.st_mode & 0o077:
        raise SecretError(f"{what}: others may read or change it. Run chmod {mode} on it.")
    if status.st_uid != os.geteuid():
        raise SecretError(f"{what}: belongs to another account.")


def _create(path: Path, name: str) -> None:
    """Write a new key aside, make it durable, and put it in place unless another process was faster."""
    key = secrets.token_bytes(_KEY_BYTES)
    content = json.dumps({"format": _FORMAT, "name": name, "key": key.hex(), "check": _check(name, key)}) + "\n"
    aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
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
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
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
        is_whole = len(key) == _KEY_BYTES and hmac.compare_digest(_check(name, key), str(stored["check"]))
    except (ValueError, TypeError):
        return None
    return key if is_whole else None
