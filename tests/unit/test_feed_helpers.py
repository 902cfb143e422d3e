from datetime import UTC, date, datetime

import polars as pl
import pytest

from feeds.countries import load_countries
from feeds.helpers import HELPERS, HelperContext, check_helper
from feeds.numbers import over_distinct
from feeds.units import FACTOR_OF, UNIT_OF
from schemas.errors import ConfigurationError
from schemas.events import UNITS

CONTEXT = HelperContext(date(2025, 7, 13), "Asia/Kolkata", load_countries())


def helped(helper: str, *values: str | None, **options: str) -> list[object]:
    check_helper(helper, options)
    frame = pl.DataFrame({"value": values}, schema={"value": pl.String})
    return frame.select(HELPERS[helper].apply(pl.col("value"), options, CONTEXT)).to_series().to_list()


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("text", "amount", "unit"),
    [
        ("1 Piece/Pieces", 1, "count"),
        ("500 KGS", 500, "kg"),
        ("1,200 Meter/Meters", 1200, "m"),
        ("1,00,000 Nos", 100_000, "count"),
        ("Quantity Required:\n10\nPiece/Pieces", 10, "count"),
        ("2 x 40ft", 2, "container"),
        ("1x20ft", 1, "container"),
        ("3 × 40' HC", 3, "container"),
        ("2 Twenty-Foot Container", 2, "container"),
        ("1 FCL", 1, "container"),
        ("500 g", 0.5, "kg"),
        ("2 Metric Ton/Metric Tons", 2000, "kg"),
        ("3 Dozen/Dozens", 36, "count"),
        ("20 Дюжина / Дюжин(ы)", 240, "count"),
        ("150 cm", 1.5, "m"),
        ("10 Yard/Yards", 9.144, "m"),
        ("12 m2", 12, "m2"),
        ("12 Square Meter/Square Meters", 12, "m2"),
        ("3 Liter/Liters", 3, "l"),
        ("1 Cubic Meter/Cubic Meters", 1000, "l"),
        ("7 Pair/Pairs", 7, "pair"),
        ("4 Set/Sets", 4, "set"),
        ("10 Bag/Bags", 10, "other"),
        ("100pcs.", 100, "count"),
        ("-5 pcs", -5, "count"),
        ("5", 5, None),
        ("pcs", None, "count"),
        ("20ft", None, "container"),
        ("10-20 pieces", None, None),
        ("10 boxes of 12", None, None),
        ("1,5 kg", 1.5, "kg"),
        ("0,75 t", 750, "kg"),
        ("10 M/T", 10_000, "kg"),
        ("3 lakh pcs", 300_000, "count"),
        ("1.2 crore pieces", 12_000_000, "count"),
        ("20k pcs", 20_000, "count"),
        ("2 million pieces", 2_000_000, "count"),
        ("5 kg", 5, "kg"),
        ("1/2 kg", None, None),
        ("1*40HQ", 1, "container"),
        ("2 x 20' containers", 2, "container"),
        ("2 x 40ft containers of rice", 2, "container"),
        ("20' container", None, "container"),
        ("40’ HC", None, "container"),
        ("3 x 40-inch TV", None, None),
        ("2 x 45-litre drum", None, None),
        ("2 x 20-30 kg", None, None),
        ("5 x 20 feet bamboo", None, None),
        ("5 x 20' pole", None, None),
        ("2 x 20ft + 1 x 40ft", None, None),
        ("50 kg/bag", None, None),
        ("500 pcs/carton", None, None),
        ("500 kgs/month", None, None),
        ("500 pcs per month", None, None),
        ("5 Foot/Feet", 1.524, "m"),
        ("10 piece(s)", 10, "count"),
        ("10 ton(s)", 10_000, "kg"),
        ("300个", 300, "count"),
        ("7 吨", 7000, "kg"),
        ("٢٠ طن", 20_000, "kg"),
        ("50 тонн", 50_000, "kg"),
        ("6 双", 6, "pair"),
        ("५०० किग्रा", 500, "kg"),
        ("1000+ pcs", 1000, "count"),
        ("20k+ pcs", 20_000, "count"),
        ("5 K", 5000, None),
        ("5 K pcs", 5000, "count"),
        ("18 K gold", 18, "other"),
        ("approx. 500 kg", 500, "kg"),
        ("MOQ 500 pcs", 500, "count"),
        ("min. order 500 pcs", None, None),
        ("up to 500 kg", None, None),
        ("1 000 kg", 1000, "kg"),
        ("1 234 567 pcs", 1_234_567, "count"),
        ("1\u00a0250 kg", 1250, "kg"),
        ("1'000 kg", 1000, "kg"),
        ("1’000 kg", 1000, "kg"),
        ("2 500 ml", None, None),
        ("1.500,5 kg", 1500.5, "kg"),
        ("1.000.000 pcs", 1_000_000, "count"),
        ("1.000 pcs", None, "count"),
        ("1.25 kg", 1.25, "kg"),
        ("0.500 kg", 0.5, "kg"),
        ("", None, None),
        (None, None, None),
    ],
)
def test_a_quantity_text_gives_amount_and_unit(text: str | None, amount: float | None, unit: str | None) -> None:
    assert helped("quantity", text) == [amount if amount is None else pytest.approx(amount)]
    assert helped("unit", text) == [unit]


