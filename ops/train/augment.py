"""One rendered picture as many cameras could have seen it: other scale and crop, colours, blur, noise, compression."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[Any]  # uint8 [h, w, 3], blue first; OpenCV promises no more than some array
Boxes = NDArray[np.float32]
FILL = 114
LEAST_PX = 2.0
LEAST_LEFT_RATIO = 0.35


def placed(
    picture: Pixels, boxes: Boxes, scale: float, offset_xy: tuple[float, float], to_wh: tuple[int, int]
) -> tuple[Pixels, Boxes]:
    """Return a picture scaled and moved into an input of to_wh px, filled beside it, and its boxes [T, 4]."""
    move = np.array([[scale, 0, offset_xy[0]], [0, scale, offset_xy[1]]], np.float32)
    height, width = picture.shape[:2]
    if scale < 0.9:
        # first by area, as a good decoder scales: a plain warp would alias
        small = cv2.resize(picture, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)
        move[0, 0] = move[1, 1] = 1
        picture = small
    out = cv2.warpAffine(picture, move, to_wh, flags=cv2.INTER_LINEAR, borderValue=(FILL, FILL, FILL))
    return out, boxes * scale + np.array(offset_xy * 2, np.float32)


def augmented(
    picture: Pixels, boxes: Boxes, to_wh: tuple[int, int], mirrored: bool, rng: np.random.Generator
) -> tuple[Pixels, Boxes, NDArray[np.bool_]]:
    """Return the picture as another camera sees it, its boxes in it, and which of them are left."""
    height, width = picture.shape[:2]
    if mirrored:
        picture = np.ascontiguousarray(picture[:, ::-1])
        boxes = np.stack([width - boxes[:, 2], boxes[:, 1], width - boxes[:, 0], boxes[:, 3]], 1)
    fit = min(to_wh[0] / width, to_wh[1] / height)
    scale, offset = fit, (0.0, 0.0)
    if rng.random() < 0.6:
        scale = fit * float(np.exp(rng.uniform(np.log(0.75), np.log(1.6))))
        room = (to_wh[0] - width * scale, to_wh[1] - height * scale)
        offset = (room[0] * float(rng.random()), room[1] * float(rng.random()))
    picture, moved = placed(picture, boxes, scale, offset, to_wh)
    inside = moved.copy()
    inside[:, 0::2] = inside[:, 0::2].clip(0, to_wh[0])
    inside[:, 1::2] = inside[:, 1::2].clip(0, to_wh[1])
    sides = inside[:, 2:] - inside[:, :2]
    whole = (moved[:, 2:] - moved[:, :2]).prod(1)
    left = (sides.min(1, initial=1e9) >= LEAST_PX) & (sides.prod(1) >= LEAST_LEFT_RATIO * whole)
    return _as_seen(picture, rng), inside, left


def _as_seen(picture: Pixels, rng: np.random.Generator) -> Pixels:
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
