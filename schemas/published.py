"""The public schema: what analysts and trade bodies hold. Adding a column is a minor version, all else a major one."""

from datetime import date
from typing import Annotated

from schemas.events import UNITS
from schemas.tables import Meaning, Table

SCHEMA_VERSION = "1.1.0"
"""Semantic version of the tables below."""

MEASURED_UNITS = tuple(unit for unit in UNITS if unit != "other")
"""Units whose quantities are summed; a quantity in another unit is never published."""


PRICE_GRID_MILLI = tuple(step * 10**power for power in range(10) for step in (1, 2, 5))
"""Bounds that a price tier may have, in thousandths of a US dollar: public, and the same for every product."""


class ClassRow(Table):
    """One row per demand class: the finest published facts, from which every other table is summed."""

    release_id: Annotated[str, Meaning("text", "Release in which the class was first published.")]
    class_id: Annotated[int, Meaning("int64", "Number within the release, in the order of the public keys.")]
    kind: Annotated[str, Meaning("text", "search, inquiry, rfq, order or cancellation.")]
    product_level: Annotated[str, Meaning("text", "all, sector, chapter, heading or subheading.")]
    product_code: Annotated[str, Meaning("text", "`all`, sector id, `sector/NN`, `NNNN` or `NNNNNN` (HS 2022).")]
    place_level: Annotated[str, Meaning("text", "world, region, subregion or country.")]
    place_code: Annotated[str, Meaning("text", "`001`, UN M49 code, or ISO 3166 alpha-2.")]
    period_level: Annotated[str, Meaning("text", "day, dekad, month, quarter or year.")]
    period_start: Annotated[date, Meaning("date", "First day of the period.")]
    period_end: Annotated[date, Meaning("date", "Last day of the period, inclusive.")]
    price_unit: Annotated[str | None, Meaning("text", "Unit that the price tier is about; null if not a tier.")]
    price_low: Annotated[
        float | None, Meaning("double", "Every unit price of the tier is at least this; null where open.", "USD")
    ]
    price_high: Annotated[
        float | None, Meaning("double", "Every unit price of the tier is below this; null where open.", "USD")
    ]
    n_events: Annotated[int, Meaning("int64", "Events in the class.")]
    n_contributors: Annotated[int, Meaning("int64", "Distinct counting contributors of the class.")]
    value_usd: Annotated[float | None, Meaning("double", "Sum of known values; null unless given.", "USD")]
    value_status: Annotated[str, Meaning("text", "given, none (no value known) or withheld (unsafe).")]
    quotes_received: Annotated[int | None, Meaning("int64", "Sum of quotes received; null unless given.")]
    quotes_status: Annotated[str, Meaning("text", "given, none or withheld.")]
    quantity_count: Annotated[float | None, Meaning("double", "Sum of quantities given in pieces.", "count")]
    quantity_count_status: Annotated[str, Meaning("text", "given, none or withheld.")]
    quantity_pair: Annotated[float | None, Meaning("double", "Sum of quantities given in pairs.", "pair")]
    quantity_pair_status: Annotated[str, Meaning("text", "given, none or withheld.")]
    quantity_set: Annotated[float | None, Meaning("double", "Sum of quantities given in sets.", "set")]
    quantity_set_status: Annotated[str, Meaning("text", "given, none or withheld.")]
    quantity_kg: Annotated[float | None, Meaning("double", "Sum of quantities given by weight.", "kg")]
    quantity_kg_status: Annotated[str, Meaning("text", "given, none or withheld.")]
    quantity_m: Annotated[float | None, Meaning("double", "Sum of quantities given by length.", "m")]
    quantity_m_status: Annotated[str, Meaning("text", "given, none or withheld.")]
    quantity_m2: Annotated[float | None, Meaning("double", "Sum of quantities given by area.", "m2")]
    quantity_m2_status: Annotated[str, Meaning("text", "given, none or withheld.")]
    quantity_l: Annotated[float | None, Meaning("double", "Sum of quantities given by volume.", "l")]
    quantity_l_status: Annotated[str, Meaning("text", "given, none or withheld.")]
    quantity_container: Annotated[float | None, Meaning("double", "Sum of quantities in containers.", "container")]
    quantity_container_status: Annotated[str, Meaning("text", "given, none or withheld.")]


class DemandRow(Table):
    """One row per kind, product node, place node and period node, and one per part not elsewhere specified of a node.

    Value of a node = sum of its children's values + its n.e.s. row, along each dimension and for every measure.
    """

    release_id: Annotated[str, Meaning("text", "Release this table belongs to.")]
    kind: Annotated[str, Meaning("text", "search, inquiry, rfq, order or cancellation.")]
    product_level: Annotated[str, Meaning("text", "all, sector, chapter, heading or subheading.")]
    product_code: Annotated[str, Meaning("text", "`all`, sector id, `sector/NN`, `NNNN` or `NNNNNN` (HS 2022).")]
    place_level: Annotated[str, Meaning("text", "world, region, subregion or country.")]
    place_code: Annotated[str, Meaning("text", "`001`, UN M49 code, or ISO 3166 alpha-2.")]
    period_level: Annotated[str, Meaning("text", "day, dekad, month, quarter or year.")]
    period_start: Annotated[date, Meaning("date", "First day of the period.")]
    period_end: Annotated[date, Meaning("date", "Last day of the period, inclusive.")]
    nes: Annotated[
        str | None,
        Meaning("text", "Null for the node itself; product, place or period for what stands at none of its children."),
    ]
    n_events: Annotated[int, Meaning("int64", "Events known to belong here.")]
    value_usd: Annotated[float | None, Meaning("double", "Sum of given values; null where no class gives one.", "USD")]
    contributors_min: Annotated[int, Meaning("int64", "Least number of contributors: the largest of its classes.")]
    contributors_max: Annotated[int, Meaning("int64", "Greatest number of contributors: the sum of its classes.")]
    placed_ratio: Annotated[
        float | None,
        Meaning("double", "Events here / (events here + events overlapping it); null on n.e.s. rows.", "0-1"),
    ]
    n_events_estimate: Annotated[
        float | None, Meaning("double", "Estimate of all events that belong here; null where none is drawn.")
    ]
    n_events_margin: Annotated[float | None, Meaning("double", "95 % margin of n_events_estimate.")]
    value_usd_estimate: Annotated[
        float | None, Meaning("double", "Estimate of all given values that belong here; null if not drawn.", "USD")
    ]
    value_usd_margin: Annotated[
        float | None, Meaning("double", "95 % margin of value_usd_estimate, by a model.", "USD")
    ]
    is_after_estimate: Annotated[
        bool, Meaning("bool", "True if classes came that the node's estimate knows nothing of.")
    ]
