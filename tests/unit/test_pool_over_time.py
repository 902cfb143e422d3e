"""The pool over time: late events, cancellations, opting out, and the end of an epoch."""

from datetime import date, timedelta

import pytest

from tests.support.books import POLICY, Books, books
from tests.support.scrubbed import NIGHT, key, orders, scrubbed
from warehouse.epochs import last_closed_epoch

NEXT = NIGHT + timedelta(days=1)
LAST_DAY = date(2026, 12, 31) + timedelta(days=POLICY.late_window_days)
CLOSING = date(2027, 5, 2)
"""The night on which 2026 closes: the first month close after its late window."""


@pytest.fixture
def ledger(tmp_path):
    with books(tmp_path) as opened:
        yield opened


def _classes(ledger: Books, night: date):
    return ledger.prove(night).frame.select("release_id", "place_code", "period_level", "period_start", "n_events")


# Late events


def test_late_events_of_one_day_form_a_class_of_that_day_and_change_no_published_one(ledger: Books):
    ledger.take(NIGHT, orders(100, 110, 120))
    before = ledger.seal(NIGHT).frame
    later = NIGHT + timedelta(days=6)
    assert ledger.take(later, orders(90, 95, 99, feed="late")).accounting.n_classed == 3
    after = ledger.prove(later).frame
    assert after.filter(release_id=NIGHT.isoformat()).equals(before)
    assert after.select("release_id", "period_level", "period_start").rows() == [
        (NIGHT.isoformat(), "day", date(2026, 1, 19)),
        (later.isoformat(), "day", date(2026, 1, 19)),
    ]


def test_late_events_of_a_closed_month_wait_for_the_next_close_and_stand_in_their_own_month(ledger: Books):
    """Three days of January, one event each, in March: no day is safe, and no month closes before 2 April."""
    scattered = scrubbed(
        *(
            {"feed": "late", "value_cents": 10_000, "occurred_on": date(2026, 1, day), "country": "TZ"}
            for day in (5, 14, 25)
        )
    )
    february_close, ordinary, march_close = date(2026, 3, 2), date(2026, 3, 9), date(2026, 4, 2)
    ledger.take(february_close, orders(100, 110, 120))
    published = ledger.seal(february_close).frame
    assert ledger.take(ordinary, scattered).accounting.n_classed == 0
    ledger.seal(ordinary)
    assert ledger.take(march_close).accounting.n_classed == 3
    late = _classes(ledger, march_close).filter(release_id=march_close.isoformat())
    assert late.rows() == [(march_close.isoformat(), "TZ", "month", date(2026, 1, 1), 3)]
    frame = ledger.prove(march_close).frame
    assert frame.filter(release_id=february_close.isoformat()).equals(published)


# Cancellations


def _cancellations(*orders: str, **common: object):
    return scrubbed(
        *({"kind": "cancellation", "event": f"cancels {o}", "cancels": o, "buyer": o} | common for o in orders)
    )


def test_an_order_and_its_cancellation_leave_the_pool_together(ledger: Books):
    ledger.take(NIGHT, scrubbed(*({"event": name, "buyer": name, "value_cents": 100} for name in "ab")))
    ledger.seal(NIGHT)
    told = ledger.take(NEXT, _cancellations("a"), scrubbed({"event": "c", "buyer": "c", "value_cents": 100})).accounting
    assert (told.n_netted, told.n_classed, told.n_pooled) == (2, 0, 2)
    ledger.seal(NEXT)
    assert ledger.rows("select event_key from pool order by event_no") == [(key("event b"),), (key("event c"),)]


def test_an_order_that_arrives_after_its_cancellation_is_netted_too(ledger: Books):
    ledger.take(NIGHT, _cancellations("a", value_cents=100))
    ledger.seal(NIGHT)
    assert ledger.take(NEXT, scrubbed({"event": "a", "buyer": "a", "value_cents": 100})).accounting.n_netted == 2


