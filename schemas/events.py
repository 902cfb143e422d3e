"""The two shapes of an event: canonical, as the feed told it, and scrubbed, as the private pool keeps it."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from schemas.tables import Meaning, Table


class Kind(StrEnum):
    """What a buyer did. Measures of different kinds are never added."""

    SEARCH = "search"
    INQUIRY = "inquiry"
    RFQ = "rfq"
    ORDER = "order"
    CANCELLATION = "cancellation"


UNITS = ("count", "pair", "set", "kg", "m", "m2", "l", "container", "other")
"""The units quantities are normalised to; `other` keeps what has no common measure and is never summed."""


class CanonicalEvent(Table):
    """One row per accepted row of a feed, with everything the feed told: direct identifiers included.

    Lives in memory only, between reading and scrubbing; it is never written.
    """

    event_id: Annotated[str, Meaning("text", "The feed's own key of the event; unique within a feed.")]
    kind: Annotated[str, Meaning("text", "search, inquiry, rfq, order or cancellation.")]
    occurred_at: Annotated[datetime, Meaning("timestamp", "When it happened.", "UTC")]
    occurred_on: Annotated[date, Meaning("date", "The day it happened in the policy's zone.")]
    is_settled: Annotated[bool, Meaning("bool", "False while an RFQ is open: its quotes may still change.")]
    cancels_id: Annotated[str | None, Meaning("text", "Event id of the order that a cancellation takes back.")]
    account: Annotated[str | None, Meaning("text", "The buyer's account id in the feed.")]
    buyer_name: Annotated[str | None, Meaning("text", "Name of the person who buys.")]
    company: Annotated[str | None, Meaning("text", "Company the person buys for.")]
    email: Annotated[str | None, Meaning("text", "E-mail address of the buyer.")]
    phone: Annotated[str | None, Meaning("text", "Phone of the buyer, as written.")]
    tax_id: Annotated[str | None, Meaning("text", "GSTIN, VAT or another tax number of the buyer.")]
    payment: Annotated[str | None, Meaning("text", "Payment account of the buyer.")]
    city: Annotated[str | None, Meaning("text", "City of the buyer; read for scrubbing only.")]
    is_verified: Annotated[bool, Meaning("bool", "The contract's condition for an account that counts.")]
    supplier: Annotated[str | None, Meaning("text", "Supplier the event is addressed to, where the feed names one.")]
    country: Annotated[str | None, Meaning("text", "ISO 3166 alpha-2 of the buyer; null where unknown.")]
    product_level: Annotated[str, Meaning("text", "Finest level of the product tree the event stands at.")]
    product_code: Annotated[str, Meaning("text", "Code of the product node at that level.")]
    title: Annotated[str | None, Meaning("text", "What is wanted, as written.")]
    description: Annotated[str | None, Meaning("text", "The buyer's message, as written.")]
    quantity: Annotated[float | None, Meaning("double", "How much is wanted, in `unit`.")]
    unit: Annotated[str | None, Meaning("text", "One of count, pair, set, kg, m, m2, l, container, other.")]
    unit_price_usd: Annotated[float | None, Meaning("double", "Price of one unit.", "USD")]
    value_usd: Annotated[float | None, Meaning("double", "Value of the event; null where unknown or refused.", "USD")]
    quotes_received: Annotated[int | None, Meaning("int64", "Quotes the RFQ had when it was delivered.")]


class RefusedRow(Table):
    """One row per refused row of a feed: goes to quarantine, private, replayable."""

    feed: Annotated[str, Meaning("text", "Feed the row came with.")]
    file: Annotated[str, Meaning("text", "Name of the landed file.")]
    row: Annotated[int, Meaning("int64", "Position in the file, counting data rows from 1.")]
    reason: Annotated[str, Meaning("text", "Why it was refused: one of the reasons of docs/feeds.md.")]
    raw: Annotated[str, Meaning("text", "The row as it came, as a JSON object or the unreadable line.")]


class ScrubbedEvent(Table):
    """One row per accepted row of a feed, without direct identifiers: keys are pseudonyms, text is scrubbed.

    Amounts are whole cents and thousandths, so that sums are exact and do not depend on order or engine.
    """

    event_key: Annotated[bytes, Meaning("bytes", "Keyed id of the event within its feed.")]
    feed: Annotated[str, Meaning("text", "Feed the event came with.")]
    kind: Annotated[str, Meaning("text", "search, inquiry, rfq, order or cancellation.")]
    epoch: Annotated[int, Meaning("int64", "Calendar year of occurred_on; the key of the pseudonyms.")]
    occurred_on: Annotated[date, Meaning("date", "The day it happened in the policy's zone.")]
    is_settled: Annotated[bool, Meaning("bool", "False while an RFQ is open.")]
    key_cancels: Annotated[bytes | None, Meaning("bytes", "Keyed id of the order that a cancellation takes back.")]
    key_cancels_before: Annotated[
        bytes | None, Meaning("bytes", "The same under the key of the year before, for an order of that year.")
    ]
    key_account: Annotated[bytes, Meaning("bytes", "Pseudonym of the account (or of the finest key the row has).")]
    key_account_before: Annotated[
        bytes | None, Meaning("bytes", "The same under the key of the year before, while that key exists.")
    ]
    key_email: Annotated[bytes | None, Meaning("bytes", "Pseudonym of the e-mail address.")]
    key_domain: Annotated[bytes | None, Meaning("bytes", "Pseudonym of a company e-mail domain; null for free mail.")]
    key_company: Annotated[bytes | None, Meaning("bytes", "Pseudonym of the normalised company name with country.")]
    key_phone: Annotated[bytes | None, Meaning("bytes", "Pseudonym of the phone's digits.")]
    key_tax: Annotated[bytes | None, Meaning("bytes", "Pseudonym of the tax number.")]
    key_payment: Annotated[bytes | None, Meaning("bytes", "Pseudonym of the payment account.")]
    is_counting: Annotated[bool, Meaning("bool", "The account meets the policy's condition for counting.")]
    is_opted_out: Annotated[bool, Meaning("bool", "The account stands on the private opt-out list.")]
    key_supplier: Annotated[bytes | None, Meaning("bytes", "Pseudonym of the supplier.")]
    product_level: Annotated[str, Meaning("text", "Finest level of the product tree the event stands at.")]
    product_code: Annotated[str, Meaning("text", "Code of the product node at that level.")]
    country: Annotated[str | None, Meaning("text", "ISO 3166 alpha-2 of the buyer; null where unknown.")]
    unit: Annotated[str | None, Meaning("text", "Normalised unit of the quantity.")]
    quantity_milli: Annotated[int | None, Meaning("int64", "Quantity in thousandths of the unit.")]
    value_cents: Annotated[int | None, Meaning("int64", "Value of the event.", "US cents")]
    quotes_received: Annotated[int | None, Meaning("int64", "Quotes received so far.")]
    title: Annotated[str | None, Meaning("text", "Scrubbed title; null where none or withheld.")]
    description: Annotated[str | None, Meaning("text", "Scrubbed message; null where none or withheld.")]
    terms: Annotated[
        str | None,
        Meaning("text", "Ids of the terms in both texts, a blank between; null where none or not asked for."),
    ]


CONTRIBUTOR_KEYS = ("key_account", "key_email", "key_domain", "key_company", "key_phone", "key_tax", "key_payment")
"""Columns whose equality joins accounts into one contributor."""
