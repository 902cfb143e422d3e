"""What briefs say in English; `{}` marks where figures, titles and other words go."""

TEXTS: dict[str, str] = {
    "language": "English",
    "other_language": "यह पृष्ठ हिंदी में",
    "title": "Demand brief for {body}",
    "release": "Release {release}. Buyers of one online marketplace, in figures that single out nobody.",
    "month": "Newest closed month of {kind}: {month}.",
    "nothing_closed": "No month of your products has closed yet, so this brief has nothing to show. The next one may.",
    "headlines": "What moved",
    "rising": "{product}, {place}: {kind} a day rose by {change} on the month before. Allowing for "
    "chance and for what is known only coarsely, the change lies between {low} and "
    "{high}. {n} in {month}; coverage {coverage}.",
    "fading": "{product}, {place}: {kind} a day fell by {change} on the month before. Allowing for "
    "chance and for what is known only coarsely, the change lies between {low} and "
    "{high}. {n} in {month}; coverage {coverage}.",
    "steady": "{product}, {place}: {kind} held steady ({change} a day on the month before). "
    "Allowing for chance and for what is known only coarsely, the change lies between "
    "{low} and {high}. {n} in {month}; coverage {coverage}.",
    "new": "{product}, {place}: {kind} are new here: {n} in {month}, where the month before can "
    "have held far fewer at most. Coverage {coverage}.",
    "mark_rising": "▲ Rising",
    "mark_fading": "▼ Fading",
    "mark_steady": "= Steady",
    "mark_new": "+ New",
    "none_called": "No movement can be called yet. We call one only if neither chance nor a change in "
    "what could be placed explains it.",
    "why_none": "Why not, the most frequent reason first:",
    "why_others": "Of everything else no movement can be called. Why not, the most frequent reason first:",
    "reason_open_period": "the month has not closed",
    "reason_before_record": "there is no whole month before to compare with",
    "reason_few_events": "too few events in one of the two months",
    "reason_placed_low": "too much of what may belong here is known only coarsely",
    "reason_may_be_placement": "the change may come from what could be placed, not from demand",
    "reason_within_chance": "the change is no larger than chance makes it",
    "totals": "What was asked in all",
    "totals_about": "Each kind of act by itself, in its newest closed month, over the whole world. Kinds "
    "are never added.",
    "markets": "Who asks: markets ranked",
    "markets_of": "Markets for {product}",
    "markets_about": "Counted: {kind} in {month}, by country of the buyer.",
    "lines_of": "{product}: its largest markets by month",
    "lines_alt": "Line chart of events by closed month for {places}. The table below it has the figures.",
    "lines_wait": "Lines over time begin with the second closed month.",
    "table_below": "The figures of this chart",
    "products": "What is asked for: products ranked",
    "products_about": "Counted: {kind} in {month}, whole world.",
    "opportunity": "Where nobody answers: opportunities",
    "opportunity_about": "Products and markets with {kind}, {months}. Further right: wanted more. Further up: "
    "fewer quotes for each request. Numbers are those of the table. A score needs a "
    "second window to measure growth; until then demand and open supply decide the order.",
    "months_one": "{start}",
    "months_more": "{start} to {end}",
    "opportunity_alt": "Scatter of numbered opportunities: demand from left to right, open supply from "
    "bottom to top. The table below it has the figures.",
    "opportunity_none": "In your products no market has enough requests whose quotes are known.",
    "prices": "At what price",
    "prices_about": "Half of all events whose price is known, the middle half, lie in the range shown. "
    "Ranges follow a public grid of steps, so that no single price stands anywhere.",
    "prices_none": "In your products no market has enough priced events to tell a range safely.",
    "tiers_of": "All price steps of {product}, {place}",
    "limits": "What these figures do not say",
    "limit_share": "They are the demand of one marketplace's users, not of world trade.",
    "limit_missing": "What is missing is not zero: too few buyers, or they still wait for company to hide among.",
    "limit_coverage": "Coverage is the share known to belong to a line of what may belong to it. High means "
    "at least four fifths, medium at least half. With low coverage, use a figure as a "
    "lower bound and never compare it with another month's.",
    "limit_margin": "An estimate says how many there may be in all, with a margin that holds nineteen "
    "times in twenty. Where none stands, none is drawn yet, and the figure is a lower "
    "bound.",
    "limit_grow": "Figures of past months may grow in later releases. Cite the release with each number.",
    "limit_grouping": "Digits are grouped in lakhs and crores.",
    "guarantee": "Why nobody can be singled out",
    "guarantee_text": "Every figure is a sum over whole groups of buyers, formed under policy {policy}. "
    "Each group has at least as many buyers as the policy asks for, no buyer dominates "
    "one, and groups never overlap and never change; so no sum or difference of figures "
    "shows anything smaller than a group.",
    "guarantee_link": "The publisher's disclosure report of this release",
    "guarantee_where": "stands beside the extracts at the publisher and lists the attacks that had to fail.",
    "verify": "How to check that this page is genuine",
    "verify_text": "This page is named in the signed list of checksums. With the publisher's key, "
    "received on paper or by phone:",
    "verify_plain": "Without Mandi, check the list and its signature as the publisher's page for trade "
    "bodies shows; the files are",
    "more": "More of the same",
    "more_book": "The tables as a workbook",
    "more_changes": "What this release adds",
    "more_package": "What every column means",
    "kind_rfq": "requests for quotation",
    "kind_inquiry": "inquiries",
    "kind_order": "orders",
    "kind_search": "searches",
    "kind_cancellation": "cancellations",
    "coverage_high": "high",
    "coverage_medium": "medium",
    "coverage_low": "low",
    "column_product": "product",
    "column_market": "market",
    "column_asked": "asked for",
    "column_offer": "product, market",
    "column_events": "events",
    "column_value": "known value",
    "column_coverage": "coverage",
    "column_estimate": "estimate ± margin",
    "column_share": "how much",
    "column_number": "no.",
    "column_demand": "demand",
    "column_growth": "growth",
    "column_gap": "open supply",
    "column_quotes": "quotes each",
    "column_score": "score",
    "column_unit": "unit",
    "column_range": "typical price",
    "column_before": "month before",
    "column_price": "price",
    "unit_count": "piece",
    "unit_pair": "pair",
    "unit_set": "set",
    "unit_kg": "kg",
    "unit_m": "m",
    "unit_m2": "m²",
    "unit_l": "litre",
    "unit_container": "container",
    "range_between": "{low} to under {high}",
    "range_below": "under {high}",
    "range_above": "{low} and more",
    "range_open": "not narrowed down",
    "none": "–",
    "grades": "Demand, growth and open supply run from nought to a hundred.",
}
