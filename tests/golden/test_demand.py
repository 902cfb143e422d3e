"""demand.sql on three classes: every row typed out, placed_ratio worked out by hand."""

from datetime import date

from tests.support.published import demand_of, published_classes
from warehouse.duck import connected

YEAR = date(2026, 1, 1)
A = {"product": "textiles", "place": "002", "period": ("quarter", YEAR), "n_events": 4, "n_contributors": 3}
B = {"product": "all", "place": "002", "period": ("quarter", YEAR), "n_events": 6, "n_contributors": 5}
C = {"product": "textiles", "place": "001", "period": ("year", YEAR), "n_events": 10, "n_contributors": 8}
CLASSES = published_classes(A | {"value_usd": 10.5}, B | {"value_usd": 20.25}, C)

# A: textiles, Africa (002), first quarter. B: of no known sector. C: textiles, no known region, no known quarter, and
# of no known value.
#
# placed_ratio = events of classes inside the node / events of classes inside it or overlapping it.
#   textiles x Africa x Q1: A inside. B may be textiles, C may be of Africa and of Q1: 4 / (4 + 6 + 10) = 0.2.
#   textiles x world x Q1 and textiles x Africa x year: the same two overlap: 0.2.
#   textiles x world x year: A and C inside, B may be textiles: 14 / (14 + 6) = 0.7.
#   all x Africa x Q1, all x world x Q1, all x Africa x year: A and B inside, C overlaps: 10 / (10 + 10) = 0.5.
#   all x world x year: everything inside: 20 / 20 = 1.
# An n.e.s. row holds what stands exactly at the node along its dimension and anywhere within it along the others:
#   all x Africa x Q1, product: B only, for A stands at a child of all; period: A and B, for no dekad is known of them.
EXPECTED = """
product  place period  nes     n_events value_usd least most placed_ratio
all      001   quarter -             10     30.75     5    8 0.5
all      001   quarter product        6     20.25     5    5 -
all      001   quarter period        10     30.75     5    8 -
all      001   year    -             20     30.75     8   16 1.0
all      001   year    product        6     20.25     5    5 -
all      001   year    place         10     -         8    8 -
all      001   year    period        10     -         8    8 -
all      002   quarter -             10     30.75     5    8 0.5
all      002   quarter product        6     20.25     5    5 -
all      002   quarter place         10     30.75     5    8 -
all      002   quarter period        10     30.75     5    8 -
all      002   year    -             10     30.75     5    8 0.5
all      002   year    product        6     20.25     5    5 -
all      002   year    place         10     30.75     5    8 -
textiles 001   quarter -              4     10.5      3    3 0.2
textiles 001   quarter product        4     10.5      3    3 -
textiles 001   quarter period         4     10.5      3    3 -
textiles 001   year    -             14     10.5      8   11 0.7
textiles 001   year    product       14     10.5      8   11 -
textiles 001   year    place         10     -         8    8 -
textiles 001   year    period        10     -         8    8 -
textiles 002   quarter -              4     10.5      3    3 0.2
textiles 002   quarter product        4     10.5      3    3 -
textiles 002   quarter place          4     10.5      3    3 -
textiles 002   quarter period         4     10.5      3    3 -
textiles 002   year    -              4     10.5      3    3 0.2
textiles 002   year    product        4     10.5      3    3 -
textiles 002   year    place          4     10.5      3    3 -
"""
COLUMNS = (
    "product_code", "place_code", "period_level", "nes", "n_events", "value_usd", "contributors_min",
    "contributors_max", "placed_ratio",
)  # fmt: skip


def test_three_classes_make_exactly_these_rows():
    with connected(None) as duck:
        demand = demand_of(duck, CLASSES)
    shown = [" ".join("-" if cell is None else str(cell) for cell in row) for row in demand.select(COLUMNS).rows()]
    expected = [" ".join(line.split()) for line in EXPECTED.strip().splitlines()[1:]]
    assert sorted(shown) == sorted(expected)


def test_rows_carry_their_levels_the_release_and_no_estimate_yet():
    with connected(None) as duck:
        demand = demand_of(duck, CLASSES)
    levels = {"all": "all", "textiles": "sector", "001": "world", "002": "region"}
    for row in demand.iter_rows(named=True):
        assert (row["product_level"], row["place_level"]) == (levels[row["product_code"]], levels[row["place_code"]])
        assert (row["release_id"], row["kind"], row["is_after_estimate"]) == ("2026-02-02", "order", False)
        assert row["n_events_estimate"] is row["n_events_margin"] is None
        assert row["value_usd_estimate"] is row["value_usd_margin"] is None


def test_a_month_is_lifted_to_its_quarter_and_year_with_their_last_days():
    with connected(None) as duck:
        demand = demand_of(duck, published_classes(A | {"period": ("month", date(2026, 5, 1))}))
    assert set(demand.select("period_level", "period_start", "period_end").rows()) == {
        ("month", date(2026, 5, 1), date(2026, 5, 31)),
        ("quarter", date(2026, 4, 1), date(2026, 6, 30)),
        ("year", date(2026, 1, 1), date(2026, 12, 31)),
    }
