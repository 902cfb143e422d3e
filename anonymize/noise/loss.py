"""What noise costs: the privacy loss rho of zero-concentrated differential privacy, counted by OpenDP, and epsilon.

Losses are kept as whole billionths, rounded up, so that sums are exact and nobody can hide a loss in a rounding.
"""

import math
from fractions import Fraction
from functools import cache
from typing import Any

NANO = 10**9
"""Billionths of rho in 1."""


def least_scale(l2_bound: int, rho: Fraction) -> int:
    """The least whole scale of Gaussian noise whose loss is at most `rho`.

    Args:
        l2_bound: Greatest length (L2 norm) of what one contributor adds to the counts, in their unit.
        rho: Loss that may be spent.

    Raises: ValueError if rho or the bound is not above zero.
    """
    if rho <= 0 or l2_bound < 1:
        raise ValueError("noise needs a bound of at least 1 and a rho above zero")
    # sensitivity of a substitution is sqrt(2) * bound, so rho = bound² / scale²
    square = Fraction(l2_bound * l2_bound) / rho
    scale = max(1, math.isqrt(math.ceil(square)))
    while scale * scale < square or rho_nano(l2_bound, scale) > math.floor(rho * NANO):
        scale += 1
    return scale


@cache
def rho_nano(l2_bound: int, scale: int) -> int:
    """Loss of Gaussian noise of a scale on whole counts, when one contributor's labels are exchanged for others.

    Two non-negative vectors of length at most b are at most sqrt(2) b apart, which is the distance asked of OpenDP.

    Returns: billionths of rho, rounded up.
    """
    distance = math.nextafter(math.sqrt(2) * l2_bound, math.inf)
    return math.ceil(Fraction(_gaussian(scale).map(distance)) * NANO)


def epsilon(rho: Fraction, delta: float) -> float:
    """The epsilon of (epsilon, delta) differential privacy that a loss amounts to.

    Example: `epsilon(Fraction(1, 2), 1e-6)` is about 5.
    """
    measurement = _prelude().c.make_zCDP_to_approxDP(_gaussian(1))
    distance = math.sqrt(2 * float(rho))  # at this distance noise of scale 1 loses rho
    return float(measurement.map(distance).epsilon(delta))


@cache
def _prelude() -> Any:
    import opendp.prelude as prelude  # half a second, and most commands never need it

    prelude.enable_features("contrib")
    return prelude


@cache
def _gaussian(scale: int) -> Any:
    """OpenDP's discrete Gaussian over vectors of whole numbers; asked what it costs, never for a draw."""
    dp = _prelude()
    domain = dp.vector_domain(dp.atom_domain(T="i64"))
    return dp.m.make_gaussian(domain, dp.l2_distance(T="f64"), scale=float(scale))
