"""A brief says in sentences, charts and tables what stands in its extract's tables, and no other number."""

import re
from dataclasses import replace
from datetime import date
from itertools import pairwise

import polars as pl
import pytest

from assets.settings import ROOT, Settings
from schemas.home import Home
from schemas.published import TREND_REASONS, TRENDS
from schemas.releases import TradeBody
from tests.support.briefs import amount, read
from tests.support.published import derived_of, published_classes
from tests.support.small_world import TAXONOMY
from warehouse.brief import brief_pages, hindi_names, languages
from warehouse.brief_facts import Row, facts_of
from warehouse.brief_words import text_of, written
from warehouse.demand import TABLES
from warehouse.parquet_files import row_order, write_parquet

BODY = TradeBody(id="textiles", title="Textiles & Yarn Council", products=("textiles",))
METADATA = {"release_id": "2026-04-02", "policy": "standard 3"}
MONTHS = (date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1))
CLOSES = ("2026-02-02", "2026-03-02", "2026-04-02")
MARKET = {
    ("6109", "KE"): (310, 280, 900),
    ("6109", "TZ"): (800, 760, 250),
    ("6109", "AE"): (9000, 8100, 9000),
    ("6203", "SA"): (0, 0, 240),
    ("6110", "KE"): (15, 12, 14),
}
"""RFQs by heading and country in each month: one rises, one fades, one is steady, one is new, one is too small."""


@pytest.fixture(scope="module")
def frames(tmp_path_factory):
    """The tables of an extract of three months, as a reader finds them in its Parquet files."""
    rows = [
        {
            "kind": "rfq", "product": product, "place": place, "period": ("month", month), "release_id": close,
            "n_events": n, "quotes_received": n // (2 + at), "quotes_status": "given",
        }
        for at, ((product, place), counts) in enumerate(MARKET.items())
        for n, month, close in zip(counts, MONTHS, CLOSES, strict=True)
        if n
    ]  # fmt: skip
    tiers = [
        {
            "kind": "order", "product": "6109", "place": place, "period": ("month", month), "release_id": close,
            "n_events": n, "price_unit": "count", "price_low": low, "price_high": high, "value_usd": n * 1234.5,
            "quantity_count": n * 400.0, "quantity_count_status": "given",
        }
        for place in ("KE", "AE")
        for month, close in zip(MONTHS, CLOSES, strict=True)
        for n, low, high in ((30, None, 2.0), (90 + month.month, 2.0, 5.0), (25, 5.0, None))
    ]  # fmt: skip
    return _extract(published_classes(*rows, *tiers), tmp_path_factory.mktemp("extract"), terms=ASKED)


ASKED = (
    ("cotton", "material", "cotton", "सूती", "145", 340, 410, "not_called", "within_noise"),
    ("gots", "certificate", "GOTS", "गॉट्स", "014", 120, 1800, "rising", None),
    ("gots", "certificate", "GOTS", "गॉट्स", "145", 90, 140, "fading", None),
)
"""What `terms` says of textiles in the last month: term, kind, names, sub-region, bounds, verdict, reason."""


def _terms(rows):
    frame = pl.DataFrame(
        rows,
        schema=[
            "term", "term_kind", "term_en", "term_hi", "place_code", "contributors_low", "contributors_high", "trend",
            "trend_reason",
        ],
        orient="row",
    ).with_columns(
        release_id=pl.lit("2026-04-02"), product_level=pl.lit("sector"), product_code=pl.lit("textiles"),
        place_level=pl.lit("subregion"), period_level=pl.lit("month"), period_start=pl.lit(MONTHS[-1]),
        period_end=pl.lit(date(2026, 3, 31)), term_rank=pl.lit(1),
    )  # fmt: skip
    return frame.select(list(TABLES["terms"].model_fields))


def _extract(classes, folder, night=date(2026, 4, 2), terms=()):
    read_back = {}
    for name, frame in (derived_of(classes, night) | {"terms": _terms(terms)}).items():
        own = frame.filter(pl.col("product_code") != "all")
        own = own.sort(row_order(own.columns), nulls_last=False)
        write_parquet(own, TABLES[name], folder / f"{name}.parquet", METADATA)
        read_back[name] = pl.read_parquet(folder / f"{name}.parquet")
    return read_back


@pytest.fixture(scope="module")
def pages(frames):
    return brief_pages(BODY, frames, METADATA, TAXONOMY)


