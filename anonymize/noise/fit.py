"""Spreads what published classes hold over the cells they may reach, so that it agrees with noisy counts.

Every class is split among its own cells and nowhere else, by weights that all classes share; so no cell is negative,
and the cells of a class add up to it, whatever the noise. Called by `estimates`.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from anonymize.noise.gaussian import Ints

Floats = NDArray[np.float64]

_STEPS = 400
_PULL = 0.5
"""How hard the first guess pulls against the noisy counts: at the scale of the noise, as hard as this part of it."""


def fitted(groups: csr_array, totals: Floats, told: csr_array, noisy: Floats, errors: Floats, guess: Floats) -> Floats:
    """Weights of cells under which groups, split in their proportion, best agree with noisy counts.

    Minimises the squared differences, each over its error, plus the Kullback-Leibler divergence from the guess times a
    constant; convex, by exponentiated gradient from the guess on, as long as it gains. Cells in no group keep theirs.

    Args:
        groups: Which cells each group may reach (groups by cells).
        totals: What each group holds, in events.
        told: Which cells each noisy count is the sum of (counts by cells).
        noisy: The counts.
        errors: Standard deviation of each.
        guess: A weight above zero for each cell: in which proportion to split where nothing else is known.

    Source: McKenna, Sheldon, Miklau, Graphical-model based estimation and inference for differential privacy (2019).
    """
    groups_back, told_back = groups.T.tocsr(), told.T.tocsr()
    precision = 1 / np.square(errors)
    pull = _PULL / float(np.median(errors)) if len(errors) else 1.0
    first = np.log(guess)
    at_first = np.log(groups @ guess)

    def state(logs: Floats) -> tuple[float, Floats]:
        """What is minimised, and its gradient by cell."""
        weights = np.exp(logs)
        sums = groups @ weights
        cells = weights * (groups_back @ (totals / sums))
        off = told @ cells - noisy
        divergence = float(cells @ (logs - first) - totals @ (np.log(sums) - at_first))
        gradient = told_back @ (off * precision) + pull * (logs - first)
        return float(off @ (off * precision)) / 2 + pull * divergence, gradient

    logs = first
    loss, gradient = state(logs)
    step = 1.0 / max(1.0, float(np.abs(gradient).max(initial=0.0)))
    for _ in range(_STEPS):
        tried = logs - step * gradient
        tried -= tried.max()
        tried_loss, tried_gradient = state(np.maximum(tried, -60.0))
        if tried_loss <= loss:
            is_still = loss - tried_loss < 1e-9 * (1 + abs(loss))
            logs, loss, gradient = np.maximum(tried, -60.0), tried_loss, tried_gradient
            step *= 1.5
            if is_still:
                break
        else:
            step /= 3
    weights: Floats = np.exp(logs)
    return weights


def shared_out(total: int, weights: Floats) -> Ints:
    """A whole number split in proportion to weights into whole numbers that add up to it, largest remainders first.

    Example: `shared_out(10, np.array([1.0, 1.0, 1.0]))` is 4, 3, 3.
    """
    exact = total * (weights / weights.sum())
    parts: Ints = np.floor(exact).astype(np.int64)
    rest = total - int(parts.sum())
    order = np.argsort(parts - exact, kind="stable")  # largest remainder first, then in the order of cells
    if rest >= 0:
        parts[order[:rest]] += 1
    else:  # rounding of very large numbers went over
        has_some = order[::-1][parts[order[::-1]] > 0]
        parts[has_some[:-rest]] -= 1
    return parts
