"""What no selection can exceed: an upper bound on the entropy of any n frames that the supply has."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_ROUNDS = 1500


def entropy_ratio_limit(shown: NDArray[np.bool_], keep: int) -> float:
    """Return an upper bound on the entropy ratio of an attribute over any `keep` of the N frames. Shown [K, N].

    For counts c of a selection with shares p and any distribution q, H(p) <= - sum p ln q. For a fixed q the selection
    with the largest right side is found exactly (a ratio of sums: Dinkelbach 1967, sorting by its linear form), so each
    q gives a bound; q is moved towards the selection found, and the smallest bound is returned.
    """
    values = shown.shape[0]
    if values < 2 or keep <= 0 or not shown.any():
        return 0.0
    patterns, supply = np.unique(shown.T, axis=0, return_counts=True)
    pattern = patterns.astype(np.float64)
    size = pattern.sum(axis=1)
    q = np.full(values, 1.0 / values)
    best = 1.0
    for number in range(_ROUNDS):
        surprise = pattern @ -np.log(q)
        taken, bound = _best_ratio(surprise, size, supply.astype(np.float64), float(min(keep, supply.sum())))
        best = min(best, bound / float(np.log(values)))
        counts = taken @ pattern
        step = 2.0 / (number + 3.0)
        q = np.maximum((1.0 - step) * q + step * counts / max(float(counts.sum()), 1.0), 1e-9)
        q /= q.sum()
    return best


def _best_ratio(surprise: Floats, size: Floats, supply: Floats, keep: float) -> tuple[Floats, float]:
    ratio = 0.0
    while True:
        order = np.argsort(-(surprise - ratio * size), kind="stable")
        room = np.clip(keep - (np.cumsum(supply[order]) - supply[order]), 0.0, supply[order])
        taken = np.zeros_like(supply)
        taken[order] = room
        total = float(taken @ size)
        if total <= 0:
            return taken, ratio
        better = float(taken @ surprise) / total
        if better <= ratio + 1e-12:
            return taken, max(better, ratio)
        ratio = better
