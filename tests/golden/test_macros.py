"""The macros of a release, on eighteen classes typed out: what each answers, and how it finds what it is asked for."""

from datetime import date

import polars as pl
import pytest

from schemas.errors import ConfigurationError
from tests.support.asking import ASKING
from tests.support.published import published_classes, write_release
from tests.support.small_world import TAXONOMY
from warehouse.catalogue import HELPERS, MACROS, NAMES, QUESTIONS, catalogue, create_catalogue, meaning_of
from warehouse.demand import TABLES, fill_terms
from warehouse.duck import connected
from warehouse.reading import macros, query

NOVEMBER, DECEMBER, JANUARY, FEBRUARY = (
    ("month", date(year, month, 1)) for year, month in ((2025, 11), (2025, 12), (2026, 1), (2026, 2))
)


def _rfq(product, place, period, n_events, value_usd=None, quotes=None):
    told = {"kind": "rfq", "product": product, "place": place, "period": period, "n_events": n_events}
    if value_usd is not None:
        told["value_usd"] = value_usd
    return told | ({"quotes_received": quotes, "quotes_status": "given"} if quotes is not None else {})


CLASSES = published_classes(
    _rfq("6109", "KE", DECEMBER, 4, quotes=20),
    _rfq("6109", "KE", JANUARY, 6, value_usd=60.0, quotes=3),
    _rfq("6109", "AE", JANUARY, 9),
    _rfq("6109", "AE", DECEMBER, 3),
    _rfq("6110", "KE", JANUARY, 5, quotes=0),
    _rfq("6203", "KE", JANUARY, 2),
    _rfq("6203", "KE", DECEMBER, 8),
    _rfq("pharma", "014", JANUARY, 3),
    _rfq("6109", "KE", FEBRUARY, 3),
    {"kind": "order", "product": "6109", "place": "KE", "period": JANUARY, "n_events": 7, "value_usd": 70.0},
    *(
        {"kind": "search", "product": product, "place": "KE", "period": period, "n_events": n}
        for product, counts in (("6109", (50, 60, 61)), ("6110", (100, 100, 400)))
        for period, n in zip((NOVEMBER, DECEMBER, JANUARY), counts, strict=True)
    ),
    *(
        {
            "kind": "order",
            "product": "6110",
            "place": "TZ",
            "period": JANUARY,
            "n_events": n,
            "value_usd": value,
            "price_unit": "count",
            "price_low": low,
            "price_high": high,
        }
        for low, high, n, value in ((None, 1.0, 4, 3.0), (1.0, None, 6, 12.0))
    ),
)
"""Published on 2026-02-02, so that February has not ended and January is the newest month that has."""


ASKED = pl.DataFrame(
    [("cotton", "textiles", "014", 20_000), ("gots", "textiles", "145", 90_000), ("who_gmp", "pharma", "014", 50_000)],
    schema=["term", "product_code", "place_code", "amount"],
    orient="row",
)
"""Noisy counts of two months, in hundredths of a contributor."""


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    path = write_release(tmp_path_factory.mktemp("release") / "demand.duckdb", CLASSES, night=date(2026, 2, 4))
    months = pl.DataFrame({"month": [date(2025, 12, 1), date(2026, 1, 1)], "times": [1, 2]})
    counts = ASKED.join(months, how="cross").with_columns(
        amount=pl.col("amount") * pl.col("times"), scale=pl.lit(1000), release_id=pl.lit("2026-02-02")
    )
    with connected(path) as duck:
        fill_terms(duck, counts, ASKING, release_id="2026-02-02")
    return path


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("product_of('6109')", "6109"),
        ("product_of('TEXTILES')", "textiles"),
        ("product_of('text')", "textiles"),
        ("product_of('61')", "textiles/61"),
        ("product_of('textiles/62')", "textiles/62"),
        ("product_of(6109)", "6109"),
        ("product_of(61)", "textiles/61"),
        ("place_of('KE')", "KE"),
        ("place_of('ke')", "KE"),
        ("place_of('kenya')", "KE"),
        ("place_of('UAE')", "AE"),
        ("place_of('Eastern')", "014"),
        ("place_of('world')", "001"),
        ("place_of(14)", "014"),
        ("place_of('KEN')", "KE"),
        ("place_of('Emirates')", "AE"),
        ("place_of('K.S.A.')", "SA"),
        ("newest_month('RFQ')", date(2026, 1, 1)),
        ("month_of('2025-12-31', 'rfq')", date(2025, 12, 1)),
        ("month_of(date '2026-02-01', 'rfq')", date(2026, 2, 1)),
    ],
)
def test_what_people_call_a_product_or_a_place_is_found(release, asked, code):
    assert query(release, f"select {asked}").item() == code


