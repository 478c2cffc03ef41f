"""How well a network finds objects: look at labelled pictures, score by the rule of average_precision.py."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.average_precision import ClassInPicture, average_precision
from models.boxes import Floats
from models.eyes import Eyes
from models.labels import BDD100K_CLASSES, LABEL_SETS
from models.reading import Found
from models.truth import Box, TruthPicture

# For open_eyes: what scores less changes AP50 of YOLOX-nano by less than .01, and costs suppression much time.
SCORE_MIN = 0.03
PICTURES_AT_ONCE = 8

Size = tuple[int, int]
# picture_of(name, scaled_wh) -> pixels (uint8 [h, w, 3], BGR, scaled to scaled_wh(source_wh)), source_wh
PictureOf = Callable[[str, Callable[[Size], Size]], tuple[NDArray[np.uint8], Size]]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Say how well a network did: AP50 by class that it can name and that has a truth, their mean, and on how much."""

    network: str
    input_wh: Size
    pictures: int
    truths: Mapping[str, int]
    ap50: Mapping[str, float]
    mean_ap50: float


async def evaluate(eyes: Eyes, truths: Sequence[TruthPicture], picture_of: PictureOf) -> Evaluation:
    """Look at every labelled picture and score what was found.

    picture_of is called in a thread; what it raises, and what eyes.look raises, goes through.
    """
    found: list[Sequence[Found]] = []
    for start in range(0, len(truths), PICTURES_AT_ONCE):
        names = [truth.name for truth in truths[start : start + PICTURES_AT_ONCE]]
        pictures = [await asyncio.to_thread(picture_of, name, eyes.scaled_wh) for name in names]
        seen = await eyes.look([pixels for pixels, _ in pictures], [source_wh for _, source_wh in pictures])
        found += [judgment.objects for judgment in seen]
    can_name = LABEL_SETS[eyes.network.role("objects").labels]
    named = [name for name in BDD100K_CLASSES if name in can_name]
    pairs = list(zip(found, truths, strict=True))
    scored = {name: average_precision([_of_class(name, *pair) for pair in pairs]) for name in named}
    ap50 = {name: score for name, score in scored.items() if score is not None}
    counts = {name: sum(len(truth.boxes.get(name, ())) for truth in truths) for name in BDD100K_CLASSES}
    mean = sum(ap50.values()) / len(ap50) if ap50 else 0.0
    return Evaluation(eyes.identity, eyes.input_wh, len(truths), counts, ap50, mean)


def _of_class(name: str, found: Sequence[Found], truth: TruthPicture) -> ClassInPicture:
    mine = [one for one in found if one.label == name]
    return ClassInPicture(
        _array([one.box_xyxy for one in mine]),
        np.array([one.score for one in mine], np.float64),
        _array(truth.boxes.get(name, ())),
        _array(truth.ignored.get(name, ())),
    )


def _array(boxes: Sequence[Box]) -> Floats:
    return np.array(boxes, np.float64).reshape(-1, 4)
