"""The rules word for word: every contributor, every coalition, exact fractions. Slow, and beyond doubt."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from fractions import Fraction
from itertools import combinations

from schemas.policy import BuyerRules, Rules

Holding = tuple[int, bool]
"""Amount and whether the contributor counts."""


def passes_threshold(held: Mapping[int, Holding], rules: Rules) -> bool:
    return sum(is_counting for _, is_counting in held.values()) >= rules.k


def passes_seasoned(held: Mapping[int, Holding], seasoned: AbstractSet[int], rules: BuyerRules) -> bool:
    return len({i for i, (_, is_counting) in held.items() if is_counting and i in seasoned}) >= rules.k_seasoned


def passes_p_percent(held: Mapping[int, Holding], rules: Rules) -> bool:
    p = Fraction(rules.p)
    for i, (amount, _) in held.items():
        others = [j for j in held if j != i]
        for size in range(rules.coalition + 1):
            for coalition in combinations(others, size):
                rest = sum(held[j][0] for j in others if j not in coalition and held[j][1])
                if rest < p * amount:
                    return False
    return True


def passes_share(held: Mapping[int, Holding], rules: Rules, *, may_be_zero: bool = False) -> bool:
    total = sum(amount for amount, _ in held.values())
    return (total > 0 or may_be_zero) and all(
        amount <= Fraction(rules.max_share) * total for amount, _ in held.values()
    )


def passes_joint(bought: Mapping[int, Mapping[int | None, int]], counts: Mapping[int, bool], rules: Rules) -> bool:
    """The design's words: without any one supplier's own sales, what remains for any buyer still passes p%."""
    p = Fraction(rules.p)
    suppliers = {supplier for sales in bought.values() for supplier in sales if supplier is not None}
    for supplier in suppliers:
        left = {i: sum(amount for s, amount in sales.items() if s != supplier) for i, sales in bought.items()}
        for i, amount in left.items():
            others = [j for j in left if j != i]
            for coalition in combinations(others, rules.coalition - 1):
                rest = sum(left[j] for j in others if j not in coalition and counts[j])
                if rest < p * amount:
                    return False
    return True