@pytest.fixture(scope="module", params=list(languages(TAXONOMY)))
def page(request, pages):
    return read(pages[request.param])


def test_every_figure_is_the_cell_that_it_names(page, frames):
    assert {figure.table for figure in page.figures} == {"demand", "trends", "opportunity", "price_tiers", "terms"}
    for figure in page.figures:
        shown, within = amount(figure)
        told = frames[figure.table][figure.column][figure.row]
        assert abs(shown - (abs(told) if figure.form == "percent" else told)) <= within, figure


def test_no_number_stands_anywhere_else(page, pages):
    allowed = {METADATA["release_id"], METADATA["policy"], "SHA256SUMS", "SHA256SUMS.sig"}
    stray = []
    for words in page.words:
        for text in allowed:
            words = words.replace(text, "")
        stray += [words] if any(character.isdigit() for character in words) else []
    assert stray == []


def test_a_figure_that_is_changed_on_the_page_is_noticed(frames, pages):
    page = read(re.sub(rb'(data-form="count">)\d+', rb"\g<1>77777", pages["brief.html"], count=1))
    figure = page.figures[[one.shown for one in page.figures].index("77777")]
    assert abs(amount(figure)[0] - frames[figure.table][figure.column][figure.row]) > 1


def test_the_same_tables_give_the_same_bytes(frames, pages):
    assert brief_pages(BODY, frames, METADATA, TAXONOMY) == pages


def test_the_page_fetches_nothing_and_runs_nothing(page):
    tags = {tag for tag, _ in page.elements}
    assert tags.isdisjoint({"script", "link", "img", "iframe", "object", "embed", "form", "input"})
    for _, attributes in page.elements:
        assert not {name for name in attributes if name.startswith("on") or name in ("src", "srcset")}
        for name in ("href", "xlink:href"):
            assert "//" not in str(attributes.get(name, ""))


@pytest.mark.parametrize("name", list(languages(TAXONOMY)))
def test_the_style_fetches_nothing(pages, name):
    assert b"@import" not in pages[name]
    assert all(target.startswith(b"#") for target in re.findall(rb"url\(([^)]*)\)", pages[name]))


def test_titles_are_escaped(pages):
    assert b"Textiles &amp; Yarn Council" in pages["brief.html"]


# What is told


def test_every_kind_of_movement_is_told_in_a_sentence_and_never_by_colour_alone(frames, pages):
    facts = facts_of(frames, BODY.products)
    assert {row["trend"] for row in facts.movements} == {"rising", "fading", "steady", "new"}
    text = " ".join(read(pages["brief.html"]).texts)
    for mark in ("▲ Rising", "▼ Fading", "= Steady", "+ New"):
        assert mark in text


def test_movements_are_told_of_different_products_and_countries(frames):
    trends = frames["trends"].filter(period_level="month", kind="rfq", period_start=MONTHS[-1])
    frames = frames | {"trends": trends.with_columns(trend=pl.lit("rising"), trend_reason=pl.lit(None, pl.String))}
    told = [(row["product_code"], row["place_code"]) for row in facts_of(frames, BODY.products).movements]
    assert len(told) == len(set(told)) == 4
    assert len({product for product, _ in told}) >= 2
    assert len({place for _, place in told if place in ("AE", "KE", "TZ", "SA")}) >= 2


def _trend(trend):
    return Row("trends", 4, {
        "kind": "rfq", "product_code": "6109", "place_code": "KE", "period_start": date(2026, 3, 1), "trend": trend,
        "n_events": 123456, "placed_ratio": 0.83, "n_events_change_ratio": -0.2 if trend == "fading" else 0.204,
        "change_low": -0.05, "change_high": 0.4,
    })  # fmt: skip


SURE = (
    "Allowing for chance and for what is known only coarsely: between −5 % and +40 %. 1,23,456 in March 2026; "
    "coverage high (0.83)."
)


@pytest.mark.parametrize(
    ("trend", "told", "sure"),
    [
        ("rising", "requests for quotation a day rose by 20 % on the month before.", SURE),
        ("fading", "requests for quotation a day fell by 20 % on the month before.", SURE),
        ("steady", "requests for quotation a day held steady (+20 % on the month before).", SURE),
        ("new", "requests for quotation are new here.", "1,23,456 in March 2026, where the month before can have held "
         "far fewer at most; coverage high (0.83)."),
    ],
)  # fmt: skip
def test_a_movement_reads_like_this_in_english(trend, told, sure):
    words = languages(TAXONOMY)["brief.html"]
    assert text_of(words.movement(_trend(trend))) == f"HS 6109, Kenya: {told}"
    assert text_of(words.how_sure(_trend(trend))) == sure


