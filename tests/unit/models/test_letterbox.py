"""Laws of the letterbox: what went in comes back, and nothing comes back from beside the picture."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import PictureError
from models.letterbox import Letterbox, Placement

sizes = st.tuples(st.integers(1, 8192), st.integers(1, 8192))
inputs = st.tuples(st.integers(1, 40), st.integers(1, 40)).map(lambda wh: (32 * wh[0], 32 * wh[1]))
placements: st.SearchStrategy[Placement] = st.sampled_from(("top_left", "centred", "stretch"))
shares = st.lists(st.tuples(*[st.floats(0, 1)] * 4), max_size=5)
wild = st.lists(st.tuples(*[st.floats(width=32)] * 4), max_size=5)


def within(shares_xyxy: list[tuple[float, ...]], source_wh: tuple[int, int]) -> np.ndarray:
    corners = np.array(shares_xyxy, np.float64).reshape(-1, 4) * (source_wh * 2)
    low, high = np.minimum(corners[:, :2], corners[:, 2:]), np.maximum(corners[:, :2], corners[:, 2:])
    return np.concatenate([low, high], axis=1)


@given(sizes, inputs, placements, shares)
def test_boxes_come_back_to_where_they_were(
    source_wh: tuple[int, int], input_wh: tuple[int, int], placement: Placement, shares_xyxy: list[tuple[float, ...]]
) -> None:
    letterbox = Letterbox.fit(source_wh, input_wh, placement)
    boxes = within(shares_xyxy, source_wh)
    np.testing.assert_allclose(letterbox.to_source(letterbox.to_input(boxes)), boxes, rtol=0, atol=1e-7)


@given(sizes, inputs, placements)
def test_the_whole_picture_is_its_place_in_the_input(
    source_wh: tuple[int, int], input_wh: tuple[int, int], placement: Placement
) -> None:
    letterbox = Letterbox.fit(source_wh, input_wh, placement)
    (left, top), (scaled_w, scaled_h) = letterbox.offset_xy, letterbox.scaled_wh
    place = np.array([[left, top, left + scaled_w, top + scaled_h]])
    np.testing.assert_allclose(letterbox.to_source(place), [[0, 0, *source_wh]], rtol=1e-12)
    assert left >= 0
    assert top >= 0
    assert left + scaled_w <= input_wh[0]
    assert top + scaled_h <= input_wh[1]
    assert min(scaled_w, scaled_h) >= 1


@given(sizes, inputs, placements, wild)
def test_what_comes_back_lies_in_the_picture_or_is_not_a_number(
    source_wh: tuple[int, int], input_wh: tuple[int, int], placement: Placement, boxes: list[tuple[float, ...]]
) -> None:
    back = Letterbox.fit(source_wh, input_wh, placement).to_source(np.array(boxes, np.float32).reshape(-1, 4))
    numbers = np.isfinite(back)
    assert (numbers | np.isnan(back)).all()
    assert ((back >= 0) & (back <= np.array(source_wh * 2)))[numbers].all()


@given(sizes, inputs)
def test_the_aspect_is_kept_within_one_pixel(source_wh: tuple[int, int], input_wh: tuple[int, int]) -> None:
    scaled_wh = Letterbox.fit(source_wh, input_wh).scaled_wh
    ratio = min(input_wh[0] / source_wh[0], input_wh[1] / source_wh[1])
    for scaled, source in zip(scaled_wh, source_wh, strict=True):
        assert abs(scaled - source * ratio) <= 1
    assert scaled_wh[0] == input_wh[0] or scaled_wh[1] == input_wh[1]


@pytest.mark.parametrize(
    ("source_wh", "placement", "scaled_wh", "offset_xy"),
    [
        ((1280, 720), "top_left", (640, 360), (0, 0)),
        ((1280, 720), "centred", (640, 360), (0, 12)),
        ((1280, 720), "stretch", (640, 384), (0, 0)),
        ((720, 1280), "centred", (216, 384), (212, 0)),
        ((1, 1), "top_left", (384, 384), (0, 0)),
        ((16384, 2), "top_left", (640, 1), (0, 0)),
    ],
)
def test_places_by_example(
    source_wh: tuple[int, int], placement: Placement, scaled_wh: tuple[int, int], offset_xy: tuple[int, int]
) -> None:
    letterbox = Letterbox.fit(source_wh, (640, 384), placement)
    assert (letterbox.scaled_wh, letterbox.offset_xy) == (scaled_wh, offset_xy)


@pytest.mark.parametrize("source_wh", [(0, 720), (1280, 0), (-1, 5)])
def test_a_picture_without_pixels_is_refused_by_name(source_wh: tuple[int, int]) -> None:
    with pytest.raises(PictureError, match=f"{source_wh[0]}x{source_wh[1]} px .* shorter than one pixel; leave"):
        Letterbox.fit(source_wh, (640, 384))
