"""Overlap and suppression, held against slow definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.boxes import Detections, area_px2, iou_matrix, suppress, usable

whole = st.integers(0, 20)
box_lists = st.lists(st.tuples(whole, whole, st.integers(1, 15), st.integers(1, 15)), max_size=12)


def corners(boxes_xywh: list[tuple[int, int, int, int]]) -> np.ndarray:
    boxes = np.array(boxes_xywh, np.float64).reshape(-1, 4)
    return np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1)


def pixels(box: np.ndarray) -> set[tuple[int, int]]:
    x1, y1, x2, y2 = map(int, box)
    return {(x, y) for x in range(x1, x2) for y in range(y1, y2)}


@given(box_lists, box_lists)
def test_overlap_is_shared_pixels_over_all_pixels(left: list, right: list) -> None:
    left_xyxy, right_xyxy = corners(left), corners(right)
    for row, one in zip(iou_matrix(left_xyxy, right_xyxy), left_xyxy, strict=True):
        for value, other in zip(row, right_xyxy, strict=True):
            mine, theirs = pixels(one), pixels(other)
            assert value == pytest.approx(len(mine & theirs) / len(mine | theirs))


def test_a_box_turned_inside_out_has_no_area_and_no_overlap() -> None:
    turned = np.array([[5.0, 5.0, 1.0, 9.0]])
    assert area_px2(turned) == 0
    assert iou_matrix(turned, turned) == 0


@given(box_lists, st.data())
def test_suppression_is_the_greedy_definition(boxes: list, data: st.DataObject) -> None:
    count = len(boxes)
    scores = data.draw(st.lists(st.sampled_from([0.1, 0.3, 0.5, 0.7, 0.9]), min_size=count, max_size=count))
    class_ids = data.draw(st.lists(st.integers(0, 2), min_size=count, max_size=count))
    iou_max = data.draw(st.sampled_from([0.1, 0.45, 0.8]))
    most = data.draw(st.integers(1, 12))
    found = Detections.of_one(corners(boxes), np.array(scores, np.float64), np.array(class_ids, np.int64))

    kept: list[int] = []
    for place in sorted(range(count), key=lambda place: -scores[place])[:most]:
        overlaps = iou_matrix(found.boxes_xyxy[[place]], found.boxes_xyxy[kept])[0] if kept else []
        rivals = [share for share, other in zip(overlaps, kept, strict=True) if class_ids[other] == class_ids[place]]
        if all(share <= iou_max for share in rivals):
            kept.append(place)

    best = suppress(found, iou_max, most)
    np.testing.assert_array_equal(best.boxes_xyxy, found.boxes_xyxy[kept])
    np.testing.assert_array_equal(best.scores, found.scores[kept])
    np.testing.assert_array_equal(best.class_ids, found.class_ids[kept])


@given(st.lists(box_lists, min_size=1, max_size=4), st.data())
def test_pictures_of_a_batch_are_suppressed_each_on_its_own(pictures: list, data: st.DataObject) -> None:
    alone = []
    for boxes in pictures:
        many = {"min_size": len(boxes), "max_size": len(boxes)}
        scores = data.draw(st.lists(st.sampled_from([0.3, 0.5, 0.7]), **many))
        class_ids = data.draw(st.lists(st.integers(0, 2), **many))
        alone.append(Detections.of_one(corners(boxes), np.array(scores, np.float64), np.array(class_ids, np.int64)))
    names = ("boxes_xyxy", "scores", "class_ids")
    joined = [np.concatenate([getattr(one, name) for one in alone]) for name in names]
    places = np.arange(len(alone)).repeat([len(one.scores) for one in alone])
    together = suppress(Detections(*joined, places), 0.3, 5)
    for place, one in enumerate(alone):
        want, got = suppress(one, 0.3, 5), together.take(together.pictures == place)
        for name in names:
            np.testing.assert_array_equal(getattr(got, name), getattr(want, name))


@pytest.mark.parametrize("far", [1e30, np.finfo(np.float32).max / 4])
def test_a_box_beyond_all_pictures_hides_no_rivals(far: float) -> None:
    near = corners([(0, 0, 10, 10), (1, 0, 10, 10)]).astype(np.float32)
    boxes = np.concatenate([near, np.array([[0, 0, far, far]], np.float32)])
    found = Detections.of_one(boxes, np.array([0.9, 0.8, 0.7], np.float32), np.zeros(3, np.int64))
    assert suppress(found, 0.5, 10).scores.tolist() == pytest.approx([0.9, 0.7])


def test_a_box_that_is_suppressed_suppresses_nothing() -> None:
    row = Detections.of_one(
        corners([(0, 0, 10, 10), (4, 0, 10, 10), (8, 0, 10, 10)]), np.array([0.9, 0.8, 0.7]), np.zeros(3, int)
    )
    assert suppress(row, 0.4, 10).boxes_xyxy[:, 0].tolist() == [0, 8]


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ((0, 0, 1, 1), True),
        ((0, 0, 0, 1), False),
        ((2, 0, 1, 1), False),
        ((0, 0, float("inf"), 1), False),
        ((float("-inf"), 0, 1, 1), False),
        ((0, float("nan"), 1, 1), False),
    ],
)
def test_only_finite_boxes_with_an_inside_are_usable(box: tuple[float, ...], expected: bool) -> None:
    assert usable(np.array([box], np.float32)).tolist() == [expected]