SURE_HINDI = (
    "संयोग और मोटे तौर पर ही ज्ञात माँग की गुंजाइश रखकर: −5 % और +40 % के बीच। मार्च 2026 में संख्या 1,23,456; कवरेज उच्च (0.83)।"
)


@pytest.mark.parametrize(
    ("trend", "told", "sure"),
    [
        ("rising", "कोटेशन अनुरोधों की रोज़ाना संख्या पिछले महीने से 20 % बढ़ी।", SURE_HINDI),
        ("fading", "कोटेशन अनुरोधों की रोज़ाना संख्या पिछले महीने से 20 % घटी।", SURE_HINDI),
        ("steady", "कोटेशन अनुरोधों की रोज़ाना संख्या स्थिर रही (पिछले महीने से +20 %)।", SURE_HINDI),
        ("new", "कोटेशन अनुरोधों के लिए यह बाज़ार नया है।", "मार्च 2026 में संख्या 1,23,456; पिछले महीने वह ज़्यादा से ज़्यादा भी "
         "इससे बहुत कम रही होगी। कवरेज उच्च (0.83)।"),
    ],
)  # fmt: skip
def test_a_movement_reads_like_this_in_hindi(trend, told, sure):
    words = languages(TAXONOMY)["brief.hi.html"]
    assert text_of(words.movement(_trend(trend))) == f"HS 6109, केन्या: {told}"
    assert text_of(words.how_sure(_trend(trend))) == sure


def _demand(**cells):
    return Row("demand", 2, {
        "kind": "rfq", "product_code": "6109", "place_code": "KE", "period_start": date(2026, 3, 1), "n_events": 1234,
        "placed_ratio": 0.31, "n_events_estimate": None, "n_events_margin": None, "quotes_per_rfq": 2.46, **cells,
    })  # fmt: skip


@pytest.mark.parametrize(
    ("name", "plain", "estimated", "one", "more", "open_"),
    [
        (
            "brief.html",
            "HS 6109: 1,234 requests for quotation in March 2026; coverage low (0.31).",
            "HS 6109: 1,234 requests for quotation in March 2026, an estimated 2,000 ± 90 in all; coverage low (0.31).",
            "Largest known market: Kenya (1,234).",
            "Largest known markets: Kenya (1,234), Tanzania (900).",
            "Relatively open to suppliers: HS 6109, Kenya. Each request found 2.5 quotes; events 1,234, coverage low "
            "(0.31).",
        ),
        (
            "brief.hi.html",
            "HS 6109: मार्च 2026 में कोटेशन अनुरोधों की संख्या 1,234; कवरेज कम (0.31)।",
            "HS 6109: मार्च 2026 में कोटेशन अनुरोधों की संख्या 1,234, कुल अनुमान 2,000 ± 90; कवरेज कम (0.31)।",
            "सबसे बड़ा ज्ञात बाज़ार: केन्या (1,234)।",
            "सबसे बड़े ज्ञात बाज़ार: केन्या (1,234), तंज़ानिया (900)।",
            "आपूर्ति की अपेक्षाकृत अधिक गुंजाइश: HS 6109, केन्या। हर अनुरोध पर 2.5 कोटेशन; संख्या 1,234, कवरेज कम (0.31)।",
        ),
    ],
)
def test_where_demand_stands_reads_like_this(name, plain, estimated, one, more, open_):
    words = languages(TAXONOMY)[name]
    assert text_of(words.standing(_demand())) == plain
    assert text_of(words.standing(_demand(n_events_estimate=2000.0, n_events_margin=90.0))) == estimated
    assert text_of(words.standing(_demand(n_events_estimate=1234.0, n_events_margin=0.0))) == plain
    assert text_of(words.largest([_demand()])) == one
    assert text_of(words.largest([_demand(), _demand(place_code="TZ", n_events=900)])) == more
    assert text_of(words.opening(_demand())) == open_


