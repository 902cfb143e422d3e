"""Seasoned contributors in the ledger: who was there in an earlier month, and what a class asks of them."""

from datetime import date

import polars as pl
import pytest

from schemas.errors import DisclosureError
from tests.support.books import Books, books
from tests.support.scrubbed import key, scrubbed
from tests.support.small_world import policy
from warehouse.erasure import forget

ASKING = policy(buyers={"k_seasoned": 2})
JANUARY, FEBRUARY = date(2026, 1, 19), date(2026, 2, 3)
NIGHT, NEXT, LATER = date(2026, 1, 20), date(2026, 2, 4), date(2026, 2, 5)
LAST_YEAR, NEW_YEAR = date(2025, 12, 30), date(2026, 1, 4)


@pytest.fixture
def ledger(tmp_path):
    with books(tmp_path) as opened:
        yield opened


def _orders(buyers: str, day: date, **common: object) -> pl.DataFrame:
    """One order of each buyer (a letter) on a day."""
    return scrubbed(
        *(
            {"event": f"{buyer} {day}", "buyer": buyer, "occurred_on": day, "value_cents": 100} | common
            for buyer in buyers
        )
    )


def _first_months(ledger: Books) -> dict[bytes, date]:
    return dict(ledger.rows("select account, min(month) from first_months group by account"))  # type: ignore[arg-type]


def _n_classed(ledger: Books, night: date, *deliveries: pl.DataFrame) -> int:
    n = ledger.take(night, *deliveries, rules=ASKING).accounting.n_classed
    ledger.prove(night, ASKING)
    return n


def test_fresh_accounts_make_no_class_and_two_who_were_there_in_january_make_one_in_february(ledger: Books):
    assert _n_classed(ledger, NIGHT, _orders("abcd", JANUARY)) == 0
    ledger.seal(NIGHT)
    assert _n_classed(ledger, NEXT, _orders("axyz", FEBRUARY)) == 0
    assert _n_classed(ledger, NEXT, _orders("abxy", FEBRUARY)) == 4


def test_who_came_weeks_ago_in_the_same_month_is_not_seasoned(ledger: Books):
    ledger.take(NIGHT, _orders("abcd", date(2026, 1, 1), country="AE"), rules=ASKING)
    assert _n_classed(ledger, NIGHT, _orders("abcd", date(2026, 1, 1), country="AE"), _orders("abcd", JANUARY)) == 0


def test_a_late_event_of_january_does_not_become_seasoned_in_february(ledger: Books):
    """It is judged by its own month, however late it arrives; and it makes its buyer seasoned in February."""
    late, prompt = _orders("abcd", JANUARY), _orders("abcd", FEBRUARY)
    assert _n_classed(ledger, NEXT, late, prompt) == 4
    assert ledger.prove(NEXT, ASKING).frame["period_start"].to_list() == [FEBRUARY]


def test_a_firm_is_as_seasoned_as_the_oldest_of_its_accounts(ledger: Books):
    old = [_orders(buyer, JANUARY, shared=f"firm {buyer}", country="AE") for buyer in "ab"]
    ledger.take(NIGHT, *old)
    ledger.seal(NIGHT)
    new = [_orders(fresh, FEBRUARY, shared=f"firm {buyer}") for fresh, buyer in zip("xy", "ab", strict=True)]
    assert _n_classed(ledger, NEXT, *new, _orders("z", FEBRUARY)) == 3


def test_who_does_not_count_makes_nobody_safe_however_long_he_was_there(ledger: Books):
    ledger.take(NIGHT, _orders("abcd", JANUARY, country="AE", is_counting=False))
    ledger.seal(NIGHT)
    fresh = _orders("xyz", FEBRUARY)
    assert _n_classed(ledger, NEXT, fresh, _orders("ab", FEBRUARY, is_counting=False)) == 0


def test_a_measure_that_only_fresh_accounts_give_is_withheld(ledger: Books):
    ledger.take(NIGHT, _orders("ab", JANUARY, country="AE"))
    ledger.seal(NIGHT)
    seasoned = _orders("ab", FEBRUARY, kind="rfq", value_cents=None)
    assert _n_classed(ledger, NEXT, seasoned, _orders("xyz", FEBRUARY, kind="rfq")) == 5
    assert ledger.prove(NEXT, ASKING).frame["value_status"].to_list() == ["withheld"]


def test_in_january_the_account_of_december_is_known_by_the_key_of_the_year_before(ledger: Books):
    ledger.take(LAST_YEAR, _orders("abcd", LAST_YEAR, country="AE"))
    ledger.seal(LAST_YEAR)
    new = [_orders(fresh, NEW_YEAR, before=old) for fresh, old in zip("wx", "ab", strict=True)]
    assert _n_classed(ledger, NEW_YEAR, *new, _orders("yz", NEW_YEAR, before="nobody")) == 4
    assert _first_months(ledger)[key("buyer w")] == date(2025, 12, 1)
    assert _first_months(ledger)[key("buyer y")] == date(2026, 1, 1)


