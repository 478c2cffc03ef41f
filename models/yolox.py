"""What a YOLOX network gives, as boxes: raw cell values of strides 8, 16 and 32, rows first.

Per anchor: x and y offset from its cell, log width and height, objectness, class scores (both already sigmoid).
centre = (offset + cell) * stride, size = exp(value) * stride, score = objectness * best class score
(YOLOX, arXiv 2107.08430, and the decoding of its published ONNX files).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from models.boxes import Detections
from models.errors import AnswerError

STRIDES_PX = (8, 16, 32)
OBJECTNESS = 4  # its column


def anchors_of(output: str) -> str:
    """Return the name of the output beside one of best cells: which anchors they are."""
    return f"{output}.anchors"


@lru_cache(maxsize=16)
def anchor_cells(input_wh: tuple[int, int]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return cell [A, 2] (x, y) and stride [A, 1] in px of every anchor of an input of input_wh px."""
    cells, strides = [], []
    for stride in STRIDES_PX:
        y, x = np.mgrid[: input_wh[1] // stride, : input_wh[0] // stride]
        cells.append(np.stack([x, y], axis=-1).reshape(-1, 2))
        strides.append(np.full((x.size, 1), stride))
    return np.concatenate(cells).astype(np.float32), np.concatenate(strides).astype(np.float32)


def decode(outputs: Mapping[str, NDArray[np.float32]], input_wh: tuple[int, int], score_min: float) -> Detections:
    """Turn the raw output [N, A, 5 + C] of a batch into boxes in input pixels with a score of at least score_min.

    Two outputs are some cells [N, K, 5 + C] and which anchors they are [N, K]; what is told is the same.
    A shape that does not fit the input, or a score that is not finite, raises AnswerError.
    """
    raw, *chosen = outputs.values()
    cells, strides = anchor_cells(input_wh)
    if raw.ndim != 3 or (raw.shape[1] != len(cells) and not chosen):
        raise AnswerError(
            f"output of shape {raw.shape}",
            f"an input of {input_wh[0]}x{input_wh[1]} px has {len(cells)} anchors",
            "check the decoder that the manifest names for this network",
        )
    objectness = raw[:, :, OBJECTNESS].ravel()
    if not np.isfinite(objectness).all():
        raise AnswerError("scores of a picture", "not finite", "check the picture and the network's precision")
    # a class score is at most 1, so an anchor below score_min by objectness alone can be passed over unread
    near = np.flatnonzero(objectness >= score_min)
    pictures, anchors = np.divmod(near, raw.shape[1])
    if chosen:
        anchors = chosen[0].ravel()[near].astype(np.int64)
    rows = raw.reshape(-1, raw.shape[2]).take(near, axis=0)
    cells, strides = cells.take(anchors, axis=0), strides.take(anchors, axis=0)
    class_ids = rows[:, 5:].argmax(axis=1)
    scores = rows[:, OBJECTNESS] * rows[np.arange(len(near)), 5 + class_ids]
    if not np.isfinite(scores).all():
        raise AnswerError("class scores of a picture", "not finite", "check the picture and the network's precision")
    centres = (rows[:, :2] + cells) * strides
    with np.errstate(over="ignore", invalid="ignore"):  # a size beyond all numbers makes a box that is dropped later
        halves = np.exp(rows[:, 2:4]) * (strides / 2)
        boxes = np.concatenate([centres - halves, centres + halves], axis=1)
    return Detections(boxes, scores, class_ids, pictures).take(scores >= score_min)
