"""Names of classes: what a network's class numbers mean, and which of them are BDD100K classes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

# Names of the ten BDD100K detection classes, in the order of the 2020 label files.
BDD100K_CLASSES = (
    "pedestrian", "rider", "car", "truck", "bus", "train", "motorcycle", "bicycle", "traffic light", "traffic sign",
)  # fmt: skip

COCO_80 = (
    "person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat", "traffic light",
    "fire hydrant", "stop sign", "parking meter", "bench", "bird", "cat", "dog", "horse", "sheep", "cow",
    "elephant", "bear", "zebra", "giraffe", "backpack", "umbrella", "handbag", "tie", "suitcase", "frisbee",
    "skis", "snowboard", "sports ball", "kite", "baseball bat", "baseball glove", "skateboard", "surfboard",
    "tennis racket", "bottle",
    "wine glass", "cup", "fork", "knife", "spoon", "bowl", "banana", "apple", "sandwich", "orange",
    "broccoli", "carrot", "hot dog", "pizza", "donut", "cake", "chair", "couch", "potted plant", "bed",
    "dining table", "toilet", "tv", "laptop", "mouse", "remote", "keyboard", "cell phone", "microwave", "oven",
    "toaster", "sink", "refrigerator", "book", "clock", "vase", "scissors", "teddy bear", "hair drier", "toothbrush",
)  # fmt: skip

# COCO has no class for a rider, and of traffic signs only the stop sign; every other COCO class is ignored.
COCO_TO_BDD100K: Mapping[str, str] = MappingProxyType(
    {
        "person": "pedestrian",
        "bicycle": "bicycle",
        "car": "car",
        "motorcycle": "motorcycle",
        "bus": "bus",
        "train": "train",
        "truck": "truck",
        "traffic light": "traffic light",
        "stop sign": "traffic sign",
    }
)

# label set of the manifest -> (names by class number, name -> BDD100K name)
LABEL_SETS: Mapping[str, tuple[tuple[str, ...], Mapping[str, str]]] = MappingProxyType(
    {
        "coco_80": (COCO_80, COCO_TO_BDD100K),
        "bdd100k_10": (BDD100K_CLASSES, MappingProxyType({name: name for name in BDD100K_CLASSES})),
    }
)


def bdd100k_ids(label_set: str) -> NDArray[np.int64]:
    """Return, by class number [C] of a label set, the place in BDD100K_CLASSES; -1 where the class is ignored."""
    names, mapped = LABEL_SETS[label_set]
    return np.array([BDD100K_CLASSES.index(mapped[name]) if name in mapped else -1 for name in names], np.int64)