@pytest.mark.parametrize(
    ("text", "decimal", "amount"),
    [("1.000 pcs", ".", 1), ("1.000 pcs", ",", 1000), ("1,500 kg", ".", 1500), ("1,500 kg", ",", 1.5),
     ("1.500,5 kg", ",", 1500.5), ("1.500,5 kg", ".", None), ("2 x 40ft", ",", 2)],
)  # fmt: skip
def test_a_contract_may_say_which_sign_parts_decimals_of_a_quantity(
    text: str, decimal: str, amount: float | None
) -> None:
    assert helped("quantity", text, decimal=decimal) == [amount]


def test_every_spelling_leads_to_a_unit_that_is_kept_and_stands_once() -> None:
    from feeds.units import _SPELLINGS

    spellings = [name for _, _, names in _SPELLINGS for name in names.split()]
    meanings = {(name, unit, factor) for unit, factor, names in _SPELLINGS for name in names.split()}
    assert len(meanings) == len(set(spellings))
    assert set(UNIT_OF.values()) <= set(UNITS)
    assert min(FACTOR_OF.values()) > 0


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,234.50", 1234.5), ("£3", 3), ("$ 1,000", 1000), ("Rs. 12", 12),
        ("INR 1,00,000.00", 100_000), ("-4.5", -4.5), ("€-3", -3), ("12 USD", 12), (".5", 0.5),
        ("1e-5", 1e-5), ("  7 ", 7),
        ("1,5", None), ("1.234,50", None), ("1,2345", None), ("inf", None), ("nan", None), ("1 234", 1234),
        ("1 234.50", 1234.5), ("1'234.50", 1234.5), ("1 2345", None), ("12 34", None), ("EUR 1 234.50", 1234.5),
        ("INR 500/-", 500), ("500/-", 500), ("500/", None), ("C$5", 5), ("HK$ 5", 5), ("USD5", 5), ("Rs 12", 12),
        ("US $5.00 / Piece", 5), ("$5/pc", 5), ("$5/kg", None), ("$5 / dozen", None), ("US$5-6", None),
        ("FOB 5", None), ("CIF 12.5", None), ("EU 5", None), ("5 pcs", None), ("2\u200b0", 20),
        ("١٢٣٤", 1234), ("١٢٣٤٫٥٠", 1234.5), ("५٬०००", 5000), ("१,२३४.५०", 1234.5), ("１２", 12),
        ("10-20", None), ("--4", None), ("", None), (None, None), ("9" * 400, None),
    ],
)  # fmt: skip
def test_a_number_is_read_or_left_unknown_and_never_guessed(text: str | None, value: float | None) -> None:
    assert helped("number", text) == [value]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.234,50", 1234.5), ("1,5", 1.5), ("€ 12", 12), ("1.234.567", 1_234_567), ("1,234.50", None),
        ("1 234,50", 1234.5), ("١٢٣٤٫٥٠", 1234.5), ("١٬٢٣٤", 1234),
    ],
)  # fmt: skip
def test_a_decimal_comma_is_read_where_the_contract_says_so(text: str, value: float | None) -> None:
    assert helped("number", text, decimal=",") == [value]


