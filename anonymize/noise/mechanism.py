"""The Gaussian mechanism: noise on bounded counts, from a secret key and the counts themselves.

The noise is a keyed function of everything that goes in: the same input gives the same noise, so that publishing it
twice tells nothing new, and another input gives noise that has nothing to do with the first (decision 30). Called for
estimates, and by whoever else publishes counts out of the same budget.
"""

import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from anonymize.noise.gaussian import Ints, keyed_noise
from anonymize.noise.loss import least_scale, rho_nano


@dataclass(frozen=True)
class NoisyCounts:
    """Counts that may be published once their loss is spent."""

    amounts: Ints
    scale: int
    rho_nano: int
    """What they cost, in billionths of rho."""

    mac: str
    """Keyed hash of everything that went in; whoever lacks the key learns nothing from it."""


def noisy_counts(
    amounts: Ints, cells: Sequence[str], *, l2_bound: int, rho: Fraction, key: bytes, purpose: str
) -> NoisyCounts:
    """Counts with discrete Gaussian noise.

    Args:
        amounts: Whole counts of the cells, summed over contributors.
        cells: Names of the cells, in the order of `amounts`; chosen from public knowledge only, never from `amounts`.
        l2_bound: Greatest length of one contributor's part of `amounts`; the caller holds to it (`bounds`).
        rho: Loss that may be spent.
        key: Secret key of the epoch (`Keyring.noise_key`).
        purpose: Names the draw, such as `2026-01 rfq products`: no two draws of an epoch share it.

    Guarantee: for two inputs that differ in the labels of one contributor's events, rho-zCDP close under a random key
        (docs/guarantee.md); the same arguments give the same result.
    """
    if len(amounts) != len(cells):
        raise ValueError("every count needs its cell")
    scale = least_scale(l2_bound, rho)
    said = json.dumps([purpose, l2_bound, scale, list(cells), amounts.tolist()], separators=(",", ":")).encode()
    noise = keyed_noise(hmac.digest(key, b"mandi/1/noise-stream\0" + said, "sha256"), scale, len(amounts))
    return NoisyCounts(
        amounts=amounts.astype(np.int64) + noise,
        scale=scale,
        rho_nano=rho_nano(l2_bound, scale),
        mac=hmac.digest(key, b"mandi/1/noise-input\0" + said, "sha256").hex(),
    )
