"""The ground of a frame: for each row the stretch of road it shows, looked up in a map of the road seen from above."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ops.load.camera import Camera
from ops.load.road import Road
from ops.load.surface import LEFT_M, PERIOD_M, Surface

Floats = NDArray[np.float64]
FARTHEST_M: Final = 320.0
#: Distances ahead at which the road is projected: dense near, wide apart far away.
_AHEAD: Final = np.concatenate([np.arange(-2.0, 12.0, 0.5), np.geomspace(12.0, FARTHEST_M, 90)])


@dataclass(frozen=True, slots=True)
class Rows:
    """What each row of a frame shows of the ground: `first` is the topmost such row; the arrays begin there."""

    first: int
    s_m: Floats
    """Place along the road, at its middle."""
    depth_m: Floats
    middle_px: Floats
    """Column of the road's middle."""
    px_per_m: Floats
    lean: Floats
    """Metres along the road per metre to the right: the road does not run where the camera looks."""


def rows_of(road: Road, camera: Camera, s_m: float) -> Rows:
    """Return what the rows show; what a crest hides is not shown."""
    along = s_m + _AHEAD
    middle, heading = road.at(along)
    seen = camera.seen(middle)
    right = np.stack([np.cos(heading), -np.sin(heading), np.zeros_like(heading)], axis=1) @ camera.turn.T
    front = seen[:, 2] > 0.8
    along, seen, right = along[front], seen[front], right[front]
    pixels = camera.pixels(seen)
    rows = pixels[:, 1]
    visible = rows <= np.minimum.accumulate(rows) + 1e-9  # farther ground that lies lower on the picture is hidden
    visible[1:] &= np.diff(np.minimum.accumulate(rows)) < -1e-6
    rows, along, seen, right, columns = rows[visible], along[visible], seen[visible], right[visible], pixels[visible, 0]
    height = camera.size_wh[1]
    first = int(np.clip(np.ceil(rows[-1]), 0, height - 1))
    wanted = np.arange(first, height) + 0.5
    order = slice(None, None, -1)

    def by_row(values: Floats) -> Floats:
        return np.asarray(np.interp(wanted, rows[order], values[order]))

    depth = 1.0 / by_row(1.0 / seen[:, 2])
    lean = by_row(-right[:, 2] / np.maximum(right[:, 0], 0.2))
    return Rows(first, by_row(along), depth, by_row(columns), camera.focal_px / depth, lean)


def paint_ground(canvas: NDArray[np.uint8], rows: Rows, surface: Surface) -> None:
    """Fill the rows of `canvas` [H, W, 3] that show ground."""
    width = canvas.shape[1]
    columns = np.arange(width, dtype=np.float32) + np.float32(0.5)
    step = np.abs(np.gradient(rows.s_m)) if len(rows.s_m) > 1 else np.ones(1)
    texels = step * surface.per_m_along
    level = np.digitize(texels, (2.0, 8.0, 32.0))
    begin = 0
    while begin < len(level):
        end = begin + 1
        while end < len(level) and level[end] == level[begin]:
            end += 1
        strip = canvas[rows.first + begin : rows.first + end]
        _paint_rows(strip, rows, slice(begin, end), columns, surface, int(level[begin]))
        begin = end


def _paint_rows(
    canvas: NDArray[np.uint8], rows: Rows, part: slice, columns: NDArray[np.float32], surface: Surface, level: int
) -> None:
    per_px = (1 / rows.px_per_m[part]).astype(np.float32)
    aside = (columns[None, :] - rows.middle_px[part].astype(np.float32)[:, None]) * per_px[:, None]
    s_m = rows.s_m[part]
    start = surface.rows_at(s_m)
    # The lean of a row may not carry it out of its own piece of the map.
    lean = np.clip(rows.lean[part], -0.6, 0.6).astype(np.float32)
    along = start.astype(np.float32)[:, None] + np.clip(aside * lean[:, None], -PERIOD_M / 3, PERIOD_M / 3)
    map_ = surface.levels[level]
    across = (aside + np.float32(LEFT_M)) * np.float32(surface.per_m_across / 2**level) - np.float32(0.5)
    down = along * np.float32(surface.per_m_along / 4**level) - np.float32(0.5)
    cv2.remap(map_, across, down, cv2.INTER_LINEAR, dst=canvas, borderMode=cv2.BORDER_REPLICATE)
