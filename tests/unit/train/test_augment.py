"""A box stays on its thing, however the picture is scaled, moved and mirrored."""

from __future__ import annotations

import numpy as np
import pytest

from ops.train.augment import FILL, augmented, placed


def extent_of_red(picture: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = np.nonzero((picture[..., 2] > 150) & (picture[..., 0] < 100))
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


@pytest.fixture
def picture() -> np.ndarray:
    painted = np.full((288, 512, 3), 200, np.uint8)
    painted[100:180, 200:300] = (0, 0, 255)
    return painted


BOX = np.array([[200, 100, 300, 180]], np.float32)


@pytest.mark.parametrize(
    ("scale", "offset_xy"), [(1.0, (0, 0)), (0.75, (0, 0)), (1.2, (-100.0, -50.0)), (0.6, (40, 30))]
)
def test_a_box_moves_with_its_picture(picture: np.ndarray, scale: float, offset_xy: tuple[float, float]) -> None:
    moved, boxes = placed(picture, BOX, scale, offset_xy, (384, 224))
    assert extent_of_red(moved) == pytest.approx(boxes[0], abs=2)


def test_what_lies_beside_the_picture_is_filled(picture: np.ndarray) -> None:
    moved, _ = placed(picture, BOX, 0.5, (0, 0), (384, 224))
    assert (moved[150:, :] == FILL).all()


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("mirrored", [False, True])
def test_what_is_left_is_where_its_box_says(picture: np.ndarray, seed: int, mirrored: bool) -> None:
    seen, boxes, left = augmented(picture, BOX, (384, 224), mirrored, np.random.default_rng(seed))
    assert seen.shape == (224, 384, 3)
    assert seen.dtype == np.uint8
    if left[0]:
        assert extent_of_red(seen) == pytest.approx(boxes[0], abs=8)
