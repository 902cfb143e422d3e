"""The discrete Gaussian, sampled from a keyed stream: whole numbers, exact to 128 bits, the same for the same key.

Belongs here: the distribution and the stream. Does not belong here: how much noise is enough (`loss`), and of what the
key is made (`mechanism`). No floating-point number has a part in a draw, so none of its known leaks has either.
"""

from decimal import Decimal, localcontext
from functools import cache

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Words = NDArray[np.uint64]

_BITS = 128
_GUARD = 320
"""Bits of fixed-point arithmetic while the table is made: rounding never reaches the 128 that are kept."""


def keyed_noise(key: bytes, scale: int, n: int) -> Ints:
    """Noise from the discrete Gaussian over the whole numbers, P(x) proportional to exp(-x² / (2 · scale²)).

    Args:
        key: 32 secret bytes, used for one draw and no other.
        scale: Standard deviation of the continuous counterpart, a whole number from 1 on.
        n: How many.

    Guarantee: the same key, scale and n give the same numbers; under a random key each number is distributed as said
        but for a statistical distance below 2 to the -100 (`tests/unit/test_noise_mechanism.py`).

    Source: Canonne, Kamath, Steinke, The discrete Gaussian for differential privacy (2020); sampled here by inversion.
    """
    high, low, least = _table(scale)
    drawn = np.frombuffer(_stream(key, 16 * n), dtype=">u8").reshape(n, 2).astype(np.uint64)
    at = np.searchsorted(high, drawn[:, 0], side="left")
    # where the first 64 bits of a draw are those of a bound, the other 64 decide
    for tied in np.flatnonzero(high[np.minimum(at, len(high) - 1)] == drawn[:, 0]).tolist():
        place = int(at[tied])
        while place < len(high) - 1 and high[place] == drawn[tied, 0] and low[place] <= drawn[tied, 1]:
            place += 1
        at[tied] = place
    return least + at.astype(np.int64)


def _stream(key: bytes, n_bytes: int) -> bytes:
    """Bytes that nobody without the key tells from random ones: AES-256 in counter mode."""
    encryptor = Cipher(algorithms.AES256(key), modes.CTR(bytes(16))).encryptor()
    return encryptor.update(bytes(n_bytes)) + encryptor.finalize()


@cache
def _table(scale: int) -> tuple[Words, Words, int]:
    """For each number from `least` on, how many of 2 to the 128 draws fall at or below it, as two words of 64 bits."""
    one = 1 << _GUARD
    with localcontext() as context:
        context.prec = 120
        ratio = int((Decimal(-1) / Decimal(2 * scale * scale)).exp() * one)
    weights = [one]  # of 0, 1, 2 ...: each is the one before times exp(-(2x - 1) / (2 scale²))
    step, square = ratio, ratio * ratio >> _GUARD
    while weights[-1] >> (_GUARD - _BITS - 16):
        weights.append(weights[-1] * step >> _GUARD)
        step = step * square >> _GUARD
    both = weights[:0:-1] + weights
    total = sum(both)
    bounds, running = [], 0
    for weight in both:
        running += weight
        bounds.append((running << _BITS) // total)
    bounds[-1] = (1 << _BITS) - 1  # the last bound is never passed
    high = np.array([bound >> 64 for bound in bounds], dtype=np.uint64)
    low = np.array([bound & (1 << 64) - 1 for bound in bounds], dtype=np.uint64)
    return high, low, 1 - len(weights)
