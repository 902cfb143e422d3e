"""The label attack on estimates, and estimates that no draw gives.

What the attacker knows: every event of everybody, every published class, all but one fine label of one victim, whose
events stand in a coarse class. What they want: which of two headings it is. What they hold: the counts behind the
estimates, which is more than the estimates made of them.
"""

import math
from collections.abc import Callable
from fractions import Fraction
from statistics import NormalDist

import numpy as np
import polars as pl
import pytest

from anonymize.attacks.noise import estimates_beyond_draws, estimates_that_moved
from anonymize.noise.bounds import UNIT, bounded_sums
from anonymize.noise.domain import is_coarse
from anonymize.noise.estimates import Counted, estimated
from anonymize.noise.marginals import MARGINALS, cells_of
from anonymize.noise.mechanism import noisy_counts
from tests.support.estimated import DOMAIN, JANUARY, random_counts, random_month
from tests.support.published import demand_of, published_classes
from tests.support.small_world import TAXONOMY
from warehouse.demand import ancestry
from warehouse.duck import connected

UPS = ancestry(TAXONOMY.products), ancestry(TAXONOMY.places)
BOUND = 2 * UNIT
HEADINGS = ("6109", "6110")
N = 1500


def counts_if(heading: str) -> np.ndarray:
    """What is counted of 30 others and of the victim, who asked five times for one heading."""
    others = [(number, HEADINGS[number % 2], 1) for number in range(30)]
    events = pl.DataFrame([*others, (99, heading, 5)], schema=["contributor", "cell", "n_events"], orient="row")
    sums = dict(bounded_sums(events, ["cell"], l2_bound=BOUND).rows())
    return np.array([sums[name] for name in HEADINGS])


def advantage(release: Callable[[np.ndarray, int], np.ndarray]) -> float:
    """How much more often the attacker says 6109 where it is than where it is not, by the likelihood of what is out."""
    worlds = [counts_if(heading) for heading in HEADINGS]
    between, direction = (worlds[0] + worlds[1]) / 2, worlds[0] - worlds[1]
    said = [np.mean([(release(world, number) - between) @ direction > 0 for number in range(N)]) for world in worlds]
    return float(said[0] - said[1])


def noised(rho: Fraction) -> Callable[[np.ndarray, int], np.ndarray]:
    def release(amounts: np.ndarray, number: int) -> np.ndarray:
        key = number.to_bytes(32, "big")
        return noisy_counts(amounts, HEADINGS, l2_bound=BOUND, rho=rho, key=key, purpose="attack").amounts

    return release


def test_counts_without_noise_tell_the_victims_heading_every_time():
    assert advantage(lambda amounts, number: amounts) == 1.0


@pytest.mark.parametrize("rho", [Fraction(1, 2), Fraction(1, 50)], ids=["half", "fiftieth"])
def test_noised_counts_tell_it_no_better_than_their_loss_allows(rho: Fraction):
    # the best test between two Gaussians sqrt(2 rho) standard deviations apart
    allowed = 2 * NormalDist().cdf(math.sqrt(2 * float(rho)) / 2) - 1
    found = advantage(noised(rho))
    error = math.sqrt(0.5 / N)
    assert found < allowed + 4 * error
    assert found > allowed - 4 * error  # the attack is the best there is: this bound is met, not merely kept


