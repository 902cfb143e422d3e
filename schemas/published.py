"""The public schema: what analysts and trade bodies hold. Adding a column is a minor version, all else a major one."""

from datetime import date
from typing import Annotated

from schemas.events import UNITS
from schemas.tables import Meaning, Table

SCHEMA_VERSION = "2.0.0"
"""Semantic version of the tables below."""

MEASURED_UNITS = tuple(unit for unit in UNITS if unit != "other")
"""Units whose quantities are summed; a quantity in another unit is never published."""


PRICE_GRID_MILLI = tuple(step * 10**power for power in range(10) for step in (1, 2, 5))
"""Bounds that a price tier may have, in thousandths of a US dollar: public, and the same for every product."""


LEAST_PLACED = 0.5
"""Coverage from which on a trend may be called, in both periods (decision 27), and a grade be given (decision 46)."""

MOST_WITHHELD_PCT = 10
"""Per cent of the events with a value that may belong to a node, from above which on in classes that withhold it no
estimate of value is shown (decision 46)."""

LEAST_EVENTS = 20
"""Events that each of both periods must have for a change to be judged."""

SIGNIFICANCE = 0.05
"""Share of false calls that is accepted among the calls of one kind, period and pair of levels."""

STEADY_FACTOR = 1.25
"""A trend is steady where the change is surely neither more than this factor nor less than its inverse."""


TERM_FLOOR_PCT = 450
"""Hundredths of a deviation of noise that a noisy count must stand above zero to be shown: by chance, 1 in 290,000."""

TERM_MARGIN_PCT = 258
"""Hundredths of a deviation to either side that a band reaches: wider than for 95 of 100, because what is shown was
picked for being large, often by its noise (decision 40)."""

TERM_SURELY = 3
"""Deviations of noise and chance beyond which a term is called rising or fading: by chance, one row in 370."""

TERM_MONTHS_BEFORE = 3
"""Earlier months whose mean a term's month is held against, as far as they were drawn."""

GRADE_STATUSES = ("given", "none", "placed_low")
"""What `opportunity` says of each grade."""

TRENDS = ("rising", "steady", "fading", "new", "not_called")
"""What `trends.trend` may say."""

TREND_REASONS = (
    "open_period",
    "before_record",
    "few_events",
    "placed_low",
    "may_be_placement",
    "within_chance",
    "within_noise",
)
"""Why no trend is called."""


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
        float | None,
        Meaning(
            "double",
            "Estimate of all given values that belong here; null if not drawn, if over a tenth is withheld, or if its "
            "margin is as large.",
            "USD",
        ),
    ]
    value_usd_margin: Annotated[
        float | None,
        Meaning("double", "95 % margin of value_usd_estimate, by a model; of given values, as this is.", "USD"),
    ]
    is_after_estimate: Annotated[
        bool, Meaning("bool", "True if classes came that the node's estimate knows nothing of.")
    ]


ReleaseId = Annotated[str, Meaning("text", "Release this table belongs to.")]
KindName = Annotated[str, Meaning("text", "search, inquiry, rfq, order or cancellation.")]
ProductLevelName = Annotated[str, Meaning("text", "all, sector, chapter, heading or subheading.")]
ProductCode = Annotated[str, Meaning("text", "`all`, sector id, `sector/NN`, `NNNN` or `NNNNNN` (HS 2022).")]
PlaceLevelName = Annotated[str, Meaning("text", "world, region, subregion or country.")]
PlaceCode = Annotated[str, Meaning("text", "`001`, UN M49 code, or ISO 3166 alpha-2.")]
FirstDay = Annotated[date, Meaning("date", "First day of the period.")]
LastDay = Annotated[date, Meaning("date", "Last day of the period, inclusive.")]
IsClosed = Annotated[bool, Meaning("bool", "Whether the period had closed when the release was made.")]


