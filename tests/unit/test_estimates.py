"""Estimates in the ledger: drawn once at a month's close, kept, charged to the year, proven at the door."""

from datetime import date, timedelta
from itertools import pairwise

import polars as pl
import pytest

from anonymize.noise.loss import NANO
from schemas.errors import DisclosureError, SecretError
from schemas.policy import Policy
from tests.support.books import Books, books
from tests.support.estimated import ESTIMATING, JANUARY, estimating, january, noise_key
from tests.support.published import demand_of
from tests.support.scrubbed import orders
from tests.support.small_world import CLOSING_NIGHT, RUNGS, TAXONOMY, policy
from warehouse.budget import spent_nano
from warehouse.draws import closing_months, prove_estimates
from warehouse.duck import connected
from warehouse.statements import statement

EVENTS = (january(), january(2, 60, kind="rfq"), january(3, 40, kind="search"))
NEXT_CLOSE = date(2026, 3, 2)


@pytest.fixture
def ledger(tmp_path):
    with books(tmp_path) as opened:
        yield opened


def close(ledger: Books, *, rules: Policy = ESTIMATING, night: date = CLOSING_NIGHT, events=EVENTS) -> None:
    ledger.take(night, *events, rules=rules, noise_key=noise_key)


def demand(ledger: Books, night: date) -> pl.DataFrame:
    sealed = ledger.prove(night, ESTIMATING)
    with connected(None) as duck:
        return demand_of(duck, sealed.frame, sealed.estimates)


def test_a_month_closes_on_one_night_and_is_drawn_on_it():
    nights = [date(2026, 1, 20) + timedelta(days=n) for n in range(0, 60, 3)]
    closed = [month for previous, night in pairwise(nights) for month in closing_months(night, previous, lag_days=2)]
    assert closed == [date(2026, 1, 1), date(2026, 2, 1)]
    assert closing_months(date(2026, 4, 5), date(2026, 1, 25), lag_days=2) == tuple(date(2026, m, 1) for m in (1, 2, 3))
    assert closing_months(CLOSING_NIGHT, None, lag_days=2) == (date(2026, 1, 1),)
    assert closing_months(date(2026, 1, 20), None, lag_days=2) == ()


def test_the_kinds_of_the_policy_are_drawn_at_the_close_and_nothing_before(ledger: Books):
    close(ledger, night=date(2026, 1, 31))
    assert ledger.rows("select count(*) from draws") == [(0,)]
    ledger.prove(date(2026, 1, 31), ESTIMATING)
    ledger.ledger.seal(date(2026, 1, 31), "digest", files_digest="no files")
    close(ledger, events=())
    drawn = ledger.rows("select purpose, month, epoch from draws order by purpose")
    names = [f"estimates {kind} {name}" for kind in ("order", "rfq") for name in ("places", "products", "sectors")]
    assert drawn == [(name, JANUARY, 2026) for name in names]


def test_a_rerun_of_an_unpublished_night_gives_the_same_draw_and_is_charged_once(ledger: Books):
    close(ledger)
    contents, spent = ledger.contents(), spent_nano(ledger.ledger.duck, 2026)
    close(ledger)
    assert ledger.contents() == contents
    assert spent_nano(ledger.ledger.duck, 2026) == spent
    # six of twelve months, at three quarters of a month's loss, would be 6 / 12 * 6 * 3 / 4
    assert 0.99 * 6 / 12 * 3 / 4 * NANO < spent <= 6 / 12 * 3 / 4 * NANO


def test_the_same_events_under_another_key_are_drawn_otherwise(ledger: Books):
    close(ledger)
    first = ledger.rows("select purpose, mac, amounts from draws order by purpose")
    ledger.take(CLOSING_NIGHT, *EVENTS, rules=ESTIMATING, noise_key=lambda epoch: noise_key(epoch + 1))
    other = ledger.rows("select purpose, mac, amounts from draws order by purpose")
    assert all(a[0] == b[0] and a[1] != b[1] and a[2] != b[2] for a, b in zip(first, other, strict=True))


def test_without_a_key_there_is_no_draw_and_no_night(ledger: Books):
    with pytest.raises(SecretError, match="key"):
        ledger.take(CLOSING_NIGHT, *EVENTS, rules=ESTIMATING)
    assert ledger.rows("select count(*) from nights") == [(0,)]


def test_a_policy_without_estimates_draws_none(ledger: Books):
    close(ledger, rules=policy())
    assert ledger.rows("select count(*) from draws") == ledger.rows("select count(*) from estimates") == [(0,)]


def test_what_was_drawn_stays_when_late_events_form_classes_and_the_flag_tells_of_them(ledger: Books):
    close(ledger)
    before = demand(ledger, CLOSING_NIGHT)
    sealed = ledger.prove(CLOSING_NIGHT, ESTIMATING)
    ledger.ledger.seal(CLOSING_NIGHT, sealed.digest, files_digest="no files")
    kept = ledger.rows("select * exclude (night) from estimates order by all")
    drawn = ledger.rows("select * exclude (night) from draws order by all")
    late = orders(90, 100, 110, 120, product_code="6109", country="KE", occurred_on=date(2026, 1, 25))
    renamed = late.with_columns(event_key=pl.col("event_key").bin.encode("hex").str.reverse().str.decode("hex"))
    close(ledger, night=NEXT_CLOSE, events=(renamed,))
    assert ledger.rows("select * exclude (night) from estimates order by all") == kept
    assert ledger.rows("select * exclude (night) from draws order by all") == drawn
    after = demand(ledger, NEXT_CLOSE)
    node = {"kind": "order", "product_code": "6109", "place_code": "001", "period_level": "month", "nes": None}
    rows = [
        frame.filter(pl.col("nes").is_null(), **{name: value for name, value in node.items() if name != "nes"})
        .filter(period_start=JANUARY)
        .row(0, named=True)
        for frame in (before, after)
    ]
    assert [row["is_after_estimate"] for row in rows] == [False, True]
    assert rows[1]["n_events_estimate"] == rows[0]["n_events_estimate"] + 4
    assert rows[1]["n_events_margin"] == rows[0]["n_events_margin"]


