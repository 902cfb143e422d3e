"""The steering attack: what does it cost to make a class of one victim and accounts of one's own?

The attacker opens accounts, buys what the victim buys, and hopes that the ladder makes a class of the victim and these
accounts alone. Subtracting what is known to be their own leaves the victim. No rule of this family forbids it; the
policy sets its price: accounts, money, and, where it asks for seasoned contributors, accounts that were opened and used
a month ahead. The attack tries it on the real ladder with ever fewer of each, and finds something only where it is
cheaper than the policy says.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import polars as pl

from anonymize.attacks.findings import Finding
from anonymize.classes.engine import Engine
from anonymize.classes.ladder import POOLED_COLUMNS, walk
from schemas.events import Kind
from schemas.policy import Ladder, Policy, Rung
from schemas.taxonomy import Taxonomy

ATTACK = "steering"
_DAY = date(2026, 1, 5)
_MONTHS = (date(2026, 1, 1), date(2025, 12, 1))
"""First months of an account, by how many months before the day of the attack."""
_VICTIM_CENTS = 1_000_000
_MARKET = Taxonomy(
    products=(
        ("all", "all", None, None), ("sector", "textiles", "all", None), ("chapter", "textiles/61", "textiles", None),
        ("heading", "6109", "textiles/61", None),
    ),
    places=(
        ("world", "001", None, "World"), ("region", "002", "001", "Africa"),
        ("subregion", "014", "002", "Eastern Africa"), ("country", "KE", "014", "Kenya"),
    ),
)  # fmt: skip
"""One heading and one country stand for any."""
_Engines = Callable[[], AbstractContextManager[Engine]]


@dataclass(frozen=True)
class Price:
    """What it costs to isolate one order of a victim who was there in earlier months."""

    n_accounts: int
    """Counting accounts of the attacker's own, each verified as the feed asks."""
    n_accounts_ahead: int
    """Of these, how many must have been opened and used in an earlier month."""
    months_ahead: int
    """How many months before that the attack must begin."""
    value_ratio: float
    """Money the attacker must spend on orders of their own, relative to the victim's order."""
    least_accounts: int
    """Accounts that the policy promises it takes."""
    least_accounts_ahead: int
    """Of these, how many the policy promises must be ahead: the victim is one of the seasoned himself."""
    is_verification_moot: bool
    """Whether accounts that nobody verified make a class with a victim as well."""


@dataclass(frozen=True)
class _Try:
    """What the attacker brings."""

    n_accounts: int
    n_ahead: int
    cents: int = _VICTIM_CENTS
    months_ahead: int = len(_MONTHS) - 1
    is_counting: bool = True


def price(engines: _Engines, policy: Policy) -> Price:
    """The least number of accounts, then of those ahead and of months, then the least money that isolate a victim.

    Args:
        engines: Opens a fresh engine for each try.
        policy: Rules that are attacked; one rung is enough, coarser ones only make it dearer. The attack happens on a
            day for which the policy asks for seasoned contributors, if it ever does.
    """
    rung = Rung(when="nightly", product="heading", place="country", period="day")
    asking = policy.buyers.model_copy(update={"seasoned_from": None})
    # an attacker chooses what his own orders are about, so that diversity costs him nothing
    easiest = {"ladder": Ladder(rungs=(rung,), improvement=None), "diversity": None}
    attacked = policy.model_copy(update={**easiest, "buyers": asking})

    def isolates(one: _Try) -> bool:
        return _isolates(engines, attacked, one)

    most = 4 * policy.buyers.k
    n_accounts = _least(lambda n: isolates(_Try(n, n)), most, step=1)
    n_ahead = _least_from_none(lambda n: isolates(_Try(n_accounts, n)), n_accounts)
    months = _least_from_none(lambda n: isolates(_Try(n_accounts, n_ahead, months_ahead=n)), len(_MONTHS) - 1)
    cents = _least(lambda cents: isolates(_Try(n_accounts, n_ahead, cents)), _VICTIM_CENTS, step=_VICTIM_CENTS // 1000)
    return Price(
        n_accounts=n_accounts,
        n_accounts_ahead=n_ahead,
        months_ahead=months,
        value_ratio=round(float(Fraction(cents * n_accounts, _VICTIM_CENTS)), 3),
        least_accounts=policy.buyers.k - 1,
        least_accounts_ahead=max(policy.buyers.k_seasoned - 1, 0),
        is_verification_moot=isolates(_Try(most, most, is_counting=False)),
    )


def without_seasoned(policy: Policy) -> Policy:
    """The policy without its rule for seasoned contributors: what that rule adds to the price is the difference."""
    return policy.model_copy(update={"buyers": policy.buyers.model_copy(update={"k_seasoned": 0})})


def cheaper_than_promised(found: Price) -> list[Finding]:
    """Findings where fewer accounts do than the policy promises, fresher ones, or accounts that nobody verified."""
    findings = []
    if found.n_accounts < found.least_accounts:
        findings.append(Finding(ATTACK, "policy", "class of one victim for fewer accounts than promised", 1))
    if found.n_accounts_ahead < found.least_accounts_ahead or (found.least_accounts_ahead and not found.months_ahead):
        findings.append(Finding(ATTACK, "policy", "class of one victim for fresher accounts than promised", 1))
    if found.is_verification_moot:
        findings.append(Finding(ATTACK, "policy", "class of one victim and accounts that nobody verified", 1))
    return findings


def _least(is_enough: Callable[[int], bool], most: int, *, step: int) -> int:
    """The least number up to `most` that is enough, within `step`; more is never worse."""
    low, high = 0, most
    while high - low > step:
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high


def _least_from_none(is_enough: Callable[[int], bool], most: int) -> int:
    """As `_least`, where none at all may be enough."""
    return 0 if most == 0 or is_enough(0) else _least(is_enough, most, step=1)


def _isolates(engines: _Engines, policy: Policy, one: _Try) -> bool:
    """Whether the ladder makes a class of the victim's order and one order of each account."""
    n = one.n_accounts + 1
    n_fresh = one.n_accounts - one.n_ahead
    pool = pl.DataFrame(
        {
            "event_no": range(1, n + 1),
            "kind": [Kind.ORDER.value] * n,
            "occurred_on": [_DAY] * n,
            "is_settled": [True] * n,
            "contributor": range(1, n + 1),
            "is_counting": [True] + [one.is_counting] * one.n_accounts,
            "first_month": [_MONTHS[-1]] + [_MONTHS[one.months_ahead]] * one.n_ahead + [_MONTHS[0]] * n_fresh,
            "supplier": [None] * n,
            "product_code": ["6109"] * n,
            "country": ["KE"] * n,
            "unit": [None] * n,
            "quantity_milli": [None] * n,
            "value_cents": [_VICTIM_CENTS] + [one.cents] * one.n_accounts,
            "quotes_received": [None] * n,
        },
        schema=POOLED_COLUMNS,
    )
    with engines() as engine:
        engine.load("pooled", pool)
        walk(engine, policy=policy, taxonomy=_MARKET, night=_DAY, previous=None)
        return engine.frame("select event_no from classed where event_no = 1").height == 1
