"""The SQL of estimates on a few rows: what is counted, what is kept, and what becomes of it in demand."""

from datetime import date

import polars as pl
import pytest

from tests.support.published import demand_of, published_classes
from warehouse.duck import Duck, connected
from warehouse.statements import statement

NIGHT, LATER = date(2026, 2, 2), date(2026, 3, 2)
JANUARY = date(2026, 1, 1)


@pytest.fixture
def duck():
    with connected(None) as connection:
        connection.run(statement("ledger/tables"))
        yield connection


def estimate(duck: Duck, night: date, kind: str, product: str, events: int, value: int | None) -> None:
    duck.run(
        "insert into estimates values ($night, $kind, $month, $product, '001', $events, 150, $value, $margin)",
        night=night, kind=kind, month=JANUARY, product=product, events=events, value=value,
        margin=None if value is None else 70,
    )  # fmt: skip


def test_coarse_events_are_those_whose_heading_or_country_no_class_of_tonight_tells(duck: Duck):
    classes = (
        (1, "order", "sector", "textiles", "country", "KE", "month"),
        (2, "order", "heading", "6109", "country", "KE", "month"),
        (3, "order", "heading", "6109", "world", "001", "dekad"),
        (4, "rfq", "all", "all", "world", "001", "month"),
    )
    for number, kind, product_level, product, place_level, place, period in classes:
        duck.run(
            "insert into classes (night, class_no, kind, product_level, product_code, place_level, place_code, "
            "period_level, period_start) values ($night, $number, $kind, $pl, $p, $gl, $g, $period, $start)",
            night=NIGHT, number=number, kind=kind, pl=product_level, p=product, gl=place_level, g=place,
            period=period, start=date(2026, 1, 11) if period == "dekad" else JANUARY,
        )  # fmt: skip
    events = (
        ("a", "order", "6109", "KE", 1), ("a", "order", "6109", "KE", 1), ("b", "order", "610910", "KE", 1),
        ("b", "order", "6109", "KE", 2), ("b", "order", "6109", None, 3), ("c", "rfq", "3004", "TZ", 4),
        ("c", "order", "3004", "TZ", None),
    )  # fmt: skip
    for buyer, kind, product, country, number in events:
        duck.run(
            "insert into pool (kind, epoch, account, product_code, country, fate, fate_night, class_no) values "
            "($kind, 2026, $account, $product, $country, $fate, $night, $number)",
            kind=kind, account=buyer.encode(), product=product, country=country, number=number, night=NIGHT,
            fate="classed" if number else None,
        )  # fmt: skip
    accounts = pl.DataFrame({"epoch": [2026] * 3, "account": [b"a", b"b", b"c"], "contributor": [7, 8, 9]})
    duck.load("contributor_of", accounts)
    found = duck.frame(statement("ledger/coarse_events"), night=NIGHT, month=JANUARY, kind="order")
    assert found.rows() == [
        (7, "6109", "KE", "sector", "country", 2),
        (8, "6109", None, "heading", "world", 1),
        (8, "610910", "KE", "sector", "country", 1),
    ]


def test_estimates_are_published_with_the_release_that_drew_them_once_it_is_sealed_or_tonights(duck: Duck):
    for night, is_sealed in ((NIGHT, True), (LATER, False)):
        duck.run(
            "insert into nights (night, is_sealed, release_id) values ($night, $is_sealed, $id)",
            night=night, is_sealed=is_sealed, id=night.isoformat(),
        )  # fmt: skip
    estimate(duck, NIGHT, "rfq", "textiles", 250, None)
    estimate(duck, NIGHT, "order", "textiles", 900, 1234)
    estimate(duck, LATER, "order", "pharma", 100, 0)
    rows = [
        ("2026-02-02", "order", JANUARY, "textiles", "001", 900, 150, 1234, 70),
        ("2026-02-02", "rfq", JANUARY, "textiles", "001", 250, 150, None, None),
    ]
    assert duck.frame(statement("estimates"), night=NIGHT).rows() == rows
    late = ("2026-03-02", "order", JANUARY, "pharma", "001", 100, 150, 0, 70)
    assert duck.frame(statement("estimates"), night=LATER).rows() == [late, *rows]
    assert duck.frame(statement("ledger/estimates_of"), night=LATER).rows() == [late[1:]]
    duck.load("new_estimates", duck.frame(statement("ledger/estimates_of"), night=LATER))
    assert duck.run(statement("ledger/keep_estimates"), night=date(2026, 3, 3)) == 1
    assert duck.frame(statement("ledger/estimates_of"), night=date(2026, 3, 3)).rows() == [late[1:]]
    assert [row[0] for row in duck.frame(statement("ledger/estimate_facts")).rows()] == [
        NIGHT,
        NIGHT,
        LATER,
        date(2026, 3, 3),
    ]


def test_facts_of_a_draw_hold_all_that_it_was(duck: Duck):
    duck.run(
        "insert into draws values ($night, 2026, $month, 'terms', 5, 9, 'mac', '\\x01\\xFF'::blob)",
        night=NIGHT,
        month=JANUARY,
    )
    assert duck.frame(statement("ledger/draw_facts")).rows() == [(NIGHT, JANUARY, "terms", 2026, 5, 9, "mac", "01FF")]


