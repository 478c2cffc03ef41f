"""Labelled pictures: the det form of BDD100K / Scalabel, one JSON list or one object a line, 2018 and 2020 class names.

A label's box is inclusive (width = x2 - x1 + 1): it is made half-open here, once. Labels without box2d (lanes, areas)
are passed over.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from models.errors import TruthError
from models.labels import BDD100K_CLASSES
from models.words import UNKNOWN

# Names of 2018 and of the tracking files -> names of 2020.
OLD_NAMES: Mapping[str, str] = MappingProxyType(
    {"person": "pedestrian", "bike": "bicycle", "motor": "motorcycle", "caravan": "car", "van": "car"}
)
# What an annotator saw and could not name: found there, these classes are neither right nor wrong.
_VEHICLES = ("car", "truck", "bus", "train")
IGNORED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"other person": ("pedestrian", "rider"), "other vehicle": _VEHICLES, "trailer": _VEHICLES}
)

WORDS = ("weather", "scene", "timeofday")

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class TruthPicture:
    """Hold what is on one picture: by class, half-open boxes in source pixels; and those that count as nothing."""

    name: str
    boxes: Mapping[str, tuple[Box, ...]]
    ignored: Mapping[str, tuple[Box, ...]]
    words: Mapping[str, str] = field(default_factory=dict)
    """Weather, scene and time of day, where the label names them."""


def read_truths(labels: Path, names: Collection[str]) -> list[TruthPicture]:
    """Return the labels of the pictures of those names, in the file's order.

    No label for any of them, or a file in no known form, raises TruthError.
    """
    try:
        text = labels.read_text("utf-8")
        lines = [text] if text.lstrip().startswith("[") else text.splitlines()
        read = [json.loads(line) for line in lines if line.strip()]
        entries = read[0] if read and isinstance(read[0], list) else read
        wanted = set(names)
        truths = [_truth(entry) for entry in entries if entry["name"] in wanted]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        why = f"{type(error).__name__}: {error}"
        remedy = "give a BDD100K det file: a JSON list, or one JSON object a line"
        raise TruthError(f"labels {labels}", why, remedy) from error
    if not truths:
        why = f"no label for any of {len(names)} pictures"
        raise TruthError(f"labels {labels}", why, "give labels and pictures of one set")
    return truths


def _truth(entry: Mapping[str, Any]) -> TruthPicture:
    boxes: dict[str, list[Box]] = {}
    ignored: dict[str, list[Box]] = {}
    for label in entry.get("labels") or ():
        if not label.get("box2d"):
            continue
        box = _half_open(label["box2d"])
        name = OLD_NAMES.get(label["category"], label["category"])
        if name in BDD100K_CLASSES:
            boxes.setdefault(name, []).append(box)
        for near in IGNORED.get(name, ()):
            ignored.setdefault(near, []).append(box)
    attributes = {name: value for name, value in (entry.get("attributes") or {}).items() if name in WORDS}
    words = {name: str(value) for name, value in attributes.items() if value not in (None, "undefined", UNKNOWN)}
    return TruthPicture(entry["name"], _frozen(boxes), _frozen(ignored), MappingProxyType(words))


def _half_open(box: Mapping[str, Any]) -> Box:
    x1, y1, x2, y2 = (float(box[side]) for side in ("x1", "y1", "x2", "y2"))
    if not all(map(math.isfinite, (x1, y1, x2, y2))):
        raise ValueError(f"box {dict(box)} is not finite")
    return x1, y1, x2 + 1, y2 + 1


def _frozen(boxes: Mapping[str, list[Box]]) -> Mapping[str, tuple[Box, ...]]:
    return MappingProxyType({name: tuple(found) for name, found in boxes.items()})
