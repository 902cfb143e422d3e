"""OpenDP counts what noise costs; its discrete Gaussian is the one that is drawn here by other means."""

import math

import numpy as np
import opendp.prelude as dp

from anonymize.noise.gaussian import keyed_noise

dp.enable_features("contrib")


def gaussian(scale: float) -> dp.Measurement:
    return dp.m.make_gaussian(dp.vector_domain(dp.atom_domain(T="i64")), dp.l2_distance(T="f64"), scale=scale)


def test_the_loss_is_distance_squared_over_twice_scale_squared_and_never_less() -> None:
    for distance, scale in ((1.0, 10.0), (math.sqrt(2) * 150, 1501.0), (3.0, 7.0)):
        rho = distance**2 / (2 * scale**2)
        assert rho <= gaussian(scale).map(distance) < rho * (1 + 1e-9)


def test_its_draws_and_the_keyed_ones_have_one_distribution() -> None:
    n, scale = 40_000, 4
    theirs = np.array(gaussian(float(scale))([0] * n))
    ours = keyed_noise(bytes(32), scale, n)
    bins = np.arange(-12, 13)
    counts = np.stack([(drawn[:, None] == bins).sum(axis=0) for drawn in (theirs, ours)])
    # two-sample chi-square with 24 degrees of freedom: above 90 once in 100 million runs
    assert float(((counts[0] - counts[1]) ** 2 / counts.sum(axis=0).clip(1)).sum()) < 90


def test_its_draws_cannot_be_seeded() -> None:
    # why noise is drawn here: nothing of the measurement takes a key, and two draws differ
    measurement = gaussian(1000.0)
    assert measurement([0] * 50) != measurement([0] * 50)
