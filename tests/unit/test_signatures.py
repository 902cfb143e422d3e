"""A signed folder: whoever holds it can tell whether it is exactly what was signed."""

import base64

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from schemas.errors import FeedFileError
from warehouse.files import checksums, tree_digest
from warehouse.signatures import fingerprint, sign, verify

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
ANOTHER = Ed25519PrivateKey.from_private_bytes(b"a" * 32)


@pytest.fixture
def extract(tmp_path):
    folder = tmp_path / "extract"
    (folder / "sub").mkdir(parents=True)
    (folder / "demand.parquet").write_bytes(b"rows")
    (folder / "sub" / "notes.txt").write_bytes(b"notes")
    sign(folder, KEY)
    return folder


def _public(key, path):
    path.write_bytes(
        key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return path


def test_an_untouched_folder_verifies_with_its_own_key_and_with_one_you_trust(extract, tmp_path):
    trusted = _public(KEY, tmp_path / "trusted.pem")
    for verification in (verify(extract), verify(extract, trusted)):
        assert verification.problems == ()
        assert verification.n_files == 3
        assert verification.key_fingerprint == fingerprint(KEY.public_key())


def test_a_changed_file_is_named(extract):
    (extract / "demand.parquet").write_bytes(b"rows!")
    assert verify(extract).problems == ("demand.parquet was changed",)


def test_a_missing_file_is_named(extract):
    (extract / "sub" / "notes.txt").unlink()
    assert verify(extract).problems == ("sub/notes.txt is missing",)


def test_an_extra_file_is_named(extract):
    (extract / "sub" / "more.txt").write_bytes(b"more")
    assert verify(extract).problems == ("sub/more.txt is not part of the extract",)


def test_a_link_in_the_place_of_a_file_is_named_though_its_bytes_are_the_same(extract, tmp_path):
    moved = (extract / "demand.parquet").rename(tmp_path / "elsewhere")
    (extract / "demand.parquet").symlink_to(moved)
    assert verify(extract).problems == ("demand.parquet is a link, where a file was signed",)


def test_a_key_that_is_not_there_is_said_to_be_missing(extract, tmp_path):
    with pytest.raises(FeedFileError, match="no such file"):
        verify(extract, tmp_path / "nowhere.pem")


def test_sums_that_were_written_anew_are_not_signed(extract):
    (extract / "demand.parquet").write_bytes(b"rows!")
    left_out = frozenset({"SHA256SUMS", "SHA256SUMS.sig"})
    (extract / "SHA256SUMS").write_text(checksums(extract, without=left_out))
    assert verify(extract).problems == ("SHA256SUMS was not signed by this key",)


def test_a_folder_signed_by_another_key_does_not_verify_with_the_one_you_trust(extract, tmp_path):
    trusted = _public(KEY, tmp_path / "trusted.pem")
    (extract / "demand.parquet").write_bytes(b"rows!")
    sign(extract, ANOTHER)
    assert verify(extract).problems == ()
    assert verify(extract).key_fingerprint != fingerprint(KEY.public_key())
    assert verify(extract, trusted).problems == ("SHA256SUMS was not signed by this key",)


@pytest.mark.parametrize("signature", [b"", b"not base64!", base64.b64encode(b"short"), base64.b64encode(b"x" * 64)])
def test_a_broken_signature_is_a_problem_and_no_crash(extract, signature):
    (extract / "SHA256SUMS.sig").write_bytes(signature)
    assert verify(extract).problems == ("SHA256SUMS was not signed by this key",)


def test_sums_that_are_no_text_are_a_problem_and_no_crash(extract):
    (extract / "SHA256SUMS").write_bytes(b"\xff\xfe\x00")
    assert "SHA256SUMS was not signed by this key" in verify(extract).problems


@pytest.mark.parametrize("name", ["SHA256SUMS", "SHA256SUMS.sig", "public-key.pem"])
def test_an_extract_that_lacks_a_part_of_its_signature_has_a_problem(extract, name):
    (extract / name).unlink()
    assert verify(extract).problems == (f"{name} is missing",)


def test_a_broken_key_beside_an_extract_is_a_problem_and_no_crash(extract):
    (extract / "public-key.pem").write_bytes(b"no key")
    assert verify(extract).problems == ("public-key.pem is no Ed25519 public key",)


def test_a_folder_that_holds_nothing_of_an_extract_is_refused(tmp_path):
    with pytest.raises(FeedFileError, match=r"lacks SHA256SUMS, SHA256SUMS\.sig, public-key\.pem: it is no extract"):
        verify(tmp_path)


def test_a_key_of_another_kind_is_refused(extract, tmp_path):
    for number, key in enumerate((b"no key", _public(ec.generate_private_key(ec.SECP256R1()), tmp_path / "ec"))):
        path = tmp_path / f"{number}.pem"
        path.write_bytes(key if isinstance(key, bytes) else key.read_bytes())
        with pytest.raises(FeedFileError, match="no Ed25519 public key"):
            verify(extract, path)


def test_signing_again_gives_the_same_bytes(extract):
    digest = tree_digest(extract)
    sign(extract, KEY)
    assert tree_digest(extract) == digest


def test_a_fingerprint_is_the_public_key_in_groups_of_four():
    groups = fingerprint(KEY.public_key()).split()
    assert len(groups) == 16 and {len(group) for group in groups} == {4}
