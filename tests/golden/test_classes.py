"""classes.sql on two sealed nights, one of tonight and one that is not published: the expected table typed out."""

from datetime import date

import polars as pl

from schemas.published import ClassRow
from schemas.tables import columns_of
from warehouse.duck import connected
from warehouse.statements import statement

FIRST, SECOND, LOST = date(2026, 1, 20), date(2026, 2, 2), date(2026, 2, 1)
NIGHTS = [(FIRST, True), (LOST, False), (SECOND, False)]
# night, class, kind, product level and code, place level and code, period level and start
CLASSES = [
    (FIRST, 1, "rfq", "heading", "6109", "country", "KE", "day", date(2026, 1, 19)),
    (FIRST, 2, "order", "heading", "6110", "country", "KE", "dekad", date(2026, 1, 11)),
    (SECOND, 1, "order", "sector", "textiles", "subregion", "014", "month", date(2026, 2, 1)),
    (SECOND, 2, "order", "heading", "6109", "country", "TZ", "dekad", date(2026, 1, 21)),
    (SECOND, 3, "order", "all", "all", "world", "001", "quarter", date(2026, 1, 1)),
    (SECOND, 4, "order", "heading", "6109", "country", "TZ", "dekad", date(2026, 1, 21)),
    (SECOND, 5, "order", "heading", "6109", "country", "TZ", "dekad", date(2026, 1, 21)),
    (LOST, 1, "order", "all", "all", "world", "001", "month", date(2026, 1, 1)),
]
# night, class, unit and bounds of price tiers in thousandths of a dollar
TIERS = [(SECOND, 4, "kg", 2_000, None), (SECOND, 5, "kg", None, 2_000)]
# night, class, measure, amount, n_counting, is_given
MEASURES = [
    (FIRST, 1, "n_events", 12, 11, True),
    (FIRST, 1, "value_usd", 123_456, 10, False),
    (FIRST, 1, "quotes_received", 30, 11, True),
    (FIRST, 2, "n_events", 10, 10, True),
    (FIRST, 2, "value_usd", 100_050, 10, True),
    (FIRST, 2, "quantity_kg", 1_500, 10, True),
    (FIRST, 2, "quantity_count", 7_000, 3, False),
    (SECOND, 1, "n_events", 40, 20, True),
    (SECOND, 1, "value_usd", 0, 20, True),
    (SECOND, 2, "n_events", 15, 14, True),
    (SECOND, 3, "n_events", 99, 50, True),
    (SECOND, 4, "n_events", 12, 11, True),
    (SECOND, 5, "n_events", 13, 12, True),
    (LOST, 1, "n_events", 77, 70, True),
]
SHOWN = (
    "release_id", "class_id", "kind", "product_code", "place_code", "period_level", "period_start", "period_end",
    "n_events", "n_contributors", "value_usd", "value_status", "quotes_received", "quotes_status",
    "quantity_kg", "quantity_kg_status", "quantity_count_status",
)  # fmt: skip
# Numbers follow the public keys within a release, so class 2 of the first night comes first ("order" < "rfq").
# 123,456 cents are withheld: null and said so. 100,050 cents are 1,000.50 USD; 1,500 thousandths are 1.5 kg.
EXPECTED = [
    ("2026-01-20", 1, "order", "6110", "KE", "dekad", date(2026, 1, 11), date(2026, 1, 20),
     10, 10, 1000.5, "given", None, "none", 1.5, "given", "withheld"),
    ("2026-01-20", 2, "rfq", "6109", "KE", "day", date(2026, 1, 19), date(2026, 1, 19),
     12, 11, None, "withheld", 30, "given", None, "none", "none"),
    ("2026-02-02", 1, "order", "all", "001", "quarter", date(2026, 1, 1), date(2026, 3, 31),
     99, 50, None, "none", None, "none", None, "none", "none"),
    ("2026-02-02", 2, "order", "6109", "TZ", "dekad", date(2026, 1, 21), date(2026, 1, 31),
     13, 12, None, "none", None, "none", None, "none", "none"),
    ("2026-02-02", 3, "order", "6109", "TZ", "dekad", date(2026, 1, 21), date(2026, 1, 31),
     12, 11, None, "none", None, "none", None, "none", "none"),
    ("2026-02-02", 4, "order", "6109", "TZ", "dekad", date(2026, 1, 21), date(2026, 1, 31),
     15, 14, None, "none", None, "none", None, "none", "none"),
    ("2026-02-02", 5, "order", "textiles", "014", "month", date(2026, 2, 1), date(2026, 2, 28),
     40, 20, 0.0, "given", None, "none", None, "none", "none"),
]  # fmt: skip


def _classes() -> pl.DataFrame:
    with connected(None) as duck:
        duck.run(statement("ledger/tables"))
        for night, is_sealed in NIGHTS:
            duck.run(
                "insert into nights (night, is_sealed, release_id) values ($night, $is_sealed, $release_id)",
                night=night, is_sealed=is_sealed, release_id=night.isoformat(),
            )  # fmt: skip
        names = ("night", "class_no", "kind", "product_level", "product_code", "place_level", "place_code",
                 "period_level", "period_start")  # fmt: skip
        duck.load("rows", pl.DataFrame(CLASSES, schema=names, orient="row"))
        duck.run("insert into classes by name select * from rows")
        duck.load("rows", pl.DataFrame(TIERS, schema=["night", "class_no", "unit", "low", "high"], orient="row"))
        duck.run(
            "update classes set price_unit = unit, price_low_milli = low, price_high_milli = high from rows "
            "where rows.night = classes.night and rows.class_no = classes.class_no"
        )
        names = ("night", "class_no", "measure", "amount", "n_counting", "is_given")
        duck.load("rows", pl.DataFrame(MEASURES, schema=names, orient="row"))
        duck.run("insert into class_measures by name select * from rows")
        return duck.frame(statement("classes"), night=SECOND)


def test_these_class_sums_make_this_table():
    assert _classes().select(SHOWN).rows() == EXPECTED


def test_tiers_show_unit_and_bounds_in_dollars_the_cheapest_first():
    tiers = (
        _classes()
        .filter(product_code="6109", place_code="TZ")
        .select("class_id", "price_unit", "price_low", "price_high")
    )
    assert tiers.rows() == [(2, "kg", None, 2.0), (3, "kg", 2.0, None), (4, None, None, None)]


def test_a_withheld_amount_stands_in_no_column():
    text = _classes().write_csv()
    assert "1234.56" not in text and "123456" not in text and "7.0" not in text


def test_the_columns_are_those_of_the_public_schema_in_order_and_type():
    types = {"text": pl.String, "int64": pl.Int64, "double": pl.Float64, "date": pl.Date}
    assert dict(_classes().schema) == {column.name: types[column.type] for column in columns_of(ClassRow)}
