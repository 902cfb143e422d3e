"""Price tiers word for word: every cut of every class, every contributor. Slow, and beyond doubt."""

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

from schemas.policy import Measure, Policy
from tests.support.ladder_by_definition import Event, Group, safe_part

GRID_USD = sorted(step * Fraction(10) ** power for power in range(-3, 7) for step in (1, 2, 5))
Tier = tuple[Fraction | None, Fraction | None, frozenset[int]]
"""Lower and upper bound in USD, None where open, and the events."""


def tiers_by_definition(group: Group, policy: Policy) -> list[Tier] | None:
    """The parts of a class with room; None where it stays whole."""
    tiers = policy.tiers
    assert tiers is not None
    strict = policy.model_copy(
        update={"max_peels": 0, "required": {**policy.required, group[0]["kind"]: (Measure.VALUE,)}}
    )
    units = Counter(event["unit"] for event in group if _has_price(event))
    if _n_counting(group) < tiers.min_contributors or not units:
        return None
    unit = min(units, key=lambda name: (-units[name], name))
    rest = [event for event in group if not (_has_price(event) and event["unit"] == unit)]
    if rest and not safe_part(rest, policy.model_copy(update={"max_peels": 0})):
        return None
    priced = [event for event in group if event not in rest]
    found = _cut(priced, None, None, strict, tiers.min_contributors)
    if len(found) < 2:
        return None
    return [*found, (None, None, frozenset(event["event_no"] for event in rest))] if rest else found


def _cut(group: Group, low: Fraction | None, high: Fraction | None, policy: Policy, room: int) -> list[Tier]:
    prices = [_price(event) for event in group]
    best: tuple[int, Fraction, Group, Group] | None = None
    for bound in _lower_bounds(prices):
        below = [event for event in group if _price(event) < bound]
        above = [event for event in group if _price(event) >= bound]
        if below and above and safe_part(below, policy) and safe_part(above, policy):
            smaller = min(_n_counting(below), _n_counting(above))
            if best is None or smaller > best[0]:
                best = (smaller, bound, below, above)
    if best is None:
        return [(low, high, frozenset(event["event_no"] for event in group))]
    _, bound, below, above = best
    found: list[Tier] = []
    for side, (begin, end) in ((below, (low, bound)), (above, (bound, high))):
        if _n_counting(side) >= room:
            found += _cut(side, begin, end, policy, room)
        else:
            found.append((begin, end, frozenset(event["event_no"] for event in side)))
    return found


def _lower_bounds(prices: Sequence[Fraction]) -> list[Fraction]:
    """For each price the largest bound that is not above it, ascending."""
    return sorted({max(bound for bound in GRID_USD if bound <= price) for price in prices if price >= GRID_USD[0]})


def _price(event: Event) -> Fraction:
    return Fraction(event["value_cents"], 100) / Fraction(event["quantity_milli"], 1000)


def _has_price(event: Event) -> bool:
    return bool(event["unit"] not in (None, "other") and event["quantity_milli"] and event["value_cents"] is not None)


def _n_counting(group: Group) -> int:
    return len({event["contributor"] for event in group if event["is_counting"]})
