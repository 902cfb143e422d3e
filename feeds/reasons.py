"""Why a row is refused, and why a value is dropped while its event stays: every word with its sentence.

`docs/feeds.md` repeats these lists. Called by `feeds.canonical` and `feeds.check`.
"""

from types import MappingProxyType

REASONS = MappingProxyType({
    "too_few_fields": "The CSV row has fewer fields than the header.",
    "too_many_fields": "The CSV row has more fields than the header, as when a separator stands unquoted in a text.",
    "broken_json": "The line holds no JSON object.",
    "blank_row": "Every column the contract names is empty in this row.",
    "no_key": "A part of the key is empty, so the row could not be known again when it is delivered twice.",
    "unknown_kind": "The contract's kind expression gave none of search, inquiry, rfq, order, cancellation.",
    "no_date": "The time of the event is missing or cannot be read as the contract says.",
    "date_in_future": "The event would have happened after the night, in the policy's zone.",
    "too_old": "The event belongs to an epoch whose late window has closed.",
    "no_contributor": "No account, e-mail, company, phone, tax number or payment account; a name alone counts only "
    "where the contract says counts_by_name.",
    "negative_quantity": "The quantity is below zero; a contract that means a return gives its size and the kind "
    "cancellation.",
})  # fmt: skip
"""Refused rows: they go to quarantine with this reason and make no event."""

DROPS = MappingProxyType({
    "unknown_country": "The country is none, or cannot be told for certain; the event stands at the world.",
    "unknown_hs_code": "The HS code is not in HS 2022 down to its heading, is below zero, or is several codes in one "
    "cell; the event is placed by its text instead.",
    "quantity_too_large": "The quantity is above ten thousand million; it is left out, and with it the value.",
    "price_not_positive": "The price or value is zero or below; the event has no value.",
    "no_rate": "No dated rate turns the currency into USD on that day; the event has no value.",
    "value_above_cap": "The value or price is above the policy's cap for the kind; both are left out.",
})  # fmt: skip
"""Dropped values: the event stays, without them."""

READ_REASONS = ("too_few_fields", "too_many_fields", "broken_json", "blank_row")
"""Reasons that a reader gives, before the contract's expressions are applied."""