def test_labels_are_dropped() -> None:
    assert helped("strip_label", "Posted in:\nUnited Arab Emirates", "Posted in: Oman", "Oman", "a 1: b") == [
        "United Arab Emirates", "Oman", "Oman", "a 1: b",
    ]  # fmt: skip


def test_relative_times_count_back_from_the_end_of_the_night() -> None:
    texts = ("9 minutes before", "23 hours before", "6 days ago", "1 days ago", "Just now", "an hour ago", "yesterday",
             "2 weeks ago", "1 month ago", "soon", None)  # fmt: skip
    zone = {"zone": "UTC"}

    assert helped("relative_time", *texts, **zone) == [
        utc(2025, 7, 13, 23, 50, 59), utc(2025, 7, 13, 0, 59, 59), utc(2025, 7, 7, 23, 59, 59),
        utc(2025, 7, 12, 23, 59, 59), utc(2025, 7, 13, 23, 59, 59), utc(2025, 7, 13, 22, 59, 59),
        utc(2025, 7, 12, 23, 59, 59), utc(2025, 6, 29, 23, 59, 59), utc(2025, 6, 13, 23, 59, 59), None, None,
    ]  # fmt: skip
    assert helped("relative_time", "1 day ago", observed_on="2025-03-01", **zone) == [utc(2025, 2, 28, 23, 59, 59)]
    assert helped("relative_time", "Just now") == [utc(2025, 7, 13, 18, 29, 59)]


def test_iso_times_keep_their_offset_or_take_the_zone() -> None:
    texts = ("2025-07-13T10:20:30+05:30", "2025-07-13T10:20:30Z", "2025-07-13 10:20:30.5", "2025-07-13T10:20",
             "2025-07-13", "2025-13-01", "13-07-2025", None)  # fmt: skip

    assert helped("timestamp", *texts, format="iso", zone="Asia/Kolkata") == [
        utc(2025, 7, 13, 4, 50, 30), utc(2025, 7, 13, 10, 20, 30), utc(2025, 7, 13, 4, 50, 30, 500_000),
        utc(2025, 7, 13, 4, 50), utc(2025, 7, 12, 18, 30), None, None, None,
    ]  # fmt: skip


def test_times_follow_their_format() -> None:
    texts, indian = ("13-07-2025 10:20", "31-02-2025 10:20"), {"format": "%d-%m-%Y %H:%M", "zone": "Asia/Kolkata"}

    assert helped("timestamp", *texts, **indian) == [utc(2025, 7, 13, 4, 50), None]
    assert helped("timestamp", "13-07-2025", format="%d-%m-%Y") == [utc(2025, 7, 13)]
    assert helped("timestamp", "2025-07-13 10:00 +0530", format="%Y-%m-%d %H:%M %z") == [utc(2025, 7, 13, 4, 30)]