def test_a_cancellation_of_a_classed_order_is_an_event_of_its_own_kind(ledger: Books):
    ledger.take(NIGHT, scrubbed(*({"event": name, "buyer": name, "value_cents": 100} for name in "abc")))
    first = ledger.seal(NIGHT).frame
    told = ledger.take(NEXT, _cancellations("a", "b", "c", value_cents=100)).accounting
    assert (told.n_netted, told.n_classed) == (0, 3)
    frame = ledger.prove(NEXT).frame
    assert frame["kind"].to_list() == ["order", "cancellation"]
    assert frame.head(1).equals(first)


def test_a_part_of_an_order_is_not_netted_and_a_whole_one_is(ledger: Books):
    ordered = scrubbed(*({"event": n, "buyer": n, "quantity_milli": 5_000, "unit": "kg"} for n in ("part", "whole")))
    part = _cancellations("part", quantity_milli=2_000, unit="kg")
    whole = _cancellations("whole", quantity_milli=5_000, unit="kg")
    assert ledger.take(NIGHT, ordered, part, whole).accounting.n_netted == 2


def test_of_two_cancellations_of_one_order_one_is_netted(ledger: Books):
    twice = scrubbed(*({"kind": "cancellation", "event": f"c{n}", "cancels": "a", "buyer": "a"} for n in range(2)))
    told = ledger.take(NIGHT, scrubbed({"event": "a", "buyer": "a"}), twice).accounting
    assert (told.n_netted, told.n_pooled) == (2, 1)


def test_an_order_of_the_year_before_is_netted_by_the_key_of_that_year(ledger: Books):
    ordered = scrubbed({"event": "a", "buyer": "a", "occurred_on": date(2025, 12, 31)})
    cancelled = _cancellations("unknown").with_columns(key_cancels_before=ordered["event_key"])
    assert ledger.take(NIGHT, ordered, cancelled).accounting.n_netted == 2


def test_a_cancellation_of_another_feed_or_of_no_order_takes_nothing_back(ledger: Books):
    rfq = scrubbed({"event": "a", "buyer": "a", "kind": "rfq"})
    other = scrubbed({"event": "a", "buyer": "a", "feed": "other"})
    assert ledger.take(NIGHT, rfq, other, _cancellations("a")).accounting.n_netted == 0


def test_a_netted_order_that_is_delivered_again_is_a_duplicate(ledger: Books):
    ordered = scrubbed({"event": "a", "buyer": "a"})
    ledger.take(NIGHT, ordered, _cancellations("a"))
    ledger.seal(NIGHT)
    told = ledger.take(NEXT, ordered).accounting
    assert (told.n_duplicates, told.n_events, told.n_pooled) == (1, 0, 0)


def test_running_a_netting_night_again_gives_the_same(ledger: Books):
    ledger.take(NIGHT, scrubbed({"event": "a", "buyer": "a"}))
    ledger.seal(NIGHT)
    first = ledger.take(NEXT, _cancellations("a"))
    contents = ledger.contents()
    assert ledger.take(NEXT, _cancellations("a")) == first and ledger.contents() == contents


# Opting out


def test_a_second_account_of_an_opted_out_firm_never_enters_the_pool(ledger: Books):
    """Without the list the firm's second account would carry a class of three."""
    others = scrubbed(*({"event": name, "buyer": name, "value_cents": 100} for name in "ab"))
    second = scrubbed({"event": "second", "buyer": "second", "shared": "one firm", "value_cents": 100})
    first = scrubbed({"event": "first", "buyer": "first", "shared": "one firm", "country": "AE"})
    assert ledger.take(NIGHT, others, second, first).accounting.n_classed == 3
    told = ledger.take(NIGHT, others, second, first, opted_out=["first"]).accounting
    assert (told.n_classed, told.n_opted_out, told.n_pooled) == (0, 2, 2)


