"""The marketplace's four exports: the columns and the clumsy formats that each feed gives an event.

One function a feed turns a chunk of events into an `Export`; `faults` spoils some rows of it
and `write` puts it on disk.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from feeds.demo.events import INDIA_OFFSET_S, Events
from feeds.demo.letters import (
    draw_languages,
    draw_specs,
    draw_writer,
    quantity_texts,
    unit_words,
    write_messages,
    write_searches,
    write_titles,
)
from feeds.demo.marketplace import Marketplace
from feeds.demo.places import JUNK_COUNTRIES, USD_PER_UNIT
from feeds.demo.pools import Bools, Floats, Ints, choose, concat, number, pick
from feeds.demo.wording import Spans

_DAY_S = 86_400
_ORDER_UNITS = {
    "piece": "PCS", "kg": "KGS", "t": "MTS", "metre": "MTR", "set": "SET", "pair": "PRS", "square metre": "SQM",
    "litre": "LTR",
    "box": "BOX", "carton": "CTN", "pack": "PAC", "vial": "VLS", "dose": "DOS", "roll": "ROL", "gram": "GMS",
    "carat": "CTM",
    "head": "NOS", "kit": "KIT", "tube": "TUB", "m3": "CBM",
}  # fmt: skip


@dataclass(frozen=True)
class Copies:
    """Rows that arrive again: which, on which night, in what form, and what to call them in the summary."""

    kind: str
    sources: Ints
    nights: Ints
    frame: pl.DataFrame


@dataclass(frozen=True)
class Export:
    """A chunk of one feed as it will be written: one row an event, sorted by night."""

    frame: pl.DataFrame
    nights: Ints
    is_late: Bools
    spans: Mapping[str, Spans]
    """Planted identifiers by text column."""
    identities: Mapping[str, str]
    """Entity of each column that holds nothing but an identifier."""
    record_ids: pl.Expr
    copies: Copies | None = None


def _when(seconds: Ints) -> pl.Series:
    return pl.Series(seconds * 1_000_000).cast(pl.Datetime("us"))


def _sometimes(column: pl.Series, share: float, rng: np.random.Generator) -> pl.Series:
    """The column with only this share of its values."""
    return choose(rng.random(len(column)) < share, column, None)


def _country_names(world: Marketplace, events: Events, rng: np.random.Generator) -> pl.Series:
    names = world.places.names.pick(world.countries[events.accounts], rng.random(events.n) ** 1.5)
    junk = pick(pl.Series(JUNK_COUNTRIES), rng.random(events.n))
    return choose(rng.random(events.n) < 0.012, junk, names)


def _quotes(world: Marketplace, events: Events, rng: np.random.Generator) -> Ints:
    """Quotes of a closed RFQ; some products find few sellers."""
    expected = 1.0 + 11.0 * (np.arange(world.products.n) * 37 % 97) / 97
    quotes: Ints = rng.poisson(expected[events.products] * rng.gamma(3.0, 1 / 3.0, events.n)).astype(np.int64)
    return quotes


def _hs_texts(world: Marketplace, events: Events, rng: np.random.Generator) -> pl.Series:
    """HS codes as people type them: six digits, with a dot, or the heading alone."""
    hs6, u = world.products.hs6.gather(events.products), rng.random(events.n)
    dotted = concat(hs6.str.slice(0, 4), ".", hs6.str.slice(4))
    return choose(u < 0.6, hs6, choose(u < 0.85, dotted, hs6.str.slice(0, 4)))


def export_rfqs(world: Marketplace, events: Events, first: int, rng: np.random.Generator) -> Export:
    """Requests for quotation, for JSON Lines."""
    n, own = events.n, world.accounts[events.accounts]
    countries = world.countries[events.accounts]
    quantities = quantity_texts(world, events, rng)
    writer = draw_writer(world, events, draw_languages(world, events, rng), quantities, rng)
    titles, title_spans = write_titles(world, events, writer, rng)
    messages, message_spans = write_messages(world, events, writer, rng)
    local = events.times + world.places.utc_offset_minutes[countries] * 60
    is_open = rng.random(n) < 0.15
    quotes = _quotes(world, events, rng)
    early = rng.binomial(quotes, 0.4)
    frame = pl.DataFrame(
        {
            "rfq_id": concat("RFQ", number(10_000_000 + first + np.arange(n))),
            "posted_at": concat(
                _when(local).dt.strftime("%Y-%m-%dT%H:%M:%S"), world.places.utc_offsets.gather(countries)
            ),
            "status": choose(is_open, "open", "closed"),
            "title": titles,
            "message": messages,
            "buyer_id": own["account_id"],
            "buyer_name": own["person"],
            "company": _sometimes(own["company"], 0.92, rng),
            "email": _sometimes(own["email"], 0.95, rng),
            "phone": _sometimes(own["phone"], 0.85, rng),
            "tax_id": _sometimes(own["tax_id"], 0.6, rng),
            "city": _sometimes(own["city"], 0.9, rng),
            "country": _country_names(world, events, rng),
            "verification": pl.Series(["none", "email", "business"]).gather(world.verifications[events.accounts]),
            "quantity": quantities,
            "quotes_received": np.where(is_open, early, quotes),
            "hs_code": _sometimes(_hs_texts(world, events, rng), 0.2, rng),
        }
    )
    closing = np.flatnonzero(is_open & (rng.random(n) < 1 / 3))
    closed = frame[closing].with_columns(
        pl.lit("closed").alias("status"), pl.Series("quotes_received", quotes[closing] + 1)
    )
    copies = Copies("update", closing, events.nights[closing] + rng.integers(2, 9, len(closing)), closed)
    identities = {
        "buyer_id": "ACCOUNT", "buyer_name": "PERSON", "company": "ORG", "email": "EMAIL", "phone": "PHONE",
        "tax_id": "TAX_ID",
    }  # fmt: skip
    spans = {"title": title_spans, "message": message_spans}
    return Export(frame, events.nights, events.is_late, spans, identities, pl.col("rfq_id"), copies)


def _price_texts(price: Floats) -> pl.Series:
    """Prices with as many decimals as their size deserves."""
    places = np.where(price < 0.1, 4, np.where(price < 1_000, 2, 0))
    exact = pl.Series(price)
    whole, cents, fine = exact.round(0).cast(pl.Int64).cast(pl.String), exact.round(2).cast(pl.String), exact.round(4)
    return choose(places == 0, whole, choose(places == 2, cents, fine.cast(pl.String)))


def _currencies(
    world: Marketplace, events: Events, rng: np.random.Generator, home_share: float
) -> tuple[pl.Series, Floats]:
    """A currency a row, USD mostly, and how many of it make a dollar."""
    u = rng.random(events.n)
    home = world.places.currencies.gather(world.countries[events.accounts])
    others = pick(pl.Series(["EUR", "INR", "INR", "AED", "CNY", "GBP"]), rng.random(events.n))
    codes = choose(u < home_share, home, choose(u < home_share + 0.15, others, "USD"))
    worth = codes.replace_strict(list(USD_PER_UNIT), list(USD_PER_UNIT.values()), return_dtype=pl.Float64)
    return codes, 1.0 / worth.to_numpy()


def export_inquiries(world: Marketplace, events: Events, first: int, rng: np.random.Generator) -> Export:
    """Messages to one supplier, for CSV."""
    n, own = events.n, world.accounts[events.accounts]
    languages = draw_languages(world, events, rng)
    writer = draw_writer(world, events, languages, quantity_texts(world, events, rng), rng)
    messages, spans = write_messages(world, events, writer, rng)
    currencies, per_usd = _currencies(world, events, rng, 0.12)
    has_price = rng.random(n) < 0.6
    frame = pl.DataFrame(
        {
            "Inquiry No": concat("INQ-", number(first + 1 + np.arange(n), width=9)),
            "Sent": _when(events.times + INDIA_OFFSET_S).dt.strftime("%d-%m-%Y %H:%M"),
            "Buyer Account": own["account_id"],
            "Contact Person": own["person"],
            "Company Name": _sometimes(own["company"], 0.9, rng),
            "E-mail": own["email"],
            "Mobile": _sometimes(own["phone"].str.replace(r"^\+", "00"), 0.8, rng),
            "Buyer Country": _country_names(world, events, rng),
            "Verified": choose(world.verifications[events.accounts] == 2, "Y", "N"),
            "Supplier ID": concat("S", number(500_000 + events.suppliers)),
            "Product": writer.slot("product"),
            "Message": messages,
            "Qty": number(events.quantities),
            "Unit": unit_words(world, events, rng.random(n)),
            "Target Price": choose(has_price, _price_texts(events.price_usd * per_usd), None),
            "Currency": choose(has_price, currencies, None),
            "HS Code": _sometimes(_hs_texts(world, events, rng), 0.5, rng),
        }
    )
    identities = {
        "Buyer Account": "ACCOUNT", "Contact Person": "PERSON", "Company Name": "ORG", "E-mail": "EMAIL",
        "Mobile": "PHONE",
    }  # fmt: skip
    return Export(frame, events.nights, events.is_late, {"Message": spans}, identities, pl.col("Inquiry No"))


def export_searches(world: Marketplace, events: Events, first: int, rng: np.random.Generator) -> Export:
    """What accounts typed into the search box, for Parquet."""
    n = events.n
    queries, spans = write_searches(world, events, rng)
    frame = pl.DataFrame(
        {
            "search_id": concat("Q", number(first + 1 + np.arange(n), width=10)),
            "at": _when(events.times).dt.replace_time_zone("UTC"),
            "account_id": world.accounts["account_id"].gather(events.accounts),
            "account_verified": world.verifications[events.accounts] == 2,
            "country": world.places.iso2.gather(world.countries[events.accounts]),
            "query": queries,
        }
    )
    return Export(
        frame, events.nights, events.is_late, {"query": spans}, {"account_id": "ACCOUNT"}, pl.col("search_id")
    )


def _tariff_codes(world: Marketplace, events: Events, rng: np.random.Generator) -> pl.Series:
    """Six to eight digits; a spreadsheet has eaten the leading zero of some."""
    hs6, u = world.products.hs6.gather(events.products), rng.random(events.n)
    tail = number(rng.integers(0, 10, events.n) * 10, width=2)
    codes = choose(u < 0.45, hs6, choose(u < 0.95, concat(hs6, tail), concat(hs6, tail.str.slice(0, 1))))
    return choose(rng.random(events.n) < 0.3, codes.str.strip_prefix("0"), codes)


def export_orders(world: Marketplace, events: Events, first: int, rng: np.random.Generator) -> Export:
    """Order lines and their cancellations, for CSV."""
    n, own = events.n, world.accounts[events.accounts]
    currencies, per_usd = _currencies(world, events, rng, 0.15)
    currencies, per_usd = currencies.gather(events.orders), per_usd[events.orders]
    units = pl.Series([_ORDER_UNITS[unit] for unit in world.products.units])
    titles = world.products.titles.pick(events.products * 8, rng.random(n))
    specs = draw_specs(world, events, rng)
    frame = pl.DataFrame(
        {
            "order_no": concat("SO", number(first + 1 + events.orders, width=9)),
            "line_no": np.arange(n) - events.orders + 1,
            "placed_at": _when(events.times).dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "type": pl.Series(["order"]).new_from_index(0, n),
            "buyer_account": own["account_id"],
            "buyer_company": own["company"],
            "buyer_email": own["email"],
            "buyer_tax_id": own["tax_id"],
            "buyer_country": world.places.iso2.gather(world.countries[events.accounts]),
            "buyer_verified": choose(world.verifications[events.accounts] == 2, "true", "false"),
            "supplier_id": concat("S", number(500_000 + events.suppliers)),
            "hs_code": _tariff_codes(world, events, rng),
            "item": choose(rng.random(n) < 0.4, concat(titles, " ", specs), titles),
            "quantity": number(events.quantities),
            "unit": units.gather(events.products),
            "unit_price": _price_texts(events.price_usd * per_usd),
            "currency": currencies,
            "payment_account": _sometimes(own["iban"], 0.5, rng).gather(events.orders),
        }
    )
    regretted = np.flatnonzero(rng.random(n) < 0.025)
    delay_s = (rng.exponential(2.5, len(regretted)) * _DAY_S).astype(np.int64)
    local = events.times[regretted] + INDIA_OFFSET_S
    nights = events.nights[regretted] + (local % _DAY_S + delay_s) // _DAY_S
    cancelled = frame[regretted].with_columns(
        pl.lit("cancellation").alias("type"),
        _when(events.times[regretted] + delay_s).dt.strftime("%Y-%m-%dT%H:%M:%SZ").alias("placed_at"),
    )
    identities = {
        "buyer_account": "ACCOUNT", "buyer_company": "ORG", "buyer_email": "EMAIL", "buyer_tax_id": "TAX_ID",
        "payment_account": "IBAN",
    }  # fmt: skip
    return Export(
        frame, events.nights, events.is_late, {}, identities,
        pl.concat_str("order_no", pl.lit("/"), "line_no"),
        Copies("cancellation", regretted, nights, cancelled),
    )  # fmt: skip


EXPORTS: dict[str, Callable[[Marketplace, Events, int, np.random.Generator], Export]] = {
    "demo_rfqs": export_rfqs,
    "demo_inquiries": export_inquiries,
    "demo_searches": export_searches,
    "demo_orders": export_orders,
}
