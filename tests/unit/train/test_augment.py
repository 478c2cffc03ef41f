"""A box stays on its thing, however the picture is cut, scaled and mirrored."""

from __future__ import annotations

import numpy as np
import pytest

from ops.train.augment import FILL, LARGEST_RATIO, Window, around, as_seen, cut, mirrored, whole

SIZE_WH, TO_WH = (512, 288), (320, 160)


def extent_of_red(picture: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = np.nonzero((picture[..., 2] > 150) & (picture[..., 0] < 100))
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


@pytest.fixture
def picture() -> np.ndarray:
    painted = np.full((SIZE_WH[1], SIZE_WH[0], 3), 200, np.uint8)
    painted[100:180, 200:300] = (0, 0, 255)
    return painted


BOX = np.array([[200, 100, 300, 180]], np.float32)


@pytest.mark.parametrize("window", [(0, 0, 320, 160), (150, 60, 320, 160), (100, 50, 448, 224), (-40, -30, 600, 300)])
def test_a_box_moves_with_its_picture(picture: np.ndarray, window: Window) -> None:
    seen, boxes, left = cut(picture, BOX, window, TO_WH)
    whole_thing = extent_of_red(seen)
    assert left[0]
    assert whole_thing == pytest.approx(boxes[0], abs=2)


def test_what_lies_beside_the_picture_is_filled(picture: np.ndarray) -> None:
    seen, _, _ = cut(picture, BOX, (0, 0, 640, 320), TO_WH)
    assert (seen[146:, :] == FILL).all()
    assert (seen[:, 258:] == FILL).all()


def test_a_thing_that_a_window_leaves_out_is_not_left(picture: np.ndarray) -> None:
    assert not cut(picture, BOX, (280, 0, 200, 100), TO_WH)[2][0]


@pytest.mark.parametrize("seed", range(8))
def test_a_window_around_a_thing_shows_it_whole_and_stays_in_the_picture(picture: np.ndarray, seed: int) -> None:
    left, top, wide, tall = around(BOX[0], SIZE_WH, TO_WH, np.random.default_rng(seed))
    assert 0 <= left <= left + wide <= SIZE_WH[0]
    assert 0 <= top <= top + tall <= SIZE_WH[1]
    seen, boxes, kept = cut(picture, BOX, (left, top, wide, tall), TO_WH)
    assert kept[0]
    assert extent_of_red(seen) == pytest.approx(boxes[0], abs=3)


@pytest.mark.parametrize("seed", range(8))
def test_of_a_thing_larger_than_the_input_a_window_shows_most(seed: int) -> None:
    left, top, wide, tall = around(np.array([0, 0, *SIZE_WH], np.float32), SIZE_WH, TO_WH, np.random.default_rng(seed))
    assert 0 <= left <= left + wide <= SIZE_WH[0]
    assert 0 <= top <= top + tall <= SIZE_WH[1]
    assert min(wide / SIZE_WH[0], tall / SIZE_WH[1]) >= 1 / LARGEST_RATIO - 0.01


@pytest.mark.parametrize("seed", range(8))
def test_a_look_at_the_whole_misses_little_of_the_picture(seed: int) -> None:
    left, top, wide, tall = whole((640, 360), (416, 256), np.random.default_rng(seed))
    assert min(640, left + wide) - max(0, left) >= 0.75 * 640
    assert min(360, top + tall) - max(0, top) >= 0.75 * 360


@pytest.mark.parametrize("seed", range(4))
def test_a_mirror_and_another_camera_leave_a_thing_where_its_box_says(picture: np.ndarray, seed: int) -> None:
    pixels, boxes = mirrored(picture, BOX)
    seen = as_seen(np.ascontiguousarray(pixels), np.random.default_rng(seed))
    assert seen.shape == picture.shape
    assert seen.dtype == np.uint8
    assert extent_of_red(seen) == pytest.approx(boxes[0], abs=8)
