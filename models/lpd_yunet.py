"""What LPD-YuNet gives, as boxes of number plates: offsets from priors of strides 8, 16, 32 and 64, rows first.

Per prior: box and five points as offsets in shares of the prior's size, variance .1, of which the four corners of the
plate are read (values 4 to 7 and 10 to 13) and bounded; score = sqrt(conf[1] * clip(iou, 0, 1)). Priors and decoding as
in OpenCV Zoo's use of the network.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from models.boxes import Detections
from models.errors import AnswerError

PRIOR_SIDES_PX = {8: (10, 16, 24), 16: (32, 48), 32: (64, 96), 64: (128, 192, 256)}
VARIANCE = 0.1
_CORNERS_XY = ((4, 5), (6, 7), (10, 11), (12, 13))


@lru_cache(maxsize=4)
def priors(input_wh: tuple[int, int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return centre [P, 2] (x, y) and side [P] of every prior of an input, in px. Each stride halves, rounding down."""
    columns, rows = (((side + 1) // 2) // 2 for side in input_wh)
    centres, sides = [], []
    for stride, sides_px in PRIOR_SIDES_PX.items():
        columns, rows = columns // 2, rows // 2
        y, x = np.mgrid[:rows, :columns]
        cells = np.stack([x, y], axis=-1).reshape(-1, 2) + 0.5
        centres.append(np.repeat(cells * stride, len(sides_px), axis=0))
        sides.append(np.tile(np.array(sides_px, np.float64), len(cells)))
    return np.concatenate(centres), np.concatenate(sides)


def decode(outputs: Mapping[str, NDArray[np.float32]], input_wh: tuple[int, int], score_min: float) -> Detections:
    """Turn the outputs loc [P, 14], conf [P, 2] and iou [P, 1] of one picture into boxes in input pixels.

    A shape that does not fit the input, or a score that is not finite, raises AnswerError.
    """
    centres, sides = priors(input_wh)
    offsets, conf, iou = (outputs[name] for name in ("loc", "conf", "iou"))
    if (offsets.shape, conf.shape, iou.shape) != ((len(sides), 14), (len(sides), 2), (len(sides), 1)):
        why = f"an input of {input_wh[0]}x{input_wh[1]} px has {len(sides)} priors"
        what = f"outputs of shape {offsets.shape}, {conf.shape} and {iou.shape}"
        raise AnswerError(what, why, "check the decoder that the manifest names for this network")
    scores = np.sqrt(np.clip(conf[:, 1], 0, 1) * np.clip(iou[:, 0], 0, 1))
    if not np.isfinite(scores).all():
        raise AnswerError("scores of a picture", "not finite", "check the picture and the network's precision")
    near = np.flatnonzero(scores >= score_min)
    corners = offsets[near][:, _CORNERS_XY] * (VARIANCE * sides[near, None, None]) + centres[near, None]
    boxes = np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1)
    return Detections.of_one(boxes, scores[near], np.zeros(len(near), np.int64))
