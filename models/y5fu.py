"""What a y5fu network gives, as boxes of number plates: one row per anchor, already in input pixels.

Row: centre x and y, width, height, objectness, four corners (not read), a score for each kind of plate (one line, two
lines). score = objectness * best kind (HyperLPR's use of its published ONNX files).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from models.boxes import Detections, boxes_around
from models.errors import AnswerError

_FIRST_KIND = 13


def decode(outputs: Mapping[str, NDArray[np.float32]], input_wh: tuple[int, int], score_min: float) -> Detections:
    """Turn the output [A, 13 + C] of one picture into boxes in input pixels with a score of at least score_min.

    A shape without kinds, or a score that is not finite, raises AnswerError.
    """
    (raw,) = outputs.values()
    if raw.ndim != 2 or raw.shape[1] <= _FIRST_KIND:
        why = f"not {_FIRST_KIND} + C values per row"
        raise AnswerError(f"output of shape {raw.shape}", why, "check the decoder in the manifest")
    if not np.isfinite(raw[:, 4]).all():
        raise AnswerError("scores of a picture", "not finite", "check the picture and the network's precision")
    rows = raw[raw[:, 4] >= score_min]
    kinds = rows[:, _FIRST_KIND:].argmax(axis=1)
    scores = rows[:, 4] * rows[np.arange(len(rows)), _FIRST_KIND + kinds]
    if not np.isfinite(scores).all():
        raise AnswerError("kinds of a picture", "not finite", "check the picture and the network's precision")
    enough = scores >= score_min
    return Detections.of_one(boxes_around(rows[enough, :2], rows[enough, 2:4]), scores[enough], kinds[enough])
