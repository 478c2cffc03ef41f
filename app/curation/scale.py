"""How far attributes are from their targets while a window is decided, and what one more frame of a value changes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from app.curation.attributes import UNKNOWN, JointAttribute, PresenceAttribute
from app.curation.board import Board
from app.curation.entropy import kl_divergence

Floats = NDArray[np.float64]
Places = NDArray[np.intp]

FLOOR_WORTH = 1.0
"""What a value below its floor is worth: more than all attributes together once a few frames are kept."""

_NEAR = 0.12
"""Divergence in nats below which an attribute counts as good as reached: what is left of it weighs little more."""

_GRAIN = 0.7
"""Share of the divergence that N frames drawn right would have by chance, (K - 1) / 2N, that counts as reached too."""

_SCARCE_NEED = 1.18
"""A scarce value is never taken to have more than its target divided by this."""


class Scales:
    """Counts of all attributes with a weight, value after value [V], kept up to date while frames are taken.

    With counts c_v, N of them, target t and a prior of K a frames spread like the target, one more frame with value v
    changes KL(target || kept) by 1/N - t_v/c_v; both counts are taken in the middle of the step, half a frame on. A
    value that is scarce in what was seen is wanted even while a young archive has plenty of it: it will not last.

    A value has a place in [V]; the place V belongs to everything that no target wants: it is worth nothing.
    """

    def __init__(
        self, boards: Mapping[str, Board], weights: Mapping[str, float], prior: float, keep_ratio: float
    ) -> None:
        """`weights` says which of the boards count, and how much; at least one."""
        used = [boards[name] for name in weights]
        self.names = list(weights)
        self._values = [value for board in used for value in board.values]
        sizes = [len(board.values) for board in used]
        self._starts = np.cumsum([0, *sizes[:-1]], dtype=np.intp)
        self._of = np.repeat(np.arange(len(used)), sizes)
        inside = np.concatenate([board.targeted() for board in used])
        self._inside = np.append(inside, False)
        self.nowhere = len(inside)
        self._target = np.concatenate([board.target() for board in used])
        self._weight = np.where(inside, np.repeat(list(weights.values()), sizes), 0.0)
        floors = np.where(inside, np.repeat([board.attribute.floor for board in used], sizes), 0)
        self._floor = floors if floors.any() else None
        scarce = np.concatenate([_scarce(board, keep_ratio) for board in used])
        self._most = np.where(scarce, self._target / _SCARCE_NEED, np.inf) if scarce.any() else None
        self._prior = prior * np.repeat(np.add.reduceat(inside, self._starts, dtype=np.float64), sizes) * self._target
        self._kept = np.zeros(len(inside) + 1)
        self._kept[:-1] = np.where(inside, np.concatenate([board.kept for board in used]), 0)
        self._slope: Floats | None = None

    def places(self, name: str, codes: Places) -> Places:
        """Return the places of an attribute's codes, of any shape; V for those outside its target."""
        places = self._starts[self.names.index(name)] + codes
        return np.where(self._inside[places], places, self.nowhere)

    def slope(self) -> Floats:
        """Return what one more frame of each value is worth [V + 1]: the weighted drop of its divergence."""
        if self._slope is None:
            self._slope = self._worked_out()
        return self._slope

    def _worked_out(self) -> Floats:
        kept = self._kept[:-1]
        counts = kept + self._prior
        totals = np.maximum(np.add.reduceat(counts, self._starts), np.finfo(np.float64).tiny)
        total = totals[self._of]
        has = counts if self._most is None else np.minimum(counts, self._most * total)
        need = self._target * (total + 0.5) / (has + 0.5)
        mean = np.add.reduceat(need * counts, self._starts) / totals
        slopes = np.zeros(len(counts) + 1)
        slopes[:-1] = self._weight * (need - mean[self._of]) / total
        if self._floor is not None:
            slopes[:-1] += FLOOR_WORTH * (kept < self._floor)
        return slopes

    def count(self, places: Places, frames: int) -> None:
        """Count frames that show the values at distinct places as kept, or as put back."""
        self._kept[places] += frames
        self._slope = None

    def reasons(self, places: Places, most: int = 2) -> tuple[str, ...]:
        """Say of the values at these places which weigh most of those that the archive has less of than wanted.

        At most one value of an attribute, the one that weighs most first.
        """
        there = places[places < self.nowhere]
        attribute = self._of[there]
        ratio = self._kept[there] / np.maximum(np.add.reduceat(self._kept[:-1], self._starts)[attribute], 1.0)
        target = self._target[there]
        columns = (attribute.tolist(), there.tolist(), ratio.tolist(), target.tolist(), self.slope()[there].tolist())
        found: dict[int, tuple[float, str]] = {}
        for of, place, has, wanted, worth in zip(*columns, strict=True):
            value = self._values[place]
            if value != UNKNOWN and has < wanted and (of not in found or worth > found[of][0]):
                said = f"rare: {self.names[of]}={value} {100 * has:.2g} % of kept, target {100 * wanted:.2g} %"
                found[of] = worth, said
        return tuple(text for _, text in sorted(found.values(), key=lambda one: -one[0])[:most])


def scales(
    boards: Mapping[str, Board], prior: float, balance: float, frames_kept: int, keep_ratio: float
) -> Scales | None:
    """Return the scales of all attributes with a weight, the weights balanced by what is still to be gained.

    None where no value of any target was ever seen. `keep_ratio` is how many frames are kept per frame seen: it tells
    which values are scarce.

    An attribute of K values weighs weight / (KL + 0.12 + 0.35 (K - 1) / N) ** balance with N frames kept, scaled so
    that the sum stays: one that is as good as reached, as near as so few frames can be, is not given away for one
    whose target the supply can never meet. 0 balances nothing. It is the slope of sum weight (KL + …) ** (1 - balance).
    Joint attributes keep their weight: most of their cells cannot be filled.
    """
    plain = {name: board for name, board in boards.items() if board.attribute.weight > 0 and board.known()}
    weights = {name: board.attribute.weight for name, board in plain.items()}
    single = [name for name, board in plain.items() if not isinstance(board.attribute, JointAttribute)]
    grain = _GRAIN / (2.0 * (frames_kept + 1))
    near = {name: _NEAR + grain * (int(plain[name].targeted().sum()) - 1) for name in single}
    pulls = {name: weights[name] / (divergence(plain[name], prior) + near[name]) ** balance for name in single}
    if pulls:
        unit = sum(weights[name] for name in single) / sum(pulls.values())
        weights |= {name: pull * unit for name, pull in pulls.items()}
    return Scales(plain, weights, prior, keep_ratio) if plain else None


def divergence(board: Board, prior: float) -> float:
    """Return KL(target || kept + prior) in nats over the values of the target, the prior spread like the target."""
    inside, target = board.targeted(), board.target()
    return kl_divergence(target[inside], board.kept[inside] + prior * float(inside.sum()) * target[inside])


def _scarce(board: Board, keep_ratio: float) -> NDArray[np.bool_]:
    """Tell which values [K] miss their target even when every frame that shows them is kept, a deviation allowed for.

    Of attributes with one value per frame alone: of others a frame's value is not the frame's to choose.
    """
    if isinstance(board.attribute, JointAttribute | PresenceAttribute):
        return np.zeros(len(board.values), dtype=np.bool_)
    surely = board.seen.astype(np.float64) - np.sqrt(board.seen)
    scarce: NDArray[np.bool_] = surely < board.target() * keep_ratio * board.seen.sum()
    return scarce
