"""The terms of a frame's worth: what it brings to each attribute, and what the archive already has of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from app.curation.candidates import Codes, Present
from app.curation.scale import Floats, Places, Scales
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

    def reasons(self, number: int) -> tuple[str, ...]:
        """Say why the candidate is worth keeping, what weighs most first; nothing where nothing about it is rare."""
        return ()


class ValuesTerm(Term):
    """What one more frame with its values brings to all attributes: the sum over the values it shows.

    Places [R, N] of the values in the scales, each value of a frame once; rows that a frame does not need are filled
    with the place that is worth nothing. The sum goes row by row, in one order on every machine.
    """

    def __init__(self, scales: Scales, places: Places) -> None:
        self._scales, self._places = scales, places

    @override
    def worth(self) -> Floats:
        worths: Floats = self._scales.slope()[self._places].sum(axis=0)
        return worths

    @override
    def take(self, number: int) -> None:
        self._scales.count(self._places[:, number], 1)

    @override
    def put_back(self, number: int) -> None:
        self._scales.count(self._places[:, number], -1)

    @override
    def reasons(self, number: int) -> tuple[str, ...]:
        return self._scales.reasons(self._places[:, number])


def places_of(scales: Scales, codes: Mapping[str, Codes], present: Mapping[str, Present], count: int) -> Places:
    """Return the places [R, N] of the values of N frames: one row per attribute with one value, more for the others.

    Codes [N] and presence [K, N] by attribute; what is not in the scales is left out. `count` is N: R may be 0.
    """
    rows = [scales.places(name, one) for name, one in codes.items() if name in scales.names]
    for name, shown in present.items():
        if name in scales.names:
            code, number = np.nonzero(shown)
            row = shown.cumsum(axis=0)[code, number] - 1
            places = np.full((int(row.max(initial=-1)) + 1, shown.shape[1]), scales.nowhere)
            places[row, number] = scales.places(name, code)
            rows.extend(places)
    return np.array(rows, dtype=np.intp).reshape(len(rows), count)


class ClipTerm(Term):
    """The penalty of a frame whose clip is in the archive already: - weight / (N + 1) with N frames kept in all.

    It shrinks with the archive as the other terms do, so that the balance between them stays. It does not grow with the
    clip's frames: what counts is whether the clip is there at all. Clips [N] are codes, `kept` counts per code.
    """

    def __init__(self, weight: float, clips: NDArray[np.intp], kept: NDArray[np.int64], frames_kept: int) -> None:
        self._weight, self._clips, self._kept, self._frames = weight, clips, kept, frames_kept
        self._there = (kept[clips] > 0).astype(np.float64)

    @override
    def worth(self) -> Floats:
        return self._there * (-self._weight / (self._frames + 1.0))

    @override
    def take(self, number: int) -> None:
        self._count(number, 1)

    @override
    def put_back(self, number: int) -> None:
        self._count(number, -1)

    def _count(self, number: int, frames: int) -> None:
        clip = self._clips[number]
        self._kept[clip] += frames
        self._frames += frames
        self._there[self._clips == clip] = self._kept[clip] > 0


class LikenessTerm(Term):
    """The penalty of a picture nearer than `radius` to a kept one: - weight (1 - distance / radius) / (N + 1)."""

    def __init__(
        self, weight: float, radius: float, rows: NDArray[np.float32], nearest: Floats, frames_kept: int
    ) -> None:
        self._weight, self._radius, self._rows, self._frames = weight, radius, rows, frames_kept
        self._drawn: NDArray[np.bool_] = np.any(rows, axis=1)
        self._before = self._nearest = nearest
        self._likeness = self._alike()
        self._taken: list[int] = []
        self._apart: dict[int, Floats] = {}
        """Candidate -> distances of all [N] to it, worked out once: most are taken, put back and taken again."""

    @override
    def worth(self) -> Floats:
        return self._likeness * (-self._weight / (self._frames + 1.0))

    def _alike(self) -> Floats:
        return np.maximum(0.0, 1.0 - self._nearest / self._radius)

    @override
    def take(self, number: int) -> None:
        if self._drawn[number]:
            if number not in self._apart:
                self._apart[number] = distances(self._rows, self._rows[number])
            self._nearest = np.minimum(self._nearest, self._apart[number])
            self._likeness = self._alike()
            self._taken.append(number)
        self._frames += 1

    @override
    def put_back(self, number: int) -> None:
        if self._drawn[number]:
            self._taken.remove(number)
            self._nearest = np.minimum.reduce([self._before, *(self._apart[other] for other in self._taken)])
            self._likeness = self._alike()
        self._frames -= 1
