"""What is truly on a frame: a box for each thing of the ten classes that one can see, and what the camera does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ops.load.assemble import Shown
from ops.load.light import Light
from ops.load.painter import Canvas

LEAST_HEIGHT_RATIO, LEAST_WIDTH_RATIO = 9 / 720, 6 / 1280
LEAST_SEEN_RATIO = 0.3
OCCLUDED_BELOW_RATIO = 0.85


@dataclass(frozen=True, slots=True)
class TrueBox:
    """One thing that can be seen, in pixels of the picture, half-open, clipped to the picture."""

    key: str
    """The same thing has the same key in every frame of a clip."""
    label: str
    xyxy: tuple[float, float, float, float]
    seen_ratio: float
    """Share of it that nothing nearer covers, of the part inside the picture."""
    truncated: bool
    light: str = "NA"

    @property
    def occluded(self) -> bool:
        """Tell whether something nearer covers part of it."""
        return self.seen_ratio < OCCLUDED_BELOW_RATIO


@dataclass(frozen=True, slots=True)
class FrameTruth:
    """All that is true of a frame."""

    time_s: float
    weather: str
    scene: str
    timeofday: str
    speed_mps: float
    yaw_rate_dps: float
    stationary: bool
    boxes: tuple[TrueBox, ...]

    def scaled(self, wide: float, tall: float) -> FrameTruth:
        """Return the truth of the same frame, so many times as wide and as tall."""
        boxes = tuple(
            replace(box, xyxy=(box.xyxy[0] * wide, box.xyxy[1] * tall, box.xyxy[2] * wide, box.xyxy[3] * tall))
            for box in self.boxes
        )
        return replace(self, boxes=boxes)


def boxes_of(canvas: Canvas, shown: Sequence[Shown], size_wh: tuple[int, int], light: Light) -> tuple[TrueBox, ...]:
    """Return the boxes of what one can see: large enough, not covered, not lost in haze or darkness."""
    width, height = size_wh
    scale = width / canvas.pixels.shape[1]
    found = []
    for number, one in enumerate(shown):
        if len(one.hull) < 3:
            continue
        left, top, right, bottom = one.extent_px
        whole = (right - left) * (bottom - top) * scale**2
        x1, y1 = (max(0.0, v * scale) for v in one.hull[:, 0].min(axis=0).tolist())
        x2, y2 = (v * scale for v in one.hull[:, 0].max(axis=0).tolist())
        x2, y2 = min(x2, float(width)), min(y2, float(height))
        if x2 - x1 < LEAST_WIDTH_RATIO * width or y2 - y1 < LEAST_HEIGHT_RATIO * height:
            continue
        if not _shows(one, light):
            continue
        seen = _seen_ratio(canvas, one, number)
        if seen < LEAST_SEEN_RATIO:
            continue
        cut = (x2 - x1) * (y2 - y1) < 0.97 * whole
        found.append(TrueBox(one.body.key, one.body.label, (x1, y1, x2, y2), round(seen, 3), cut, one.body.light))
    return tuple(found)


def _shows(one: Shown, light: Light) -> bool:
    """Tell whether a thing stands out of haze and darkness."""
    clear = float(np.exp(-one.depth_m / light.haze_m))
    if one.shines and light.lamps > 0:
        return clear > 0.045
    if clear < 0.11:
        return False
    if light.lamps < 0.8:
        return True
    brightness = max((max(colour) for colour in one.colours), default=0.0)
    return brightness > max(light.haze) * 0.5 + 16 or one.depth_m < 35


def _seen_ratio(canvas: Canvas, one: Shown, number: int) -> float:
    hull = one.hull * np.float32(canvas.owner_scale)
    (x0, y0), (x1, y1) = hull[:, 0].min(axis=0).astype(int), hull[:, 0].max(axis=0).astype(int)
    # A filled polygon covers its rim too: half a pixel more all around.
    whole = cv2.contourArea(hull) + cv2.arcLength(hull, True) / 2 + 1
    return min(1.0, int(np.count_nonzero(canvas.owners[y0 : y1 + 1, x0 : x1 + 1] == number + 2)) / whole)
