"""Display matrices against the mapping they stand for: x' = ax + cy, y' = bx + dy."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from app.media.orientation import AS_CODED, orientation_of

ONE = 1 << 16


def matrix(a: int, b: int, c: int, d: int) -> bytes:
    return struct.pack("=9i", a * ONE, b * ONE, 0, c * ONE, d * ONE, 0, 0, 0, 1 << 30)


@pytest.mark.parametrize(
    ("a", "b", "c", "d", "rotation_deg"),
    [
        (1, 0, 0, 1, 0),
        (0, 1, -1, 0, 90),
        (-1, 0, 0, -1, 180),
        (0, -1, 1, 0, 270),
        (-1, 0, 0, 1, None),
        (1, 0, 0, -1, None),
        (0, 1, 1, 0, None),
        (0, -1, -1, 0, None),
    ],
)
def test_every_right_angled_matrix_puts_each_pixel_where_it_says(
    a: int, b: int, c: int, d: int, rotation_deg: int | None
) -> None:
    orientation = orientation_of(matrix(a, b, c, d))
    coded = np.arange(3 * 5, dtype=np.uint8).reshape(3, 5)
    upright = orientation.upright(coded)
    assert upright.shape == orientation.wh((5, 3))[::-1]
    xs = [a * x + c * y for y in range(3) for x in range(5)]
    ys = [b * x + d * y for y in range(3) for x in range(5)]
    for (y, x), value in np.ndenumerate(coded):
        assert upright[b * x + d * y - min(ys), a * x + c * y - min(xs)] == value
    if rotation_deg is not None:
        assert orientation.rotation_deg == rotation_deg


@pytest.mark.parametrize("display_matrix", [b"", bytes(36), bytes(35)])
def test_a_matrix_that_says_nothing_leaves_the_picture_as_coded(display_matrix: bytes) -> None:
    assert orientation_of(display_matrix) == AS_CODED


def test_a_crooked_matrix_is_taken_for_the_nearest_right_angle() -> None:
    slightly = struct.pack("=9i", 2000, 65_000, 0, -65_000, 2000, 0, 0, 0, 1 << 30)
    assert orientation_of(slightly) == orientation_of(matrix(0, 1, -1, 0))


def test_upright_pictures_are_contiguous() -> None:
    turned = orientation_of(matrix(0, 1, -1, 0)).upright(np.zeros((4, 6, 3), np.uint8))
    assert turned.shape == (6, 4, 3)
    assert turned.flags.c_contiguous
