"""Faces and plates: a box written the way a network writes it is read back; what cannot be read is said."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import end_to_end, lpd_yunet, y5fu, yunet
from models.errors import AnswerError

INPUT_WH = (96, 64)
# 96x64 px: 12 x 8 cells of stride 8, 6 x 4 of 16, 3 x 2 of 32, rows first
CELLS = {8: (12, 8), 16: (6, 4), 32: (3, 2)}
offsets = st.tuples(*[st.floats(-2, 2)] * 2)
sizes = st.tuples(*[st.floats(1, 90)] * 2)


def boxes(centre: np.ndarray, size: tuple[float, float]) -> list[list[float]]:
    half = np.array(size) / 2
    return [[*(centre - half), *(centre + half)]]


def blank_faces() -> dict[str, np.ndarray]:
    kinds = {"cls": 1, "obj": 1, "bbox": 4, "kps": 10}
    return {
        f"{kind}_{stride}": np.zeros((columns * rows, width), np.float32)
        for kind, width in kinds.items()
        for stride, (columns, rows) in CELLS.items()
    }


@given(st.sampled_from(sorted(CELLS)), st.data(), offsets, sizes)
def test_a_face_is_read_from_the_cell_that_wrote_it(
    stride: int, data: st.DataObject, offset: tuple[float, float], size_wh: tuple[float, float]
) -> None:
    columns, rows = CELLS[stride]
    place = data.draw(st.integers(0, columns * rows - 1))
    raw = blank_faces()
    raw[f"cls_{stride}"][place], raw[f"obj_{stride}"][place] = 0.9, 0.5
    raw[f"bbox_{stride}"][place] = (*offset, *np.log(np.array(size_wh) / stride))
    found = yunet.decode(raw, INPUT_WH, 0.6)
    cell = np.array([place % columns, place // columns])
    np.testing.assert_allclose(found.boxes_xyxy, boxes((cell + offset) * stride, size_wh), rtol=1e-4, atol=1e-3)
    assert found.scores.tolist() == pytest.approx([0.45**0.5])
    assert found.class_ids.tolist() == [0]


@given(st.integers(0, 99), sizes, st.tuples(*[st.floats(0, 96)] * 2), st.integers(0, 1))
def test_a_plate_of_y5fu_is_read_as_it_is_written(
    place: int, size_wh: tuple[float, float], centre: tuple[float, float], kind: int
) -> None:
    raw = np.zeros((100, 15), np.float32)
    raw[place, :4] = (*centre, *size_wh)
    raw[place, 4], raw[place, 13 + kind] = 0.8, 0.5
    found = y5fu.decode({"output": raw}, INPUT_WH, 0.3)
    np.testing.assert_allclose(found.boxes_xyxy, boxes(np.array(centre), size_wh), rtol=1e-4, atol=1e-3)
    assert found.scores.tolist() == pytest.approx([0.4])
    assert found.class_ids.tolist() == [kind]


def test_priors_are_as_many_as_the_network_has_and_lie_on_the_picture() -> None:
    centres, sides = lpd_yunet.priors((320, 240))
    assert centres.shape == (4385, 2) and sides.shape == (4385,)
    assert centres[:4].tolist() == [[4, 4], [4, 4], [4, 4], [12, 4]] and sides[:4].tolist() == [10, 16, 24, 10]
    assert (centres > 0).all() and (centres < (320, 240)).all()


@given(st.integers(0, 4384), st.tuples(*[st.floats(-200, 200)] * 8))
def test_a_plate_of_lpd_yunet_is_bounded_by_its_four_corners(place: int, corners: tuple[float, ...]) -> None:
    centres, sides = lpd_yunet.priors((320, 240))
    raw = {"loc": np.zeros((4385, 14), np.float32), "conf": np.zeros((4385, 2), np.float32)}
    raw["iou"] = np.zeros((4385, 1), np.float32)
    points = np.array(corners).reshape(4, 2)
    written = (points - centres[place]) / (0.1 * sides[place])
    raw["loc"][place, [4, 5, 6, 7, 10, 11, 12, 13]] = written.ravel()
    raw["loc"][place, [0, 1, 2, 3, 8, 9]] = 1e6
    raw["conf"][place, 1], raw["iou"][place] = 0.81, 1.7
    found = lpd_yunet.decode(raw, (320, 240), 0.8)
    np.testing.assert_allclose(found.boxes_xyxy, [[*points.min(axis=0), *points.max(axis=0)]], rtol=1e-3, atol=1e-2)
    assert found.scores.tolist() == pytest.approx([0.9])


def plates(width: int = 15) -> dict[str, np.ndarray]:
    return {"output": np.zeros((9, width), np.float32)}


def lpd(count: int = 4385) -> dict[str, np.ndarray]:
    return {name: np.zeros((count, width), np.float32) for name, width in (("loc", 14), ("conf", 2), ("iou", 1))}


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize(
    ("decode", "raw", "input_wh", "name", "column"),
    [
        (y5fu.decode, plates(), INPUT_WH, "output", 4),
        (y5fu.decode, plates(), INPUT_WH, "output", 14),
        (yunet.decode, blank_faces(), INPUT_WH, "cls_16", 0),
        (lpd_yunet.decode, lpd(), (320, 240), "conf", 1),
        (lpd_yunet.decode, lpd(), (320, 240), "iou", 0),
    ],
)
def test_scores_that_are_no_numbers_are_an_error(decode, raw, input_wh, name: str, column: int, value: float) -> None:
    raw = {key: answer.copy() for key, answer in raw.items()}
    if "output" in raw:
        raw["output"][3, [4, 13]] = 0.9
    raw[name][3, column] = value
    if np.isinf(value) and name != "output":
        decode(raw, input_wh, 0.5)  # clipped to 1, as the networks' own decoders do
        return
    with pytest.raises(AnswerError, match="not finite"):
        decode(raw, input_wh, 0.5)


@pytest.mark.parametrize(
    ("decode", "raw", "input_wh", "told"),
    [
        (y5fu.decode, plates(13), INPUT_WH, r"not 13 \+ C values"),
        (yunet.decode, blank_faces(), (64, 64), "64x64 px has 84 cells"),
        (lpd_yunet.decode, lpd(4384), (320, 240), "320x240 px has 4385 priors"),
    ],
)
def test_an_output_for_another_input_is_an_error(decode, raw, input_wh, told: str) -> None:
    with pytest.raises(AnswerError, match=told):
        decode(raw, input_wh, 0.5)


def test_a_size_beyond_all_numbers_is_left_to_be_dropped() -> None:
    raw = blank_faces()
    raw["cls_8"][5] = raw["obj_8"][5] = 0.9
    raw["bbox_8"][5] = (0, 0, 1000, 1000)
    assert np.isinf(yunet.decode(raw, INPUT_WH, 0.6).boxes_xyxy).all()


def test_rows_of_a_graph_that_suppresses_itself_are_boxes_as_they_are() -> None:
    rows = np.array([[0, 1, 2, 30, 12, 0, 0.9], [0, 5, 6, 7, 8, 0, 0.2]], np.float32)
    found = end_to_end.decode({"output": rows}, INPUT_WH, 0.3)
    assert found.boxes_xyxy.tolist() == [[1, 2, 30, 12]] and found.class_ids.tolist() == [0]
    assert found.scores.tolist() == pytest.approx([0.9])
    assert len(end_to_end.decode({"output": rows[:0]}, INPUT_WH, 0.3).scores) == 0


@pytest.mark.parametrize(
    ("raw", "told"), [(np.zeros((3, 6), np.float32), "not 7 values per row"), (np.full((1, 7), np.nan), "not finite")]
)
def test_rows_that_cannot_be_boxes_are_an_error(raw: np.ndarray, told: str) -> None:
    with pytest.raises(AnswerError, match=told):
        end_to_end.decode({"output": raw}, INPUT_WH, 0.3)
