from datetime import date
from pathlib import Path

import polars as pl
import pytest

from anonymize.keyring import Keyring
from anonymize.pseudonyms import KEYS, PSEUDONYM_BYTES, account_pseudonyms, pseudonymise
from schemas.errors import DisclosureError
from tests.support.canonical_events import canonical


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    return Keyring(tmp_path / "keys")


def keys_of(
    keyring: Keyring, *rows: dict[str, object], feed: str = "rfqs", namespace: str | None = None
) -> pl.DataFrame:
    return pseudonymise(canonical(*rows), feed=feed, keyring=keyring, namespace=namespace)


def test_the_result_holds_an_epoch_and_sixteen_bytes_a_key(keyring: Keyring) -> None:
    row = {
        "account": "A1",
        "email": "ana@acme.com",
        "company": "Acme Ltd",
        "phone": "+91 98765 43210",
        "tax_id": "27AAPFU0939F1ZV",
        "payment": "GB33BUKB20201555555555",
        "supplier": "S1",
        "cancels_id": "e7",
    }
    keyring.epoch_key(2024)
    keys = keys_of(keyring, row)

    assert keys.columns == ["epoch", *KEYS]
    assert keys["epoch"].to_list() == [2025]
    assert {len(value) for value in keys.select(KEYS).row(0)} == {PSEUDONYM_BYTES}
    assert len(set(keys.select(KEYS).row(0))) == len(KEYS)


def test_equal_normal_forms_meet_and_the_order_of_rows_stays(keyring: Keyring) -> None:
    keys = keys_of(
        keyring,
        {
            "account": "A1",
            "email": "Ana@Acme.com",
            "company": "ACME (Pvt) Ltd",
            "country": "IN",
            "phone": "09876543210",
        },
        {"account": "B2", "email": "bo@other.org"},
        {"account": "A1", "email": "ana+x@acme.com", "company": "Acme", "country": "IN", "phone": "+91-98765-43210"},
    )

    for name in ("key_account", "key_email", "key_domain", "key_company", "key_phone"):
        first, second, third = keys[name].to_list()
        assert first == third != second, name
    assert keys["event_key"].n_unique() == 3


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("key_email", {"email": "not an address"}),
        ("key_domain", {"email": "ana@gmail.com"}),
        ("key_company", {"company": "n/a"}),
        ("key_phone", {"phone": "12345"}),
        ("key_tax", {"tax_id": "-"}),
        ("key_payment", {"payment": None}),
        ("key_supplier", {"supplier": ""}),
    ],
)
def test_what_says_nothing_gives_null(keyring: Keyring, name: str, value: dict[str, object]) -> None:
    assert keys_of(keyring, {"account": "A1", **value})[name].to_list() == [None]


def test_one_company_in_two_countries_is_two(keyring: Keyring) -> None:
    keys = keys_of(
        keyring, {"company": "Acme", "country": "IN"}, {"company": "Acme", "country": "AE"}, {"company": "Acme"}
    )

    assert keys["key_company"].n_unique() == 3


@pytest.mark.parametrize(
    ("finer", "coarser"),
    [
        ({"account": "A1"}, {"email": "ana@acme.com"}),
        ({"email": "ana@acme.com"}, {"tax_id": "27AAPFU0939F1ZV"}),
        ({"tax_id": "27AAPFU0939F1ZV"}, {"phone": "+91 98765 43210"}),
        ({"phone": "+91 98765 43210"}, {"payment": "GB33BUKB20201555555555"}),
        ({"payment": "GB33BUKB20201555555555"}, {"company": "Acme"}),
        ({"company": "Acme"}, {"buyer_name": "Ana Roy"}),
    ],
)
def test_the_account_key_is_the_finest_identifier(
    keyring: Keyring, finer: dict[str, object], coarser: dict[str, object]
) -> None:
    alone, both, other = keys_of(keyring, finer, finer | coarser, coarser)["key_account"].to_list()

    assert alone == both != other


def test_names_of_two_countries_are_two_accounts(keyring: Keyring) -> None:
    rows = ({"buyer_name": "Ana Roy", "country": country} for country in ("IN", "AE", "IN"))
    first, second, third = keys_of(keyring, *rows)["key_account"].to_list()

    assert first == third != second


def test_rows_with_nothing_but_junk_join_rather_than_vanish(keyring: Keyring) -> None:
    first, second, third = keys_of(keyring, {"phone": "123"}, {"phone": "123"}, {"account": "n/a"})[
        "key_account"
    ].to_list()

    assert first is not None
    assert first == second != third


def test_a_row_without_any_identifier_is_refused_by_count(keyring: Keyring) -> None:
    with pytest.raises(DisclosureError, match="feed rfqs: 2 of 3 rows have no identifier"):
        keys_of(keyring, {"account": "A1"}, {}, {"buyer_name": "  "})


