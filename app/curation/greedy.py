"""Takes the candidate that brings most per byte, again and again, until nothing affordable is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.curation.scale import Floats
from app.curation.terms import Term

_GRID = 1e12
"""Gains are compared on a grid: logarithms of two machines may differ in the last bit, and must not decide."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What each of N candidates costs: its still, and its segment's video unless that is paid already."""

    still_bytes: NDArray[np.int64]
    video_bytes: NDArray[np.int64]
    segment: NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Taken:
    """One candidate that was taken."""

    number: int
    gain: float
    cost_bytes: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """What was taken, in order, and what the rest would bring at the end."""

    taken: list[Taken]
    gains: Floats
    cost_bytes: NDArray[np.int64]
    left_bytes: int


def choose(terms: Sequence[Term], costs: Costs, allowance_bytes: int) -> Choice:
    """Choose among N candidates within the allowance; of equal ones the first.

    A gain per byte that is negative is multiplied by the cost instead of divided: the cheaper one is then still better.
    """
    count = len(costs.still_bytes)
    free = np.ones(count, dtype=np.bool_)
    cost = costs.still_bytes + costs.video_bytes
    unit = float(cost.mean()) if count else 1.0
    taken: list[Taken] = []
    gains = _gains(terms, count)
    while True:
        affordable = free & (cost <= allowance_bytes)
        if not affordable.any():
            break
        relative = cost / unit
        score = np.where(gains > 0, gains / relative, gains * relative)
        number = int(np.argmax(np.where(affordable, np.rint(score * _GRID), -np.inf)))
        taken.append(Taken(number, float(gains[number]), int(cost[number]), _reasons(terms, number)))
        free[number] = False
        allowance_bytes -= int(cost[number])
        if costs.video_bytes[number]:
            mates = costs.segment == costs.segment[number]
            cost = np.where(mates, costs.still_bytes, cost)
        for term in terms:
            term.take(number)
        gains = _gains(terms, count)
    return Choice(taken, gains, cost, allowance_bytes)


def _gains(terms: Sequence[Term], count: int) -> Floats:
    gains = np.zeros(count)
    for term in terms:
        gains = gains + term.worth()
    return gains


def _reasons(terms: Sequence[Term], number: int) -> tuple[str, ...]:
    found = [reason for term in terms if (reason := term.reason(number)) is not None]
    return tuple(text for _, text in sorted(found, key=lambda one: -one[0])[:2])
