"""The decoders by the name that the manifest gives them: of boxes, of words, of vectors; and which roles have which."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from models import embedding, end_to_end, fastestdet, lpd_yunet, words, y5fu, yolox, yunet
from models.boxes import Detections

Outputs = Mapping[str, NDArray[np.float32]]
# what a network gives of a batch, or of one picture, the input's width and height in px, the least score
DecodeBoxes = Callable[[Outputs, tuple[int, int], float], Detections]
DecodeVectors = Callable[[Outputs], list[bytes]]
ToProbabilities = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def singly(decode: DecodeBoxes) -> DecodeBoxes:
    """Return what decodes a batch with what decodes one picture."""

    def decoded(outputs: Outputs, input_wh: tuple[int, int], score_min: float) -> Detections:
        pictures = len(next(iter(outputs.values())))
        each = ({name: output[place] for name, output in outputs.items()} for place in range(pictures))
        found = [decode(one, input_wh, score_min) for one in each]
        return Detections(
            np.concatenate([one.boxes_xyxy for one in found]),
            np.concatenate([one.scores for one in found]),
            np.concatenate([one.class_ids for one in found]),
            np.arange(pictures).repeat([len(one.scores) for one in found]),
        )

    return decoded


BOXES: Mapping[str, DecodeBoxes] = MappingProxyType(
    {
        "yolox": yolox.decode,
        "fastestdet": singly(fastestdet.decode),
        "yunet": singly(yunet.decode),
        "y5fu": singly(y5fu.decode),
        "lpd_yunet": singly(lpd_yunet.decode),
        "end_to_end": singly(end_to_end.decode),
    }
)
WORDS: Mapping[str, ToProbabilities] = MappingProxyType({"softmax": words.softmax, "probabilities": words.as_they_are})
VECTORS: Mapping[str, DecodeVectors] = MappingProxyType({"unit": embedding.unit, "first_token": embedding.first_token})

Role = Literal["objects", "faces", "plates", "embedding", "scene", "weather", "timeofday"]
DECODERS: Mapping[Role, Mapping[str, Any]] = MappingProxyType(
    {
        "objects": BOXES,
        "faces": BOXES,
        "plates": BOXES,
        "embedding": VECTORS,
        "scene": WORDS,
        "weather": WORDS,
        "timeofday": WORDS,
    }
)
