"""The terms of a frame's worth: what it brings to each attribute, and what the archive already has of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from app.curation.attributes import UNKNOWN
from app.curation.board import Board
from app.curation.sketch import distances

Floats = NDArray[np.float64]

FLOOR_WORTH = 1.0
"""What a value below its floor is worth: more than any attribute's term once a few frames are kept."""


class Term(Protocol):
    """One summand of the worth of keeping each of N candidates."""

    def worth(self) -> Floats:
        """Return the summand of every candidate [N] as the archive stands."""
        ...

    def take(self, number: int) -> None:
        """Count candidate `number` as kept."""
        ...

    def reason(self, number: int) -> tuple[float, str] | None:
        """Return how much the candidate's rarest value weighs here, and why in words; None where nothing is rare."""
        return None


class OneValueTerm(Term):
    """The drop of an attribute's weighted KL(target || kept) when one more frame with the value is kept.

    With counts c, N of them, and prior a over K values: t_v ln((c_v+1+a)/(c_v+a)) - ln((N+1+aK)/(N+aK)).
    A value outside the target changes nothing. Codes [N].
    """

    def __init__(self, name: str, board: Board, prior: float, codes: NDArray[np.intp]) -> None:
        self._name, self._values, self._codes = name, board.values, codes
        self._inside = board.targeted()
        self._scale = _Scale(board, prior, self._inside)

    @override
    def worth(self) -> Floats:
        spread = self._scale.spread(1.0)
        table = np.where(self._inside, self._scale.pull() - spread, 0.0)
        worths: Floats = table[self._codes]
        return worths

    @override
    def take(self, number: int) -> None:
        self._scale.count(self._codes[number])

    @override
    def reason(self, number: int) -> tuple[float, str] | None:
        return self._scale.rarity(self._name, self._values, int(self._codes[number]))


class SeveralValuesTerm(Term):
    """The same for an attribute of which a frame shows several values, m of them: the N of the formula grows by m.

    Present [K, N].
    """

    def __init__(self, name: str, board: Board, prior: float, present: NDArray[np.bool_]) -> None:
        self._name, self._values, self._present = name, board.values, present
        inside = board.targeted()
        self._shown = (present & inside[:, None]).astype(np.float64)
        self._many = self._shown.sum(axis=0)
        self._scale = _Scale(board, prior, inside)

    @override
    def worth(self) -> Floats:
        # summed value by value, in one order on every machine, which a matrix product does not promise
        worths: Floats = (self._shown * self._scale.pull()[:, None]).sum(axis=0) - self._scale.spread(self._many)
        return worths

    @override
    def take(self, number: int) -> None:
        for code in np.flatnonzero(self._present[:, number]):
            self._scale.count(code)

    @override
    def reason(self, number: int) -> tuple[float, str] | None:
        found = [
            reason
            for code in np.flatnonzero(self._present[:, number])
            if (reason := self._scale.rarity(self._name, self._values, int(code))) is not None
        ]
        return max(found, default=None)


class _Scale:
    """Counts of one attribute while a window is decided, and the two logarithms of the formula."""

    def __init__(self, board: Board, prior: float, inside: NDArray[np.bool_]) -> None:
        self._weight, self._floor, self._prior = board.attribute.weight, board.attribute.floor, prior
        self._target, self._inside = board.target(), inside
        self._kept = board.kept.astype(np.float64)

    def pull(self) -> Floats:
        pulls: Floats = self._weight * self._target * np.log1p(1.0 / (self._kept + self._prior))
        if self._floor:
            pulls = pulls + FLOOR_WORTH * (self._inside & (self._kept < self._floor))
        return pulls

    def spread(self, more: Floats | float) -> Floats:
        total = float(self._kept[self._inside].sum()) + self._prior * float(self._inside.sum())
        spreads: Floats = self._weight * np.log1p(np.asarray(more) / max(total, self._prior))
        return spreads

    def count(self, code: int | np.intp) -> None:
        self._kept[code] += 1.0

    def rarity(self, name: str, values: Sequence[str], code: int) -> tuple[float, str] | None:
        if not self._inside[code] or values[code] == UNKNOWN:
            return None
        total = float(self._kept[self._inside].sum())
        ratio = float(self._kept[code]) / total if total else 0.0
        target = float(self._target[code])
        if ratio >= target:
            return None
        text = f"rare: {name}={values[code]} {100 * ratio:.2g} % of kept, target {100 * target:.2g} %"
        return float(self.pull()[code]), text


class ClipTerm(Term):
    """The penalty of a frame whose clip has c frames in the archive: - weight c / (N + 1) with N frames kept in all.

    It shrinks with the archive as the other terms do, so that the balance between them stays. Clips [N] are codes,
    `kept` counts per code.
    """

    def __init__(self, weight: float, clips: NDArray[np.intp], kept: NDArray[np.int64], frames_kept: int) -> None:
        self._weight, self._clips, self._frames = weight, clips, frames_kept
        self._kept = kept.astype(np.float64)

    @override
    def worth(self) -> Floats:
        worths: Floats = (-self._weight / (self._frames + 1.0)) * self._kept[self._clips]
        return worths

    @override
    def take(self, number: int) -> None:
        self._kept[self._clips[number]] += 1.0
        self._frames += 1


class LikenessTerm(Term):
    """The penalty of a picture nearer than `radius` to a kept one: - weight (1 - distance / radius) / (N + 1)."""

    def __init__(
        self, weight: float, radius: float, rows: NDArray[np.float32], nearest: Floats, frames_kept: int
    ) -> None:
        self._weight, self._radius, self._rows, self._frames = weight, radius, rows, frames_kept
        self._nearest = nearest

    @override
    def worth(self) -> Floats:
        likeness = np.maximum(0.0, 1.0 - self._nearest / self._radius)
        worths: Floats = (-self._weight / (self._frames + 1.0)) * likeness
        return worths

    @override
    def take(self, number: int) -> None:
        if self._rows[number].any():
            self._nearest = np.minimum(self._nearest, distances(self._rows, self._rows[number]))
        self._frames += 1