def test_of_the_year_before_only_that_it_was_there_is_told(ledger: Books):
    """The month in which an account began would tell accounts of two years apart by more than needs be."""
    ledger.take(LAST_YEAR, _orders("a", date(2025, 11, 2), country="AE"))
    ledger.seal(LAST_YEAR)
    ledger.take(NEW_YEAR, _orders("w", NEW_YEAR, before="a"))
    assert _first_months(ledger) == {key("buyer a"): date(2025, 11, 1), key("buyer w"): date(2025, 12, 1)}


def test_a_year_that_begins_tonight_seasons_nobody_so_that_a_rerun_finds_the_same(ledger: Books):
    """On an installation's first night the key of the year before may be made in the middle of it."""
    both = _orders("abcd", LAST_YEAR, country="AE"), _orders("wxyz", NEW_YEAR, before="a")
    assert _n_classed(ledger, NEW_YEAR, *both) == 0
    contents = ledger.contents()
    ledger.take(NEW_YEAR, *both, rules=ASKING)
    assert ledger.contents() == contents


def test_a_night_run_again_or_taken_back_leaves_no_month_behind(ledger: Books):
    ledger.take(NIGHT, _orders("ab", JANUARY))
    first = ledger.contents()
    ledger.take(NIGHT, _orders("cd", JANUARY))
    assert set(_first_months(ledger)) == {key("buyer c"), key("buyer d")}
    ledger.take(NIGHT, _orders("ab", JANUARY))
    assert ledger.contents() == first


def test_an_earlier_month_that_becomes_known_later_counts_from_then_on(ledger: Books):
    ledger.take(NEXT, _orders("ab", FEBRUARY, country="AE"))
    ledger.seal(NEXT)
    assert set(_first_months(ledger).values()) == {date(2026, 2, 1)}
    ledger.take(LATER, _orders("ab", JANUARY, country="SA"))
    assert set(_first_months(ledger).values()) == {date(2026, 1, 1)}
    ledger.take(LATER)
    assert set(_first_months(ledger).values()) == {date(2026, 2, 1)}


def test_before_the_month_from_which_it_is_asked_nobody_has_to_be_seasoned(ledger: Books):
    """An installation's first month: the policy says openly from when on it asks."""
    opening = policy(buyers={"k_seasoned": 2, "seasoned_from": date(2026, 2, 1)})
    fresh = _orders("abcd", JANUARY), _orders("wxyz", FEBRUARY)
    ledger.take(NEXT, *fresh, rules=opening)
    assert ledger.prove(NEXT, opening).frame["period_start"].to_list() == [JANUARY]
    with pytest.raises(DisclosureError, match="1 of 1 classes break the seasoned rule for n_events"):
        ledger.prove(NEXT, ASKING)


@pytest.mark.parametrize(
    "tampering",
    [
        "delete from first_months where month = date '2026-01-01'",
        "update first_months set month = date '2026-02-01'",
        "update first_months set month = null",
    ],
)
def test_the_door_refuses_a_class_whose_contributors_are_fresh_by_its_own_reckoning(ledger: Books, tampering: str):
    ledger.take(NIGHT, _orders("abcd", JANUARY, country="AE"))
    ledger.seal(NIGHT)
    assert _n_classed(ledger, NEXT, _orders("abcd", FEBRUARY)) == 4
    ledger.run(tampering)
    with pytest.raises(DisclosureError, match="1 of 1 classes break the seasoned rule for n_events"):
        ledger.prove(NEXT, ASKING)


@pytest.mark.parametrize(("is_erased", "n_classed"), [(False, 3), (True, 0)])
def test_an_erased_account_leaves_no_month_and_seasons_nobody_any_more(ledger: Books, is_erased: bool, n_classed: int):
    """b is of one firm with a; without a's month the firm is as old as b."""
    old = _orders("a", JANUARY, shared="firm", country="AE"), _orders("c", JANUARY, country="AE")
    ledger.take(NIGHT, *old)
    ledger.seal(NIGHT)
    ledger.take(NEXT, _orders("b", FEBRUARY, shared="firm", country="SA"))
    ledger.seal(NEXT)
    if is_erased:
        accounts = pl.DataFrame({"epoch": [2026], "account": [key("buyer a")]})
        forget(ledger.ledger, accounts, receipt="ab" * 16, counts={})
    assert (key("buyer a") in _first_months(ledger)) is not is_erased
    assert _n_classed(ledger, LATER, _orders("bcx", date(2026, 2, 4))) == n_classed


@pytest.mark.parametrize(
    ("buyers", "why"),
    [
        ({"k_seasoned": 4}, "must not exceed k"),
        ({"k_seasoned": -1}, "greater than or equal to 0"),
        ({"k_seasoned": 2, "seasoned_from": date(2026, 2, 2)}, "first of a month"),
    ],
)
def test_a_policy_that_asks_for_what_cannot_be_is_refused(buyers: dict[str, object], why: str):
    with pytest.raises(ValueError, match=why):
        policy(buyers=buyers)


def test_null_asks_for_nobody():
    assert policy(buyers={"k_seasoned": None}) == policy(buyers={"k_seasoned": 0})