NOT_GIVEN, MONTHS = (
    "was not given; give a code, or a title such as ",
    "; months are written 2026-01 and go from 2025-12 to ",
)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("product_of('zebra')", "no product is called zebra; near are "),
        ("product_of('60')", "no product is called 60; near are "),
        ("product_of('')", f"a product {NOT_GIVEN}"),
        ("product_of(null)", f"a product {NOT_GIVEN}"),
        ("place_of('Kenia')", "no place is called Kenia; near are Kenya (KE), "),
        ("place_of('Arab')", "2 places may be called Arab, such as "),
        ("place_of('1450')", "no place is called 1450; near are "),
        ("place_of(' ')", f"a place {NOT_GIVEN}"),
        ("place_of(null)", f"a place {NOT_GIVEN}"),
        ("kind_of(null)", "no demand of kind null stands in this release; it has order, rfq, search"),
        ("newest_month('inquiry')", "no demand of kind inquiry stands in this release; it has order, rfq, search"),
        ("month_of('2026-13', 'rfq')", f"nothing of kind rfq stands in month 2026-13{MONTHS}2026-02"),
        ("month_of(6, 'rfq')", f"nothing of kind rfq stands in month 6{MONTHS}2026-02"),
    ],
)
def test_what_is_called_nothing_or_too_much_is_an_error_that_helps(release, asked, told):
    with pytest.raises(ConfigurationError) as refused:
        query(release, f"select {asked}")
    assert str(refused.value).startswith(f"query refused: {told}")


WRONG = {
    "product": "'zebra'",
    "place": "'Mars'",
    "kind": "'aaa'",
    "level": "'aaa'",
    "period": "'aaa'",
    "month": "'aaa'",
}
"""A word that nothing is called, for each thing that a macro may be asked for."""


@pytest.mark.parametrize("macro", [name for name in QUESTIONS if name != "find"])
def test_no_macro_answers_with_nothing_to_a_word_that_means_nothing(release, macro):
    takes = meaning_of(macro).partition("(")[2].partition("):")[0].split(", ")
    right = {name: "'textiles'" if name == "product" else "'KE'" for name in takes if ":=" not in name}
    asked = [name.partition(" ")[0] for name in takes]
    for name in [name for name in asked if name.partition("_")[0] in WRONG]:
        wrong = WRONG[name.partition("_")[0]]
        given = ", ".join(wrong if each == name else value for each, value in right.items())
        named = "" if name in right else f", {name} := {wrong}"
        with pytest.raises(ConfigurationError, match=r"no (product|place|demand|level|term)|nothing of") as refused:
            query(release, f"from {macro}({given}{named})")
        assert wrong.strip("'") in str(refused.value)


def test_the_example_of_every_macro_answers(release):
    for macro in (name for name in QUESTIONS if name != "find"):
        assert query(release, meaning_of(macro).partition(" Example: ")[2]).height > 0, macro


GOTS = ("GOTS", "certificate", "Western Asia", date(2026, 1, 1), 1700, 1900, "rising", 1, "textiles")
COTTON = ("cotton", "material", "Eastern Africa", date(2026, 1, 1), 370, 430, "rising", 1, "textiles")
WHO_GMP = ("WHO-GMP", "certificate", "Eastern Africa", date(2026, 1, 1), 970, 1100, "rising", 1, "pharma")


def test_asked_for_lists_terms_of_sectors_in_the_newest_month_and_below_a_place(release):
    assert query(release, "from asked_for('text')").rows() == [(*GOTS, False), (*COTTON, False)]
    assert query(release, "from asked_for('all')").rows() == [(*GOTS, False), (*WHO_GMP, False), (*COTTON, False)]
    for month in ("date '2025-12-01'", "'2025-12'", "'2025-12-31'"):
        told = query(release, f"from asked_for('textiles', place := 'Africa', month := {month})")
        assert told.select("term", "month", "trend").rows() == [("cotton", date(2025, 12, 1), "not_called")]
    assert query(release, "from asked_for('pharma', place := 'Asia')").is_empty()


def test_asked_for_answers_what_is_finer_by_the_sector_and_sub_region_that_hold_it_and_says_so(release):
    assert query(release, "from asked_for(6109)").rows() == [(*GOTS, True), (*COTTON, True)]
    assert query(release, "from asked_for('textiles', place := 'UAE')").rows() == [(*GOTS, True)]
    assert query(release, "from asked_for(6109, place := 'KE')").rows() == [(*COTTON, True)]