@pytest.mark.parametrize(
    ("ratio", "shown"), [(0.4999, "medium (0.50)"), (0.494, "low (0.49)"), (0.7951, "high (0.80)")]
)
def test_coverage_is_called_what_its_number_says(ratio, shown):
    assert text_of(languages(TAXONOMY)["brief.html"].coverage(_demand(placed_ratio=ratio))) == shown


def test_what_is_wanted_more_and_quoted_less_than_the_middle_is_open(frames):
    facts = facts_of(frames, BODY.products)

    def with_points(*points):
        rows = tuple(
            Row("opportunity", at, {"demand_part": x, "quotes_per_rfq": y}) for at, (x, y) in enumerate(points)
        )
        return replace(facts, opportunities=rows)

    few = with_points((90, 1.0), (50, 5.0), (40, 5.0), (30, 5.0))
    assert few.middle is None and few.open == ()
    some = with_points((90, 1.0), (80, 9.0), (70, 2.0), (50, 5.0), (40, 0.5), (30, 6.0))
    assert [row.at for row in some.open] == [0, 2]
    crossed = with_points((90, 9.0), (80, 8.0), (70, 7.0), (50, 3.0), (40, 2.0), (30, 1.0))
    assert crossed.middle is not None and crossed.open == ()


def test_both_languages_say_the_same_with_the_same_parts():
    english, hindi = (words.texts for words in languages(TAXONOMY).values())
    assert set(english) == set(hindi)
    for key in english:
        parts = [sorted(re.findall(r"\{\w+\}", texts[key])) for texts in (english, hindi)]
        assert parts[0] == parts[1], key


def test_both_pages_show_the_same_figures_and_name_each_other(pages):
    english, hindi = (read(page) for page in pages.values())
    assert sorted(map(repr, english.figures)) == sorted(map(repr, hindi.figures))
    links = [[a["href"] for tag, a in page.elements if "hreflang" in a] for page in (english, hindi)]
    assert links == [["brief.hi.html"], ["brief.html"]]


def test_every_place_sector_and_chapter_has_a_name_in_hindi():
    taxonomy = Settings(Home(ROOT / "var"), ROOT / "config").taxonomy
    needed = {code for _, code, _, _ in taxonomy.places}
    needed |= {code for level, code, _, _ in taxonomy.products if level in ("all", "sector", "chapter")}
    assert needed == set(hindi_names())
    assert all(
        re.search("[\u0900-\u097f]", name) and not re.search("[A-Za-z]", name) for name in hindi_names().values()
    )


@pytest.mark.parametrize("name", list(languages(TAXONOMY)))
def test_every_verdict_reason_and_unit_has_words(name):
    texts = languages(TAXONOMY)[name].texts
    called = set(TRENDS) - {"not_called"}
    units = {column.removeprefix("quantity_") for column in TABLES["classes"].model_fields if "quantity" in column}
    needed = {*called, *(f"mark_{trend}" for trend in called), *(f"reason_{reason}" for reason in TREND_REASONS)}
    needed |= {f"unit_{unit}" for unit in units if not unit.endswith("_status")}
    assert needed <= set(texts)


def test_where_nothing_is_called_the_page_says_so_and_why(tmp_path):
    rows = [
        {"kind": "rfq", "product": "6109", "place": place, "period": ("month", MONTHS[0]), "n_events": 40}
        for place in ("KE", "AE")
    ]
    frames = _extract(published_classes(*rows), tmp_path, date(2026, 2, 2))
    text = " ".join(read(brief_pages(BODY, frames, METADATA, TAXONOMY)["brief.html"]).texts)
    assert "No movement can be called yet." in text
    assert "there is no whole month before to compare with" in text
    assert "Lines over time begin with the second closed month." in text
    assert "no market has enough requests whose quotes are known" in text and "no market has enough priced" in text


@pytest.mark.parametrize("night", [date(2026, 1, 20), None], ids=["open month", "no row"])
def test_where_no_month_has_closed_nothing_is_shown(tmp_path, frames, night):
    row = {"kind": "rfq", "product": "6109", "place": "KE", "period": ("month", MONTHS[0]), "n_events": 40}
    found = {name: frame.clear() for name, frame in frames.items()}
    if night:
        found = _extract(published_classes(row), tmp_path, night)
        assert not found["demand"].is_empty()
    page = read(brief_pages(BODY, found, METADATA, TAXONOMY)["brief.html"])
    assert page.figures == []
    assert any("No month of your products has closed yet" in words for words in page.words)


