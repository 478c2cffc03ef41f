"""A batch's outputs to what is told of each picture, role by role: pure once a reader is made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from models.boxes import suppress, usable
from models.decoders import BOXES, VECTORS, WORDS, Outputs, Role
from models.labels import LABEL_SETS
from models.letterbox import Letterbox, to_sources
from models.manifest import RoleContract
from models.words import UNKNOWN, likeliest, scores_of
from models.yolox import anchors_of

CANDIDATES_MAX = 1000


class Found(NamedTuple):
    """Say what was found: a class name, its score (0 to 1), its half-open box in source pixels."""

    label: str
    score: float
    box_xyxy: tuple[float, float, float, float]


class Judgment(NamedTuple):
    """Hold what is told of one picture, a field for each role; a role that nobody fills is empty or `unknown`."""

    objects: tuple[Found, ...] = ()
    faces: tuple[Found, ...] = ()
    plates: tuple[Found, ...] = ()
    embedding: bytes = b""
    """float32, little endian, unit length."""
    scene: str = UNKNOWN
    weather: str = UNKNOWN
    timeofday: str = UNKNOWN


Told = list[tuple[Found, ...]] | list[bytes] | list[str]
Reader = Callable[[Outputs, Sequence[Letterbox]], Told]


def reader(role: Role, contract: RoleContract, score_min: float | None = None) -> Reader:
    """Return what turns a batch's outputs into what is told of each picture for a role.

    Boxes that score below score_min are not told, None: the manifest's; words have the manifest's in any case.
    What it returns raises AnswerError for a batch with a picture whose outputs cannot be used.
    """
    if role in ("objects", "faces", "plates"):
        return _boxes(contract, contract.score_min if score_min is None else score_min)
    if role == "embedding":
        vectors = VECTORS[contract.decoder]
        return lambda outputs, _: vectors(_read(contract, outputs))
    words, to_probabilities = LABEL_SETS[contract.labels], WORDS[contract.decoder]

    def told(outputs: Outputs, _letterboxes: Sequence[Letterbox]) -> list[str]:
        return likeliest(to_probabilities(scores_of(_read(contract, outputs), len(words))), words, contract.score_min)

    return told


def _boxes(contract: RoleContract, score_min: float) -> Reader:
    decode, by_class = BOXES[contract.decoder], LABEL_SETS[contract.labels]
    names = sorted({name for name in by_class if name})
    places = np.array([names.index(name) if name else -1 for name in by_class], np.int64)

    def found(outputs: Outputs, letterboxes: Sequence[Letterbox]) -> list[tuple[Found, ...]]:
        raw = decode(_read(contract, outputs), letterboxes[0].input_wh, score_min)
        raw = replace(raw, class_ids=places[raw.class_ids])
        best = suppress(raw.take((raw.class_ids >= 0) & usable(raw.boxes_xyxy)), contract.nms_iou_max, CANDIDATES_MAX)
        boxes_xyxy = to_sources(best.boxes_xyxy, letterboxes, best.pictures)
        inside = usable(boxes_xyxy)  # what lay in the fill beside the picture is empty by now
        best, boxes = best.take(inside), zip(*boxes_xyxy[inside].T.tolist(), strict=True)
        labels = [names[place] for place in best.class_ids.tolist()]
        told = list(map(Found, labels, best.scores.tolist(), boxes))
        ends = np.searchsorted(best.pictures, np.arange(len(letterboxes) + 1)).tolist()
        return [tuple(told[begin:end]) for begin, end in pairwise(ends)]

    return found


def _read(contract: RoleContract, outputs: Outputs) -> Outputs:
    """Return what the role reads, and where it is of some cells alone, which they are."""
    anchors = {anchors_of(name) for name in contract.reads} & outputs.keys()
    return {name: outputs[name] for name in (*contract.reads, *anchors)}
