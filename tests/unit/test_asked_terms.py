"""Terms in the ledger: kept by account until their month closes, drawn over public cells, erased with the account."""

from datetime import date, timedelta

import polars as pl
import pytest

from anonymize.terms.cells import places_of, sectors_of, term_cells
from schemas.errors import DisclosureError, SecretError
from schemas.policy import Policy
from tests.support.asking import ASKING, FEBRUARY, JANUARY, asking, wanting
from tests.support.books import Books, books
from tests.support.estimated import estimating, noise_key
from tests.support.scrubbed import NIGHT, key
from tests.support.small_world import CLOSING_NIGHT
from warehouse.asked_terms import counted_terms, prove_terms
from warehouse.erasure import forget

ROWS = "select account, product_code, place_code, term from asked_terms where fate_night is null order by all"
WANTING = wanting()
NEXT_CLOSE = date(2026, 3, 2)


@pytest.fixture
def ledger(tmp_path):
    with books(tmp_path, ASKING) as opened:
        yield opened


def take(ledger: Books, night: date, *events: pl.DataFrame, rules: Policy = WANTING, **more: object) -> None:
    ledger.take(night, *events, rules=rules, noise_key=noise_key, **more)


def seal(ledger: Books, night: date) -> None:
    sealed = ledger.prove(night, wanting())
    ledger.ledger.seal(night, sealed.digest, files_digest="no files")


