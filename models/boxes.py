"""Boxes as arrays: overlap, what is usable, suppression per class. Corners are half-open: width = x2 - x1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Detections:
    """Hold K boxes: boxes_xyxy [K, 4], scores [K] in 0 to 1, class_ids [K], and pictures [K]: places in the batch."""

    boxes_xyxy: Floats
    scores: Floats
    class_ids: NDArray[np.int64]
    pictures: NDArray[np.int64]

    @classmethod
    def of_one(cls, boxes_xyxy: Floats, scores: Floats, class_ids: NDArray[np.int64]) -> Detections:
        """Return those of one picture, the first of its batch."""
        return cls(boxes_xyxy, scores, class_ids, np.zeros(len(scores), np.int64))

    def take(self, index: NDArray[np.int64] | NDArray[np.bool_]) -> Detections:
        """Return those that index [J] (places) or [K] (mask) names, in its order."""
        if index.dtype == np.bool_:
            if index.all():
                return self
            index = np.flatnonzero(index)
        boxes_xyxy: Floats = self.boxes_xyxy.take(index, axis=0)
        return Detections(boxes_xyxy, self.scores.take(index), self.class_ids.take(index), self.pictures.take(index))


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
    """Say of each box [K, 4] whether it has a width and a height, and both are finite."""
    with np.errstate(invalid="ignore", over="ignore"):  # an edge that is none or infinite makes such a side
        sides = boxes_xyxy[:, 2:] - boxes_xyxy[:, :2]
    sized: NDArray[np.bool_] = (sides > 0) & (sides < np.inf)
    return sized[:, 0] & sized[:, 1]


def suppress(found: Detections, iou_max: float, most: int) -> Detections:
    """Keep the best of a picture's boxes of one class that overlap by more than iou_max, out of its best `most`.

    Greedy non-maximum suppression (NMS) of finite boxes; pictures in order, each best first. Equal scores keep their
    order, so that the answer never depends on chance.
    """
    if np.bincount(found.pictures, minlength=1).max() > most:
        found = _best_first(found)
        rank = np.arange(len(found.pictures)) - np.searchsorted(found.pictures, found.pictures)
        found = found.take(rank < most)
    better, worse = _rivals(found, iou_max)
    undecided, kept = np.ones(len(found.scores), np.bool_), np.zeros(len(found.scores), np.bool_)
    while len(better):  # who has no undecided rival that is better is kept, and its rivals are out
        unbeaten = undecided.copy()
        unbeaten[worse] = False
        kept |= unbeaten
        undecided &= ~unbeaten
        undecided[worse[unbeaten[better]]] = False
        left = undecided[better] & undecided[worse]
        better, worse = better[left], worse[left]
    return _best_first(found.take(kept | undecided))


def _best_first(found: Detections) -> Detections:
    return found.take(np.lexsort((-found.scores, found.pictures)))


def _rivals(found: Detections, iou_max: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the places, better and worse, of all pairs of a picture and class that overlap by more than iou_max."""
    groups = found.pictures * (found.class_ids.max(initial=0) + 1) + found.class_ids
    x1, y1, x2, y2 = found.boxes_xyxy.T.copy()
    # IoU is at most the overlapped share of a box's width: a rival begins left of `ends`, a thousandth for rounding
    begins, ends = x1.astype(np.float64), x1 + (1.001 - iou_max) * (x2 - x1).astype(np.float64)
    lines = groups * (ends.max(initial=0) - begins.min(initial=0) + 1)  # each group on a stretch of its own of one line
    begins, ends = lines + begins, lines + ends
    order, places = np.argsort(begins), np.arange(len(begins))
    near = np.maximum(np.searchsorted(begins[order], ends[order], side="right") - places - 1, 0)
    one = order.repeat(near)
    other = order[np.arange(len(one)) - (np.cumsum(near) - near - places - 1).repeat(near)]
    with np.errstate(invalid="ignore", over="ignore"):  # an area of nothing, or beyond all numbers
        shared = np.maximum(np.minimum(x2[one], x2[other]) - np.maximum(x1[one], x1[other]), 0)
        shared *= np.maximum(np.minimum(y2[one], y2[other]) - np.maximum(y1[one], y1[other]), 0)
        areas = np.maximum(x2 - x1, 0) * np.maximum(y2 - y1, 0)
        rival = shared / (areas[one] + areas[other] - shared) > iou_max
    rival &= groups[one] == groups[other]
    one, other = one[rival], other[rival]
    ahead = found.scores[one] - found.scores[other]
    first = (ahead > 0) | ((ahead == 0) & (one < other))
    return np.where(first, one, other), np.where(first, other, one)