def test_an_open_month_is_never_shown(frames, tmp_path):
    classes = [
        {"kind": "rfq", "product": "6109", "place": "KE", "period": ("month", month), "n_events": n}
        for month, n in ((MONTHS[0], 40), (MONTHS[1], 33))
    ]
    found = _extract(published_classes(*classes), tmp_path, date(2026, 2, 20))
    facts = facts_of(found, BODY.products)
    assert facts.month == MONTHS[0]
    rows = [*facts.totals, *facts.products, *(row for each in facts.markets for row in each.ranked)]
    assert {row["period_start"] for row in rows} == {MONTHS[0]}


def test_markets_are_ranked_within_the_bodys_own_node(frames):
    (markets,) = facts_of(frames, BODY.products).markets
    assert [row["place_code"] for row in markets.ranked] == ["AE", "KE", "TZ", "SA"]
    assert [row["n_events"] for row in markets.ranked] == [9000, 914, 250, 240]
    assert [[row["n_events"] for row in line] for line in markets.lines] == [
        [9000, 8100, 9000], [325, 292, 914], [800, 760, 250], [240]
    ]  # fmt: skip


def test_prices_are_told_of_the_newest_closed_month_once_a_node(frames):
    facts = facts_of(frames, BODY.products)
    assert {row["period_start"] for row in facts.prices} == {MONTHS[-1]}
    nodes = [(row["product_code"], row["place_code"]) for row in facts.prices]
    assert len(nodes) == len(set(nodes)) > 0
    assert [(row["price_low"], row["price_high"]) for row in facts.tiers] == [(None, 2.0), (2.0, 5.0), (5.0, None)]


def test_a_product_that_everybody_asks_for_leads_before_one_that_has_a_firmer_kind_only_somewhere(frames):
    demand = frames["demand"]
    few = demand.filter((pl.col("kind") != "rfq") | (pl.col("place_code") != "KE"))
    assert facts_of(frames, BODY.products).leading == "rfq"
    searches = demand.filter(kind="rfq").with_columns(kind=pl.lit("search"))
    trends = pl.concat([frames["trends"], frames["trends"].filter(kind="rfq").with_columns(kind=pl.lit("search"))])
    rfqs = few.filter((pl.col("kind") != "rfq") | (pl.col("place_level") != "country"))
    both = frames | {"demand": pl.concat([rfqs, searches]), "trends": trends}
    assert facts_of(both, BODY.products).leading == "search"


def test_terms_are_told_with_bounds_and_what_moved_first_in_a_sentence(pages):
    english, hindi = (" ".join(read(page).texts) for page in pages.values())
    assert "Asked for more than in the months before: GOTS ( Eastern Africa )." in english
    assert "Asked for less than in the months before: GOTS ( Western Asia )." in english
    assert english.index("cotton material") < english.index("120 to 1,800 ▲ Rising") < english.index("▼ Fading What")
    assert "पिछले महीनों से अधिक माँगे गए: गॉट्स ( पूर्वी अफ़्रीका )।" in hindi and "120 से 1,800" in hindi


def test_where_no_term_is_told_the_page_says_why(frames):
    frames = frames | {"terms": frames["terms"].clear()}
    knitwear = TradeBody(id="knitwear", title="Knitwear", products=("textiles/61",))
    parts = TradeBody(id="mixed", title="Mixed", products=("textiles/61", "pharma/30"))
    told = {
        body.id: " ".join(read(brief_pages(body, frames, METADATA, TAXONOMY)["brief.html"]).texts)
        for body in (BODY, parts, knitwear)
    }
    assert "no term was asked for by so many buyers that it stands out" in told["knitwear"]
    assert "it stands out from the noise" in told["textiles"] and "whole sectors only" not in told["textiles"]
    assert "Terms are told of whole sectors only, and your products are parts of several." in told["mixed"]


def test_terms_of_a_sector_are_called_the_sectors_where_the_body_holds_parts_of_it_only(frames, pages):
    parts = TradeBody(id="knitwear", title="Knitwear", products=("textiles/61",))
    english, hindi = (" ".join(read(page).texts) for page in brief_pages(parts, frames, METADATA, TAXONOMY).values())
    assert "these were asked for in all of" in english and "120 to 1,800" in english
    assert "और आपके उत्पाद उसके भाग हैं।" in hindi
    assert b"these were asked for in all of" not in pages["brief.html"]