class TrendRow(Table):
    """One row per kind, product node, place node and month, quarter or year that has a row in `demand`.

    Relative changes compare events (or value) a day of the period, so that a short month is no fall.
    """

    release_id: ReleaseId
    kind: KindName
    product_level: ProductLevelName
    product_code: ProductCode
    place_level: PlaceLevelName
    place_code: PlaceCode
    period_level: Annotated[str, Meaning("text", "month, quarter or year.")]
    period_start: FirstDay
    period_end: LastDay
    is_closed: IsClosed
    n_events: Annotated[int, Meaning("int64", "Events known to belong here, as in demand.")]
    value_usd: Annotated[float | None, Meaning("double", "Sum of given values, as in demand.", "USD")]
    placed_ratio: Annotated[float, Meaning("double", "Coverage of n_events, as in demand.", "0-1")]
    n_events_previous: Annotated[
        int | None,
        Meaning("int64", "Events of the period before, as far as they were published as long after its end."),
    ]
    value_usd_previous: Annotated[
        float | None, Meaning("double", "Value of the period before, known as long after its end.", "USD")
    ]
    placed_ratio_previous: Annotated[
        float | None, Meaning("double", "Coverage of the period before, as in demand.", "0-1")
    ]
    n_events_possible_previous: Annotated[
        int | None, Meaning("int64", "Events of the period before that are or may be here: the most it can have been.")
    ]
    n_events_change: Annotated[int | None, Meaning("int64", "n_events less n_events_previous.")]
    n_events_change_ratio: Annotated[
        float | None, Meaning("double", "Relative change of events a day on the period before; 0.1 is 10 % more.")
    ]
    value_usd_change: Annotated[float | None, Meaning("double", "value_usd less value_usd_previous.", "USD")]
    value_usd_change_ratio: Annotated[float | None, Meaning("double", "Relative change of value a day.")]
    change_low: Annotated[
        float | None,
        Meaning("double", "Least relative change of events that chance (95 %) and coarser classes leave possible."),
    ]
    change_high: Annotated[float | None, Meaning("double", "Greatest relative change of the same; null as change_low.")]
    variance_factor: Annotated[
        float | None, Meaning("double", "Variance of the logarithm of the change, in multiples of Poisson's.")
    ]
    p_value: Annotated[
        float | None,
        Meaning(
            "double", "Chance of such a change if there were none, with coarser classes hiding all they can.", "0-1"
        ),
    ]
    q_value: Annotated[
        float | None,
        Meaning("double", "Share of false calls if all of this kind, period and level up to this p are called.", "0-1"),
    ]
    trend: Annotated[str, Meaning("text", "rising, steady, fading, new or not_called.")]
    trend_reason: Annotated[
        str | None,
        Meaning(
            "text",
            "Why not called: open_period, before_record, few_events, placed_low, may_be_placement or within_chance.",
        ),
    ]
    n_events_year_before: Annotated[
        int | None, Meaning("int64", "Events of the same period of the year before, known as long after its end.")
    ]
    value_usd_year_before: Annotated[
        float | None, Meaning("double", "Value of the same period of the year before, known as long after.", "USD")
    ]
    n_events_year_change: Annotated[int | None, Meaning("int64", "n_events less n_events_year_before.")]
    n_events_year_change_ratio: Annotated[
        float | None, Meaning("double", "Relative change of events a day on the same period of the year before.")
    ]
    value_usd_year_change: Annotated[float | None, Meaning("double", "value_usd less value_usd_year_before.", "USD")]
    value_usd_year_change_ratio: Annotated[
        float | None, Meaning("double", "Relative change of value a day on the same period of the year before.")
    ]
    momentum_ratio: Annotated[
        float | None, Meaning("double", "Mean relative change of events a day per period over the last three periods.")
    ]
    product_share: Annotated[
        float | None,
        Meaning("double", "Share in the events of the parent product at the same place and period.", "0-1"),
    ]
    product_share_change: Annotated[
        float | None, Meaning("double", "product_share less that of the period before.", "0-1")
    ]
    product_rank: Annotated[
        int | None, Meaning("int64", "Dense rank by events among the parent product's children; 1 is largest.")
    ]
    product_rank_change: Annotated[int | None, Meaning("int64", "Ranks gained on the period before.")]
    place_share: Annotated[
        float | None, Meaning("double", "Share in the events of the parent place, same product and period.", "0-1")
    ]
    place_share_change: Annotated[float | None, Meaning("double", "place_share less that of the period before.", "0-1")]
    place_rank: Annotated[
        int | None, Meaning("int64", "Dense rank by events among the parent place's children; 1 is largest.")
    ]
    place_rank_change: Annotated[int | None, Meaning("int64", "Ranks gained on the period before.")]
    events_index: Annotated[float | None, Meaning("double", "Events a day, where the base period is 100.")]
    index_base: Annotated[
        date | None, Meaning("date", "First day of the base: the kind's first closed period on record.")
    ]
    seasonal_index: Annotated[
        float | None,
        Meaning(
            "double", "Events a day over those of the 12 closed months that end here; null before 12, 1 is average."
        ),
    ]


