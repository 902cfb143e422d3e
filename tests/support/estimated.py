"""A January of the small world whose classes are mostly coarse, and the policy under which it is estimated."""

import hmac
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl

from anonymize.noise.domain import Domain
from anonymize.noise.estimates import Counted
from anonymize.noise.marginals import MARGINALS, cells_of
from schemas.policy import Policy
from tests.support.published import published_classes
from tests.support.scrubbed import scrubbed
from tests.support.small_world import FIRST_DAY, PLACES, PRODUCTS, TAXONOMY, policy

DOMAIN = Domain(TAXONOMY)
JANUARY = FIRST_DAY.replace(day=1)
ESTIMATES: dict[str, Any] = {
    "rho_year": "6",
    "max_events": "2",
    "shares": {"order": "0.5", "rfq": "0.25"},
    "terms": None,
}
ESTIMATING = policy(estimates=ESTIMATES)


def noise_key(epoch: int) -> bytes:
    """A made-up key of an epoch."""
    return hmac.digest(b"the key of a test", str(epoch).encode(), "sha256")


def estimating(**changes: object) -> Policy:
    """The small policy with estimates, some of their settings changed."""
    return policy(estimates=ESTIMATES | changes)


def january(seed: int = 1, n: int = 240, *, kind: str = "order", n_buyers: int = 60) -> pl.DataFrame:
    """Scrubbed events of January: few at one heading, country and day, so that most wait for coarse classes."""
    random = np.random.default_rng(seed)
    countries = [code for level, code, _, _ in PLACES if level == "country"]
    products = [code for level, code, _, _ in PRODUCTS if level in ("heading", "sector", "subheading")]
    return scrubbed(
        *(
            {
                "event": f"{kind} {seed} {number}",
                "kind": kind,
                "buyer": f"b{random.integers(n_buyers)}",
                "country": None if random.random() < 0.1 else countries[random.integers(len(countries))],
                "product_code": products[random.integers(len(products))],
                "product_level": "heading",
                "occurred_on": FIRST_DAY + timedelta(days=int(random.integers(12))),
                "value_cents": int(random.integers(5_000, 20_000)),
            }
            for number in range(n)
        )
    )


def random_month(seed: int, n: int) -> pl.DataFrame:
    """Published classes of one kind and month at random nodes, some without a value."""
    random = np.random.default_rng(seed)
    rows = []
    for _ in range(n):
        rows.append(
            {
                "kind": "order",
                "product": PRODUCTS[random.integers(len(PRODUCTS))][1],
                "place": PLACES[random.integers(len(PLACES))][1],
                "period": ("month", JANUARY),
                "n_events": int(random.integers(3, 50)),
                "value_usd": None if random.random() < 0.3 else int(random.integers(0, 10_000_000)) / 100,
            }
        )
    return published_classes(*rows)


def random_counts(classes: pl.DataFrame, seed: int, scale: int) -> dict[str, Counted]:
    """Counts of every marginal's cells that are nothing but noise: what they are must not matter to any guarantee."""
    random = np.random.default_rng(seed)
    found = {}
    for marginal in MARGINALS:
        cells = cells_of(marginal, classes, DOMAIN)
        amounts = np.rint(random.normal(100, scale, cells.height)).astype(np.int64)
        found[marginal.name] = Counted(cells.with_columns(amount=pl.Series(values=amounts)), scale)
    return found
