"""How far an attribute is from its target while a window is decided, and what one more frame of each value changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from app.curation.attributes import UNKNOWN, JointAttribute, PresenceAttribute
from app.curation.board import Board
from app.curation.entropy import kl_divergence

Floats = NDArray[np.float64]

FLOOR_WORTH = 1.0
"""What a value below its floor is worth: more than all attributes together once a few frames are kept."""

_NEAR = 0.12
"""Divergence in nats below which an attribute counts as good as reached: what is left of it weighs little more."""

_GRAIN = 0.7
"""Share of the divergence that N frames drawn right would have by chance, (K - 1) / 2N, that counts as reached too."""

_SCARCE_NEED = 1.18
"""A scarce value is never taken to have more than its target divided by this."""


class Scale:
    """Counts of one attribute, kept up to date while frames are taken.

    With counts c_v, N of them, target t and a prior of K a frames spread like the target, one more frame with value v
    changes KL(target || kept) by 1/N - t_v/c_v; both counts are taken in the middle of the step, half a frame on. A
    value that is scarce in what was seen is wanted even while a young archive has plenty of it: it will not last.
    """

    def __init__(self, board: Board, weight: float, prior: float, keep_ratio: float) -> None:
        self._weight, self._floor = weight, board.attribute.floor
        self._target, self._inside = board.target(), board.targeted()
        self._scarce = _scarce(board, keep_ratio)
        self._some_scarce = bool(self._scarce.any())
        self._prior = prior * float(self._inside.sum()) * self._target
        self._kept = np.where(self._inside, board.kept, 0).astype(np.float64)
        self._slope: Floats | None = None

    def slope(self) -> Floats:
        """Return what one more frame of each value is worth [K]: the weighted drop of the divergence."""
        if self._slope is None:
            self._slope = self._worked_out()
        return self._slope

    def _worked_out(self) -> Floats:
        counts = self._kept + self._prior
        total = float(counts.sum())
        if total <= 0:
            return np.zeros_like(counts)
        has = counts
        if self._some_scarce:
            has = np.where(self._scarce, np.minimum(counts, self._target * (total / _SCARCE_NEED)), counts)
        need = self._target * (total + 0.5) / (has + 0.5)
        slopes = self._weight * (need - float((need * counts).sum()) / total) / total
        if self._floor:
            slopes = slopes + FLOOR_WORTH * (self._kept < self._floor)
        return np.where(self._inside, slopes, 0.0)

    def count(self, code: int, frames: int) -> None:
        """Count frames of a value as kept, or as put back; one outside the target changes nothing."""
        if self._inside[code]:
            self._kept[code] += frames
            self._slope = None

    def rarity(self, name: str, values: Sequence[str], code: int) -> tuple[float, str] | None:
        """Return what a value weighs and the reason in words when the archive has less of it than wanted."""
        total = float(self._kept.sum())
        ratio = float(self._kept[code]) / total if total else 0.0
        target = float(self._target[code])
        if not self._inside[code] or values[code] == UNKNOWN or ratio >= target:
            return None
        text = f"rare: {name}={values[code]} {100 * ratio:.2g} % of kept, target {100 * target:.2g} %"
        return float(self.slope()[code]), text


def scales(
    boards: Mapping[str, Board], prior: float, balance: float, frames_kept: int, keep_ratio: float
) -> dict[str, Scale]:
    """Return the scale of every attribute with a weight, the weights balanced by what is still to be gained.

    `keep_ratio` is how many frames are kept per frame seen: it tells which values are scarce.

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
    return {name: Scale(board, weights[name], prior, keep_ratio) for name, board in plain.items()}


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