def test_asked_for_takes_the_newest_month_of_the_sector_and_names_what_there_is(release, tmp_path):
    path = tmp_path / "demand.duckdb"
    path.write_bytes(release.read_bytes())
    with connected(path) as duck:
        duck.run("delete from terms where product_code = 'pharma' and period_start = date '2026-01-01'")
    assert query(path, "from asked_for('pharma')")["month"].to_list() == [date(2025, 12, 1)]
    with pytest.raises(ConfigurationError, match=f"no term of pharma is told of month 2026-01{MONTHS}2025-12"):
        query(path, "from asked_for('pharma', month := '2026-01')")
    with connected(path) as duck:
        duck.run("delete from terms where product_code = 'pharma'")
    assert query(path, "from asked_for('pharma')").is_empty()


def test_find_lists_products_and_places(release):
    assert query(release, "from find('arab')").rows() == [
        ("place", "country", "AE", "United Arab Emirates"),
        ("place", "country", "SA", "Saudi Arabia"),
    ]
    assert query(release, "from find(6109)")["code"].to_list() == ["6109", "610910", "610990"]
    assert query(release, "from find('ARE')")["code"].to_list() == ["AE"]
    for nothing in ("''", "' '", "null"):
        with pytest.raises(ConfigurationError, match="a word was not given"):
            query(release, f"from find({nothing})")


def test_below_lists_a_node_and_all_beneath_it(release):
    assert query(release, "from below('textiles/61')")["code"].to_list() == [
        "6109", "610910", "610990", "6110", "textiles/61",
    ]  # fmt: skip


def test_demand_trend_goes_period_by_period_and_says_what_is_called(release):
    assert query(release, "from demand_trend('6109', 'Kenya')").rows() == [
        (date(2025, 12, 1), False, 4, None, "not_called", "before_record", None, 4, 4, 1.0, "6109", "KE"),
        (date(2026, 1, 1), False, 6, 50.0, "not_called", "before_record", 60.0, 6, 6, 1.0, "6109", "KE"),
        (date(2026, 2, 1), True, 3, -50.0, "not_called", "open_period", None, 3, 3, 1.0, "6109", "KE"),
    ]
    searches = query(release, "from demand_trend('6110', 'Kenya', kind := 'search')")
    assert searches["trend"].to_list() == ["not_called", "not_called", "rising"]
    years = query(release, "from demand_trend('6109', 'Kenya', kind := 'order', period := 'year')")
    assert years.select("period_start", "is_open", "n_events").rows() == [(date(2026, 1, 1), True, 7)]


def test_top_markets_shares_the_worlds_known_demand(release):
    assert query(release, "from top_markets('6109')").rows() == [
        (1, "United Arab Emirates", "AE", date(2026, 1, 1), 9, 60.0, None, 9, 1.0, "6109"),
        (2, "Kenya", "KE", date(2026, 1, 1), 6, 40.0, 60.0, 6, 1.0, "6109"),
    ]
    other = query(release, "from top_markets(6109, level := 'REGION', month := '2025-12')")
    assert other.select("place", "n_events", "share_pct").rows() == [("Africa", 4, 57.1), ("Asia", 3, 42.9)]


def test_top_products_shares_a_places_known_demand(release):
    told = query(release, "from top_products('Kenya')").select("rank", "product_code", "n_events", "share_pct")
    assert told.rows() == [(1, "6109", 6, 46.2), (2, "6110", 5, 38.5), (3, "6203", 2, 15.4)]
    sectors = query(release, "from top_products('Eastern Africa', level := 'sector')")
    assert sectors.select("product_code", "n_events").rows() == [("textiles", 13), ("pharma", 3)]


def test_rising_shows_what_is_called_and_on_demand_all_growth_with_the_reason(release):
    rising = ("6110", date(2026, 1, 1), 100, 400, 300.0, 221.3, "rising", None, 1.0)
    assert query(release, "from rising('textiles', kind := 'search')").drop("product").rows() == [rising]
    grown = query(release, "from rising('61', kind := 'search', only_called := false)").drop("product")
    assert grown.rows() == [rising, ("6109", date(2026, 1, 1), 60, 61, 1.7, -28.8, "not_called", "within_chance", 1.0)]
    assert query(release, "from rising('textiles', kind := 'search', place := 'Asia')").is_empty()


def test_opportunities_rank_the_markets_of_a_product(release):
    told = query(release, "from opportunities('6109')").select("rank", "place", "n_events", "quotes_per_rfq", "score")
    assert told.rows() == [(1, "Kenya", 6, 0.5, 56.0), (2, "United Arab Emirates", 9, None, None)]
    assert query(release, "from opportunities('6109', least := 7)")["place_code"].to_list() == ["AE"]


def test_prices_lists_the_tiers_of_all_beneath_a_product(release):
    tiers = [(date(2026, 1, 1), "count", None, 1.0, 4, 40.0), (date(2026, 1, 1), "count", 1.0, None, 6, 60.0)]
    columns = ["month", "price_unit", "price_low", "price_high", "n_events", "share_pct"]
    for asked in ("'textiles', 'world'", "'6110', 'Tanzania'"):
        assert query(release, f"from prices({asked})").select(columns).rows() == tiers


