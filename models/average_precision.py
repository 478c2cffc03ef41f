"""The scoring rule: AP50 of one class over many pictures.

Boxes are half-open. Predictions of all pictures are gone through from the best score down (equal scores in order of
picture, then of place). Each takes the truth of its class in its picture that it overlaps most among those not yet
taken; IoU of at least .5 makes it a hit. A miss that overlaps an ignored box by .5 counts as nothing. AP is the area
under precision over recall, where the precision at a recall is the best precision at that recall or any higher one
(all points, as PASCAL VOC since 2010).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.boxes import Floats, iou_matrix

IOU_MIN = 0.5


@dataclass(frozen=True, slots=True)
class ClassInPicture:
    """Hold one class in one picture: predictions [D, 4] with scores [D], truths [T, 4], ignored boxes [I, 4]."""

    boxes_xyxy: Floats
    scores: Floats
    truths_xyxy: Floats
    ignored_xyxy: Floats


def average_precision(pictures: Sequence[ClassInPicture]) -> float | None:
    """Return AP50 of one class over pictures, 0 to 1; None where there is no truth to find."""
    truths = sum(len(picture.truths_xyxy) for picture in pictures)
    if truths == 0:
        return None
    outcomes = [_outcomes(picture) for picture in pictures]
    scores = np.concatenate([picture.scores for picture in pictures])
    outcome = np.concatenate(outcomes)[np.argsort(-scores, kind="stable")]
    return area_under_precision(outcome[outcome >= 0] > 0, truths)


def area_under_precision(is_hit: NDArray[np.bool_], truths: int) -> float:
    """Return the area under best precision over recall of predictions [D], best first, for so many truths."""
    hits = np.cumsum(is_hit)
    precision = hits / np.arange(1, len(is_hit) + 1)
    best_from_here = np.maximum.accumulate(precision[::-1])[::-1]
    return float(best_from_here[is_hit].sum() / truths)


def _outcomes(picture: ClassInPicture) -> NDArray[np.int8]:
    """Say of each prediction [D]: 1 hit, 0 miss, -1 counts as nothing."""
    overlaps = iou_matrix(picture.boxes_xyxy, picture.truths_xyxy)
    beside = (iou_matrix(picture.boxes_xyxy, picture.ignored_xyxy) >= IOU_MIN).any(axis=1)
    outcome = np.where(beside, -1, 0).astype(np.int8)
    for place in np.argsort(-picture.scores, kind="stable"):
        if overlaps.shape[1] == 0:
            break
        taken = int(overlaps[place].argmax())
        if overlaps[place, taken] >= IOU_MIN:
            outcome[place] = 1
            overlaps[:, taken] = -1.0
    return outcome
