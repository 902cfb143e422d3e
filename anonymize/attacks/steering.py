"""The steering attack: what does it cost to make a class of one victim and accounts of one's own?

The attacker opens accounts, buys what the victim buys, and hopes that the ladder makes a class of the victim and these
accounts alone. Subtracting what is known to be their own leaves the victim. No rule of this family forbids it; the
policy sets its price. The attack tries it on the real ladder with ever more accounts and ever more money, and finds
something only where it is cheaper than the policy says.
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
    """What it costs to isolate one order of a victim."""

    n_accounts: int
    """Counting accounts of the attacker's own, each verified as the feed asks."""
    value_ratio: float
    """Money the attacker must spend on orders of their own, relative to the victim's order."""
    least_accounts: int
    """Accounts that the policy promises it takes."""
    is_verification_moot: bool
    """Whether accounts that nobody verified make a class with a victim as well."""


def price(engines: _Engines, policy: Policy) -> Price:
    """The least number of accounts, and then the least money, with which the ladder isolates a victim.

    Args:
        engines: Opens a fresh engine for each try.
        policy: Rules that are attacked; one rung is enough, coarser ones only make it dearer.
    """
    rung = Rung(when="nightly", product="heading", place="country", period="day")
    attacked = policy.model_copy(update={"ladder": Ladder(rungs=(rung,), improvement=None)})

    def isolates(n_accounts: int, value_cents: int, *, is_counting: bool = True) -> bool:
        return _isolates(engines, attacked, n_accounts, value_cents, is_counting=is_counting)

    most = 4 * policy.buyers.k
    n_accounts = _least(lambda n: isolates(n, _VICTIM_CENTS), most, step=1)
    cents = _least(lambda cents: isolates(n_accounts, cents), _VICTIM_CENTS, step=_VICTIM_CENTS // 1000)
    spent = Fraction(cents * n_accounts, _VICTIM_CENTS)
    is_moot = isolates(most, _VICTIM_CENTS, is_counting=False)
    return Price(n_accounts, round(float(spent), 3), policy.buyers.k - 1, is_moot)


def cheaper_than_promised(found: Price) -> list[Finding]:
    """Findings where fewer accounts do than the policy promises, or accounts that nobody verified."""
    findings = []
    if found.n_accounts < found.least_accounts:
        findings.append(Finding(ATTACK, "policy", "class of one victim for fewer accounts than promised", 1))
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


def _isolates(engines: _Engines, policy: Policy, n_accounts: int, value_cents: int, *, is_counting: bool) -> bool:
    """Whether the ladder makes a class of the victim's order and one order of each account."""
    n = n_accounts + 1
    pool = pl.DataFrame(
        {
            "event_no": range(1, n + 1),
            "kind": [Kind.ORDER.value] * n,
            "occurred_on": [_DAY] * n,
            "is_settled": [True] * n,
            "contributor": range(1, n + 1),
            "is_counting": [True] + [is_counting] * n_accounts,
            "supplier": [None] * n,
            "product_code": ["6109"] * n,
            "country": ["KE"] * n,
            "unit": [None] * n,
            "quantity_milli": [None] * n,
            "value_cents": [_VICTIM_CENTS] + [value_cents] * n_accounts,
            "quotes_received": [None] * n,
        },
        schema=POOLED_COLUMNS,
    )
    with engines() as engine:
        engine.load("pooled", pool)
        walk(engine, policy=policy, taxonomy=_MARKET, night=_DAY, previous=None)
        return engine.frame("select event_no from classed where event_no = 1").height == 1
