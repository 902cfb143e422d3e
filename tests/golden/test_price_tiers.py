"""price_tiers.sql on the tiers of one heading in two months: typical range and unit value worked out by hand."""

from datetime import date

import polars as pl
import pytest

from tests.support.published import derived_of, published_classes

NIGHT = date(2026, 3, 2)
JAN, FEB = date(2026, 1, 1), date(2026, 2, 1)


def _tier(product: str, place: str, month: date, low: float | None, high: float | None, n: int, value: float, **more):
    return {
        "product": product, "place": place, "period": ("month", month), "price_unit": "kg", "price_low": low,
        "price_high": high, "n_events": n, "value_usd": value,
    } | more  # fmt: skip


def _kg(quantity: float) -> dict:
    return {"quantity_kg": quantity, "quantity_kg_status": "given"}


# January, 6109 x KE: 20 events below 2, 40 from 2 to 5, 20 from 5 on. A quarter of 80 is 20: the 20 cheapest have no
# lower bound, so that the typical range is open below; a quarter at most costs 5 or more: it ends at 5.
# February, 6109 x KE: of the heading 10 below 2, 50 from 2 to 5, 15 from 5 on; of its subheading 25 from 2 to 10. Of
# 100 at each event's least price: 10 open, 75 from 2 on, 15 from 5: the first quarter ends at 2. At the greatest: 10
# below 2, 60 below 5, 85 below 10: three quarters are reached at 10.
# Unit value: January (30 + 120 + 150) / 100 kg = 3; February (16 + 150 + 109) / 110 kg = 2.5: a change of -1/6. The
# tier from 5 on withholds its quantity, so that its 90 dollars are not in it.
CLASSES = published_classes(
    _tier("6109", "KE", JAN, None, 2.0, 20, 30.0, **_kg(20)),
    _tier("6109", "KE", JAN, 2.0, 5.0, 40, 120.0, **_kg(55)),
    _tier("6109", "KE", JAN, 5.0, None, 20, 150.0, **_kg(25)),
    _tier("6109", "KE", FEB, None, 2.0, 10, 16.0, **_kg(10)),
    _tier("6109", "KE", FEB, 2.0, 5.0, 50, 150.0, **_kg(78)),
    _tier("6109", "KE", FEB, 5.0, None, 15, 90.0, quantity_kg_status="withheld"),
    _tier("610910", "KE", FEB, 2.0, 10.0, 25, 109.0, **_kg(22)),
    {"product": "6109", "place": "KE", "period": ("month", FEB), "n_events": 60, "value_usd": 100.0},
)
EXPECTED = """
item   month   low high n  share value of_all unit   node ratio from to   each   from1 to1 up
6109   2026-01 -   2.0  20 0.25  30.0  0.1    1.5    80   1.0   -    5.0  3.0    -     -   -
6109   2026-01 2.0 5.0  40 0.5   120.0 0.4    2.1818 80   1.0   -    5.0  3.0    -     -   -
6109   2026-01 5.0 -    20 0.25  150.0 0.5    6.0    80   1.0   -    5.0  3.0    -     -   -
6109   2026-02 -   2.0  10 0.1   16.0  0.0438 1.6    100  0.625 2.0  10.0 2.5    -     5.0 -0.1667
6109   2026-02 2.0 5.0  50 0.5   150.0 0.411  1.9231 100  0.625 2.0  10.0 2.5    -     5.0 -0.1667
6109   2026-02 2.0 10.0 25 0.25  109.0 0.2986 4.9545 100  0.625 2.0  10.0 2.5    -     5.0 -0.1667
6109   2026-02 5.0 -    15 0.15  90.0  0.2466 -      100  0.625 2.0  10.0 2.5    -     5.0 -0.1667
610910 2026-02 2.0 10.0 25 1.0   109.0 1.0    4.9545 25   1.0   2.0  10.0 4.9545 -     -   -
"""
COLUMNS = (
    "price_low", "price_high", "n_events", "events_share", "value_usd", "value_share", "unit_value_usd", "node_events",
    "node_tiered_ratio", "node_typical_low", "node_typical_high", "node_unit_value_usd", "node_typical_low_previous",
    "node_typical_high_previous", "node_unit_value_change_ratio",
)  # fmt: skip


@pytest.fixture(scope="module")
def tiers() -> pl.DataFrame:
    return derived_of(CLASSES, NIGHT)["price_tiers"]


def test_tiers_are_told_as_worked_out_by_hand(tiers):
    country = tiers.filter(place_code="KE")
    shown = [
        " ".join([row["product_code"], f"{row['period_start']:%Y-%m}", *(_shown(row[name]) for name in COLUMNS)])
        for row in country.iter_rows(named=True)
    ]
    assert shown == [" ".join(line.split()) for line in EXPECTED.strip().splitlines()[1:]]


def _shown(value: float | None) -> str:
    return "-" if value is None else str(round(value, 4))


def test_every_place_above_tells_the_same_tiers_and_no_product_above_a_heading_any(tiers):
    assert set(tiers["product_level"]) == {"heading", "subheading"}
    assert set(tiers["place_code"]) == {"KE", "014", "002", "001"}
    assert tiers.group_by("place_code").len()["len"].unique().to_list() == [8]


def test_units_are_kept_apart():
    pairs = _tier("6109", "KE", JAN, 2.0, 5.0, 20, 60.0, price_unit="pair", quantity_pair=20.0)
    kilos = _tier("6109", "KE", JAN, 1.0, 2.0, 30, 30.0, **_kg(20))
    found = derived_of(published_classes(pairs, kilos), NIGHT)["price_tiers"].filter(place_code="KE")
    assert found.select("price_unit", "n_events", "node_events", "events_share", "node_tiered_ratio").rows() == [
        ("kg", 30, 30, 1.0, 0.6),
        ("pair", 20, 20, 1.0, 0.4),
    ]
