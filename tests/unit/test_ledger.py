"""The ledger: one transaction a night, repeatable until sealed, forgetful afterwards."""

from datetime import date, timedelta

import pytest

from schemas.errors import ConfigurationError, NightError, SecretError, StepError
from tests.support.books import POLICY, Books, books
from tests.support.scrubbed import NIGHT, key, orders, scrubbed
from tests.support.small_world import policy
from warehouse import engines

NEXT = NIGHT + timedelta(days=1)


@pytest.fixture
def ledger(tmp_path):
    with books(tmp_path) as opened:
        yield opened


def test_a_safe_night_becomes_a_class_and_the_rest_waits(ledger: Books):
    night = ledger.take(NIGHT, orders(100, 110, 120), orders(100, event="alone", buyer="alone", country="AE"))
    assert night.accounting.n_classed == 3
    assert night.accounting.n_pooled == ledger.ledger.n_pooled() == 1
    assert [rung.n_events for rung in night.rungs] == [3]


def test_a_night_by_an_engine_that_is_not_installed_is_refused_before_it_begins(
    ledger: Books, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(engines, "find_spec", lambda _: None)
    with pytest.raises(ConfigurationError, match=r"engine is spark, which is not installed; .*'\.\[spark\]'"):
        ledger.take(NIGHT, orders(100, 110, 120), rules=policy(engine="spark"))
    assert ledger.ledger.records() == ()


def test_running_an_unsealed_night_again_gives_the_same_ledger(ledger: Books):
    events = orders(100, 110, 120), orders(90, event="alone", buyer="alone", country="AE")
    ledger.take(NIGHT - timedelta(days=1), orders(80, event="before", buyer="before", country="AE"))
    ledger.seal(NIGHT - timedelta(days=1))
    first = ledger.take(NIGHT, *events, n_refused=2)
    contents = ledger.contents()
    assert ledger.take(NIGHT, *events, n_refused=2) == first
    assert ledger.contents() == contents


def test_an_unsealed_night_may_run_again_with_other_files_and_forgets_the_first_ones(ledger: Books):
    ledger.take(NIGHT, orders(100, 110, 120))
    assert ledger.take(NIGHT, orders(100, 110, event=None)).accounting.n_classed == 0
    assert ledger.ledger.n_pooled() == 2
    assert ledger.rows("select count(*) from classes") == [(0,)]


def test_rows_with_one_key_are_duplicates_within_a_file_and_across_files(ledger: Books):
    twice = scrubbed(*({"event": "same", "value_cents": 100} for _ in range(2)))
    night = ledger.take(NIGHT, twice, twice)
    assert (night.accounting.n_rows, night.accounting.n_events, night.accounting.n_duplicates) == (4, 1, 3)


def test_the_same_key_in_another_feed_is_another_event(ledger: Books):
    night = ledger.take(NIGHT, scrubbed({"event": "same"}), scrubbed({"event": "same", "feed": "rfqs"}))
    assert night.accounting.n_duplicates == 0


def test_an_event_delivered_again_after_its_class_is_published_is_a_duplicate(ledger: Books):
    ledger.take(NIGHT, orders(100, 110, 120))
    ledger.seal(NIGHT)
    again = ledger.take(NEXT, orders(100, 110, 120)).accounting
    assert (again.n_events, again.n_duplicates, again.n_classed) == (0, 3, 0)


def _rfqs(*, is_settled: bool, quotes: int):
    return scrubbed(
        *(
            {"feed": "rfqs", "kind": "rfq", "value_cents": 100, "is_settled": is_settled, "quotes_received": quotes}
            for _ in range(3)
        )
    )


def test_an_open_rfq_waits_until_it_is_settle_days_old(ledger: Books):
    days = {"rfqs": 7}
    settled_on = date(2026, 1, 19) + timedelta(days=7)
    ledger.take(NIGHT, _rfqs(is_settled=False, quotes=1), settle_days=days)
    ledger.seal(NIGHT)
    assert ledger.take(settled_on - timedelta(days=1), settle_days=days).accounting.n_classed == 0
    ledger.seal(settled_on - timedelta(days=1))
    assert ledger.take(settled_on, settle_days=days).accounting.n_classed == 3


def test_a_class_of_rfqs_that_nobody_quoted_says_none_and_passes_the_door(ledger: Books):
    ledger.take(NIGHT, _rfqs(is_settled=True, quotes=0))
    assert ledger.prove(NIGHT).frame.select("quotes_received", "quotes_status").rows() == [(0, "given")]


def test_an_rfq_that_is_delivered_again_as_closed_enters_with_the_quotes_it_has_now(ledger: Books):
    days = {"rfqs": 7}
    assert ledger.take(NIGHT, _rfqs(is_settled=False, quotes=1), settle_days=days).accounting.n_classed == 0
    ledger.seal(NIGHT)
    closed = ledger.take(NEXT, _rfqs(is_settled=True, quotes=5), settle_days=days).accounting
    assert (closed.n_events, closed.n_duplicates, closed.n_classed) == (0, 3, 3)
    assert ledger.prove(NEXT).frame["quotes_received"].to_list() == [15]


def test_of_two_rows_of_one_rfq_in_a_night_the_closed_one_enters(ledger: Books):
    night = ledger.take(
        NIGHT, _rfqs(is_settled=False, quotes=9), _rfqs(is_settled=True, quotes=2), settle_days={"rfqs": 7}
    )
    assert night.accounting.n_classed == 3
    assert ledger.prove(NIGHT).frame["quotes_received"].to_list() == [6]


def test_opted_out_events_are_counted_and_never_stand_in_a_class(ledger: Books):
    night = ledger.take(NIGHT, orders(100, 110, 120), orders(999, is_opted_out=True, event="out", buyer="out"))
    assert night.accounting.n_opted_out == 1
    assert ledger.prove(NIGHT).frame.select("n_events", "value_usd").rows() == [(3, 330.0)]


def test_opting_out_of_enough_events_leaves_no_class(ledger: Books):
    night = ledger.take(NIGHT, orders(100, 110), orders(120, is_opted_out=True, event="out", buyer="out"))
    assert night.accounting.n_classed == 0


def test_accounts_that_do_not_count_join_a_class_and_do_not_carry_it(ledger: Books):
    silent = orders(90, is_counting=False, event="silent", buyer="silent")
    assert ledger.take(NIGHT, orders(100, 110), silent).accounting.n_classed == 0
    assert ledger.take(NIGHT, orders(100, 110, 120), silent).accounting.n_classed == 4
    assert ledger.prove(NIGHT).frame["n_contributors"].to_list() == [3]


def test_accounts_that_share_a_key_are_one_contributor(ledger: Books):
    assert ledger.take(NIGHT, orders(100, 110, 120, shared="one firm")).accounting.n_classed == 0


def test_a_key_that_comes_later_joins_accounts_whose_events_already_wait(ledger: Books):
    ledger.take(NIGHT, scrubbed(*({"buyer": buyer, "event": buyer, "value_cents": 100} for buyer in "ab")))
    ledger.seal(NIGHT)
    ties = scrubbed(
        *({"buyer": buyer, "event": f"tie {buyer}", "shared": "one firm", "country": "AE"} for buyer in "ab")
    )
    third = scrubbed({"buyer": "c", "event": "c", "value_cents": 100})
    assert ledger.take(NEXT, third).accounting.n_classed == 3
    assert ledger.take(NEXT, third, ties).accounting.n_classed == 0


def test_a_published_night_is_refused(ledger: Books):
    ledger.take(NIGHT, orders(100, 110, 120))
    ledger.seal(NIGHT)
    with pytest.raises(NightError, match="already published"):
        ledger.take(NIGHT, orders(100, 110, 120))


def test_a_night_before_a_published_one_is_refused(ledger: Books):
    ledger.take(NIGHT, orders(100, 110, 120))
    ledger.seal(NIGHT)
    with pytest.raises(NightError, match="lies before"):
        ledger.take(NIGHT - timedelta(days=1), orders(100))


def test_a_night_is_refused_while_an_earlier_one_is_not_published(ledger: Books):
    ledger.take(NIGHT, orders(100, 110, 120))
    with pytest.raises(NightError, match=f"night {NIGHT} has classes that are not published"):
        ledger.take(NEXT, orders(100, event="next"))


def test_an_earlier_night_takes_back_the_unpublished_ones_that_were_formed_without_it(ledger: Books):
    ledger.take(NEXT, orders(100, 110, 120))
    ledger.take(NIGHT, orders(90, event="late", buyer="late"))
    assert [record.night for record in ledger.ledger.records()] == [NIGHT]
    ledger.seal(NIGHT)
    assert ledger.take(NEXT, orders(100, 110, 120)).accounting.n_classed == 4


def test_sealing_a_night_forgets_no_event_of_another_one(ledger: Books):
    ledger.take(NIGHT, orders(100, 110, 120))
    ledger.ledger.seal(NIGHT - timedelta(days=1), "digest", files_digest="no files")
    assert ledger.rows("select count(*) from pool where fate = 'classed'") == [(3,)]


def test_a_swapped_key_is_refused_and_nothing_is_written(ledger: Books):
    ledger.take(NIGHT, orders(100, 110, 120), fingerprints={2026: "the key"})
    ledger.seal(NIGHT)
    contents = ledger.contents()
    with pytest.raises(SecretError, match="epoch 2026") as refused:
        ledger.take(NEXT, orders(100, event="next"), fingerprints={2026: "another key"})
    assert "another key" not in str(refused.value)
    assert ledger.contents() == contents


def test_a_failure_inside_the_transaction_leaves_nothing(ledger: Books, monkeypatch):
    ledger.take(NIGHT, orders(100, 110))
    ledger.seal(NIGHT)
    contents = ledger.contents()
    with pytest.raises(RuntimeError), monkeypatch.context() as patched:
        patched.setattr(type(ledger.ledger), "_keep", lambda *_: (_ for _ in ()).throw(RuntimeError("power cut")))
        ledger.take(NEXT, orders(100, 110, 120, event=None))
    assert ledger.contents() == contents
    assert ledger.take(NEXT, orders(100, 110, 120)).accounting.n_classed == 3


def test_a_night_that_does_not_add_up_is_not_written(ledger: Books, monkeypatch):
    monkeypatch.setattr(type(ledger.ledger), "_fates", lambda *_: 0)
    with pytest.raises(NightError, match="does not add up"):
        ledger.take(NIGHT, orders(100, 110, 120))
    assert all(not rows for rows in ledger.contents().values())


def test_after_the_seal_no_contributor_row_of_a_classed_event_remains(ledger: Books):
    open_rfq = scrubbed({"feed": "rfqs", "kind": "rfq", "is_settled": False, "event": "open", "buyer": "open"})
    ledger.take(NIGHT, orders(100, 110, 120), orders(100, is_opted_out=True, event="out", buyer="out"), open_rfq)
    ledger.seal(NIGHT)
    assert ledger.rows("select event_key, fate from pool") == [(key("event open"), None)]
    assert ledger.rows("select count(*) from class_measures where measure = 'n_events'") == [(1,)]


def test_sealing_twice_changes_nothing(ledger: Books):
    ledger.take(NIGHT, orders(100, 110, 120))
    sealed = ledger.seal(NIGHT)
    contents = ledger.contents()
    ledger.ledger.seal(NIGHT, sealed.digest, files_digest="no files")
    assert ledger.contents() == contents


def test_what_still_waits_is_destroyed_with_its_epoch_after_the_late_window(ledger: Books):
    last_day = date(2027, 1, 1) + timedelta(days=POLICY.late_window_days)
    ledger.take(NIGHT, orders(100))
    ledger.seal(NIGHT)
    assert ledger.take(last_day).accounting.n_destroyed == 0
    ledger.seal(last_day)
    after = ledger.take(last_day + timedelta(days=1)).accounting
    assert (after.n_destroyed, after.n_pooled) == (1, 0)
    ledger.seal(last_day + timedelta(days=1))
    assert ledger.rows("select count(*) from pool") == [(0,)]


def test_one_account_is_another_contributor_in_another_epoch(ledger: Books):
    years = [scrubbed({"event": str(y), "buyer": "a", "occurred_on": date(y, 1, 19)}) for y in (2025, 2026)]
    ledger.take(NIGHT, *years)
    contributors = ledger.rows("select distinct contributor from contributor_of")
    assert len(contributors) == 2


def test_the_ledger_file_and_its_folder_are_closed_to_others(tmp_path, ledger: Books):
    path = tmp_path / "private" / "ledger.duckdb"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_file_that_is_no_parquet_is_a_step_error_without_its_text(tmp_path):
    (tmp_path / "bad.parquet").write_text("Acme Ltd, buyer@acme.example")
    with pytest.raises(StepError) as failed, books(tmp_path) as ledger:
        ledger.ledger.take_night(
            NIGHT, files=[tmp_path / "bad.parquet"], n_refused=0, policy=POLICY, policy_digest="",
            taxonomy=None, settle_days={}, fingerprints={},
        )  # fmt: skip
    assert "Acme" not in str(failed.value)