class OpportunityRow(Table):
    """One row per kind, product (sector, chapter, heading) and place (sub-region, country) over the last closed months.

    The window is the last three closed months, or as many as leave an equally long window before it.
    """

    release_id: ReleaseId
    kind: KindName
    product_level: Annotated[str, Meaning("text", "sector, chapter or heading.")]
    product_code: ProductCode
    place_level: Annotated[str, Meaning("text", "subregion or country.")]
    place_code: PlaceCode
    window_start: Annotated[date, Meaning("date", "First day of the window.")]
    window_end: Annotated[date, Meaning("date", "Last day of the window, inclusive.")]
    n_months: Annotated[int, Meaning("int64", "Closed months in the window: 1 to 3.")]
    n_events: Annotated[int, Meaning("int64", "Events of the window known to belong here.")]
    value_usd: Annotated[float | None, Meaning("double", "Sum of given values; null where no class gives one.", "USD")]
    placed_ratio: Annotated[
        float, Meaning("double", "Coverage: events here / (events here + events overlapping it).", "0-1")
    ]
    product_events: Annotated[int, Meaning("int64", "Events of the product over all places of this place level.")]
    market_events: Annotated[int, Meaning("int64", "Events of the place over all products of this product level.")]
    all_events: Annotated[int, Meaning("int64", "Events of all products and places of these two levels.")]
    market_share: Annotated[float, Meaning("double", "n_events / product_events.", "0-1")]
    location_quotient: Annotated[
        float,
        Meaning(
            "double", "(n_events / market_events) / (product_events / all_events); above 1: wanted more than usual."
        ),
    ]
    n_events_before: Annotated[
        int | None, Meaning("int64", "n_events of the window before, equally long; null where none is on record.")
    ]
    product_events_before: Annotated[int | None, Meaning("int64", "product_events of the window before.")]
    placed_ratio_before: Annotated[float | None, Meaning("double", "Coverage of n_events_before.", "0-1")]
    share_growth_ratio: Annotated[
        float | None,
        Meaning("double", "Relative change of market_share on the window before; null where only one place is known."),
    ]
    n_rfqs: Annotated[int | None, Meaning("int64", "RFQs of the window at this product and place; null if none.")]
    n_rfqs_told: Annotated[int | None, Meaning("int64", "Of these, the ones in classes that give their quotes.")]
    quotes_coverage: Annotated[float | None, Meaning("double", "n_rfqs_told / n_rfqs.", "0-1")]
    quotes_received: Annotated[int | None, Meaning("int64", "Quotes of n_rfqs_told.")]
    quotes_per_rfq: Annotated[float | None, Meaning("double", "quotes_received / n_rfqs_told.")]
    unanswered_ratio: Annotated[
        float | None, Meaning("double", "Share of n_rfqs_told in classes that received no quote at all.", "0-1")
    ]
    quotes_placed_ratio: Annotated[
        float | None,
        Meaning("double", "Coverage of quotes_per_rfq: n_rfqs_told / (n_rfqs + RFQs overlapping it).", "0-1"),
    ]
    hhi_over_markets: Annotated[
        float, Meaning("double", "Herfindahl-Hirschman index of the product over places of this place level.", "0-1")
    ]
    top3_share_over_markets: Annotated[
        float, Meaning("double", "Share of the product's three largest places of this place level.", "0-1")
    ]
    hhi_over_products: Annotated[
        float, Meaning("double", "Herfindahl-Hirschman index of the place over products of this product level.", "0-1")
    ]
    top3_share_over_products: Annotated[
        float, Meaning("double", "Share of the place's three largest products of this product level.", "0-1")
    ]
    demand_part: Annotated[
        float,
        Meaning(
            "double", "Mean of size, 100 ln(1 + n_events) / ln(1 + its largest market), and 100 LQ / (1 + LQ).", "0-100"
        ),
    ]
    growth_part: Annotated[
        float | None, Meaning("double", "100 g / (1 + g) with g = 1 + share_growth_ratio; 50 is unchanged.", "0-100")
    ]
    supply_gap_part: Annotated[
        float | None, Meaning("double", "100 / (1 + quotes_per_rfq); 100 is unanswered, 50 one quote each.", "0-100")
    ]
    demand_status: Annotated[
        str, Meaning("text", "Whether demand_grade is given, or placed_low: placed_ratio is below 0.5.")
    ]
    growth_status: Annotated[
        str,
        Meaning("text", "given, none (no growth is known), or placed_low: one of the two coverages is below 0.5."),
    ]
    supply_gap_status: Annotated[
        str, Meaning("text", "given, none (no quotes are known), or placed_low: quotes_placed_ratio is below 0.5.")
    ]
    demand_grade: Annotated[
        int | None, Meaning("int64", "demand_part in five grades of 20; 5 is best; null unless given.", "1-5")
    ]
    growth_grade: Annotated[int | None, Meaning("int64", "growth_part in five grades of 20; null unless given.", "1-5")]
    supply_gap_grade: Annotated[
        int | None,
        Meaning("int64", "supply_gap_part in five grades of 20; null unless given; from 3 on there is room.", "1-5"),
    ]
    score: Annotated[
        float | None,
        Meaning("double", "Geometric mean of the three parts; null unless all three grades are given.", "0-100"),
    ]


