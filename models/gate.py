"""Whether a network at half precision still says what it says at full precision: judgments compared, pure.

Half precision has 11 bits: last digits change, and what stands at a threshold may fall to its other side. What counts
is whether somebody who reads the judgments would notice.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.boxes import iou_matrix
from models.reading import Found, Judgment

MARGIN = 0.05
"""Boxes that score less than this above the threshold may come and go; scores may differ by as much."""
IOU_MIN = 0.9
COSINE_MIN = 0.995
AGREE_MIN = 0.99
"""Share of words and of boxes that must agree."""


def disagreement(exact: Sequence[Judgment], half: Sequence[Judgment], score_min: float) -> str:
    """Say how judgments at half precision differ from exact ones of the same pictures; "" where nobody would notice.

    No picture at all is a disagreement: nothing was shown. `score_min` is the least score told of a box.
    """
    if not exact:
        return "no picture to compare them on"
    for role in ("weather", "scene", "timeofday"):
        same = sum(getattr(one, role) == getattr(other, role) for one, other in zip(exact, half, strict=True))
        if same < AGREE_MIN * len(exact):
            return f"{role} agrees on {same} of {len(exact)} pictures"
    for role in ("objects", "faces", "plates"):
        pairs = [(getattr(one, role), getattr(other, role)) for one, other in zip(exact, half, strict=True)]
        alone = sum(_alone(one, other, score_min) + _alone(other, one, score_min) for one, other in pairs)
        told = sum(_told(one, score_min) + _told(other, score_min) for one, other in pairs)
        if told - alone < AGREE_MIN * told:
            return f"{alone} of {told} {role} have no partner"
    cosines = [_cosine(one.embedding, other.embedding) for one, other in zip(exact, half, strict=True)]
    if min(cosines) < COSINE_MIN:
        return f"an embedding is turned to a cosine of {min(cosines):.4f}"
    return ""


def _told(found: Sequence[Found], score_min: float) -> int:
    return sum(one.score >= score_min + MARGIN for one in found)


def _alone(found: Sequence[Found], others: Sequence[Found], score_min: float) -> int:
    """Count what clearly scores and has no partner of its class, place and score among the others."""
    clear = [one for one in found if one.score >= score_min + MARGIN]
    if not clear or not others:
        return len(clear)
    near = iou_matrix(_boxes(clear), _boxes(others)) >= IOU_MIN
    near &= np.array([[one.label == other.label for other in others] for one in clear])
    near &= np.array([[abs(one.score - other.score) <= MARGIN for other in others] for one in clear])
    return int((~near.any(axis=1)).sum())


def _boxes(found: Sequence[Found]) -> np.ndarray:
    return np.array([one.box_xyxy for one in found], np.float64).reshape(-1, 4)


def _cosine(one: bytes, other: bytes) -> float:
    if not one and not other:
        return 1.0
    return float(np.frombuffer(one, "<f4").astype(np.float64) @ np.frombuffer(other, "<f4").astype(np.float64))
