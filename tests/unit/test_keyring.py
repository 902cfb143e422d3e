import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from anonymize.keyring import Keyring
from schemas.errors import SecretError


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    return Keyring(tmp_path / "private" / "keys")


def only_file(keyring: Keyring) -> Path:
    (path,) = keyring.folder.iterdir()
    return path


def test_a_key_is_made_once_and_kept(keyring: Keyring) -> None:
    key = keyring.epoch_key(2025)

    assert len(key) == 32
    assert Keyring(keyring.folder).epoch_key(2025, must_exist=True) == key
    assert keyring.epoch_key(2026) != key


def test_keys_are_private_to_the_owner(keyring: Keyring) -> None:
    keyring.epoch_key(2025)
    keyring.signing_key()

    assert keyring.folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in keyring.folder.iterdir()} == {0o600}


def test_many_at_once_get_one_key(keyring: Keyring) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: keyring.epoch_key(2025), range(32)))

    assert len(keys) == 1
    assert [path.name for path in keyring.folder.iterdir()] == ["epoch-2025.key"]


def test_the_fingerprint_tells_a_swapped_key(keyring: Keyring, tmp_path: Path) -> None:
    other = Keyring(tmp_path / "other")
    keyring.epoch_key(2025)
    other.epoch_key(2025)
    before = keyring.fingerprint(2025)
    only_file(keyring).write_bytes(only_file(other).read_bytes())

    assert len(before) == 32
    assert keyring.fingerprint(2025) == other.fingerprint(2025) != before


def test_the_fingerprint_never_makes_a_key(keyring: Keyring) -> None:
    with pytest.raises(SecretError, match="missing"):
        keyring.fingerprint(2025)


def test_the_signing_key_signs_and_stays(keyring: Keyring) -> None:
    signature = keyring.signing_key().sign(b"extract")

    keyring.signing_key(must_exist=True).public_key().verify(signature, b"extract")


def test_a_missing_key_is_refused_where_it_must_exist(keyring: Keyring) -> None:
    keyring.epoch_key(2025)

    with pytest.raises(SecretError, match="key epoch-2026: is missing"):
        keyring.epoch_key(2026, must_exist=True)


def test_a_destroyed_key_is_never_made_again(keyring: Keyring) -> None:
    keyring.epoch_key(2025)
    keyring.destroy_epoch_key(2025)
    keyring.destroy_epoch_key(2025)

    assert not (keyring.folder / "epoch-2025.key").exists()
    with pytest.raises(SecretError, match="destroyed"):
        keyring.epoch_key(2025)


@pytest.mark.parametrize("damage", ["truncated", "changed", "other epoch", "extra field", "empty", "no json", "a list"])
def test_a_damaged_key_is_refused_in_one_line_without_the_key(keyring: Keyring, damage: str) -> None:
    key = keyring.epoch_key(2025)
    path = only_file(keyring)
    stored = json.loads(path.read_text())
    flipped = ("0" if stored["key"][0] != "0" else "1") + stored["key"][1:]
    path.write_text(
        {
            "truncated": path.read_text()[:60],
            "changed": json.dumps(stored | {"key": flipped}),
            "other epoch": path.read_text(),
            "extra field": json.dumps(stored | {"more": 1}),
            "empty": "",
            "no json": stored["key"],
            "a list": json.dumps([stored]),
        }[damage]
    )
    epoch = 2025
    if damage == "other epoch":
        path.rename(path.with_name("epoch-2026.key"))
        epoch = 2026

    with pytest.raises(SecretError) as refusal:
        keyring.epoch_key(epoch)
    assert key.hex() not in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert refusal.value.__cause__ is None


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_key_open_to_others_is_refused(keyring: Keyring, mode: int) -> None:
    keyring.epoch_key(2025)
    only_file(keyring).chmod(mode)

    with pytest.raises(SecretError, match="chmod 600"):
        keyring.epoch_key(2025)


@pytest.mark.parametrize("mode", [0o750, 0o701])
def test_a_folder_open_to_others_is_refused(keyring: Keyring, mode: int) -> None:
    keyring.epoch_key(2025)
    keyring.folder.chmod(mode)

    with pytest.raises(SecretError, match="chmod 700"):
        keyring.epoch_key(2025)


def test_a_link_in_place_of_a_key_is_refused(keyring: Keyring, tmp_path: Path) -> None:
    keyring.epoch_key(2025)
    path = only_file(keyring)
    moved = path.rename(tmp_path / "elsewhere.key")
    path.symlink_to(moved)

    with pytest.raises(SecretError, match="unreadable"):
        keyring.epoch_key(2025)


def test_an_unreadable_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("a file")

    with pytest.raises(SecretError, match="not a folder"):
        Keyring(tmp_path / "keys").epoch_key(2025)
    with pytest.raises(SecretError, match="key folder"):
        Keyring(tmp_path / "keys" / "below").epoch_key(2025)


def test_a_key_of_another_owner_is_refused(keyring: Keyring, monkeypatch: pytest.MonkeyPatch) -> None:
    keyring.epoch_key(2025)
    stranger = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: stranger)

    with pytest.raises(SecretError, match="another account"):
        keyring.epoch_key(2025)