@pytest.fixture(scope="module")
def released() -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Classes of a month and late ones, estimates of the month, and demand."""
    month = random_month(11, 25)
    assert not month.filter(is_coarse()).is_empty()
    drawn = estimated(month, random_counts(month, 11, 200), DOMAIN)
    estimates = drawn.select(
        pl.lit("2026-02-02").alias("release_id"),
        pl.lit("order").alias("kind"),
        pl.lit(JANUARY).alias("month"),
        pl.all(),
    )
    late = published_classes(
        {
            "kind": "order",
            "product": "6109",
            "place": "KE",
            "period": ("month", JANUARY),
            "n_events": 9,
            "value_usd": 5,
        },
        {"kind": "order", "product": "pharma", "place": "142", "period": ("month", JANUARY), "n_events": 4},
    ).with_columns(release_id=pl.lit("2026-03-02"))
    classes = pl.concat([month, late])
    with connected(None) as duck:
        return classes, estimates, demand_of(duck, classes, estimates)


def test_estimates_of_stored_draws_and_whole_classes_are_no_finding(released):
    classes, estimates, demand = released
    assert demand["n_events_estimate"].drop_nulls().len() > 20
    assert demand["is_after_estimate"].any() and not demand["is_after_estimate"].all()
    assert estimates_beyond_draws(demand, classes, estimates, *UPS) == []
    nothing = estimates.clear()
    with connected(None) as duck:
        assert estimates_beyond_draws(demand_of(duck, classes), classes, nothing, *UPS) == []


def test_estimates_made_of_counts_without_noise_are_found(released):
    classes, estimates, _ = released
    month = classes.filter(release_id="2026-02-02")
    exact = {
        marginal.name: Counted(cells_of(marginal, month, DOMAIN).with_columns(amount=pl.lit(300, dtype=pl.Int64)), 1)
        for marginal in MARGINALS
    }
    names = ["release_id", "kind", "month"]
    head = estimates.select(names).head(1)
    secret = head.join(estimated(month, exact, DOMAIN), how="cross")
    with connected(None) as duck:
        unprotected = demand_of(duck, classes, secret)
    [finding] = estimates_beyond_draws(unprotected, classes, estimates, *UPS)
    assert finding.n > 5


@pytest.mark.parametrize(
    "change",
    [
        {"n_events_estimate": pl.col("n_events_estimate") + 1},
        {"value_usd_estimate": pl.col("value_usd_estimate") + 0.01},
        {"n_events_margin": pl.lit(None, dtype=pl.Float64)},
        {"value_usd_margin": pl.col("value_usd_margin") + 1},
        {"is_after_estimate": ~pl.col("is_after_estimate")},
    ],
    ids=lambda change: next(iter(change)),
)
def test_one_figure_that_no_draw_gives_is_found(released, change):
    classes, estimates, demand = released
    row = demand.with_row_index().filter(pl.col("value_usd_estimate") > 0, pl.col("value_usd_margin") > 0)["index"][3]
    here = pl.int_range(pl.len()) == row
    changed = demand.with_columns(
        **{name: pl.when(here).then(new).otherwise(pl.col(name)) for name, new in change.items()}
    )
    assert [finding.n for finding in estimates_beyond_draws(changed, classes, estimates, *UPS)] == [1]


def test_a_value_that_is_estimated_where_most_is_withheld_is_found(released):
    classes, estimates, _ = released
    hidden = classes.with_columns(
        value_usd=pl.when(pl.col("class_id") % 3 == 0).then("value_usd"),
        value_status=pl.when(pl.col("class_id") % 3 == 0).then("value_status").otherwise(pl.lit("withheld")),
    )
    with connected(None) as duck:
        protected = demand_of(duck, hidden, estimates)
        unprotected = demand_of(duck, hidden, estimates, most_withheld_pct=100)
    n_shown = [frame["value_usd_estimate"].drop_nulls().len() for frame in (protected, unprotected)]
    assert n_shown[0] < n_shown[1]
    assert estimates_beyond_draws(protected, hidden, estimates, *UPS) == []
    [finding] = estimates_beyond_draws(unprotected, hidden, estimates, *UPS)
    assert finding.n == n_shown[1] - n_shown[0]


def test_a_figure_where_nothing_is_estimated_is_found(released):
    classes, estimates, demand = released
    is_deep = (pl.col("product_level") == "heading") & (pl.col("place_level") == "country")
    changed = demand.with_columns(n_events_estimate=pl.when(is_deep).then(1.0).otherwise("n_events_estimate"))
    assert estimates_beyond_draws(changed, classes, estimates, *UPS)


def test_an_estimate_drawn_a_second_time_is_found_between_releases(released):
    _, _, demand = released
    assert estimates_that_moved(demand, demand, where="2026-02-02") == []
    again = demand.with_columns(n_events_estimate=pl.col("n_events_estimate") + 0.01)
    [finding] = estimates_that_moved(demand, again, where="2026-02-02")
    assert finding.n == demand.filter(pl.col("n_events_estimate").is_not_null(), ~pl.col("is_after_estimate")).height
