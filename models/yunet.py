"""What a YuNet network gives, as boxes of faces: twelve outputs, four for each of the strides 8, 16 and 32, rows first.

Per cell: class and objectness (both already 0 to 1), x and y offset from the cell, log width and height; the five
landmarks are not read. score = sqrt(class * objectness), centre = (cell + offset) * stride, size = exp(value) * stride
(the decoding of OpenCV's FaceDetectorYN).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from models.boxes import Detections, boxes_around
from models.errors import AnswerError
from models.yolox import STRIDES_PX, anchor_cells


def decode(outputs: Mapping[str, NDArray[np.float32]], input_wh: tuple[int, int], score_min: float) -> Detections:
    """Turn the outputs cls_S [A, 1], obj_S [A, 1] and bbox_S [A, 4] of one picture into boxes in input pixels.

    A shape that does not fit the input, or a score that is not finite, raises AnswerError.
    """
    cells, strides = anchor_cells(input_wh)
    classes, objectness, raw = (
        np.concatenate([outputs[f"{kind}_{stride}"] for stride in STRIDES_PX]) for kind in ("cls", "obj", "bbox")
    )
    if raw.shape != (len(cells), 4) or classes.shape != objectness.shape or classes.shape != (len(cells), 1):
        why = f"an input of {input_wh[0]}x{input_wh[1]} px has {len(cells)} cells"
        what = f"outputs of shape {classes.shape}, {objectness.shape} and {raw.shape}"
        raise AnswerError(what, why, "check the decoder that the manifest names for this network")
    scores = np.sqrt(np.clip(classes[:, 0], 0, 1) * np.clip(objectness[:, 0], 0, 1))
    if not np.isfinite(scores).all():
        raise AnswerError("scores of a picture", "not finite", "check the picture and the network's precision")
    near = np.flatnonzero(scores >= score_min)
    centres = (cells[near] + raw[near, :2]) * strides[near]
    with np.errstate(over="ignore", invalid="ignore"):  # a size beyond all numbers makes a box that is dropped later
        sizes = np.exp(raw[near, 2:]) * strides[near]
        boxes = boxes_around(centres, sizes)
    return Detections.of_one(boxes, scores[near], np.zeros(len(near), np.int64))
