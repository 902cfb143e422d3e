"""Titles, messages and searches of a chunk of events: which words, which language, which identifiers.

`phrases` holds the words, `wording` puts them together; here the rows of a chunk get their slots and their choices.
"""

from functools import cache

import numpy as np
import polars as pl

from feeds.demo import phrases
from feeds.demo.events import Events
from feeds.demo.marketplace import Marketplace
from feeds.demo.pools import Bools, Floats, Ints, Pools, choose, concat, number, pick
from feeds.demo.products import FAMILIES, LANGUAGES
from feeds.demo.wording import Choice, Spans, Writer

PLANTED_SHARE = 0.35
_PLANTED_TITLE_SHARE = 0.04
_PLANTED_SEARCH_SHARE = 0.012
_LOCAL_LANGUAGE_SHARE = 0.3
_N_PARTS = 4_000

UNIT_WORDS = {
    "piece": "Pieces|Piece/Pieces|pcs|PCS|Units|nos", "kg": "KGS|Kilogram/Kilograms|kg|Kgs",
    "t": "Tons|Metric Ton/Metric Tons|MT",
    "metre": "Meters|Meter/Meters|mtrs", "set": "Sets|Set/Sets|sets", "pair": "Pairs|Pair/Pairs|pairs",
    "square metre": "Square Meters|sqm|Square Meter/Square Meters", "litre": "Liters|Liter/Liters|ltr",
    "box": "Boxes|Box/Boxes",
    "carton": "Cartons|Carton/Cartons|ctns", "pack": "Packs|Pack/Packs|packets", "vial": "Vials|Vial/Vials",
    "dose": "Doses|doses",
    "roll": "Rolls|Roll/Rolls", "gram": "Grams|Gram/Grams", "carat": "Carats|Carat/Carats", "head": "Heads|heads",
    "kit": "Kits|Kit/Kits",
    "tube": "Tubes|Tube/Tubes", "m3": "Cubic Meters|CBM|Cubic Meter/Cubic Meters",
}  # fmt: skip


@cache
def _part_numbers() -> pl.Series:
    """Numbers of car and machine makers' parts: many look like telephones and identify nobody."""
    rng = np.random.default_rng(8708)
    forms = (
        "0445 {a:03d} {b:03d}", "04465-0K{b:03d}", "98 {a:03d} {b:03d} 26", "1-31161-{a:03d}{c}",
        "{a:03d}0{c} 4{b:03d}1", "F 00V C{c}1 {b:03d}", "81.{a:03d}.16{c}1-{b:03d}", "2{a:03d}{b:03d}{c}",
    )  # fmt: skip
    draws = rng.integers(0, 1_000, (_N_PARTS, 2)).tolist()
    texts = [forms[i % len(forms)].format(a=a, b=b, c=(a + b) % 10) for i, (a, b) in enumerate(draws)]
    return pl.Series(texts, dtype=pl.String)


@cache
def _by_family(what: str) -> Pools:
    table = phrases.read_attributes()[what]
    return Pools.of([table[family] for family in FAMILIES])


@cache
def _buildings() -> pl.Series:
    return pl.Series([form.format(n=n) for form in phrases.BUILDINGS for n in range(1, 400, 3)], dtype=pl.String)


@cache
def _unit_pools(units: tuple[str, ...]) -> Pools:
    return Pools.of([UNIT_WORDS[unit].split("|") for unit in units])


def unit_words(world: Marketplace, events: Events, u: Floats) -> pl.Series:
    """The unit of each row as people write it."""
    return _unit_pools(tuple(world.products.units)).pick(events.products, u)


