"""What the ledger knows of keys: a swapped one is refused, a new signing key is on record, an epoch can end early."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from anonymize.keyring import Keyring
from schemas.errors import NightError, SecretError
from schemas.home import Home
from tests.support.books import Books, books
from tests.support.scrubbed import NIGHT, key, orders, scrubbed
from warehouse.keys import (
    destroy_epoch,
    key_states,
    know_signing_key,
    refuse_other_signing_key,
    rotate_signing_key,
)
from warehouse.release import finish_publication

NEXT = NIGHT + timedelta(days=1)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Books]:
    with books(tmp_path) as opened:
        yield opened


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    return Keyring(tmp_path / "private" / "keys")


def published(ledger: Books, keyring: Keyring) -> None:
    """One published night: three orders of 2026 in a class, one waiting in each of 2025 and 2026."""
    old = {"event": "old", "buyer": "old", "occurred_on": date(2025, 12, 30), "country": "AE"}
    young = {"event": "young", "buyer": "young", "country": "SA", "title": "Forgotten title"}
    prints = {epoch: (keyring.epoch_key(epoch), keyring.fingerprint(epoch))[1] for epoch in (2025, 2026)}
    ledger.take(NIGHT, orders(100, 110, 120), scrubbed(old, young), fingerprints=prints)
    know_signing_key(ledger.ledger, keyring)
    ledger.seal(NIGHT)


def states(ledger: Books, keyring: Keyring) -> dict[str, tuple[str, bool]]:
    return {state.name: (state.state, state.is_wrong) for state in key_states(ledger.ledger, keyring)}


# The signing key


def test_a_signing_key_that_is_another_or_missing_is_refused_until_it_is_on_record(
    ledger: Books, keyring: Keyring
) -> None:
    published(ledger, keyring)
    refuse_other_signing_key(ledger.ledger, keyring)
    (keyring.folder / "signing.key").unlink()
    with pytest.raises(SecretError, match="signing: is missing"):
        refuse_other_signing_key(ledger.ledger, keyring)
    assert not keyring.has("signing"), "asking makes no key"
    keyring.signing_key()
    with pytest.raises(SecretError, match="not the one that signed before"):
        know_signing_key(ledger.ledger, keyring)


def test_a_new_signing_key_is_linked_to_the_chain_and_the_old_one_is_gone(ledger: Books, keyring: Keyring) -> None:
    published(ledger, keyring)
    old = keyring.signing_key()
    before, after = rotate_signing_key(ledger.ledger, keyring)

    assert keyring.signing_fingerprint(must_exist=True) == after != before
    assert sorted(path.name for path in keyring.folder.iterdir()) == ["epoch-2025.key", "epoch-2026.key", "signing.key"]
    assert old.private_bytes_raw().hex() not in (keyring.folder / "signing.key").read_text()
    know_signing_key(ledger.ledger, keyring)
    facts = ledger.chain()[-1].facts
    assert (facts["kind"], facts["key"], facts["before"], facts["after"]) == ("key_rotated", "signing", before, after)


@pytest.mark.parametrize("n_done", [0, 1])
def test_a_rotation_that_was_interrupted_is_finished_by_the_next(
    ledger: Books, keyring: Keyring, monkeypatch: pytest.MonkeyPatch, n_done: int
) -> None:
    published(ledger, keyring)

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        target = ("warehouse.keys.append", "anonymize.keyring.Keyring.adopt_next_signing_key")[n_done]
        patched.setattr(target, crash)
        with pytest.raises(KeyboardInterrupt):
            rotate_signing_key(ledger.ledger, keyring)
    rotate_signing_key(ledger.ledger, keyring)

    know_signing_key(ledger.ledger, keyring)
    assert [entry.facts["kind"] for entry in ledger.chain()] == ["release", "key_rotated"]
    assert not (keyring.folder / "next-signing.key").exists()


def test_nothing_is_rotated_before_a_first_signature_or_during_a_night(ledger: Books, keyring: Keyring) -> None:
    with pytest.raises(NightError, match="nothing was signed"):
        rotate_signing_key(ledger.ledger, keyring)
    published(ledger, keyring)
    ledger.take(NEXT, fingerprints={})
    with pytest.raises(NightError, match="not published yet"):
        rotate_signing_key(ledger.ledger, keyring)
    with pytest.raises(NightError, match="not published yet"):
        destroy_epoch(ledger.ledger, keyring, 2025)


# An epoch's end before its time


def test_an_epoch_that_ends_early_leaves_no_pseudonym_no_key_and_an_account_of_it(
    ledger: Books, keyring: Keyring
) -> None:
    published(ledger, keyring)
    told = destroy_epoch(ledger.ledger, keyring, 2025)

    assert (told.n_destroyed, told.n_event_keys, told.n_accounts) == (1, 1, 1)
    for table in ("seen", "account_keys", "counting_accounts", "epochs", "pool"):
        assert ledger.rows(f"select distinct epoch from {table}") == [(2026,)], table
    assert keyring.is_destroyed(2025) and not (keyring.folder / "epoch-2025.key").exists()
    facts = ledger.chain()[-1].facts
    assert (facts["kind"], facts["epoch"], facts["is_early"], facts["n_destroyed"]) == ("epoch_closed", 2025, True, 1)
    accounting = ledger.take(NEXT, fingerprints={}).accounting
    assert (accounting.n_pooled_before, accounting.n_erased, accounting.n_pooled) == (2, 1, 1)
    ledger.seal(NEXT)


def test_no_byte_of_an_epoch_that_ended_early_is_left_in_the_file(tmp_path: Path, keyring: Keyring) -> None:
    path = tmp_path / "private" / "ledger.duckdb"
    with books(tmp_path) as opened:
        published(opened, keyring)
    assert key("buyer young") in path.read_bytes() and b"Forgotten title" in path.read_bytes()
    with books(tmp_path) as opened:
        destroy_epoch(opened.ledger, keyring, 2025)
        destroy_epoch(opened.ledger, keyring, 2026)
    assert key("buyer young") not in path.read_bytes() and b"Forgotten title" not in path.read_bytes()


def test_a_key_that_outlived_its_receipt_is_destroyed_by_whoever_comes_next(
    ledger: Books, keyring: Keyring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(ledger, keyring)

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Keyring, "destroy_epoch_key", crash)
        with pytest.raises(KeyboardInterrupt):
            destroy_epoch(ledger.ledger, keyring, 2025)
    assert states(ledger, keyring)["epoch-2025"][1]
    finish_publication(ledger.ledger, Home(tmp_path), keyring)
    assert states(ledger, keyring)["epoch-2025"] == ("destroyed", False)


def test_epochs_end_in_their_order_once_and_only_known_ones(ledger: Books, keyring: Keyring) -> None:
    published(ledger, keyring)
    with pytest.raises(NightError, match="epoch-2025 is older and open"):
        destroy_epoch(ledger.ledger, keyring, 2026)
    with pytest.raises(NightError, match="no key epoch-2024"):
        destroy_epoch(ledger.ledger, keyring, 2024)
    destroy_epoch(ledger.ledger, keyring, 2025)
    with pytest.raises(NightError, match="destroyed before"):
        destroy_epoch(ledger.ledger, keyring, 2025)


def test_one_key_for_two_epochs_is_refused(ledger: Books) -> None:
    old = scrubbed({"occurred_on": date(2025, 12, 30)}, {"event": "new"})
    with pytest.raises(SecretError, match="two epochs have one key"):
        ledger.take(NIGHT, old, fingerprints={2025: "same", 2026: "same"})
    ledger.take(NIGHT, old, fingerprints={2025: "one", 2026: "other"})
    with pytest.raises(SecretError, match="two epochs have one key"):
        ledger.take(NIGHT, old, fingerprints={2027: "other"})


# What is told of them


def test_the_state_of_every_key_is_told_and_what_is_wrong_stands_out(ledger: Books, keyring: Keyring) -> None:
    assert states(ledger, keyring) == {"signing": ("not made yet", False), "cache": ("not made yet", False)}
    published(ledger, keyring)
    keyring.cache_key()
    keyring.epoch_key(2027)
    assert states(ledger, keyring) == {
        "epoch-2025": ("in use", False), "epoch-2026": ("in use", False), "epoch-2027": ("made, not used yet", False),
        "signing": ("in use", False), "cache": ("in use", False),
    }  # fmt: skip
    (keyring.folder / "epoch-2025.key").unlink()
    (keyring.folder / "epoch-2026.key").unlink()
    keyring.epoch_key(2026)
    (keyring.folder / "cache.key").chmod(0o644)
    (keyring.folder / "signing.key").write_text("{}")
    told = states(ledger, keyring)
    assert [name for name, (_, is_wrong) in told.items() if is_wrong] == [
        "epoch-2025",
        "epoch-2026",
        "signing",
        "cache",
    ]
    assert "is missing" in told["epoch-2025"][0] and told["epoch-2026"][0] == "is not the one in use"
    assert not (keyring.folder / "epoch-2025.key").exists(), "looking makes no key"
