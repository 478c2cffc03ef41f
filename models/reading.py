"""One picture's outputs to what is told of it, role by role: pure once a reader is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.boxes import suppress, usable
from models.decoders import BOXES, VECTORS, WORDS, Outputs, Role
from models.labels import LABEL_SETS
from models.letterbox import Letterbox
from models.manifest import RoleContract
from models.words import UNKNOWN, likeliest, scores_of

CANDIDATES_MAX = 1000


@dataclass(frozen=True, slots=True)
class Found:
    """Say what was found: a class name, its score (0 to 1), its half-open box in source pixels."""

    label: str
    score: float
    box_xyxy: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Judgment:
    """Hold what is told of one picture, a field for each role; a role that nobody fills is empty or `unknown`."""

    objects: tuple[Found, ...] = ()
    faces: tuple[Found, ...] = ()
    plates: tuple[Found, ...] = ()
    embedding: bytes = b""
    """float32, little endian, unit length."""
    scene: str = UNKNOWN
    weather: str = UNKNOWN
    timeofday: str = UNKNOWN


Told = tuple[Found, ...] | bytes | str
Reader = Callable[[Outputs, Letterbox], Told]


def reader(role: Role, contract: RoleContract, score_min: float | None = None) -> Reader:
    """Return what turns a picture's outputs into what is told for a role; score_min None means the manifest's.

    What it returns raises AnswerError for outputs that cannot be used.
    """
    least = contract.score_min if score_min is None else score_min
    if role in ("objects", "faces", "plates"):
        return _boxes(contract, least)
    if role == "embedding":
        vector = VECTORS[contract.decoder]
        return lambda outputs, _: vector(_read(contract, outputs))
    words, to_probabilities = LABEL_SETS[contract.labels], WORDS[contract.decoder]

    def word(outputs: Outputs, _letterbox: Letterbox) -> str:
        return likeliest(to_probabilities(scores_of(_read(contract, outputs), len(words))), words, least)

    return word


def _boxes(contract: RoleContract, score_min: float) -> Reader:
    decode, by_class = BOXES[contract.decoder], LABEL_SETS[contract.labels]
    names = sorted({name for name in by_class if name})
    places = np.array([names.index(name) if name else -1 for name in by_class], np.int64)

    def found(outputs: Outputs, letterbox: Letterbox) -> tuple[Found, ...]:
        raw = decode(_read(contract, outputs), letterbox.input_wh, score_min)
        raw.class_ids[:] = places[raw.class_ids]
        raw = raw.take((raw.class_ids >= 0) & usable(raw.boxes_xyxy))
        best = suppress(raw, contract.nms_iou_max, CANDIDATES_MAX)
        boxes_xyxy = letterbox.to_source(best.boxes_xyxy)
        inside = usable(boxes_xyxy)  # what lay in the fill beside the picture is empty by now
        return tuple(
            Found(names[place], float(score), (x1, y1, x2, y2))
            for place, score, (x1, y1, x2, y2), is_inside in zip(
                best.class_ids, best.scores, boxes_xyxy.tolist(), inside, strict=True
            )
            if is_inside
        )

    return found


def _read(contract: RoleContract, outputs: Outputs) -> Outputs:
    return {name: outputs[name] for name in contract.reads}