def test_compare_sets_two_places_side_by_side(release):
    assert query(release, "from compare('6109', 'KE', 'UAE')").rows() == [
        (date(2025, 12, 1), 4, 3, 1.33, None, None, 1.0, 1.0, "6109", "KE", "AE"),
        (date(2026, 1, 1), 6, 9, 0.67, 60.0, None, 1.0, 1.0, "6109", "KE", "AE"),
        (date(2026, 2, 1), 3, None, None, None, None, 1.0, None, "6109", "KE", "AE"),
    ]


def test_unmet_lists_what_few_suppliers_answer(release):
    told = query(release, "from unmet('textiles')").drop("product")
    assert told.rows() == [("6110", "Kenya", "KE", None, 5, 0, 0.0), ("6109", "Kenya", "KE", None, 10, 23, 2.3)]
    assert query(release, "from unmet('all', place := 'Asia')").is_empty()
    assert query(release, "from unmet('all', least := 6)").height == 1


def test_unmet_calls_a_remainder_a_remainder(tmp_path):
    classes = published_classes(
        _rfq("6109", "KE", JANUARY, 5, quotes=10),
        _rfq("6109", "001", JANUARY, 5, quotes=15),
        _rfq("textiles", "KE", JANUARY, 5, quotes=20),
        _rfq("textiles", "002", JANUARY, 5, quotes=25),
        _rfq("pharma", "AE", JANUARY, 5, quotes=30),
        _rfq("all", "AE", JANUARY, 5, quotes=35),
        _rfq("6203", "AE", JANUARY, 5),
    )
    path = write_release(tmp_path / "demand.duckdb", classes, night=date(2026, 2, 4))
    told = query(path, "from unmet('all')").select("product", "place", "nes", "quotes")
    assert told.rows() == [
        ("6109", "Kenya", None, 10),  # without a title, as nodes of this small tree are
        ("6109", "World, n.e.s.", "place", 15),
        ("textiles, n.e.s.", "Kenya", "product", 20),
        ("textiles, n.e.s.", "Africa, n.e.s.", "product and place", 25),
        ("pharma", "United Arab Emirates", None, 30),
        ("all, n.e.s.", "United Arab Emirates", "product", 35),
    ]
    # within one sector there is nothing beneath to be a remainder of
    assert query(path, "from unmet('pharma')")["nes"].to_list() == [None]


# What the file says of itself.


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    path = tmp_path_factory.mktemp("empty") / "demand.duckdb"
    with connected(path) as duck:
        create_catalogue(duck, TABLES)
    return path


def test_every_table_view_column_and_macro_has_a_comment(empty):
    with connected(empty, is_read_only=True) as duck:
        told = catalogue(duck)
    assert {"table", "view", "column", "macro", "table_macro"} <= set(told["kind"])
    assert told.filter(told["told"].str.len_chars() < 5)["name"].to_list() == []


def test_the_data_dictionary_is_a_view_that_tells_every_table_column_and_macro(empty):
    told = query(empty, "from data_dictionary")
    columns = query(empty, "select table_name, column_name from duckdb_columns() where not internal")
    assert set(told.drop_nulls("column_name").select("table_name", "column_name").rows()) == set(columns.rows())
    whole = told.filter(told["column_name"].is_null())["table_name"].to_list()
    assert sorted(whole) == sorted([*TABLES, *MACROS, "data_dictionary"])


def test_every_macro_begins_with_what_it_is_called_and_takes(empty):
    with connected(empty, is_read_only=True) as duck:
        known = duck.frame("select function_name, parameters from duckdb_functions() where not internal")
    assert {name for name, _ in known.rows()} == set(MACROS)
    for name, parameters in known.rows():
        head = meaning_of(name).partition("):")[0]
        assert head.startswith(f"{name}(")
        assert [word.split(" ")[0] for word in head.removeprefix(f"{name}(").split(", ") if word] == parameters
    assert macros(empty)["macro"].to_list() == sorted([*QUESTIONS, NAMES]) and len(HELPERS) == 6


def test_an_attached_file_answers_once_it_is_used(release):
    import duckdb

    with duckdb.connect() as elsewhere:
        elsewhere.execute(f"attach '{release}' as mandi (read_only); use mandi")
        assert len(elsewhere.sql("from top_markets('6109')").fetchall()) == 2


def test_the_small_world_holds_no_title_of_a_product():
    """So that codes alone are asked for above."""
    assert {title for _, _, _, title in TAXONOMY.products} == {None}
