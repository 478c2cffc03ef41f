"""One rendered picture as many cameras could have seen it: other scale and crop, colours, blur, noise, compression."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[Any]  # uint8 [h, w, 3], blue first; OpenCV promises no more than some array
Boxes = NDArray[np.float32]
Window = tuple[int, int, int, int]
"""Left, top, width, height in px of a picture; it may reach beyond the picture."""
FILL = 114
LEAST_PX = 2.0
LEAST_LEFT_RATIO = 0.35
FARTHEST_SCALE, NEAREST_SCALE = 0.6, 1.25
#: How much of a side of the window a thing may take at most: larger ones are cut, as by the edge of a picture.
LARGEST_RATIO = 1.3


def around(thing: Boxes, size_wh: tuple[int, int], to_wh: tuple[int, int], rng: np.random.Generator) -> Window:
    """Choose a window on a thing [4], at a scale and with an offset left to chance; what is larger than it is cut."""
    width, height = thing[2] - thing[0], thing[3] - thing[1]
    scale = float(np.exp(rng.uniform(np.log(FARTHEST_SCALE), np.log(NEAREST_SCALE))))
    fitting = LARGEST_RATIO * min(to_wh[0] / max(width, 1.0), to_wh[1] / max(height, 1.0))
    scale = max(to_wh[0] / size_wh[0], min(scale, fitting))
    wide, tall = round(to_wh[0] / scale), round(to_wh[1] / scale)
    left = _start(float(thing[0]), float(thing[2]), wide, size_wh[0], rng)
    return left, _start(float(thing[1]), float(thing[3]), tall, size_wh[1], rng), wide, tall


def whole(size_wh: tuple[int, int], to_wh: tuple[int, int], rng: np.random.Generator) -> Window:
    """Choose a window over nearly all of a picture, at its top left where the picture is all that is seen."""
    fit = min(to_wh[0] / size_wh[0], to_wh[1] / size_wh[1])
    if rng.random() < 0.5:
        return 0, 0, round(to_wh[0] / fit), round(to_wh[1] / fit)
    scale = fit * float(np.exp(rng.uniform(np.log(0.9), np.log(1.25))))
    wide, tall = round(to_wh[0] / scale), round(to_wh[1] / scale)
    left, top = (round((side - seen) * float(rng.random())) for side, seen in zip(size_wh, (wide, tall), strict=True))
    return left, top, wide, tall


def _start(first: float, last: float, length: int, side: int, rng: np.random.Generator) -> int:
    """Return where an interval begins that covers first to last and stays in 0 to side, as far as both can be."""
    low, high = max(0.0, last - length), max(0.0, min(first, side - length))
    return round(float(rng.uniform(min(low, high), max(low, high))))


def cut(picture: Pixels, boxes: Boxes, window: Window, to_wh: tuple[int, int]) -> tuple[Pixels, Boxes, Any]:
    """Return a window of a picture at the size of an input, filled beside it, its boxes in it, and which are left."""
    left, top, wide, tall = window
    x0, y0 = max(0, left), max(0, top)
    seen = picture[y0 : max(y0, top + tall), x0 : max(x0, left + wide)]
    if seen.shape[:2] != (tall, wide):
        filled = np.full((tall, wide, 3), FILL, np.uint8)
        filled[y0 - top : y0 - top + seen.shape[0], x0 - left : x0 - left + seen.shape[1]] = seen
        seen = filled
    smaller = wide > to_wh[0]
    pixels = cv2.resize(seen, to_wh, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)
    ratio = np.array([to_wh[0] / wide, to_wh[1] / tall] * 2, np.float32)
    moved = (boxes - np.array([left, top] * 2, np.float32)) * ratio
    inside = moved.copy()
    inside[:, 0::2] = inside[:, 0::2].clip(0, to_wh[0])
    inside[:, 1::2] = inside[:, 1::2].clip(0, to_wh[1])
    sides = inside[:, 2:] - inside[:, :2]
    area = (moved[:, 2:] - moved[:, :2]).prod(1)
    return pixels, inside, (sides.min(1, initial=1e9) >= LEAST_PX) & (sides.prod(1) >= LEAST_LEFT_RATIO * area)


def mirrored(picture: Pixels, boxes: Boxes) -> tuple[Pixels, Boxes]:
    """Return a picture and its boxes [T, 4] as a mirror shows them."""
    width = picture.shape[1]
    return picture[:, ::-1], np.stack([width - boxes[:, 2], boxes[:, 1], width - boxes[:, 0], boxes[:, 3]], 1)


def as_seen(picture: Pixels, rng: np.random.Generator) -> Pixels:
    """Return a picture as another camera, lens and coder would leave it."""
    if rng.random() < 0.8:
        ramp = np.arange(256) / 255
        gains = rng.uniform(0.85, 1.18) * rng.uniform(0.93, 1.07, 3)
        curve = ramp[None] ** rng.uniform(0.75, 1.3)
        contrast = rng.uniform(0.8, 1.2)
        table = ((curve - 0.4) * contrast + 0.4) * gains[:, None] * 255 + rng.uniform(-8, 8)
        picture = cv2.LUT(picture, np.clip(table.T[None], 0, 255).astype(np.uint8))
    if rng.random() < 0.3:
        grey = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
        share = float(rng.uniform(-0.3, 0.8))
        picture = cv2.addWeighted(picture, 1 - share, grey, share, 0)
    if rng.random() < 0.2:
        picture = cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(0.3, 1.0)))
    if rng.random() < 0.3:
        noise = cv2.randn(np.empty(picture.shape, np.int16), np.zeros(3), np.full(3, rng.uniform(1, 8)))
        picture = np.clip(picture + noise, 0, 255).astype(np.uint8)
    if rng.random() < 0.3:
        _, coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(30, 90))])
        picture = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR))
    return picture
