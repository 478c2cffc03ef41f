"""The decoders by the name that the manifest gives them: one picture's outputs to boxes in input pixels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from models import fastestdet, yolox
from models.boxes import Detections

Decode = Callable[[Mapping[str, NDArray[np.float32]], tuple[int, int], float], Detections]

DECODERS: Mapping[str, Decode] = MappingProxyType({"yolox": yolox.decode, "fastestdet": fastestdet.decode})
