"""Erasure in the ledger: the account's rows and keys leave, others stay joined, the next night accounts for it."""

from datetime import timedelta

import polars as pl
import pytest

from schemas.errors import NightError
from tests.support.books import Books, books
from tests.support.scrubbed import NIGHT, key, orders, scrubbed
from warehouse.erasure import forget, held

NEXT = NIGHT + timedelta(days=1)
RECEIPT = "ab" * 16


@pytest.fixture
def ledger(tmp_path):
    with books(tmp_path) as opened:
        yield opened


def _accounts(*buyers: str) -> pl.DataFrame:
    return pl.DataFrame({"epoch": [2026] * len(buyers), "account": [key(f"buyer {buyer}") for buyer in buyers]})


def _forget(ledger: Books, *buyers: str, receipt: str = RECEIPT):
    return forget(ledger.ledger, _accounts(*buyers), receipt=receipt, counts={"n_landed": 7})


def test_pool_and_keys_of_the_account_leave_and_the_next_night_accounts_for_them(ledger: Books):
    waiting = ({"event": n, "buyer": n[0], "country": "AE"} for n in ("a1", "a2", "b1"))
    ledger.take(NIGHT, orders(100, 110, 120), scrubbed(*waiting))
    published = ledger.seal(NIGHT).frame
    assert held(ledger.ledger, _accounts("a")).n_pooled == 2
    facts = _forget(ledger, "a").facts
    assert (facts["kind"], facts["n_pooled"], facts["n_landed"], facts["receipt"]) == ("erasure", 2, 7, RECEIPT)
    assert key("buyer a").hex() not in str(facts)
    told = ledger.take(NEXT).accounting
    assert (told.n_pooled_before, told.n_erased, told.n_pooled) == (3, 2, 1)
    assert ledger.seal(NEXT).frame.equals(published)
    assert held(ledger.ledger, _accounts("a")).n_keys == 0


def test_a_night_that_is_run_again_accounts_for_the_erasure_again(ledger: Books):
    ledger.take(NIGHT, scrubbed({"event": "a", "buyer": "a"}))
    ledger.seal(NIGHT)
    _forget(ledger, "a")
    first = ledger.take(NEXT)
    assert ledger.take(NEXT) == first and first.accounting.n_erased == 1


def test_forgetting_twice_under_one_receipt_changes_nothing(ledger: Books):
    ledger.take(NIGHT, scrubbed({"event": "a", "buyer": "a"}))
    ledger.seal(NIGHT)
    first = _forget(ledger, "a")
    contents = ledger.contents()
    assert _forget(ledger, "a") == first
    assert ledger.contents() == contents


def test_accounts_that_only_the_erased_one_joined_stay_one_contributor(ledger: Books):
    """a and c share nothing but b, who shares a domain with a and a phone with c."""
    bridge = scrubbed({"event": "b", "buyer": "b", "shared": "firm", "country": "AE"})
    ends = scrubbed(
        {"event": "a", "buyer": "a", "shared": "firm", "country": "AE"}, {"event": "c", "buyer": "c", "country": "AE"}
    )
    phone = pl.Series("key_phone", [key("phone")])
    ledger.take(NIGHT, bridge.with_columns(phone), ends.head(1), ends.tail(1).with_columns(phone))
    ledger.seal(NIGHT)
    _forget(ledger, "b")
    two = ({"event": f"{buyer}2", "buyer": buyer, "value_cents": 100} for buyer in "acd")
    assert ledger.take(NEXT, scrubbed(*two)).accounting.n_classed == 0
    assert ledger.rows("select count(*) from account_keys where kind = 'joined'") == [(2,)]


def test_an_erased_event_that_is_delivered_again_is_a_duplicate(ledger: Books):
    event = scrubbed({"event": "a", "buyer": "a"})
    ledger.take(NIGHT, event)
    ledger.seal(NIGHT)
    _forget(ledger, "a")
    told = ledger.take(NEXT, event).accounting
    assert (told.n_duplicates, told.n_pooled) == (1, 0)


def test_a_night_that_is_not_published_refuses_erasure(ledger: Books):
    ledger.take(NIGHT, orders(100, 110, 120))
    contents = ledger.contents()
    with pytest.raises(NightError, match="is not published yet"):
        _forget(ledger, "0")
    assert ledger.contents() == contents


def test_no_byte_of_the_account_is_left_in_the_file_once_it_is_closed(tmp_path):
    path = tmp_path / "private" / "ledger.duckdb"
    secrets = (key("buyer a"), key("domain own"), b"Nobody else wrote this title")
    with books(tmp_path) as opened:
        own = {"event": "a", "buyer": "a", "shared": "own", "title": "Nobody else wrote this title"}
        opened.take(NIGHT, scrubbed(own, {"event": "b", "buyer": "b", "title": "Another title"}))
        opened.seal(NIGHT)
    assert all(secret in path.read_bytes() for secret in secrets)
    with books(tmp_path) as opened:
        _forget(opened, "a")
        opened.run("checkpoint")
        assert any(secret in path.read_bytes() for secret in secrets), "DuckDB cleans up by itself: compact no more"
    found = path.read_bytes()
    assert not any(secret in found for secret in secrets)
    assert b"Another title" in found and key("buyer b") in found
    assert [each.name for each in path.parent.iterdir()] == ["ledger.duckdb"]