def test_accounts_are_told_apart_by_namespace(keyring: Keyring) -> None:
    def account(feed: str, namespace: str | None) -> object:
        return keys_of(keyring, {"account": "A1"}, feed=feed, namespace=namespace)["key_account"].item()

    assert account("rfqs", None) != account("orders", None)
    assert account("rfqs", "market") == account("orders", "market")
    assert account("rfqs", "rfqs") == account("rfqs", None)


def test_events_are_told_apart_by_feed_even_in_one_namespace(keyring: Keyring) -> None:
    rfqs = keys_of(keyring, {"account": "A1"}, feed="rfqs", namespace="market")
    orders = keys_of(keyring, {"account": "A1"}, feed="orders", namespace="market")

    assert rfqs["event_key"].item() != orders["event_key"].item()


def test_kinds_of_keys_never_meet_on_equal_text(keyring: Keyring) -> None:
    keys = keys_of(keyring, {"account": "X", "tax_id": "AB12345", "payment": "AB12345", "supplier": "ab12345"})

    assert len({keys["key_tax"].item(), keys["key_payment"].item(), keys["key_supplier"].item()}) == 3


def test_each_epoch_and_each_installation_has_its_own_pseudonyms(keyring: Keyring, tmp_path: Path) -> None:
    old = {"account": "A1", "occurred_on": date(2024, 12, 31)}
    new = {"account": "A1", "occurred_on": date(2025, 1, 1)}
    keys = keys_of(keyring, old, new)
    elsewhere = keys_of(Keyring(tmp_path / "other"), old, new)

    assert keys["epoch"].to_list() == [2024, 2025]
    assert pl.concat([keys, elsewhere])["key_account"].n_unique() == 4


def test_no_event_gives_no_row_and_the_same_columns(keyring: Keyring) -> None:
    empty = pseudonymise(canonical({"account": "A1"}).clear(), feed="rfqs", keyring=keyring)

    assert empty.height == 0
    assert empty.schema == keys_of(keyring, {"account": "A1"}).schema


def test_a_cancellation_bears_the_key_its_order_has_in_this_epoch_or_had_in_the_one_before(keyring: Keyring) -> None:
    old, new, cancelled = (
        {"account": "A1", "event_id": "e1", "occurred_on": date(2024, 12, 31)},
        {"account": "A1", "event_id": "e2", "occurred_on": date(2025, 1, 2)},
        [
            {"account": "A1", "event_id": f"c{n}", "cancels_id": f"e{n}", "occurred_on": date(2025, 1, 3)}
            for n in (1, 2)
        ],
    )
    keys = keys_of(keyring, old, new, *cancelled)

    assert keys["key_cancels"].to_list()[:2] == [None, None]
    assert keys["key_cancels"][3] == keys["event_key"][1]
    assert keys["key_cancels_before"][2] == keys["event_key"][0]
    assert keys["key_cancels"][2] != keys["event_key"][0]
    assert keys.filter(epoch=2024)["key_cancels_before"].to_list() == [None]


def test_an_account_of_the_year_before_is_known_by_the_key_of_that_year_whatever_it_was_known_by(
    keyring: Keyring,
) -> None:
    people = ({"account": "A1"}, {"email": "ana@acme.com"}, {"buyer_name": "Ana Roy", "country": "IN"})
    old = keys_of(keyring, *(person | {"occurred_on": date(2024, 12, 30)} for person in people))
    new = keys_of(keyring, *(person | {"occurred_on": date(2025, 1, 2)} for person in people))

    assert new["key_account_before"].equals(old["key_account"], check_names=False)
    assert not set(new["key_account"]) & set(old["key_account"])
    assert old["key_account_before"].to_list() == [None] * 3


def test_without_the_key_of_the_year_before_none_is_made(keyring: Keyring) -> None:
    keys = keys_of(keyring, {"account": "A1", "cancels_id": "e1"})

    assert keys["key_cancels_before"].to_list() == keys["key_account_before"].to_list() == [None]
    assert not keyring.has_epoch_key(2024)


def test_the_pseudonyms_of_accounts_are_those_their_rows_get_and_stop_with_the_key(keyring: Keyring) -> None:
    rows = keys_of(keyring, {"account": " a1 "}, {"account": "A1", "occurred_on": date(2024, 3, 1)}, namespace="market")
    accounts = pl.Series([" a1 ", "n/a"])
    found = account_pseudonyms(accounts, space="market", keyring=keyring, epochs=(2023, 2024, 2025))

    assert dict(found.rows())[2025] == rows["key_account"][0]
    assert found["epoch"].to_list() == [2024, 2025]
    keyring.destroy_epoch_key(2024)
    assert account_pseudonyms(accounts, space="market", keyring=keyring, epochs=(2024, 2025)).height == 1