def counted(ledger: Books, month: date = JANUARY, max_terms: int = 2) -> dict[tuple[str, str, str], int]:
    """What a draw of the month would count now, before noise, in whole contributors."""
    wanted = wanting(max_terms, max_length="5").estimates.terms
    counts = counted_terms(ledger.ledger.duck, month, wanted, term_cells(ASKING), bytes(32))
    return {tuple(cell): amount // 100 for *cell, amount in counts.rows() if amount}


# What is kept


def test_a_cell_is_a_term_in_one_of_its_sectors_in_a_sub_region():
    cells = term_cells(ASKING)
    assert cells.height == 10
    assert cells.rows()[:3] == [
        ("cotton", "textiles", "014"),
        ("cotton", "textiles", "145"),
        ("gots", "textiles", "014"),
    ]
    assert dict(sectors_of(ASKING).rows())["610910"] == "textiles"
    assert dict(places_of(ASKING).rows())["TZ"] == "014"
    assert {"all"}.isdisjoint(sectors_of(ASKING)["code"]) and {"001", "142"}.isdisjoint(places_of(ASKING)["code"])


def test_an_account_is_kept_with_its_terms_by_its_events_own_sector_and_sub_region(ledger: Books):
    take(
        ledger, NIGHT,
        asking(("a", "cotton gots"), ("a", "cotton"), ("b", "iso"), product_code="610910", country="TZ"),
        asking(("c", "iso"), product_code="pharma", country="SA"),
    )  # fmt: skip
    a, b, c = (key(f"buyer {name}") for name in "abc")
    wanted = [(a, "textiles", "014", "cotton"), (a, "textiles", "014", "gots"), (b, "textiles", "014", "iso"),
              (c, "pharma", "145", "iso")]  # fmt: skip
    assert ledger.rows(ROWS) == sorted(wanted)


def test_nothing_is_kept_where_a_term_cannot_count(ledger: Books):
    cannot = (
        {"product_code": "3004"},  # not for its sector
        {"product_code": "all", "product_level": "all"},
        {"country": None},
        {"kind": "cancellation"},
        {"occurred_on": date(2025, 12, 31)},  # a month that no night draws any more
        {"is_opted_out": True},
    )
    take(ledger, NIGHT, *(asking((f"buyer {at}", "cotton"), **why) for at, why in enumerate(cannot)))
    assert ledger.rows(ROWS) == []


def test_what_is_delivered_again_is_kept_once_and_a_rerun_changes_nothing(ledger: Books):
    event = asking(("a", "cotton"))
    take(ledger, NIGHT, event)
    once = ledger.contents()["asked_terms"]
    take(ledger, NIGHT, event)
    assert ledger.contents()["asked_terms"] == once
    seal(ledger, NIGHT)
    take(ledger, NIGHT + timedelta(days=1), event)
    assert ledger.contents()["asked_terms"] == once


def test_a_policy_without_terms_keeps_none_and_lets_go_of_what_another_kept(ledger: Books):
    take(ledger, NIGHT, asking(("a", "cotton")), rules=estimating())
    assert ledger.rows("select count(*) from asked_terms") == [(0,)]
    take(ledger, NIGHT, asking(("a", "cotton")))
    seal(ledger, NIGHT)
    later = NIGHT + timedelta(days=1)
    take(ledger, later, rules=estimating())
    assert ledger.rows(ROWS) == []
    seal(ledger, later)
    assert ledger.rows("select count(*) from asked_terms") == [(0,)]


def test_terms_of_an_account_that_opts_out_later_leave_with_those_of_accounts_that_keys_join_to_it(ledger: Books):
    take(ledger, NIGHT, asking(("a", "cotton"), ("b", "gots"), shared="firm"), asking(("c", "iso")))
    seal(ledger, NIGHT)
    take(ledger, NIGHT + timedelta(days=1), opted_out=["a"])
    assert ledger.rows(ROWS) == [(key("buyer c"), "textiles", "014", "iso")]
    take(ledger, NIGHT + timedelta(days=1))  # the night once more, and the list was wrong
    assert len(ledger.rows(ROWS)) == 3


def test_an_erased_account_leaves_no_term_behind(ledger: Books):
    take(ledger, NIGHT, asking(("a", "cotton"), ("b", "gots")))
    seal(ledger, NIGHT)
    accounts = pl.DataFrame({"epoch": [2026], "account": [key("buyer a")]})
    told = forget(ledger.ledger, accounts, receipt="ab" * 16, counts={}).facts
    assert told["n_terms"] == 1
    assert ledger.rows(ROWS) == [(key("buyer b"), "textiles", "014", "gots")]


# What is counted


def test_a_contributor_counts_once_a_cell_however_many_accounts_events_and_kinds_it_asks_with(ledger: Books):
    take(
        ledger, NIGHT,
        asking(("a", "cotton"), ("b", "cotton"), shared="firm"),
        asking(("a", "cotton"), kind="rfq"),
        asking(("a", "cotton"), kind="search", feed="searches"),
        asking(("c", "cotton")),
    )  # fmt: skip
    assert counted(ledger) == {("cotton", "textiles", "014"): 2}


def test_a_contributor_that_does_not_count_is_not_counted(ledger: Books):
    take(ledger, NIGHT, asking(("a", "cotton"), ("b", "cotton"), is_counting=False), asking(("b", "gots")))
    assert counted(ledger) == {("cotton", "textiles", "014"): 1, ("gots", "textiles", "014"): 1}


def test_of_many_terms_so_many_are_counted_as_the_policy_says(ledger: Books):
    events = asking(("a", "cotton gots iso")), asking(("a", "cotton gots iso"), country="AE")
    take(ledger, NIGHT, *events)
    assert [sum(counted(ledger, max_terms=m).values()) for m in (1, 2, 5, 6, 20)] == [1, 2, 5, 6, 6]


def test_a_term_that_left_the_vocabulary_is_not_counted(ledger: Books):
    take(ledger, NIGHT, asking(("a", "cotton gots")))
    cells = term_cells(ASKING).filter(pl.col("term") != "gots")
    counts = counted_terms(ledger.ledger.duck, JANUARY, WANTING.estimates.terms, cells, bytes(32))
    assert counts.filter(pl.col("amount") > 0).rows() == [("cotton", "textiles", "014", 100)]


# The draw


def test_a_month_is_drawn_at_its_close_over_every_cell_and_its_rows_leave_with_the_night(ledger: Books):
    take(ledger, NIGHT, asking(("a", "cotton")))
    seal(ledger, NIGHT)
    assert ledger.rows("select count(*) from term_counts") == [(0,)]
    later = asking(("b", "gots"), occurred_on=date(2026, 2, 1))
    take(ledger, CLOSING_NIGHT, asking(("b", "cotton")), later)
    drawn = ledger.rows("select month, purpose from draws where purpose = 'terms'")
    assert drawn == [(JANUARY, "terms")]
    assert ledger.rows("select distinct month, count(*) over () from term_counts") == [(JANUARY, 10)]
    take(ledger, CLOSING_NIGHT, asking(("b", "cotton")), later)
    seal(ledger, CLOSING_NIGHT)
    assert ledger.rows("select distinct month from asked_terms") == [(FEBRUARY,)]
    assert ledger.rows("select count(*) from draws where purpose = 'terms'") == [(1,)]


def test_late_events_of_a_drawn_month_are_not_kept_and_change_nothing(ledger: Books):
    take(ledger, CLOSING_NIGHT, asking(("a", "cotton")))
    seal(ledger, CLOSING_NIGHT)
    before = ledger.rows("select * from term_counts order by all")
    take(ledger, NEXT_CLOSE, asking(("late", "cotton")), asking(("b", "cotton"), occurred_on=date(2026, 2, 9)))
    assert ledger.rows("select * from term_counts where month = '2026-01-01' order by all") == before
    assert counted(ledger) == {}


def test_a_month_in_which_nobody_asked_for_anything_is_drawn_like_any_other(ledger: Books):
    take(ledger, CLOSING_NIGHT, asking(("a", None)))
    assert ledger.rows("select count(*) from term_counts") == [(10,)]


def test_a_month_whose_year_the_ledger_knows_nothing_of_is_not_drawn(ledger: Books):
    take(ledger, date(2026, 1, 2), asking(("a", "cotton"), occurred_on=date(2026, 1, 1)))
    assert ledger.rows("select count(*) from term_counts") == [(0,)]


def test_the_same_input_gives_the_same_counts_another_key_others(ledger: Books):
    take(ledger, CLOSING_NIGHT, asking(("a", "cotton gots iso")))
    first = ledger.contents()
    take(ledger, CLOSING_NIGHT, asking(("a", "cotton gots iso")))
    assert ledger.contents() == first
    ledger.take(
        CLOSING_NIGHT, asking(("a", "cotton gots iso")), rules=wanting(), noise_key=lambda epoch: noise_key(epoch + 1)
    )
    assert ledger.contents()["term_counts"] != first["term_counts"]


def test_terms_need_the_key_and_what_is_left_of_the_years_budget(ledger: Books):
    with pytest.raises(SecretError, match="terms"):
        ledger.take(CLOSING_NIGHT, asking(("a", "cotton"), kind="search"), rules=wanting())
    ledger.run("insert into draws values ('2026-01-01', 2026, '2026-05-01', 'other', 5900000000, 1, 'mac', ''::blob)")
    with pytest.raises(DisclosureError, match="rho_year"):
        take(ledger, CLOSING_NIGHT, asking(("a", "cotton"), kind="search"))
    assert ledger.ledger.record(CLOSING_NIGHT) is None


def test_a_month_that_was_drawn_from_other_counts_is_refused(ledger: Books):
    ledger.run("insert into draws values ('2026-01-30', 2026, '2026-01-01', 'terms', 1, 1, 'mac', ''::blob)")
    with pytest.raises(DisclosureError, match="drawn before"):
        take(ledger, CLOSING_NIGHT, asking(("a", "cotton")))


class TakenBackError(Exception):
    """Ends a transaction without a trace."""


def test_the_door_refuses_counts_that_no_stored_draw_gives(ledger: Books):
    take(ledger, CLOSING_NIGHT, asking(("a", "cotton")))
    prove_terms(ledger.ledger.duck, CLOSING_NIGHT, ASKING)
    for change in (
        "update term_counts set amount = amount + 100 where term = 'gots'",
        "delete from term_counts where term = 'gots' and place_code = '014'",
        "update term_counts set term = 'project_x' where term = 'gots'",
        "insert into term_counts values ('2026-02-02', '2026-01-01', 'project_x', 'textiles', '014', 10, 1)",
        "delete from draws where purpose = 'terms'",
        "update draws set amounts = ''::blob where purpose = 'terms'",
    ):
        with pytest.raises(TakenBackError), ledger.ledger.duck.transaction():
            assert ledger.run(change) > 0
            with pytest.raises(DisclosureError, match="counts of terms"):
                ledger.prove(CLOSING_NIGHT, WANTING)
            raise TakenBackError
    ledger.prove(CLOSING_NIGHT, WANTING)


def test_the_door_refuses_sealed_counts_that_were_changed(ledger: Books):
    take(ledger, CLOSING_NIGHT, asking(("a", "cotton")))
    seal(ledger, CLOSING_NIGHT)
    after = CLOSING_NIGHT + timedelta(days=1)
    take(ledger, after)
    ledger.prove(after, wanting())
    ledger.run("update term_counts set amount = amount + 1 where term = 'gots'")
    with pytest.raises(DisclosureError, match="were changed in the ledger"):
        ledger.prove(after, wanting())