def with_commas(values: Ints) -> pl.Series:
    """Whole numbers below a thousand million with commas between thousands."""
    low, mid, high = values % 1_000, values // 1_000 % 1_000, values // 1_000_000
    thousands = concat(number(values // 1_000), ",", number(low, width=3))
    millions = concat(number(high), ",", number(mid, width=3), ",", number(low, width=3))
    return choose(values >= 1_000_000, millions, choose(values >= 1_000, thousands, number(values)))


def quantity_texts(world: Marketplace, events: Events, rng: np.random.Generator) -> pl.Series:
    """Quantities with their units in one field: `500 Pieces`, `1,200 KGS`, `2 x 40ft`."""
    n = events.n
    whole = np.minimum(events.quantities, 999_999_999).astype(np.int64)
    digits = choose(rng.random(n) < 0.4, with_commas(whole), number(whole))
    by_bulk = np.isin(world.products.units.to_numpy(), ["kg", "t", "m3", "square metre"])[events.products]
    in_containers = by_bulk & (events.price_usd * events.quantities > 20_000) & (rng.random(n) < 0.3)
    boxes = np.clip((events.price_usd * events.quantities / 40_000).astype(np.int64), 1, 60)
    sizes = pick(pl.Series([" x 40ft", " x 20ft", " x 40 HC", "x40ft", " FCL"]), rng.random(n))
    return choose(
        in_containers, concat(number(boxes), sizes), concat(digits, " ", unit_words(world, events, rng.random(n)))
    )


def draw_specs(world: Marketplace, events: Events, rng: np.random.Generator) -> pl.Series:
    """One attribute a row that suits its product's family."""
    return _by_family("specs").pick(world.products.families[events.products], rng.random(events.n))


def draw_languages(world: Marketplace, events: Events, rng: np.random.Generator) -> Ints:
    """The language of each row: English, or now and then that of its country."""
    own = np.array([LANGUAGES.index(code) for code in world.places.languages], np.int64)
    is_own = rng.random(events.n) < _LOCAL_LANGUAGE_SHARE
    languages: Ints = np.where(is_own, own[world.countries[events.accounts]], LANGUAGES.index("en"))
    return languages


# A telephone as written: what leads, whether the country's code follows, what stands after it and two digits later.
_PHONE_FORMS = (
    *(("+", True, "", ""),) * 4, ("+", True, " ", ""), ("+", True, " ", " "), ("00", True, "", ""),
    ("+", True, " ", "-"), ("(+", True, ") ", ""), ("0", False, "", ""),
)  # fmt: skip


def _written_phones(world: Marketplace, accounts: Ints, u: Floats) -> pl.Series:
    """Telephones as people write them in a text."""
    forms = (u * len(_PHONE_FORMS)).astype(np.int64)
    lead, gap, dash = (pl.Series([form[i] for form in _PHONE_FORMS]).gather(forms) for i in (0, 2, 3))
    dial = world.places.dial_codes.gather(world.countries[accounts])
    frame = pl.DataFrame({"phone": world.accounts["phone"].gather(accounts), "width": dial.str.len_bytes() + 1})
    rest = frame.select(pl.col("phone").str.slice("width"))["phone"]
    code = choose(np.array([form[1] for form in _PHONE_FORMS])[forms], dial, "")
    return concat(lead, code, gap, rest.str.slice(0, 2), dash, rest.str.slice(2))


def _addresses(world: Marketplace, accounts: Ints) -> pl.Series:
    """One address a company and city: the same in every message."""
    companies = world.companies[accounts]
    streets = pl.Series(phrases.STREETS, dtype=pl.String)
    return concat(
        _buildings().gather(companies * 48_271 % len(_buildings())),
        ", ",
        streets.gather(companies * 69_621 % len(streets)),
        ", ",
        world.accounts["city"].gather(accounts),
    )


def _terms(cities: pl.Series, u: Floats) -> pl.Series:
    forms = [form.partition("{city}") for form in phrases.TERMS_OF_DELIVERY]
    at = (u * len(forms)).astype(np.int64)
    has_city = np.array([bool(mark) for _, mark, _ in forms])[at]
    before, after = pl.Series([form[0] for form in forms]), pl.Series([form[2] for form in forms])
    return concat(before.gather(at), choose(has_city, cities, ""), after.gather(at))


def _titles_of(world: Marketplace, events: Events, languages: Ints, u: Floats) -> pl.Series:
    return world.products.titles.pick(events.products * len(LANGUAGES) + languages, u)


def _search_slots(
    world: Marketplace, events: Events, languages: Ints, rng: np.random.Generator
) -> dict[str, pl.Series]:
    n, families = events.n, world.products.families[events.products]
    others = rng.integers(0, world.n_accounts, n)
    own, third = world.accounts[events.accounts], world.accounts[others]
    return {
        "product": _titles_of(world, events, languages, rng.random(n)),
        "spec": draw_specs(world, events, rng),
        "cert": _by_family("certs").pick(families, rng.random(n)),
        "part": pick(_part_numbers(), rng.random(n)),
        "person": own["person"],
        "org": own["company"],
        "phone": _written_phones(world, events.accounts, rng.random(n)),
        "url": concat("www.", own["domain"]),
        "third_org": third["short_name"],
        "third_phone": _written_phones(world, others, rng.random(n)),
    }


def _message_slots(
    world: Marketplace, events: Events, languages: Ints, quantities: pl.Series, rng: np.random.Generator
) -> dict[str, pl.Series]:
    n = events.n
    others = rng.integers(0, world.n_accounts, n)
    own, third = world.accounts[events.accounts], world.accounts[others]
    scheme = pick(pl.Series(["www.", "https://www.", "http://", "https://"]), rng.random(n))
    return {
        **_search_slots(world, events, languages, rng),
        "quantity": quantities,
        "terms": _terms(own["city"], rng.random(n)),
        "city": own["city"],
        "country": world.places.names.pick(world.countries[events.accounts], rng.random(n)),
        "email": own["email"],
        "url": concat(scheme, own["domain"]),
        "address": _addresses(world, events.accounts),
        "tax_id": own["tax_id"],
        "iban": own["iban"],
        "third_person": third["person"],
        "third_org": third["company"],
        "third_email": third["email"],
        "third_phone": _written_phones(world, others, rng.random(n)),
    }


def _cases(languages: Ints, rng: np.random.Generator, *, shouted: float, lowered: float) -> dict[str, Bools]:
    u, is_english = rng.random(len(languages)), languages == LANGUAGES.index("en")
    return {"shouted": is_english & (u < shouted), "lowered": is_english & (u > 1 - lowered)}


def _draw_extras(own: pl.DataFrame, planted: Bools, rng: np.random.Generator) -> Ints:
    """Which extra clause: 0 none, then tax id, IBAN, web site, address, third party; never one whose slot is empty."""
    n = len(planted)
    extra = np.digitize(rng.random(n), [0.72, 0.78, 0.82, 0.88, 0.95])
    extra = np.where((extra == 1) & own["tax_id"].is_null().to_numpy(), 3, extra)
    extra = np.where((extra == 2) & own["iban"].is_null().to_numpy(), 4, extra)
    return np.where(planted, extra, 0)


def _has_part(world: Marketplace, events: Events, share: float, rng: np.random.Generator) -> Bools:
    """Rows that quote a maker's part number: some of those about vehicles, machines and electronics."""
    with_parts = np.isin(np.array(FAMILIES), ["auto", "machine", "electronics"])[world.products.families]
    rows: Bools = with_parts[events.products] & (rng.random(events.n) < share)
    return rows


def draw_writer(
    world: Marketplace, events: Events, languages: Ints, quantities: pl.Series, rng: np.random.Generator
) -> Writer:
    """A writer whose titles and messages of a row speak of the same product, quantity and people."""
    return Writer(_message_slots(world, events, languages, quantities, rng), languages)


def write_titles(
    world: Marketplace, events: Events, writer: Writer, rng: np.random.Generator
) -> tuple[pl.Series, Spans]:
    """One title an RFQ; a few hold identifiers."""
    n = events.n
    which = np.where(rng.random(n) < _PLANTED_TITLE_SHARE, 2, _has_part(world, events, 0.25, rng).astype(np.int64))
    choice = Choice(("titles", "titles_part", "titles_id"), which, rng.random(n))
    return writer.write([choice], **_cases(writer.languages, rng, shouted=0.08, lowered=0.15))


def write_messages(
    world: Marketplace, events: Events, writer: Writer, rng: np.random.Generator
) -> tuple[pl.Series, Spans]:
    """One message an event; identifiers stand in `PLANTED_SHARE` of them."""
    n = events.n
    planted = rng.random(n) < PLANTED_SHARE
    greeting, intro, contact, closing = (planted & (rng.random(n) < share) for share in (0.12, 0.45, 0.45, 0.4))
    extra = _draw_extras(world.accounts[events.accounts], planted, rng)
    contact |= planted & ~greeting & ~intro & ~closing & (extra == 0)
    extras = ("-", "extras_tax", "extras_iban", "extras_url", "extras_address", "extras_third")
    curt = rng.random(n) < 0.12
    parts = _has_part(world, events, 0.3, rng).astype(np.int64)
    clauses = [
        Choice(("greetings", "greetings_id", "-"), np.where(greeting, 1, np.where(curt, 2, 0)), rng.random(n)),
        Choice(("intros", "intros_id", "-"), np.where(intro, 1, np.where(curt, 2, 0)), rng.random(n)),
        Choice(("needs", "needs_part"), parts, rng.random(n)),
        Choice(("terms", "-"), curt.astype(np.int64), rng.random(n)),
        Choice(("contacts", "contacts_id", "-"), np.where(contact, 1, np.where(curt, 2, 0)), rng.random(n)),
        Choice(extras, extra, rng.random(n)),
        Choice(("closings", "closings_id", "-"), np.where(closing, 1, np.where(curt, 2, 0)), rng.random(n)),
    ]
    return writer.write(clauses, **_cases(writer.languages, rng, shouted=0.05, lowered=0.08))


def write_searches(world: Marketplace, events: Events, rng: np.random.Generator) -> tuple[pl.Series, Spans]:
    """One query a search, mostly a product in small letters."""
    n, languages = events.n, draw_languages(world, events, rng)
    writer = Writer(_search_slots(world, events, languages, rng), languages)
    which = np.where(rng.random(n) < _PLANTED_SEARCH_SHARE, 2, _has_part(world, events, 0.1, rng).astype(np.int64))
    choice = Choice(("searches", "searches_part", "searches_id"), which, rng.random(n))
    return writer.write([choice], **_cases(languages, rng, shouted=0.02, lowered=0.5))
