"""The mechanism: keyed noise, its distribution, and what it costs."""

import math
from fractions import Fraction

import numpy as np
import polars as pl
import pytest

from anonymize.noise.bounds import bounded_sums
from anonymize.noise.gaussian import keyed_noise
from anonymize.noise.loss import NANO, epsilon, least_scale, rho_nano
from anonymize.noise.mechanism import NoisyCounts, noisy_counts

KEY = bytes(range(32))


def noised(amounts: list[int], *, key: bytes = KEY, purpose: str = "2026-01 rfq products") -> NoisyCounts:
    cells = [f"cell {number}" for number in range(len(amounts))]
    return noisy_counts(
        np.array(amounts, dtype=np.int64), cells, l2_bound=150, rho=Fraction(1, 100), key=key, purpose=purpose
    )


def test_noise_has_the_distribution_of_the_discrete_gaussian() -> None:
    n, scale = 200_000, 3
    drawn = keyed_noise(KEY, scale, n)
    numbers = np.arange(-14, 15)
    weights = np.exp(-(numbers**2) / (2 * scale**2))
    expected = n * weights / weights.sum()
    found = np.array([(drawn == number).sum() for number in numbers])
    chi_square = float(((found - expected) ** 2 / expected)[expected > 10].sum())
    assert chi_square < 60  # 23 degrees of freedom: a fair sampler passes with all but one key of 20,000
    assert np.abs(drawn).max() < 12 * scale


def test_noise_of_a_large_scale_has_its_mean_and_spread() -> None:
    drawn = keyed_noise(KEY, 3000, 100_000)
    assert abs(drawn.mean()) < 5 * 3000 / math.sqrt(100_000)
    assert abs(drawn.std() / 3000 - 1) < 5 / math.sqrt(200_000)


def test_the_same_key_gives_the_same_noise_and_another_key_other_noise() -> None:
    assert (keyed_noise(KEY, 50, 100) == keyed_noise(KEY, 50, 100)).all()
    assert (keyed_noise(KEY, 50, 100) != keyed_noise(bytes(32), 50, 100)).any()


def test_the_same_input_gives_the_same_counts_and_the_same_keyed_hash() -> None:
    first, second = noised([0, 100, 2500]), noised([0, 100, 2500])
    assert first.amounts.tolist() == second.amounts.tolist()
    assert (first.mac, first.scale, first.rho_nano) == (second.mac, second.scale, second.rho_nano)


@pytest.mark.parametrize("changed", [{"amounts": [0, 100, 2600]}, {"key": bytes(32)}, {"purpose": "2026-02"}], ids=str)
def test_noise_of_a_changed_input_has_nothing_to_do_with_the_first(changed: dict[str, object]) -> None:
    arguments: dict[str, object] = {"amounts": [0, 100, 2500] * 20} | changed
    if "amounts" in changed:
        arguments["amounts"] = [0, 100, 2500] * 19 + [0, 100, 2600]
    first, other = noised([0, 100, 2500] * 20), noised(**arguments)  # type: ignore[arg-type]
    assert first.mac != other.mac
    drawn = np.array([0, 100, 2500] * 20)
    noise, other_noise = first.amounts - drawn, other.amounts - np.array(arguments["amounts"])
    assert (noise != other_noise).mean() > 0.9


def test_a_scale_costs_no_more_than_was_allowed_and_hardly_less() -> None:
    for rho in (Fraction(1, 2), Fraction(1, 100), Fraction(1, 2000)):
        scale = least_scale(150, rho)
        assert rho_nano(150, scale) <= rho * NANO
        assert scale == 1 or rho_nano(150, scale - 1) > rho * NANO


def test_the_cost_is_that_of_two_labels_exchanged() -> None:
    # sensitivity is sqrt(2) * bound, so rho is bound² / scale², rounded up
    assert rho_nano(100, 1000) == 10_000_001


def test_a_loss_without_noise_is_refused() -> None:
    with pytest.raises(ValueError, match="above zero"):
        least_scale(150, Fraction(0))


def test_epsilon_grows_with_the_loss_and_is_below_the_simple_formula() -> None:
    half = epsilon(Fraction(1, 2), 1e-6)
    assert epsilon(Fraction(1, 10), 1e-6) < half < 0.5 + 2 * math.sqrt(0.5 * math.log(1e6))
    # what the guarantee page says of the committed budget, and of a twelfth of it
    assert half == pytest.approx(5.2, abs=0.05)
    assert epsilon(Fraction(1, 24), 1e-6) == pytest.approx(1.3, abs=0.05)


def test_a_contributor_within_the_bound_counts_in_full_and_one_beyond_it_less() -> None:
    events = pl.DataFrame(
        {
            "contributor": [1, 2, 2, 3],
            "cell": ["a", "a", "b", "c"],
            "n_events": [1, 3, 4, 1],
        }
    )
    sums = bounded_sums(events, ["cell"], l2_bound=150)
    # of 2, whose part is (3, 4) and 5 long, 1.5 / 5 is left, rounded down: (0.89, 1.19)
    assert sums.rows() == [("a", 100 + 89), ("b", 119), ("c", 100)]
