"""The dominance attack.

What the attacker knows: the published sums of a class, and their own part of it, perhaps with partners. What they want:
another contributor's part, within p%.
"""

from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymize.attacks.dominance import Closest, estimates, insiders_that_succeed
from schemas.policy import Rules
from tests.support.definitions_of_safe import passes_p_percent

P = Fraction(1, 10)


def _attack(amounts: list[int], *, counting: list[bool] | None = None, coalition: int = 1, p: Fraction = P) -> Closest:
    held = pl.DataFrame(
        {
            "class_id": [1] * len(amounts),
            "measure": ["value_usd"] * len(amounts),
            "contributor": range(len(amounts)),
            "is_counting": counting or [True] * len(amounts),
            "amount": amounts,
        },
        schema_overrides={"amount": pl.Int64},
    )
    published = pl.DataFrame({"class_id": [1], "measure": ["value_usd"], "total": [sum(amounts)]})
    return estimates(published, held, coalition=coalition, p=p)


def test_the_second_largest_of_a_class_of_ten_reads_the_largest_off_the_total():
    """Ten contributors are enough for a threshold rule; the total still gives the largest away to the next."""
    closest = _attack([1_000_000, 90_000, *[1_000] * 8])
    assert closest.n_within == 2  # and the largest reads the next
    assert closest.least_ratio == pytest.approx(0.008)
    assert [finding.n for finding in insiders_that_succeed(closest, where="classes")] == [2]


def test_two_who_put_together_what_they_know_read_what_neither_could_alone():
    amounts = [1_000, 900, 900, 30, 30]
    assert _attack(amounts).n_within == 0
    assert _attack(amounts, coalition=2).n_within == 3


def test_accounts_of_the_attackers_own_that_nobody_verified_hide_nobody():
    amounts, counting = [1_000, 10, 10, *[500] * 9], [True, True, True, *[False] * 9]
    assert _attack(amounts).n_within == 0
    assert _attack(amounts, counting=counting).n_within >= 1


def test_an_even_class_passes():
    closest = _attack([100] * 10)
    assert insiders_that_succeed(closest, where="classes") == []
    assert closest.least_ratio == 8.0


def test_without_victims_there_is_nothing_to_tell():
    assert _attack([0, 0]) == Closest(0, None, 0)


@given(
    st.lists(st.tuples(st.integers(1, 60), st.booleans()), min_size=4, max_size=8),
    st.integers(1, 2),
    st.sampled_from(["0.1", "0.35", "1"]),
)
def test_the_attack_succeeds_where_the_rule_is_broken_and_nowhere_else(contributors, coalition, p):
    amounts, counting = [amount for amount, _ in contributors], [is_counting for _, is_counting in contributors]
    rules = Rules(k=coalition + 2, p=p, coalition=coalition, max_share="0.9")
    is_safe = passes_p_percent(dict(enumerate(contributors)), rules)
    assert (_attack(amounts, counting=counting, coalition=coalition, p=Fraction(p)).n_within == 0) == is_safe
