"""What FastestDet gives, as boxes: one cell grid over the picture.

Per cell: objectness, x and y offset before tanh, width and height before the logistic function, class scores.
centre = (cell + tanh) / cells, size = logistic, both as shares of the picture; score = objectness^0.6 * best class
score^0.4 (the project's ONNX example).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from models.boxes import Detections
from models.errors import AnswerError


def decode(outputs: Mapping[str, NDArray[np.float32]], input_wh: tuple[int, int], score_min: float) -> Detections:
    """Turn the output [5 + C, rows, columns] of one picture into boxes in input pixels scored at least score_min.

    A shape without cells, or a score that is not finite, raises AnswerError.
    """
    (raw,) = outputs.values()
    if raw.ndim != 3 or raw.shape[0] < 6:
        why, remedy = "not 5 + C values per cell", "check the decoder in the manifest"
        raise AnswerError(f"output of shape {raw.shape}", why, remedy)
    _, rows, columns = raw.shape
    cells = raw.reshape(raw.shape[0], -1)
    class_ids = cells[5:].argmax(axis=0)
    with np.errstate(invalid="ignore"):
        scores = cells[0] ** 0.6 * cells[5 + class_ids, np.arange(rows * columns)] ** 0.4
    if not np.isfinite(scores).all():
        raise AnswerError("scores of a picture", "not finite", "check the picture and the network's precision")
    near = np.flatnonzero(scores >= score_min)
    picked = cells[:, near]
    centres = (np.stack([near % columns, near // columns]) + np.tanh(picked[1:3])) / np.array([[columns], [rows]])
    halves = 0.5 / (1 + np.exp(-picked[3:5]))
    boxes = np.concatenate([centres - halves, centres + halves]).T * np.array(input_wh * 2)
    return Detections.of_one(boxes, scores[near], class_ids[near])
