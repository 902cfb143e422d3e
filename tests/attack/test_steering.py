"""The steering attack.

What the attacker knows: the ladder and the policy. What they want: a class of one victim and accounts of their own.
What they have: as many accounts and as much money as they will pay for. No policy forbids it; it sets the price.
"""

from decimal import Decimal

import pytest

from anonymize.attacks.steering import Price, cheaper_than_promised, price
from tests.support.small_world import policy
from warehouse.duck import connected

POLICY = policy()


def _price(**rules: object) -> Price:
    changed = POLICY.model_copy(update={"buyers": POLICY.buyers.model_copy(update=rules)})
    return price(lambda: connected(None), changed)


@pytest.mark.parametrize("k", [3, 5])
def test_a_low_threshold_is_cheap_and_every_account_more_makes_it_dearer(k):
    """A policy with a low k is the unprotected case: two accounts isolate a victim."""
    assert _price(k=k, max_share=Decimal("0.9")).n_accounts == k - 1


def test_the_share_rule_makes_the_attacker_spend():
    cheap, dear = _price(k=5, max_share=Decimal("0.9")), _price(k=5, max_share=Decimal("0.5"))
    assert cheap.value_ratio < 0.2
    assert dear.value_ratio == pytest.approx(1.0, abs=0.05)


def test_accounts_that_nobody_verified_never_make_a_class():
    assert not _price().is_verification_moot


def test_the_price_is_what_the_policy_promises():
    found = _price()
    assert found.n_accounts == found.least_accounts == POLICY.buyers.k - 1
    assert cheaper_than_promised(found) == []


def test_a_ladder_cheaper_than_its_policy_falls():
    assert cheaper_than_promised(Price(3, 0.5, 9, False))
    assert cheaper_than_promised(Price(9, 0.5, 9, True))
