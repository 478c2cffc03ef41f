"""Measures of how a set of counts is spread: entropy, effective number, KL and Jensen-Shannon divergence."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def _ratios(counts: ArrayLike) -> NDArray[np.float64]:
    array = np.asarray(counts, dtype=np.float64)
    total = float(array.sum())
    return array / total if total > 0 else array


def entropies(counts: ArrayLike) -> NDArray[np.float64]:
    """Return the Shannon entropy in nats of each column of counts [K, M] as [M]; 0 for no counts."""
    array = np.asarray(counts, dtype=np.float64)
    totals = array.sum(axis=0)
    ratios = array / np.where(totals > 0, totals, 1.0)
    found: NDArray[np.float64] = -(ratios * np.log(np.where(ratios > 0, ratios, 1.0))).sum(axis=0) + 0.0
    return found


def entropy(counts: ArrayLike) -> float:
    """Return the Shannon entropy in nats of counts [K]; 0 for no counts."""
    return float(entropies(counts))


def entropy_ratios(counts: ArrayLike) -> NDArray[np.float64]:
    """Return H / ln K of each column of counts [K, M] as [M], 0 to 1: 1 is evenly spread over all K values.

    0 for fewer than two values.
    """
    array = np.asarray(counts)
    size = len(array)
    return np.minimum(1.0, entropies(array) / np.log(size)) if size > 1 else np.zeros(array.shape[1:])


def entropy_ratio(counts: ArrayLike) -> float:
    """Return H / ln K of counts [K], 0 to 1: 1 is evenly spread over all K values; 0 for fewer than two values."""
    return float(entropy_ratios(counts))


def effective_number(counts: ArrayLike) -> float:
    """Return exp H: how many evenly frequent values are as diverse as the counts [K]; 0 for no counts (Hill 1973)."""
    return float(np.exp(entropy(counts))) if np.asarray(counts).sum() > 0 else 0.0


def kl_divergence(target: ArrayLike, counts: ArrayLike, prior: float = 0.0) -> float:
    """Return KL(target || counts + prior) in nats, both [K]; infinite where a wanted value has no count."""
    wanted = _ratios(target)
    have = _ratios(np.asarray(counts, dtype=np.float64) + prior)
    some = wanted > 0
    if np.any(have[some] <= 0):
        return float("inf")
    return max(0.0, float((wanted[some] * np.log(wanted[some] / have[some])).sum()))


def js_divergence(one: ArrayLike, other: ArrayLike) -> float:
    """Return the Jensen-Shannon divergence in nats of two sets of counts [K]: symmetric, 0 to ln 2 (Lin 1991)."""
    first, second = _ratios(one), _ratios(other)
    if first.sum() == 0 or second.sum() == 0:
        return 0.0 if first.sum() == second.sum() else float(np.log(2))
    middle = (first + second) / 2
    return (kl_divergence(first, middle) + kl_divergence(second, middle)) / 2