# Two classes of January, drawn on 2 February: 6109 in the world 10 events, textiles in the world 20. Of the 20, 12.5
# are estimated to be 6109's. A third class of 5 comes in March; a class of February no draw knows.
LATE = {"product": "6109", "place": "KE", "release_id": "2026-03-02"}
CLASSES = published_classes(
    {"product": "6109", "place": "001", "period": ("month", JANUARY), "n_events": 10, "value_usd": 100},
    {"product": "textiles", "place": "001", "period": ("month", JANUARY), "n_events": 20},
    LATE | {"period": ("month", JANUARY), "n_events": 5, "value_usd": 7},
    LATE | {"period": ("month", date(2026, 2, 1)), "n_events": 3},
)  # fmt: skip
ESTIMATES = pl.DataFrame(
    [
        ("2026-02-02", "order", JANUARY, "6109", "001", 2250, 196, 20000, 900),
        ("2026-02-02", "order", JANUARY, "textiles", "001", 3000, 0, 30000, 0),
    ],
    schema=[
        "release_id", "kind", "month", "product_code", "place_code", "events_centi", "events_margin_centi",
        "value_cents", "value_margin_cents",
    ],
    orient="row",
)  # fmt: skip


def test_demand_adds_what_came_later_to_an_estimate_and_says_so():
    with connected(None) as duck:
        demand = demand_of(duck, CLASSES, ESTIMATES)
    figures = ["n_events", "n_events_estimate", "n_events_margin", "value_usd_estimate", "value_usd_margin"]
    shown = demand.filter(pl.col("nes").is_null(), product_code="6109").select(
        "place_code", "period_level", "period_start", *figures, "is_after_estimate"
    )
    quarter = date(2026, 1, 1)
    none = (None,) * 4
    assert shown.filter(pl.col("place_code").is_in(["001", "KE"])).sort(
        "place_code", "period_level", "period_start"
    ).rows() == [
        ("001", "month", JANUARY, 15, 27.5, 1.96, 207.0, 9.0, True),
        ("001", "month", date(2026, 2, 1), 3, *none, False),
        ("001", "quarter", quarter, 18, 30.5, 1.96, 207.0, 9.0, True),
        ("001", "year", quarter, 18, 30.5, 1.96, 207.0, 9.0, True),
        ("KE", "month", JANUARY, 5, *none, False),
        ("KE", "month", date(2026, 2, 1), 3, *none, False),
        ("KE", "quarter", quarter, 8, *none, False),
        ("KE", "year", quarter, 8, *none, False),
    ]


def test_a_node_that_was_drawn_and_has_no_estimate_has_none_but_what_came_later():
    with connected(None) as duck:
        demand = demand_of(duck, CLASSES, ESTIMATES)
    [row] = demand.filter(
        pl.col("nes").is_null(), product_code="textiles", place_code="KE", period_level="month", period_start=JANUARY
    ).to_dicts()
    assert (row["n_events_estimate"], row["n_events_margin"], row["is_after_estimate"]) == (5.0, 0.0, True)
    assert row["value_usd_estimate"] is None


def test_only_classes_after_the_draw_raise_the_flag():
    with connected(None) as duck:
        demand = demand_of(duck, CLASSES.filter(release_id="2026-02-02"), ESTIMATES)
    assert demand.filter(pl.col("n_events_estimate").is_not_null()).height > 0
    assert not demand["is_after_estimate"].any()


@pytest.mark.parametrize(
    ("withheld", "shown"), [(0, True), (1, True), (2, False)], ids=["nothing", "a tenth", "more than a tenth"]
)
def test_value_is_estimated_only_where_at_most_a_tenth_of_the_events_that_have_one_withhold_it(withheld, shown):
    # of nine, ten or eleven events with a value that may be shirts, nine are in a class that gives it
    given = {"product": "textiles", "place": "001", "period": ("month", JANUARY), "n_events": 9, "value_usd": 300}
    hidden = {"place": "001", "period": ("month", JANUARY), "n_events": 1, "value_status": "withheld"}
    of_none = {"product": "6109", "place": "001", "period": ("month", JANUARY), "n_events": 50}
    classes = published_classes(
        given, of_none, *({"product": code, **hidden} for code in ("6109", "textiles")[:withheld])
    )
    with connected(None) as duck:
        demand = demand_of(duck, classes, ESTIMATES)
    [row] = demand.filter(
        pl.col("nes").is_null(), product_code="6109", place_code="001", period_level="month"
    ).to_dicts()
    value = (row["value_usd_estimate"], row["value_usd_margin"])
    assert row["n_events_estimate"] == 22.5 and value == ((200.0, 9.0) if shown else (None, None))


@pytest.mark.parametrize(("margin", "shown"), [(19_999, True), (20_000, False), (30_000, False)])
def test_a_value_whose_margin_is_as_large_as_itself_is_not_shown(margin, shown):
    swallowed = ESTIMATES.with_columns(value_margin_cents=pl.lit(margin))
    with connected(None) as duck:
        demand = demand_of(duck, CLASSES.filter(release_id="2026-02-02"), swallowed)
    here = demand.filter(product_code="6109", place_code="001", period_level="month", period_start=JANUARY)
    [row] = here.filter(pl.col("nes").is_null()).to_dicts()
    told = (row["value_usd_estimate"] is not None, row["value_usd_margin"] is not None)
    assert told == (shown, shown)
