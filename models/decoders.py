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
# what a network gives of one picture, the input's width and height in px, the least score
DecodeBoxes = Callable[[Outputs, tuple[int, int], float], Detections]
DecodeVector = Callable[[Outputs], bytes]
ToProbabilities = Callable[[NDArray[np.float64]], NDArray[np.float64]]

BOXES: Mapping[str, DecodeBoxes] = MappingProxyType(
    {
        "yolox": yolox.decode,
        "fastestdet": fastestdet.decode,
        "yunet": yunet.decode,
        "y5fu": y5fu.decode,
        "lpd_yunet": lpd_yunet.decode,
        "end_to_end": end_to_end.decode,
    }
)
WORDS: Mapping[str, ToProbabilities] = MappingProxyType({"softmax": words.softmax, "probabilities": words.as_they_are})
VECTORS: Mapping[str, DecodeVector] = MappingProxyType({"unit": embedding.unit, "first_token": embedding.first_token})

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
