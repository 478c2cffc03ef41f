"""Takes the candidate that brings most per byte until nothing affordable is left, then looks at each once more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from app.curation.scale import Floats
from app.curation.terms import Term

_GRID = 1e12
"""Gains are compared on a grid: powers of two machines may differ in the last bit, and must not decide."""

MOST_EXCHANGES = 50_000
"""Candidates times chosen ones up to which choices are looked at again: with many, one more or less changes nothing."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What each of N candidates costs: its still, and its segment's video unless that is paid already."""

    still_bytes: NDArray[np.int64]
    video_bytes: NDArray[np.int64]
    segment: NDArray[np.intp]

    def affordable(self, allowance_bytes: int) -> int:
        """Return about how many candidates the allowance pays, each with its share of its segment's video."""
        _, first = np.unique(self.segment, return_index=True)
        whole_bytes = int(self.still_bytes.sum()) + int(self.video_bytes[first].sum())
        return min(allowance_bytes * len(self.segment) // max(whole_bytes, 1), len(self.segment))


@dataclass(frozen=True, slots=True)
class Taken:
    """One candidate that was taken."""

    number: int
    gain: float
    cost_bytes: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """What was taken, in order, and what the rest would bring and cost at the end [N]."""

    taken: list[Taken]
    gains: Floats
    cost_bytes: NDArray[np.int64]
    left_bytes: int


def choose(terms: Sequence[Term], costs: Costs, allowance_bytes: int) -> Choice:
    """Choose among N candidates within the allowance; of equal ones the first.

    Greedy by gain per byte; then each one taken is put back once and the best affordable one taken in its place, which
    is the same one unless those taken later made it worth less; gain and reasons are those of when it was first taken.
    What such exchanges made affordable is taken last.
    """
    basket = _Basket(terms, costs, allowance_bytes)
    chosen = basket.take_all()
    if len(chosen) * len(costs.still_bytes) <= MOST_EXCHANGES:
        for place, before in enumerate(chosen):
            basket.put_back(before.number)
            number = basket.best(rather=before.number)
            if number is not None and number != before.number:
                chosen[place] = basket.pick(number)
            basket.take(chosen[place].number)
        chosen += basket.take_all()
    return Choice(_charged(chosen, costs), basket.gains(), basket.cost_bytes, basket.left_bytes)


@dataclass(frozen=True, slots=True)
class _Pick:
    number: int
    gain: float
    reasons: tuple[str, ...]


class _Basket:
    """What is taken so far: who is still free, what is paid, what is left."""

    def __init__(self, terms: Sequence[Term], costs: Costs, allowance_bytes: int) -> None:
        self._terms, self._costs, self.left_bytes = terms, costs, allowance_bytes
        self._free = np.ones(len(costs.still_bytes), dtype=np.bool_)
        self._sharers = np.zeros(int(costs.segment.max(initial=-1)) + 1, dtype=np.int64)
        self._unit = float((costs.still_bytes + costs.video_bytes).mean()) if len(self._free) else 1.0
        self._price()

    def gains(self) -> Floats:
        """Return what each candidate would bring now [N]."""
        return reduce(np.add, [term.worth() for term in self._terms]) if self._terms else np.zeros(len(self._free))

    def _price(self) -> None:
        unpaid = self._sharers[self._costs.segment] == 0
        self.cost_bytes = self._costs.still_bytes + np.where(unpaid, self._costs.video_bytes, 0)
        """What each candidate would cost now [N]."""
        self._relative = self.cost_bytes / self._unit
        self._inverse = 1.0 / self._relative

    def take_all(self) -> list[_Pick]:
        """Take the best affordable candidate again and again until nothing is affordable; return them in order."""
        taken = []
        while (number := self.best()) is not None:
            taken.append(self.pick(number))
            self.take(number)
        return taken

    def best(self, rather: int = -1) -> int | None:
        """Return the best affordable candidate, `rather` among equals; None when nothing is affordable.

        A negative gain is multiplied by the cost instead of divided: the cheaper candidate is then still the better.
        """
        gains = self._gains = self.gains()
        score = np.rint(gains * np.where(gains > 0, self._inverse, self._relative) * _GRID)
        score[~self._free | (self.cost_bytes > self.left_bytes)] = -np.inf
        number = int(score.argmax()) if len(score) else -1
        if number < 0 or score[number] == -np.inf:
            return None
        return rather if rather >= 0 and score[rather] == score[number] else number

    def pick(self, number: int) -> _Pick:
        """Return what is said of a candidate that was just found to be the best."""
        reasons = tuple(chain.from_iterable(term.reasons(number) for term in self._terms))
        return _Pick(number, float(self._gains[number]), reasons)

    def take(self, number: int) -> None:
        """Count a candidate as taken."""
        self._free[number] = False
        self.left_bytes -= int(self.cost_bytes[number])
        self._share(number, 1)
        for term in self._terms:
            term.take(number)

    def put_back(self, number: int) -> None:
        """Undo the taking of a candidate."""
        self._free[number] = True
        self._share(number, -1)
        self.left_bytes += int(self.cost_bytes[number])
        for term in self._terms:
            term.put_back(number)

    def _share(self, number: int, sharers: int) -> None:
        self._sharers[self._costs.segment[number]] += sharers
        if self._costs.video_bytes[number]:
            self._price()


def _charged(chosen: Sequence[_Pick], costs: Costs) -> list[Taken]:
    paid: set[int] = set()
    taken = []
    for pick in chosen:
        segment = int(costs.segment[pick.number])
        video = 0 if segment in paid else int(costs.video_bytes[pick.number])
        paid.add(segment)
        taken.append(Taken(pick.number, pick.gain, int(costs.still_bytes[pick.number]) + video, pick.reasons))
    return taken
