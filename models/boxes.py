"""Boxes as arrays: overlap, what is usable, suppression per class. Corners are half-open: width = x2 - x1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Detections:
    """Hold K boxes of one picture: boxes_xyxy [K, 4], scores [K] in 0 to 1, class_ids [K]."""

    boxes_xyxy: Floats
    scores: Floats
    class_ids: NDArray[np.int64]

    def take(self, index: NDArray[np.int64] | NDArray[np.bool_]) -> Detections:
        """Return those that index [J] (places) or [K] (mask) names, in its order."""
        return Detections(self.boxes_xyxy[index], self.scores[index], self.class_ids[index])


def boxes_around(centres: Floats, sizes: Floats) -> Floats:
    """Return the boxes [K, 4] around centres [K, 2] (x, y) of sizes [K, 2] (width, height)."""
    halves = sizes / 2
    boxes: Floats = np.concatenate([centres - halves, centres + halves], axis=1)
    return boxes


def area_px2(boxes_xyxy: Floats) -> Floats:
    """Return the areas [K] of boxes [K, 4]; a box turned inside out has none."""
    sides = np.maximum(boxes_xyxy[:, 2:] - boxes_xyxy[:, :2], 0)
    areas: Floats = sides[:, 0] * sides[:, 1]
    return areas


def iou_matrix(left_xyxy: Floats, right_xyxy: Floats) -> Floats:
    """Return intersection over union [J, K] of boxes [J, 4] with boxes [K, 4]; two empty boxes overlap by 0."""
    sides = []
    for low, high in ((0, 2), (1, 3)):  # one axis at a time: long rows of numbers instead of pairs
        side = np.minimum(left_xyxy[:, None, high], right_xyxy[None, :, high])
        side -= np.maximum(left_xyxy[:, None, low], right_xyxy[None, :, low])
        sides.append(np.maximum(side, 0, out=side))
    shared = sides[0] * sides[1]
    union = area_px2(left_xyxy)[:, None] + area_px2(right_xyxy)[None, :] - shared
    shares: Floats = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    return shares


def usable(boxes_xyxy: Floats) -> NDArray[np.bool_]:
    """Say of each box [K, 4] whether it is finite and not empty."""
    with np.errstate(invalid="ignore", over="ignore"):
        positive = (boxes_xyxy[:, 2] > boxes_xyxy[:, 0]) & (boxes_xyxy[:, 3] > boxes_xyxy[:, 1])
    return np.isfinite(boxes_xyxy).all(axis=1) & positive


def suppress(found: Detections, iou_max: float, most: int) -> Detections:
    """Keep the best of boxes of one class that overlap by more than iou_max, best first, out of the best `most`.

    Greedy non-maximum suppression (NMS). Equal scores keep their order, so that the answer never depends on chance.
    """
    order = np.argsort(-found.scores, kind="stable")[:most]
    best = found.take(order)
    rivals = iou_matrix(best.boxes_xyxy, best.boxes_xyxy) > iou_max
    rivals &= best.class_ids[:, None] == best.class_ids[None, :]
    rows = np.packbits(rivals, axis=1, bitorder="little")
    left, kept = (1 << len(order)) - 1, []
    while left:  # bit i is box i: the lowest is the best of what is left
        place = (left & -left).bit_length() - 1
        kept.append(place)
        left &= ~(int.from_bytes(rows[place].tobytes(), "little") | 1 << place)
    return best.take(np.array(kept, np.int64))
