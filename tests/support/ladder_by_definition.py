"""The ladder word for word: rung by rung, group by group, every contributor and coalition. Slow, and beyond doubt."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import polars as pl

from anonymize.classes.periods import period_start
from anonymize.classes.rungs import open_rungs
from schemas.policy import Measure, Policy
from schemas.taxonomy import Taxonomy
from tests.support import definitions_of_safe as by_definition

Event = Mapping[str, Any]
Group = list[Event]
AMOUNTS: dict[str, Callable[[Event], int | None]] = {
    "n_events": lambda event: 1,
    "value_usd": lambda event: event["value_cents"],
}


def classes_by_definition(pool: pl.DataFrame, policy: Policy, taxonomy: Taxonomy, night: date) -> list[set[int]]:
    """The events of each class, in the order in which classes are numbered."""
    products, places = _ancestors(taxonomy.products), _ancestors(taxonomy.places)
    waiting = [event for event in pool.iter_rows(named=True) if event["is_settled"]]
    classes: list[set[int]] = []
    for open_rung in open_rungs(policy, night, None):
        rung = open_rung.rung
        groups: dict[tuple[Any, ...], Group] = defaultdict(list)
        for event in waiting:
            product = products[event["product_code"]].get(rung.product)
            place = places[event["country"] or "001"].get(rung.place)
            start = period_start(rung.period, event["occurred_on"])
            if product is not None and place is not None and start < open_rung.open_from:
                groups[event["kind"], product, place, start].append(event)
        for _, group in sorted(groups.items()):
            safe = safe_part(group, policy)
            if safe:
                taken = {event["event_no"] for event in safe}
                classes.append(taken)
                waiting = [event for event in waiting if event["event_no"] not in taken]
    return classes


def safe_part(group: Group, policy: Policy) -> Group:
    """What becomes a class: the group, less the largest contributors where that helps; nothing if it does not."""
    asked = ["n_events"]
    asked += ["value_usd"] if Measure.VALUE in policy.required.get(group[0]["kind"], ()) else []
    for n_left in range(policy.max_peels, -1, -1):
        known = {measure: _held(group, measure) for measure in asked}
        held = {measure: amounts for measure, amounts in known.items() if amounts}
        if not all(by_definition.passes_threshold(amounts, policy.buyers) for amounts in held.values()) or not held:
            return []
        if not all(
            by_definition.passes_seasoned(amounts, _seasoned(group, measure, policy), policy.buyers)
            for measure, amounts in held.items()
        ):
            return []
        failing = [measure for measure, amounts in held.items() if not _buyers_pass(amounts, policy)]
        if not failing:
            is_safe = all(_suppliers_pass(group, measure, policy) for measure in held) and _is_diverse(group, policy)
            return group if is_safe else []
        leavers: set[int] = set()
        for measure in failing:
            largest = max(amount for amount, _ in held[measure].values())
            if sum(amount for amount, _ in held[measure].values()) > 0:
                leavers |= {
                    who for who, (amount, _) in held[measure].items() if amount == largest and who not in leavers
                }
        if not n_left or not leavers:
            return []
        group = [event for event in group if event["contributor"] not in leavers]
        if not group:
            return []
    return []


def _buyers_pass(held: Mapping[int, by_definition.Holding], policy: Policy) -> bool:
    return by_definition.passes_p_percent(held, policy.buyers) and by_definition.passes_share(held, policy.buyers)


def _suppliers_pass(group: Group, measure: str, policy: Policy) -> bool:
    """Suppliers for themselves, and the joint rule as decision 10 has it: all that a supplier sold is taken off."""
    sold = _held(group, measure, "supplier")
    if not sold:
        return True
    if not by_definition.passes_threshold(sold, policy.suppliers):
        return False
    rules = policy.suppliers
    if not (by_definition.passes_p_percent(sold, rules) and by_definition.passes_share(sold, rules)):
        return False
    held = _held(group, measure)
    most = max(amount for amount, _ in sold.values())
    for i, (amount, _) in held.items():
        rest = sorted((other for j, (other, counts) in held.items() if j != i and counts), reverse=True)
        if sum(rest[policy.buyers.coalition - 1 :]) - most < policy.buyers.p_ratio * amount:
            return False
    return True


def _is_diverse(group: Group, policy: Policy) -> bool:
    if policy.diversity is None:
        return True
    column = {"product": "product_code", "quotes": "quotes_received"}.get(policy.diversity.attribute)
    value = column or policy.diversity.attribute
    if all(event[value] is None for event in group):
        return True
    return len({event[value] for event in group if event["is_counting"]} - {None}) >= policy.diversity.l


def _seasoned(group: Group, measure: str, policy: Policy) -> set[int]:
    """Contributors with an event that is not asked, or that lies in a later month than their first."""
    since = policy.buyers.seasoned_from
    found = set()
    for event in group:
        first, day = event["first_month"], event["occurred_on"]
        was_there = first is not None and (first.year, first.month) < (day.year, day.month)
        if AMOUNTS[measure](event) is not None and (was_there or (since is not None and day < since)):
            found.add(event["contributor"])
    return found


def _held(group: Group, measure: str, side: str = "contributor") -> dict[int, by_definition.Holding]:
    held: dict[int, by_definition.Holding] = {}
    for event in group:
        amount = AMOUNTS[measure](event)
        if amount is not None and event[side] is not None:
            before = held.get(event[side], (0, True))[0]
            held[event[side]] = (before + amount, event["is_counting"] or side == "supplier")
    return held


def _ancestors(rows: tuple[tuple[str, str, str | None, str | None], ...]) -> dict[str, dict[str, int]]:
    """By code: the number of its ancestor, or of itself, at each level."""
    number = {code: no for no, (_, code, _, _) in enumerate(rows)}
    found: dict[str, dict[str, int]] = {}
    for level, code, parent, _ in rows:
        found[code] = {**(found[parent] if parent else {}), level: number[code]}
    return found
