"""The terms of a frame's worth: what it brings to each attribute, and what the archive already has of it."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from app.curation.board import Board
from app.curation.scale import Floats, Scale
from app.curation.sketch import distances


class Term(Protocol):
    """One summand of the worth of keeping each of N candidates."""

    def worth(self) -> Floats:
        """Return the summand of every candidate [N] as the archive stands."""
        ...

    def take(self, number: int) -> None:
        """Count candidate `number` as kept."""
        ...

    def put_back(self, number: int) -> None:
        """Undo `take`."""
        ...

    def reason(self, number: int) -> tuple[float, str] | None:
        """Return how much the candidate's rarest value weighs here, and why in words; None where nothing is rare."""
        return None


class OneValueTerm(Term):
    """What one more frame with its value brings to an attribute that has one value per frame. Codes [N]."""

    def __init__(self, name: str, board: Board, scale: Scale, codes: NDArray[np.intp]) -> None:
        self._name, self._values, self._codes = name, board.values, codes
        self._scale = scale

    @override
    def worth(self) -> Floats:
        worths: Floats = self._scale.slope()[self._codes]
        return worths

    @override
    def take(self, number: int) -> None:
        self._scale.count(int(self._codes[number]), 1)

    @override
    def put_back(self, number: int) -> None:
        self._scale.count(int(self._codes[number]), -1)

    @override
    def reason(self, number: int) -> tuple[float, str] | None:
        return self._scale.rarity(self._name, self._values, int(self._codes[number]))


class SeveralValuesTerm(Term):
    """The same for an attribute of which a frame shows several values: the sum over them. Present [K, N]."""

    def __init__(self, name: str, board: Board, scale: Scale, present: NDArray[np.bool_]) -> None:
        self._name, self._values, self._present = name, board.values, present
        self._shown = present.astype(np.float64)
        self._scale = scale

    @override
    def worth(self) -> Floats:
        # summed value by value, in one order on every machine, which a matrix product does not promise
        worths: Floats = (self._shown * self._scale.slope()[:, None]).sum(axis=0)
        return worths

    @override
    def take(self, number: int) -> None:
        self._count(number, 1)

    @override
    def put_back(self, number: int) -> None:
        self._count(number, -1)

    def _count(self, number: int, frames: int) -> None:
        for code in np.flatnonzero(self._present[:, number]):
            self._scale.count(int(code), frames)

    @override
    def reason(self, number: int) -> tuple[float, str] | None:
        found = [
            reason
            for code in np.flatnonzero(self._present[:, number])
            if (reason := self._scale.rarity(self._name, self._values, int(code))) is not None
        ]
        return max(found, default=None)


class ClipTerm(Term):
    """The penalty of a frame whose clip is in the archive already: - weight / (N + 1) with N frames kept in all.

    It shrinks with the archive as the other terms do, so that the balance between them stays. It does not grow with the
    clip's frames: what counts is whether the clip is there at all. Clips [N] are codes, `kept` counts per code.
    """

    def __init__(self, weight: float, clips: NDArray[np.intp], kept: NDArray[np.int64], frames_kept: int) -> None:
        self._weight, self._clips, self._frames = weight, clips, frames_kept
        self._kept = kept.astype(np.float64)

    @override
    def worth(self) -> Floats:
        worths: Floats = np.where(self._kept[self._clips] > 0, -self._weight / (self._frames + 1.0), 0.0)
        return worths

    @override
    def take(self, number: int) -> None:
        self._kept[self._clips[number]] += 1.0
        self._frames += 1

    @override
    def put_back(self, number: int) -> None:
        self._kept[self._clips[number]] -= 1.0
        self._frames -= 1


class LikenessTerm(Term):
    """The penalty of a picture nearer than `radius` to a kept one: - weight (1 - distance / radius) / (N + 1)."""

    def __init__(
        self, weight: float, radius: float, rows: NDArray[np.float32], nearest: Floats, frames_kept: int
    ) -> None:
        self._weight, self._radius, self._rows, self._frames = weight, radius, rows, frames_kept
        self._before = self._nearest = nearest
        self._taken: list[int] = []
        self._apart: dict[int, Floats] = {}
        """Candidate -> distances of all [N] to it, worked out once: most are taken, put back and taken again."""

    @override
    def worth(self) -> Floats:
        likeness = np.maximum(0.0, 1.0 - self._nearest / self._radius)
        worths: Floats = (-self._weight / (self._frames + 1.0)) * likeness
        return worths

    @override
    def take(self, number: int) -> None:
        if self._rows[number].any():
            if number not in self._apart:
                self._apart[number] = distances(self._rows, self._rows[number])
            self._nearest = np.minimum(self._nearest, self._apart[number])
            self._taken.append(number)
        self._frames += 1

    @override
    def put_back(self, number: int) -> None:
        if self._rows[number].any():
            self._taken.remove(number)
            self._nearest = np.minimum.reduce([self._before, *(self._apart[other] for other in self._taken)])
        self._frames -= 1
