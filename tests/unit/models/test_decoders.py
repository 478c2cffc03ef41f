"""Decoders: a box written the way a network writes it is read back; what cannot be read is said."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import fastestdet, yolox
from models.errors import AnswerError

INPUT_WH = (96, 64)
# 96x64 px: 12 x 8 cells of stride 8, 6 x 4 of 16, 3 x 2 of 32, in that order, rows first
ANCHORS = 12 * 8 + 6 * 4 + 3 * 2


@given(
    st.integers(0, ANCHORS - 1),
    st.tuples(*[st.floats(-2, 2)] * 2),
    st.tuples(*[st.floats(1, 90)] * 2),
    st.integers(0, 79),
)
def test_yolox_boxes_are_read_from_the_cell_that_wrote_them(
    anchor: int, offset: tuple[float, float], size_wh: tuple[float, float], class_id: int
) -> None:
    layers = [(8, 12, 0), (16, 6, 96), (32, 3, 120)]
    stride, columns, first = next(layer for layer in reversed(layers) if anchor >= layer[2])
    cell_y, cell_x = divmod(anchor - first, columns)
    raw = np.zeros((ANCHORS, 85), np.float32)
    raw[anchor, :4] = (*offset, *np.log(np.array(size_wh) / stride))
    raw[anchor, 4], raw[anchor, 5 + class_id] = 0.8, 0.5

    found = yolox.decode({"output": raw[None]}, INPUT_WH, 0.3)
    centre = np.array([(cell_x + offset[0]) * stride, (cell_y + offset[1]) * stride])
    half = np.array(size_wh) / 2
    np.testing.assert_allclose(found.boxes_xyxy, [[*(centre - half), *(centre + half)]], rtol=1e-4, atol=1e-3)
    assert found.scores.tolist() == pytest.approx([0.4])
    assert found.class_ids.tolist() == [class_id]


@pytest.mark.parametrize(
    ("objectness", "class_score", "count"), [(0.6, 0.5, 1), (0.5, 0.5, 0), (0.29, 1.0, 0), (0.3, 1.0, 1)]
)
def test_yolox_scores_are_objectness_times_class(objectness: float, class_score: float, count: int) -> None:
    raw = np.zeros((ANCHORS, 85), np.float32)
    raw[5, 4], raw[5, 7] = objectness, class_score
    assert len(yolox.decode({"output": raw[None]}, INPUT_WH, np.float32(0.3)).scores) == count


@pytest.mark.parametrize(("column", "value"), [(4, np.nan), (4, np.inf), (7, np.nan)])
def test_yolox_scores_that_are_no_numbers_are_an_error(column: int, value: float) -> None:
    raw = np.zeros((ANCHORS, 85), np.float32)
    raw[5, 4] = 0.9
    raw[5, column] = value
    with pytest.raises(AnswerError, match="not finite"):
        yolox.decode({"output": raw[None]}, INPUT_WH, 0.3)


@pytest.mark.parametrize("shape", [(ANCHORS - 1, 85), (ANCHORS, 85, 1)])
def test_yolox_output_for_another_input_size_is_an_error(shape: tuple[int, ...]) -> None:
    with pytest.raises(AnswerError, match="96x64 px has 126 anchors"):
        yolox.decode({"output": np.zeros((1, *shape), np.float32)}, INPUT_WH, 0.3)


def test_fastestdet_boxes_are_shares_of_the_picture() -> None:
    raw = np.full((85, 22, 22), -20.0, np.float32)
    raw[[0, *range(5, 85)]] = 0.0
    raw[0, 7, 3], raw[5 + 2, 7, 3] = 0.9, 0.8
    raw[1:5, 7, 3] = np.arctanh(0.5), np.arctanh(-0.25), 0.0, np.log(1 / 3)
    found = fastestdet.decode({"758": raw}, (352, 352), 0.3)
    centre = np.array([3.5, 6.75]) * 16
    half = np.array([0.5, 0.25]) * 352 / 2
    np.testing.assert_allclose(found.boxes_xyxy, [[*(centre - half), *(centre + half)]], rtol=1e-5)
    assert found.scores.tolist() == pytest.approx([0.9**0.6 * 0.8**0.4])
    assert found.class_ids.tolist() == [2]


@pytest.mark.parametrize("value", [np.nan, -0.5])
def test_fastestdet_scores_that_are_no_numbers_are_an_error(value: float) -> None:
    raw = np.zeros((85, 22, 22), np.float32)
    raw[0, 0, 0] = value
    with pytest.raises(AnswerError, match="not finite"):
        fastestdet.decode({"758": raw}, (352, 352), 0.3)


def test_fastestdet_output_without_classes_is_an_error() -> None:
    with pytest.raises(AnswerError, match="not 5 \\+ C values"):
        fastestdet.decode({"758": np.zeros((5, 22, 22), np.float32)}, (352, 352), 0.3)
