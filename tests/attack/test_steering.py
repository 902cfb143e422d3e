"""The steering attack.

What the attacker knows: the ladder and the policy. What they want: a class of one victim and accounts of their own.
What they have: as many accounts and as much money as they will pay for. No policy forbids it; it sets the price.
"""

from dataclasses import replace
from decimal import Decimal

import pytest

from anonymize.attacks.steering import Price, cheaper_than_promised, price, without_seasoned
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


def test_fresh_accounts_are_enough_where_nobody_has_to_be_seasoned():
    """The unprotected case: the attacker opens accounts on the day of the attack."""
    found = _price(k=5)
    assert (found.n_accounts, found.n_accounts_ahead, found.months_ahead) == (4, 0, 0)


@pytest.mark.parametrize(("k_seasoned", "ahead", "months"), [(1, 0, 0), (2, 1, 1), (3, 2, 1), (5, 4, 1)])
def test_seasoned_contributors_make_the_attacker_begin_a_month_before(k_seasoned, ahead, months):
    """The victim is seasoned himself, so a rule for one of them costs the attacker nothing."""
    found = _price(k=5, k_seasoned=k_seasoned)
    assert (found.n_accounts, found.n_accounts_ahead, found.months_ahead) == (4, ahead, months)
    assert found.least_accounts_ahead == ahead


def test_the_price_of_the_same_policy_without_the_rule_is_that_of_fresh_accounts():
    protected = POLICY.model_copy(update={"buyers": POLICY.buyers.model_copy(update={"k_seasoned": 3})})
    found = price(lambda: connected(None), without_seasoned(protected))
    assert (found.n_accounts, found.n_accounts_ahead, found.months_ahead) == (2, 0, 0)


def test_the_price_is_what_the_policy_promises():
    found = _price()
    assert found.n_accounts == found.least_accounts == POLICY.buyers.k - 1
    assert cheaper_than_promised(found) == []


def test_a_ladder_cheaper_than_its_policy_falls():
    honest = _price(k=5, k_seasoned=3)
    assert cheaper_than_promised(honest) == []
    for cheaper in (
        {"n_accounts": 3},
        {"n_accounts_ahead": 1},
        {"months_ahead": 0},
        {"is_verification_moot": True},
    ):
        assert len(cheaper_than_promised(replace(honest, **cheaper))) == 1, cheaper
