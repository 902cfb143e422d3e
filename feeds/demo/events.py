"""What happens: who asks for what, how much of it, when, and on which night it arrives.

Numbers only; `exports` gives them the shape of each feed and `wording` their words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from feeds.demo.marketplace import Marketplace
from feeds.demo.pools import Bools, Floats, Ints
from feeds.demo.products import draw_products

FEEDS = ("demo_rfqs", "demo_inquiries", "demo_searches", "demo_orders")
SHARES = {"demo_rfqs": 0.10, "demo_inquiries": 0.20, "demo_searches": 0.45, "demo_orders": 0.25}
INDIA_OFFSET_S = 19_800
_DAY_S = 86_400
_WEEKDAY_WEIGHTS = (1.06, 1.1, 1.08, 1.05, 0.98, 0.62, 0.48)  # Monday first; much of the Gulf works on Sundays
_LATE_SHARE = 0.02
_FIRST_NIGHT_LATE_SHARE = 0.06
_DOMINATED_SHARE = 0.35
_DOMINATOR_FACTOR = 8.0
_LARGEST_VALUE_USD = 4_000_000.0


@dataclass(frozen=True)
class Events:
    """Events of one feed, one entry an event, sorted by night."""

    nights: Ints
    """Position of the arrival night among the nights of the run."""
    times: Ints
    """When it occurred, seconds since 1970 in UTC."""
    is_late: Bools
    accounts: Ints
    products: Ints
    suppliers: Ints
    price_usd: Floats
    quantities: Floats
    orders: Ints
    """The row where the order of this row begins; the row itself in feeds without order lines."""

    @property
    def n(self) -> int:
        """How many events there are."""
        return len(self.nights)


def share_out(n: int, weights: Sequence[float]) -> list[int]:
    """`n` split by weights into whole numbers that add up to `n` (largest remainders first)."""
    exact = np.array(weights, np.float64) / sum(weights) * n
    counts = np.floor(exact).astype(np.int64)
    order = np.argsort(-(exact - counts), kind="stable")
    counts[order[: n - int(counts.sum())]] += 1
    return [int(count) for count in counts]


def plan_nights(n_events: int, nights: Sequence[date], shares: Mapping[str, float] = SHARES) -> dict[str, list[int]]:
    """How many events of each feed arrive on each night: a week's rhythm over a slow growth."""
    weights = [_WEEKDAY_WEIGHTS[night.weekday()] * (1 + 0.1 * i / len(nights)) for i, night in enumerate(nights)]
    by_feed = share_out(n_events, [shares[feed] for feed in FEEDS])
    return {feed: share_out(n, weights) for feed, n in zip(FEEDS, by_feed, strict=True)}


def _draw_lags(nights: Ints, rng: np.random.Generator) -> Ints:
    """Nights between occurrence and arrival; on the first night some events come from the month before."""
    n = len(nights)
    u, is_first = rng.random(n), nights == 0
    short, long = rng.integers(1, 6, n), rng.integers(5, 36, n)
    late = u < np.where(is_first, _FIRST_NIGHT_LATE_SHARE, _LATE_SHARE)
    lags: Ints = np.where(late, np.where(is_first & (rng.random(n) < 0.5), long, short), 0)
    return lags


def _draw_wanted(world: Marketplace, accounts: Ints, progress: Floats, rng: np.random.Generator) -> Ints:
    """A favourite of the account or something else its country wants; falling products lose out as the nights go by."""
    n, countries = len(accounts), world.countries[accounts]
    favourite = world.favourites[accounts, np.digitize(rng.random(n), [0.6, 0.85])]
    other = draw_products(world.tastes, countries, rng.random(n))
    wanted = np.where(rng.random(n) < 0.6, favourite, other)
    trend = world.products.trends[wanted]
    kept = np.where(trend == 1, 0.25 + 0.75 * progress, np.where(trend == -1, 1.0 - 0.75 * progress, 1.0))
    again = draw_products(world.tastes, countries, rng.random(n))
    wanted_at_last: Ints = np.where(rng.random(n) < kept, wanted, again)
    return wanted_at_last


def _draw_suppliers(world: Marketplace, products: Ints, rng: np.random.Generator) -> Ints:
    """A supplier of the product; each product has a block of suppliers, the first of which sell most."""
    starts = (np.arange(world.products.n) * 7_919) % world.n_suppliers
    sizes = np.maximum(4, world.products.weights * world.n_suppliers * 3).astype(np.int64)
    rank = (rng.random(len(products)) ** 2.5 * sizes[products]).astype(np.int64)
    suppliers: Ints = (starts[products] + rank) % world.n_suppliers
    return suppliers


def _round_quantities(exact: Floats) -> Floats:
    """Quantities as people ask for them: whole, with two digits that matter."""
    step = 10.0 ** np.maximum(np.floor(np.log10(np.maximum(exact, 1.0))) - 1, 0)
    rounded: Floats = np.maximum(np.round(exact / step) * step, 1.0)
    return rounded


def _draw_heads(nights: Ints, rng: np.random.Generator) -> Ints:
    """For each row the row where its order begins: one to several lines of one night."""
    n = len(nights)
    begins = (rng.random(n) < 0.55) | np.concatenate([[True], nights[1:] != nights[:-1]])[:n]
    heads: Ints = np.maximum.accumulate(np.where(begins, np.arange(n), 0))
    return heads


def draw_events(
    world: Marketplace, nights: Ints, dates: Sequence[date], rng: np.random.Generator, *, in_orders: bool
) -> Events:
    """One event for each entry of `nights` (positions in `dates`, ascending); `in_orders`: neighbours share orders."""
    n = len(nights)
    heads = _draw_heads(nights, rng) if in_orders else np.arange(n)
    accounts = np.searchsorted(world.activity, rng.random(n)).astype(np.int64)[heads]
    wanted = _draw_wanted(world, accounts, nights / max(len(dates) - 1, 1), rng)
    dominators = world.dominators[world.countries[accounts], world.products.headings[wanted]]
    is_dominated = (dominators >= 0) & (rng.random(n) < _DOMINATED_SHARE)
    accounts = np.where(is_dominated, dominators, accounts)
    changes = np.concatenate([[True], (heads[1:] != heads[:-1]) | (accounts[1:] != accounts[:-1])])[:n]
    orders = np.maximum.accumulate(np.where(changes, np.arange(n), 0))
    low, high = world.products.price_low_usd[wanted], world.products.price_high_usd[wanted]
    price = low * (high / low) ** rng.beta(2.0, 2.2, n) * np.exp(rng.normal(0.0, 0.05, n))
    value = np.exp(rng.normal(7.6, 1.5, n)) * np.where(is_dominated, _DOMINATOR_FACTOR, 1.0)
    lags = _draw_lags(nights, rng)[orders]
    midnights = np.array([(night - date(1970, 1, 1)).days for night in dates], np.int64) * _DAY_S - INDIA_OFFSET_S
    # The busiest hours are an Indian afternoon and evening, when Africa, Arabia and the Americas are at work.
    seconds = (rng.beta(2.6, 2.0, n) * _DAY_S).astype(np.int64)[orders]
    return Events(
        nights=nights,
        times=midnights[nights] - lags * _DAY_S + seconds,
        is_late=lags > 0,
        accounts=accounts,
        products=wanted,
        suppliers=_draw_suppliers(world, wanted, rng),
        price_usd=price,
        quantities=_round_quantities(np.minimum(value, _LARGEST_VALUE_USD) / price),
        orders=orders,
    )
