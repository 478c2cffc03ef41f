"""A batch is read as its pictures are read alone, whatever lies in the others; one that cannot be read says so."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.decoders import Role
from models.errors import AnswerError
from models.letterbox import Letterbox
from models.manifest import RoleContract
from models.reading import CANDIDATES_MAX, Told, reader
from models.yolox import anchor_cells

INPUT_WH = (96, 64)
SOURCES_WH = ((96, 64), (1280, 720), (30, 90))
OBJECTS = RoleContract(reads=("cells",), decoder="yolox", labels="bdd100k_10", score_min=0.3, nms_iou_max=0.5)
CONTRACTS: Mapping[Role, RoleContract] = {
    "objects": OBJECTS,
    "faces": RoleContract(reads=("rows",), decoder="end_to_end", labels="face", score_min=0.3, nms_iou_max=0.5),
    "scene": RoleContract(reads=("words",), decoder="softmax", labels="places365_groups", score_min=0.1),
    "embedding": RoleContract(reads=("wide",), decoder="unit"),
}
pictures_of = st.lists(
    st.tuples(st.integers(0, 999), st.integers(0, 2), st.sampled_from(("", "", "", "empty", "equal", "nan"))),
    min_size=1,
    max_size=11,
)


def outputs_of(seed: int, kind: str) -> dict[str, np.ndarray]:
    """Draw what networks give of one picture: crowded boxes, words, a vector wide enough to be reduced."""
    rng = np.random.default_rng(seed)
    cells = rng.normal(0, 0.7, (len(anchor_cells(INPUT_WH)[0]), 15)).astype(np.float32)
    cells[:, 4:] = rng.random(cells[:, 4:].shape) ** 2
    cells[:, 2:4] += 1.5
    if kind == "empty":
        cells[:, 4] = 0
    if kind == "equal":
        cells[:, 4:] = np.float32(0.75)
    if kind == "nan":
        cells[7, 4] = np.nan
    rows = np.concatenate([np.zeros((9, 1)), rng.random((9, 4)) * 60, np.zeros((9, 1)), rng.random((9, 1))], axis=1)
    words, wide = rng.normal(0, 2, 365), rng.normal(size=200)
    drawn = {"cells": cells, "rows": rows, "words": words, "wide": wide}
    return {name: np.float32(array) for name, array in drawn.items()}


def told_of(role: Role, pictures: list[dict[str, np.ndarray]], letterboxes: list[Letterbox]) -> Told:
    stacked = {name: np.stack([one[name] for one in pictures]) for name in pictures[0]}
    return reader(role, CONTRACTS[role])(stacked, letterboxes)


@pytest.mark.parametrize("role", list(CONTRACTS))
@given(pictures_of)
def test_a_batch_tells_what_its_pictures_tell_alone(role: Role, drawn: list[tuple[int, int, str]]) -> None:
    pictures = [outputs_of(seed, kind) for seed, _, kind in drawn]
    letterboxes = [Letterbox.fit(SOURCES_WH[source], INPUT_WH, "centred") for _, source, _ in drawn]
    if role == "objects" and any(kind == "nan" for _, _, kind in drawn):
        with pytest.raises(AnswerError, match="not finite"):  # the batcher then has each judged alone
            told_of(role, pictures, letterboxes)
        return
    alone = [told_of(role, [one], [letterbox])[0] for one, letterbox in zip(pictures, letterboxes, strict=True)]
    assert told_of(role, pictures, letterboxes) == alone


def test_of_a_crowd_the_best_are_looked_at_in_each_picture_alone() -> None:
    wh = (640, 640)
    cells = np.zeros((2, len(anchor_cells(wh)[0]), 15), np.float32)
    cells[..., 2:4] = -3  # so small that none overlaps another
    cells[:, : CANDIDATES_MAX + 200, 4] = np.linspace(0.9, 0.4, CANDIDATES_MAX + 200, dtype=np.float32)
    cells[1, 50:, 4] = 0
    cells[..., 5] = 1
    many, few = reader("objects", OBJECTS)({"cells": cells}, [Letterbox.fit(wh, wh)] * 2)
    assert (len(many), len(few)) == (CANDIDATES_MAX, 50)
    scores = [one.score for one in many]
    assert scores == sorted(scores, reverse=True) and scores[0] == pytest.approx(0.9)
