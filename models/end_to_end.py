"""What a network gives that suppresses in its own graph, as boxes: a row for each that is left, in input pixels.

Row: place of the picture in the batch (always 0: such a file takes one at a time), x1, y1, x2, y2, class, score (the
form of YOLOv9's exporter).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from models.boxes import Detections
from models.errors import AnswerError

_COLUMNS = 7


def decode(outputs: Mapping[str, NDArray[np.float32]], input_wh: tuple[int, int], score_min: float) -> Detections:
    """Turn the output [D, 7] of one picture into boxes in input pixels with a score of at least score_min.

    Another shape, or a score or class that is not finite, raises AnswerError.
    """
    (raw,) = outputs.values()
    if raw.ndim != 2 or raw.shape[1] != _COLUMNS:
        what, why = f"output of shape {raw.shape}", f"not {_COLUMNS} values per row"
        raise AnswerError(what, why, "check the decoder in the manifest")
    if not np.isfinite(raw[:, 5:]).all():
        raise AnswerError("scores of a picture", "not finite", "check the picture and the network's precision")
    rows = raw[raw[:, 6] >= score_min]
    return Detections.of_one(rows[:, 1:5], rows[:, 6], rows[:, 5].astype(np.int64))