def test_estimates_fill_only_the_nodes_and_periods_they_are_made_for(ledger: Books):
    close(ledger)
    rows = demand(ledger, CLOSING_NIGHT)
    filled = rows.filter(pl.col("n_events_estimate").is_not_null())
    assert set(filled["kind"]) == {"order", "rfq"}
    assert set(filled["period_level"]) == {"month", "quarter", "year"}
    assert filled["nes"].is_null().all()
    assert filled.filter(~pl.col("product_level").is_in(["all", "sector"]), pl.col("place_level") != "world").is_empty()
    assert (filled["n_events_estimate"] >= filled["n_events"]).all()
    top = filled.filter(product_code="all", place_code="001")
    assert (top["n_events_estimate"] == top["n_events"]).all()
    assert (top["n_events_margin"] == 0).all()
    spans = ["period_level", "period_start", "period_end"]
    month, quarter = (filled.filter(period_level=level).drop(spans) for level in ("month", "quarter"))
    assert month.sort(pl.all()).equals(quarter.sort(pl.all()))


def test_a_year_that_has_too_little_left_stops_the_night(ledger: Books):
    close(ledger)
    sealed = ledger.prove(CLOSING_NIGHT, ESTIMATING)
    ledger.ledger.seal(CLOSING_NIGHT, sealed.digest, files_digest="no files")
    ledger.run("insert into draws values ('2026-02-02', 2026, '2026-05-01', 'terms', 5600000000, 1, 'mac', ''::blob)")
    day = pl.col("occurred_on").dt.offset_by("1mo").clip(upper_bound=date(2026, 2, 28))
    later = january(7).with_columns(occurred_on=day)
    with pytest.raises(DisclosureError, match="rho_year"):
        close(ledger, night=NEXT_CLOSE, events=(later,))
    assert ledger.ledger.record(NEXT_CLOSE) is None


def test_a_month_that_was_drawn_from_other_counts_is_refused(ledger: Books):
    ledger.run(
        "insert into draws values ('2026-01-30', 2026, '2026-01-01', 'estimates order products', 1, 1, 'mac', ''::blob)"
    )
    with pytest.raises(DisclosureError, match="drawn before"):
        close(ledger)


@pytest.mark.parametrize(
    "change",
    [
        "update estimates set events_centi = events_centi + 1 where product_code = '6109'",
        "update estimates set value_margin_cents = 0 where product_code = 'all'",
        "delete from estimates where product_code = '6110'",
        "update draws set scale = scale + 100 where purpose = 'estimates order products'",
        "delete from draws where purpose = 'estimates rfq places'",
    ],
)
def test_the_door_refuses_estimates_that_no_stored_draw_gives(ledger: Books, change: str):
    close(ledger)
    prove_estimates(ledger.ledger.duck, CLOSING_NIGHT, TAXONOMY)
    assert ledger.run(change) > 0
    with pytest.raises(DisclosureError):
        ledger.prove(CLOSING_NIGHT, ESTIMATING)


def test_the_door_refuses_a_sealed_estimate_that_was_changed(ledger: Books):
    close(ledger)
    sealed = ledger.prove(CLOSING_NIGHT, ESTIMATING)
    ledger.ledger.seal(CLOSING_NIGHT, sealed.digest, files_digest="no files")
    close(ledger, night=CLOSING_NIGHT + timedelta(days=1), events=())
    ledger.prove(CLOSING_NIGHT + timedelta(days=1), ESTIMATING)
    ledger.run("update draws set rho_nano = 0")
    with pytest.raises(DisclosureError, match="were changed in the ledger"):
        ledger.prove(CLOSING_NIGHT + timedelta(days=1), ESTIMATING)


def test_no_row_of_a_contributor_is_in_what_is_kept(ledger: Books):
    close(ledger)
    columns = ledger.ledger.duck.frame(f"describe {statement('estimates')}", night=CLOSING_NIGHT)["column_name"]
    assert not {"contributor", "account", "event_key"} & set(columns)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"shares": {"order": "0.6", "rfq": "0.5"}}, "not above 1"),
        ({"rho_year": "0"}, "greater than 0"),
        ({"max_events": "0.5"}, "greater than or equal to 1"),
        ({"max_events": "1.501"}, "two decimals"),
    ],
)
def test_settings_that_make_no_sense_are_refused(changes: dict[str, object], said: str):
    with pytest.raises(ValueError, match=said):
        estimating(**changes)


@pytest.mark.parametrize(
    "rung", [("dekad_close", "sector", "country", "dekad"), ("month_close", "all", "world", "year")]
)
def test_rungs_whose_classes_no_draw_could_see_are_refused(rung: tuple[str, str, str, str]):
    rungs = [*RUNGS, dict(zip(("when", "product", "place", "period"), rung, strict=True))]
    with pytest.raises(ValueError, match="estimates need every rung"):
        policy(ladder={"rungs": rungs, "improvement": None}, estimates=ESTIMATING.model_dump()["estimates"])