@pytest.mark.parametrize(
    ("grades", "why", "said"),
    [
        ({"supply_gap_grade": 3}, None, "Products and markets with requests for quotation"),
        ({"supply_gap_grade": 2}, "answered", "suppliers answer: requests find more quotes than one or two."),
        ({"supply_gap_grade": 1}, "answered", "suppliers answer: requests find more quotes than one or two."),
        ({"supply_gap_grade": None, "supply_gap_status": "placed_low"}, "low", "no market is known well enough"),
        ({"demand_grade": None, "demand_status": "placed_low"}, "low", "no market is known well enough"),
        ({"supply_gap_grade": None, "supply_gap_status": "none"}, "none", "no market has enough requests"),
    ],
)
def test_only_grades_that_mean_room_are_listed_as_room_and_if_none_is_the_page_says_why(frames, grades, why, said):
    types = frames["opportunity"].schema
    changed = frames["opportunity"].with_columns(pl.lit(new, types[name]).alias(name) for name, new in grades.items())
    facts = facts_of(frames | {"opportunity": changed}, BODY.products)
    assert facts.no_room == why
    assert bool(facts.opportunities) == (why is None)
    pages = brief_pages(BODY, frames | {"opportunity": changed}, METADATA, TAXONOMY)
    texts = [" ".join(read(page).texts) for page in pages.values()]
    assert said in texts[0]
    if why is not None:
        assert languages(TAXONOMY)["brief.hi.html"].texts[f"opportunity_{why}"] in texts[1]


@pytest.mark.parametrize(
    ("value", "form", "shown"),
    [
        (0, "count", "0"), (999, "count", "999"), (1000, "count", "1,000"), (99999, "count", "99,999"),
        (100000, "count", "1,00,000"), (12345678, "count", "1,23,45,678"), (-1234, "count", "−1,234"),
        (-0.4, "count", "0"), (1234567.5, "usd", "12,34,568"), (2.5, "price", "US$ 2.50"),
        (0.004, "change", "0 %"), (-0.004, "change", "0 %"), (0.051, "change", "+5 %"), (-0.6, "change", "−60 %"),
        (-0.6, "percent", "60 %"), (12.0, "change", "+1,200 %"), (0.834, "ratio", "0.83"), (66.6, "part", "67"),
        (1.25, "quotes", "1.2"),
    ],
)  # fmt: skip
def test_figures_are_written_as_india_reads_them(value, form, shown):
    assert written(value, form) == shown


# For everybody


def test_the_language_is_told(pages):
    for name, words in languages(TAXONOMY).items():
        assert dict(read(pages[name]).elements)["html"] == {"lang": words.language}


def test_headings_go_down_one_level_at_a_time_from_one_title(page):
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_every_drawing_says_what_it_shows_and_stands_beside_a_table(page):
    drawings = [attributes for tag, attributes in page.elements if tag == "svg"]
    assert len(drawings) == 2
    for attributes in drawings:
        assert attributes["role"] == "img" and len(str(attributes["aria-label"])) > 40
    tables = [tag for tag, _ in page.elements if tag == "table"]
    captions = [tag for tag, _ in page.elements if tag == "caption"]
    assert len(tables) == len(captions) > len(drawings)


def test_every_region_and_section_is_named_and_every_id_is_unique(page):
    ids = [attributes["id"] for tag, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for tag, attributes in page.elements:
        if tag == "section":
            assert attributes["aria-labelledby"] in ids
        if attributes.get("role") == "region":
            assert attributes["aria-label"] and attributes["tabindex"] == "0"
        if tag == "th":
            assert attributes["scope"] in ("row", "col")


def _luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_measured_as_the_guideline_does():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)


def test_every_colour_of_text_stands_out_by_day_by_night_and_on_paper(pages):
    roots = re.findall(r":root \{([^}]*)\}", pages["brief.html"].decode())
    assert len(roots) == 3
    for root in roots:
        colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", root))
        assert set(colours) == {"ink", "soft", "paper", "line", "deep", "bar", "up", "down"}
        for name in ("ink", "soft", "deep", "up", "down"):
            assert contrast(colours[name], colours["paper"]) >= 4.5, name
        assert contrast(colours["bar"], colours["paper"]) >= 3
