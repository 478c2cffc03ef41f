"""What darkens and lightens the ground: shadows of the sun, the dark under vehicles, headlights and street lamps."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ops.load.assemble import Shown
from ops.load.camera import Camera, clipped
from ops.load.ground import Rows
from ops.load.light import Light
from ops.load.things import Lamp, Tree, Wall

Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]
Pixels = NDArray[np.uint8]
FARTHEST_M = 70.0
"""Beyond, a shadow is a line."""
POOLS_TO_M, POOL_M = 120.0, 8.0
"""How far away pools of lamp light are seen, and their radius."""


def darken(
    canvas: Pixels, first_row: int, shown: Sequence[Shown], walls: Sequence[Wall], trees: Sequence[Tree],
    camera: Camera, light: Light,
) -> None:  # fmt: skip
    """Darken the ground of `canvas` [H, W, 3], from its first row on, under and beside what stands on it."""
    height, width = canvas.shape[:2]
    half = np.zeros(((height + 1) // 2, (width + 1) // 2), np.uint8)
    strength = 150.0 * min(1.0, sum(light.sun) / 1.2)
    if strength > 12:
        towards = np.array(light.towards_sun)
        slide = -towards[:2] / max(towards[2], 0.25)
        for wall in walls:
            _wall_shadow(half, wall, slide, camera, strength)
        for tree in trees:
            _tree_shadow(half, tree, slide, camera, strength * 0.8)
        for one in shown:
            if one.body.casts and one.depth_m < FARTHEST_M:
                top = np.array([*(slide * one.body.mesh.height_m * 0.85), 0.0])
                foot = one.body.foot()
                _fill(half, np.concatenate([foot, foot + top]), camera, strength)
    for one in shown:
        if one.body.casts and one.depth_m < FARTHEST_M:
            _fill(half, one.body.foot(), camera, 165.0)
    dark = cv2.GaussianBlur(half, (5, 5), 0)
    full = np.asarray(cv2.resize(dark, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)[first_row:]
    ground = canvas[first_row:]
    cv2.multiply(ground, cv2.cvtColor(cv2.bitwise_not(full), cv2.COLOR_GRAY2BGR), dst=ground, scale=1 / 255)


def _fill(half: Pixels, points: Floats, camera: Camera, strength: float) -> None:
    seen = camera.seen(points)
    if seen[:, 2].max() < 1.0:
        return
    if seen[:, 2].min() < 0.6:
        seen = clipped(seen, 0.6) if len(seen) == 4 else seen[seen[:, 2] > 0.6]
        if len(seen) < 3:
            return
    outline = cv2.convexHull((camera.pixels(seen) / 2).astype(np.float32))
    cv2.fillConvexPoly(half, np.clip(outline * 16, -3e5, 3e5).astype(np.int32), strength, cv2.LINE_8, 4)


def _wall_shadow(half: Pixels, wall: Wall, slide: Floats, camera: Camera, strength: float) -> None:
    shift = np.array([*(slide * wall.tall_m), 0.0])
    corners = np.array([wall.origin, wall.origin + wall.along, wall.origin + wall.along + shift, wall.origin + shift])
    corners[:, 2] += 0.3
    seen = camera.seen(corners)
    if seen[:, 2].max() < 1.0 or seen[:, 2].min() > 2 * FARTHEST_M:
        return
    seen = clipped(seen, 0.6)
    if len(seen) >= 3:
        points = np.clip(camera.pixels(seen) * 8, -3e5, 3e5).astype(np.int32)
        cv2.fillConvexPoly(half, points, strength, cv2.LINE_8, 4)


def _tree_shadow(half: Pixels, tree: Tree, slide: Floats, camera: Camera, strength: float) -> None:
    angles = np.arange(8) * np.pi / 4
    reach = tree.tall_m * 0.3
    middle = tree.place[:2] + slide * tree.tall_m * 0.6
    if abs(middle - camera.place[:2]).max() > FARTHEST_M:
        return
    rim = np.stack(
        [middle[0] + reach * np.cos(angles), middle[1] + reach * np.sin(angles), np.full(8, tree.place[2])], axis=1
    )
    seen = camera.seen(rim)
    if seen[:, 2].min() > 1.0:
        cv2.fillConvexPoly(half, np.clip(camera.pixels(seen) * 8, -3e5, 3e5).astype(np.int32), strength, cv2.LINE_8, 4)


def beam_of(size_wh: tuple[int, int], focal_px: float, eye_m: float, pitch_rad: float, light: Light) -> Floats32:
    """Return how much our headlights light each pixel [H, W] of level ground, 0 to 1."""
    width, height = size_wh
    below = np.arctan((np.arange(height, dtype=np.float32) + 0.5 - height / 2) / np.float32(focal_px)) + pitch_rad
    depth = (eye_m / np.tan(np.clip(below, 0.004, None))).astype(np.float32)[:, None]
    aside = (np.arange(width, dtype=np.float32)[None, :] + np.float32(0.5 - width / 2)) * (depth / np.float32(focal_px))
    reach = (
        np.exp(-((aside / (1.7 + 0.24 * depth)) ** 2)) / (1 + (depth / 17) ** 2) * np.clip((depth - 1.5) / 4, 0.25, 1)
    )
    return np.asarray(np.clip(reach * np.float32(0.95 * light.lamps), 0, 1), np.float32)


def illuminate(canvas: Pixels, rows: Rows, lamps: Sequence[Lamp], camera: Camera, light: Light, beam: Floats32) -> None:
    """Add our headlights and the pools of street lamps to ground that was painted under the light of the sky alone."""
    ground = canvas[rows.first :]
    height, width = canvas.shape[:2]
    pools = np.zeros(((height + 3) // 4, (width + 3) // 4, 3), np.uint8)
    for lamp in lamps:
        seen = camera.seen(lamp.ground[None])[0]
        if 2.0 < seen[2] < POOLS_TO_M:
            _add_pool(pools, lamp, seen, camera, light)
    pools = np.asarray(cv2.GaussianBlur(pools, (9, 9), 0), np.uint8)
    lit = np.asarray(cv2.resize(pools, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)[rows.first :]
    head = np.asarray(beam[rows.first :] * 150, np.uint8)
    lit = np.asarray(cv2.add(lit, cv2.merge([head - head // 12, head, head])), np.uint8)
    # The ground carries the sky's light already: the lamps' part is its own colour once more, times the lamps.
    own = cv2.multiply(ground, np.array([1.0 / max(a, 0.05) for a in light.ambient] + [0.0]), scale=1.0)
    cv2.add(ground, cv2.multiply(own, lit, scale=1 / 255), dst=ground)


def _add_pool(pools: Pixels, lamp: Lamp, seen: Floats, camera: Camera, light: Light) -> None:
    """Add the pool of a lamp, brighter in its middle, to a picture of a quarter of the size."""
    depth = float(seen[2])
    at = np.clip(camera.pixels(seen[None])[0] / 4, -5e3, 5e3)
    wide = POOL_M * camera.focal_px / depth / 4
    tall = wide * min(1.0, float(seen[1]) / depth)
    power = 0.2 * light.lamps * float(np.exp(-depth / light.haze_m))
    for share in (1.0, 0.62):
        half_x, half_y = (int(np.clip(side * share, 1, 4e3)) for side in (wide, tall))
        x0, y0 = max(0, int(at[0]) - half_x), max(0, int(at[1]) - half_y)
        part = pools[y0 : max(0, int(at[1]) + half_y + 1), x0 : max(0, int(at[0]) + half_x + 1)]
        if part.size == 0:
            continue
        spot = np.zeros_like(part)
        tone = (lamp.colour[0] * power, lamp.colour[1] * power, lamp.colour[2] * power)
        cv2.ellipse(spot, (int(at[0]) - x0, int(at[1]) - y0), (half_x, half_y), 0, 0, 360, tone, -1)
        cv2.add(part, spot, dst=part)