def test_opting_out_while_events_wait_takes_them_out_of_the_pool_and_leaves_published_classes(ledger: Books):
    ledger.take(NIGHT, orders(100, 110, 120), scrubbed({"event": "w", "buyer": "0", "country": "AE"}))
    published = ledger.seal(NIGHT).frame
    told = ledger.take(NEXT, opted_out=["0"]).accounting
    assert (told.n_pooled_before, told.n_opted_out, told.n_pooled) == (1, 1, 0)
    assert ledger.seal(NEXT).frame.equals(published)
    assert ledger.rows("select count(*) from pool") == [(0,)]


def test_a_firm_opts_out_by_an_account_whose_own_events_are_all_in_classes(ledger: Books):
    ledger.take(NIGHT, orders(100, 110, 120, shared=None), scrubbed({"event": "t", "buyer": "0", "shared": "firm"}))
    ledger.seal(NIGHT)
    sister = scrubbed({"event": "s", "buyer": "sister", "shared": "firm"})
    assert ledger.take(NEXT, sister).accounting.n_opted_out == 0
    assert ledger.take(NEXT, sister, opted_out=["0"]).accounting.n_opted_out == 1


# The end of an epoch


@pytest.mark.parametrize(
    ("night", "closed"),
    [(LAST_DAY, 2025), (date(2027, 5, 1), 2025), (CLOSING, 2026), (date(2027, 12, 31), 2026), (date(2026, 5, 1), 2024)],
)
def test_an_epoch_closes_with_the_first_month_close_after_its_late_window(night, closed):
    assert last_closed_epoch(night, POLICY) == closed


def test_a_closed_epoch_leaves_a_receipt_and_no_pseudonym(ledger: Books):
    ledger.take(NIGHT, orders(100, 110, 120), scrubbed({"event": "rest", "buyer": "rest", "country": "AE"}))
    ledger.seal(NIGHT)
    young = scrubbed({"event": "young", "buyer": "young", "occurred_on": date(2027, 5, 1)})
    assert ledger.take(CLOSING, young).accounting.n_destroyed == 1
    assert ledger.rows("select count(*) from seen where epoch = 2026") == [(4,)]
    ledger.seal(CLOSING)
    for table in ("seen", "account_keys", "counting_accounts", "first_months", "epochs", "pool"):
        assert ledger.rows(f"select distinct epoch from {table}") == [(2027,)], table
    [receipt] = [entry.facts for entry in ledger.chain() if entry.facts["kind"] == "epoch_closed"]
    told = {name: receipt[name] for name in ("epoch", "night", "n_destroyed", "n_event_keys", "n_accounts")}
    assert told == {
        "epoch": 2026, "night": CLOSING.isoformat(), "n_destroyed": 1, "n_event_keys": 4, "n_accounts": 4,
    }  # fmt: skip
    assert ledger.ledger.closed_epochs() == (2026,)


def test_no_byte_of_a_closed_epoch_is_left_in_the_file(tmp_path):
    path = tmp_path / "private" / "ledger.duckdb"
    with books(tmp_path) as opened:
        opened.take(NIGHT, scrubbed({"event": "rest", "buyer": "rest", "title": "Forgotten title", "shared": "firm"}))
        opened.seal(NIGHT)
    assert key("buyer rest") in path.read_bytes() and b"Forgotten title" in path.read_bytes()
    with books(tmp_path) as opened:
        opened.take(CLOSING)
        opened.seal(CLOSING)
    found = path.read_bytes()
    assert not any(name in found for name in (key("buyer rest"), key("event rest"), key("domain firm")))
    assert b"Forgotten title" not in found
    assert path.stat().st_mode & 0o777 == 0o600
    with books(tmp_path) as opened:
        assert [record.night for record in opened.ledger.records()] == [NIGHT, CLOSING]
        assert not opened.ledger.is_compaction_due()