def test_a_time_the_clocks_skipped_is_unknown_and_one_they_repeated_is_the_earlier() -> None:
    texts = ("2025-03-30T01:30:00", "2025-10-26T01:30:00")

    assert helped("timestamp", *texts, format="iso", zone="Europe/London") == [None, utc(2025, 10, 26, 0, 30)]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("United Kingdom", "GB"), ("UK", "GB"), ("England", "GB"), ("EIRE", "IE"), ("RSA", "ZA"), ("USA", "US"),
        ("U.A.E.", "AE"), ("uae", "AE"), ("United Arab Emirates", "AE"), ("Posted in:\nOman", "OM"), ("IND", "IN"),
        ("Cote D'Ivoire", "CI"), ("Côte d’Ivoire", "CI"), ("Viet Nam", "VN"), ("Türkiye", "TR"), ("Hong Kong", "HK"),
        ("Iran (Islamic Republic of)", "IR"), ("Bolivia, Plurinational State of", "BO"), ("Greece", "GR"), ("GR", "GR"),
        ("Taiwan, China", "TW"), ("Russian Federation", "RU"), ("Norway", "NO"), ("NO", "NO"), ("Norvège", "NO"),
        ("France Metropolitan", "FR"), ("Congo, The Republic of Congo", "CG"), ("الإمارات", "AE"), ("印度", "IN"),
        ("Россия", "RU"), ("Reino Unido", "GB"), ("Almanya", "DE"), ("भारत", "IN"), ("Países Bajos", "NL"),
        ("Nederland", "NL"), ("Саудовская Аравия", "SA"), ("ประเทศไทย", "TH"), ("বাংলাদেশ", "BD"),
        ("Taiwan, Province of China", "TW"), ("Palestinian Territory, Occupied", "PS"), ("Macao SAR", "MO"),
        ("China, Hong Kong SAR", "HK"), ("Libyan Arab Jamahiriya", "LY"), ("FYROM", "MK"), ("Cote d Ivoire", "CI"),
        ("usa", "US"), ("uk", "GB"), ("I.N.", "IN"), ("No", None), ("no", None), ("me", None), ("is", None),
        ("so", None), ("in", None), ("At", None), ("are", None), ("can", None),
        ("Channel Islands", None), ("European Community", None), ("Unspecified", None), ("Congo", None),
        ("Jersey City", None), ("Niger Delta", None), ("New Mexico", None), ("Georgia, USA", None), ("NA", None),
        ("Indiana", None), ("x" * 500, None), ("", None), (None, None),
    ],
)  # fmt: skip
def test_a_country_is_told_for_certain_or_stays_unknown(name: str | None, code: str | None) -> None:
    assert helped("country", name) == [code]


def test_codes_of_countries_are_codes_and_nothing_else() -> None:
    codes = pl.Series(["AE", "ae", "NA", "XX", "United Kingdom", "", None], dtype=pl.String)

    assert CONTEXT.countries.by_code(codes).to_list() == ["AE", "AE", "NA", None, None, None, None]


def test_working_out_distinct_values_once_changes_nothing() -> None:
    values = pl.DataFrame({"value": ["1", None, "2", "1", "1", None, "1", "x"]})

    def as_number(text: pl.Expr) -> pl.Expr:
        return text.cast(pl.Float64, strict=False)

    once = values.select(over_distinct(pl.col("value"), as_number, return_dtype=pl.Float64())).to_series()

    assert once.to_list() == values.select(as_number(pl.col("value"))).to_series().to_list()


@pytest.mark.parametrize(
    ("helper", "options"),
    [
        ("guess", {}),
        ("timestamp", {}),
        ("timestamp", {"format": "%H:%M"}),
        ("timestamp", {"format": "iso", "zone": "Nowhere/Land"}),
        ("number", {"decimal": "x"}),
        ("quantity", {"decimal": "x"}),
        ("quantity", {"unit": "kg"}),
        ("relative_time", {"observed_on": "yesterday"}),
    ],
)
def test_a_helper_that_does_not_exist_or_options_it_does_not_take_are_refused(
    helper: str, options: dict[str, str]
) -> None:
    with pytest.raises(ConfigurationError):
        check_helper(helper, options)
