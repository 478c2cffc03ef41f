"""How a network errs in words and things, counted on labelled pictures, as `evaluate --confusion` reads it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from models.boxes import iou_matrix
from models.reading import Found

FOUND_IOU = 0.5
MISSED = ""

Table = dict[str, dict[str, float]]


def said_of_things(truths: Mapping[str, Sequence[tuple[float, ...]]], told: Sequence[Found]) -> list[tuple[str, str]]:
    """Return (true class, said class) of every thing of a picture; what no box covers half is MISSED.

    A thing is told by the box of its own class where one covers it, else by the surest that does.
    """
    pairs = []
    boxes = np.array([one.box_xyxy for one in told], np.float64).reshape(-1, 4)
    for label, things in truths.items():
        for overlaps in iou_matrix(np.array(things, np.float64).reshape(-1, 4), boxes):
            covering = [one for one, overlap in zip(told, overlaps, strict=True) if overlap >= FOUND_IOU]
            labels = [one.label for one in sorted(covering, key=lambda one: -one.score)]
            pairs.append((label, label if label in labels else next(iter(labels), MISSED)))
    return pairs


def table_of(pairs: Sequence[tuple[str, str]]) -> Table:
    """Return true value -> said value -> ratio of (true, said) pairs; what is MISSED is left out of the row."""
    rows: dict[str, Counter[str]] = {}
    for true, said in pairs:
        rows.setdefault(true, Counter())[said] += 1
    return {
        true: {said: count / row.total() for said, count in row.most_common() if said != MISSED}
        for true, row in sorted(rows.items())
    }
