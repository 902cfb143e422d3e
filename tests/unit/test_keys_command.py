"""`mandi keys` on a published home: what it shows, what it changes, and what it asks before."""

import io

import pytest

from schemas.home import Home
from tests.support.command import Mandi
from tests.support.refusals import assert_refused
from warehouse.ledger import open_ledger
from warehouse.verification import verify


def test_keys_are_shown_replaced_and_destroyed_on_the_record(later: Mandi, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(later.home)
    told = later("keys", "status")
    assert told.code == 0 and told.out.count("in use") >= 3
    secret = (home.keys / "signing.key").read_text()

    told = later("keys", "rotate", "signing")
    assert told.code == 0 and len({line for line in told.out.splitlines() if len(line) == 79}) == 2
    assert (home.keys / "signing.key").read_text() != secret
    assert later("keys", "rotate", "cache").code == 0 and not home.span_cache.exists()

    epoch = sorted(path.stem for path in home.keys.glob("epoch-*.key"))[0]
    monkeypatch.setattr("sys.stdin", io.StringIO("yes\n"))
    told = later("keys", "destroy", epoch)
    assert told.code == 2 and "not the key's name; nothing was changed" in told.err
    assert (home.keys / f"{epoch}.key").exists()
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{epoch}\n"))
    told = later("keys", "destroy", epoch)
    assert told.code == 0 and f"{epoch} is destroyed" in told.out and "no event of" in told.err
    assert not (home.keys / f"{epoch}.key").exists()
    with open_ledger(home.ledger) as ledger:
        links = verify(ledger, home, audited={})
    assert [link.kind for link in links[-2:]] == ["key_rotated", "epoch_closed"]
    assert all(link.problem is None for link in links)
    assert "destroyed" in later("keys", "status").out


def test_a_key_that_is_not_as_it_must_be_is_told_with_exit_code_2(later: Mandi) -> None:
    home = Home(later.home)
    (home.keys / "epoch-2026.key").unlink()
    told = later("keys", "status")
    assert told.code == 2 and "is missing" in told.out and "epoch-2026: not as it must be" in told.err
    home.private.chmod(0o750)
    assert_refused(later, "keys", "status", saying="private: others may read or change it. Run chmod 700")


def test_what_cannot_be_done_with_a_key_is_refused_with_its_reason(mandi: Mandi) -> None:
    assert_refused(mandi, "keys", "status", saying="there is no ledger yet")
    assert_refused(mandi, "keys", "rotate", "epoch-2026", saying="one contributor would count twice")
    assert_refused(mandi, "keys", "rotate", "pool", saying="there is no key pool")
    assert_refused(mandi, "keys", "destroy", "signing", saying="only the key of an epoch")
