"""How well a network sees: look at labelled pictures, score objects by average_precision.py, count right words."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.average_precision import ClassInPicture, average_precision
from models.boxes import Floats
from models.confusing import Table, said_of_things, table_of
from models.decoders import Role
from models.eyes import Eyes
from models.labels import BDD100K_CLASSES, LABEL_SETS
from models.manifest import Network
from models.reading import Found, Judgment
from models.truth import WORDS, Box, TruthPicture

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
    right: Mapping[str, float]
    """Of weather, scene and time of day: the share of labelled pictures of which it says the right word."""
    confusion: Mapping[str, Table]
    """Of words and objects, how often a true value is said to be which; things from the manifest's score on."""


def roles_scored(network: Network) -> list[Role]:
    """Return the roles to open a network with; one that finds no objects and says no words raises ManifestError."""
    roles: list[Role] = [role for role in network.roles if role == "objects" or role in WORDS]
    if not roles:
        network.role("objects")
    return roles


async def evaluate(eyes: Eyes, truths: Sequence[TruthPicture], picture_of: PictureOf) -> Evaluation:
    """Look at every labelled picture and score what is told by eyes that were opened for roles_scored.

    picture_of is called in a thread; what it raises, and what eyes.look raises, goes through.
    """
    told: list[Judgment] = []
    for start in range(0, len(truths), PICTURES_AT_ONCE):
        names = [truth.name for truth in truths[start : start + PICTURES_AT_ONCE]]
        pictures = [await asyncio.to_thread(picture_of, name, eyes.scaled_wh) for name in names]
        told += await eyes.look([pixels for pixels, _ in pictures], [source_wh for _, source_wh in pictures])
    pairs = list(zip([one.objects for one in told], truths, strict=True))
    contract = eyes.network.roles.get("objects")
    can_name = LABEL_SETS[contract.labels] if contract else ()
    named = [name for name in BDD100K_CLASSES if name in can_name]
    scored = {name: average_precision([_of_class(name, *pair) for pair in pairs]) for name in named}
    ap50 = {name: score for name, score in scored.items() if score is not None}
    counts = {name: sum(len(truth.boxes.get(name, ())) for truth in truths) for name in BDD100K_CLASSES}
    mean = sum(ap50.values()) / len(ap50) if ap50 else 0.0
    confusion: dict[str, Table] = {}
    if contract:
        sure = [[one for one in found if one.score >= contract.score_min] for found, _ in pairs]
        things = [said_of_things(truth.boxes, found) for found, truth in zip(sure, truths, strict=True)]
        confusion["objects"] = table_of([pair for some in things for pair in some])
    right: dict[str, float] = {}
    for word in [word for word in WORDS if word in eyes.network.roles]:
        said = [(truth.words[word], str(getattr(one, word)))
                for one, truth in zip(told, truths, strict=True) if word in truth.words]  # fmt: skip
        if said:
            right[word] = sum(true == value for true, value in said) / len(said)
            confusion[word] = table_of(said)
    return Evaluation(eyes.identity, eyes.input_wh, len(truths), counts, ap50, mean, right, confusion)


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