class PriceTierRow(Table):
    """One row per kind, heading or subheading, place, month, unit and price tier of its classes.

    Columns that begin with `node_` speak of all tiers of the unit at this product, place and month together.
    """

    release_id: ReleaseId
    kind: KindName
    product_level: Annotated[str, Meaning("text", "heading or subheading.")]
    product_code: ProductCode
    place_level: PlaceLevelName
    place_code: PlaceCode
    period_level: Annotated[str, Meaning("text", "month.")]
    period_start: FirstDay
    period_end: LastDay
    is_closed: IsClosed
    price_unit: Annotated[str, Meaning("text", "Unit that prices are about.")]
    price_low: Annotated[float | None, Meaning("double", "Every unit price is at least this; null where open.", "USD")]
    price_high: Annotated[float | None, Meaning("double", "Every unit price is below this; null where open.", "USD")]
    n_events: Annotated[int, Meaning("int64", "Events in the tier.")]
    events_share: Annotated[float, Meaning("double", "n_events / node_events.", "0-1")]
    value_usd: Annotated[float, Meaning("double", "Value in the tier.", "USD")]
    value_share: Annotated[float, Meaning("double", "value_usd / value of all tiers of the node.", "0-1")]
    unit_value_usd: Annotated[
        float | None, Meaning("double", "Value of one unit: value / quantity of classes that give both.", "USD")
    ]
    node_events: Annotated[int, Meaning("int64", "Events of all tiers of this unit.")]
    node_tiered_ratio: Annotated[
        float, Meaning("double", "Coverage: node_events / events that demand shows for the node.", "0-1")
    ]
    node_typical_low: Annotated[
        float | None, Meaning("double", "The middle half of the events cost at least this; null where open.", "USD")
    ]
    node_typical_high: Annotated[
        float | None, Meaning("double", "The middle half of the events cost less than this; null where open.", "USD")
    ]
    node_unit_value_usd: Annotated[float | None, Meaning("double", "Value of one unit over all tiers.", "USD")]
    node_typical_low_previous: Annotated[
        float | None,
        Meaning("double", "node_typical_low of the month before; null where open or without tiers.", "USD"),
    ]
    node_typical_high_previous: Annotated[
        float | None,
        Meaning("double", "node_typical_high of the month before; null where open or without tiers.", "USD"),
    ]
    node_unit_value_change_ratio: Annotated[
        float | None, Meaning("double", "Relative change of node_unit_value_usd on the month before, both closed.")
    ]


class TermRow(Table):
    """One row per sector, sub-region, month and term of the vocabulary that enough contributors asked for, with noise.

    A contributor counts once a row and in few rows a month. Rows that are missing say nothing: too few, or noise.
    """

    release_id: ReleaseId
    product_level: Annotated[str, Meaning("text", "sector.")]
    product_code: Annotated[str, Meaning("text", "Sector id.")]
    place_level: Annotated[str, Meaning("text", "subregion.")]
    place_code: Annotated[str, Meaning("text", "UN M49 code of the sub-region.")]
    period_level: Annotated[str, Meaning("text", "month.")]
    period_start: FirstDay
    period_end: LastDay
    term: Annotated[str, Meaning("text", "Id of the term in the public vocabulary.")]
    term_kind: Annotated[str, Meaning("text", "certificate, material, attribute, grade or size.")]
    term_en: Annotated[str, Meaning("text", "Name of the term in English.")]
    term_hi: Annotated[str, Meaning("text", "Name of the term in Hindi.")]
    contributors_low: Annotated[
        int, Meaning("int64", "At least so many contributors were counted with the term, in 95 of 100 cases.")
    ]
    contributors_high: Annotated[
        int, Meaning("int64", "At most so many were counted with it; of each, few terms a month are counted.")
    ]
    term_rank: Annotated[int, Meaning("int64", "Rank of the noisy count in this sector, sub-region and month.")]
    trend: Annotated[
        str, Meaning("text", "rising, fading or not_called, against the mean of up to three earlier months.")
    ]
    trend_reason: Annotated[str | None, Meaning("text", "Why not called: before_record or within_noise.")]
