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
Pixels = NDArray[np.uint8]
FARTHEST_M = 70.0
"""Beyond, a shadow is a line."""


def darken(
    canvas: Pixels, first_row: int, shown: Sequence[Shown], walls: Sequence[Wall], trees: Sequence[Tree], camera: Camera,
    light: Light,
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
    rim = np.stack([middle[0] + reach * np.cos(angles), middle[1] + reach * np.sin(angles), np.full(8, tree.place[2])], axis=1)
    seen = camera.seen(rim)
    if seen[:, 2].min() > 1.0:
        cv2.fillConvexPoly(half, np.clip(camera.pixels(seen) * 8, -3e5, 3e5).astype(np.int32), strength, cv2.LINE_8, 4)


def beam_of(rows: Rows, width: int, light: Light) -> NDArray[np.float32]:
    """Return how much our headlights light each pixel of the ground rows [R, W], 0 to 1."""
    columns = np.arange(width, dtype=np.float32)[None, :] + np.float32(0.5)
    depth = rows.depth_m.astype(np.float32)[:, None]
    aside = (columns - np.float32(width / 2)) * (depth / np.float32(max(rows.px_per_m[-1] * rows.depth_m[-1], 1.0)))
    reach = np.exp(-((aside / (1.7 + 0.24 * depth)) ** 2)) / (1 + (depth / 17) ** 2) * np.clip((depth - 1.5) / 4, 0.25, 1)
    return np.asarray(np.clip(reach * np.float32(0.95 * light.lamps), 0, 1), np.float32)


def illuminate(
    canvas: Pixels, rows: Rows, lamps: Sequence[Lamp], camera: Camera, light: Light, beam: NDArray[np.float32]
) -> None:
    """Add our headlights and the pools of street lamps to ground that was painted under the light of the sky alone."""
    ground = canvas[rows.first :]
    height, width = canvas.shape[:2]
    pools = np.zeros(((height + 3) // 4, (width + 3) // 4, 3), np.uint8)
    for lamp in sorted(lamps, key=lambda one: -float(camera.seen(one.ground[None])[0, 2])):
        seen = camera.seen(lamp.ground[None])[0]
        if not 2.0 < seen[2] < 120:
            continue
        at = camera.pixels(seen[None])[0] / 4
        scale = camera.focal_px / float(seen[2]) / 4
        flat = max(1.0, 8.0 * scale * min(1.0, float(seen[1]) / float(seen[2])))
        power = light.lamps * np.exp(-float(seen[2]) / light.haze_m)
        colour = tuple(c * 0.42 * float(power) for c in lamp.colour)
        axes = (int(np.clip(8.0 * scale, 1, 4000)), int(np.clip(flat, 1, 4000)))
        for share in (1.0, 0.62):
            patch = np.zeros_like(pools) if share < 1.0 else pools
            tone = tuple(c * (0.45 if share == 1.0 else 0.5) for c in colour)
            centre = (int(np.clip(at[0], -5e3, 5e3)), int(np.clip(at[1], -5e3, 5e3)))
            cv2.ellipse(patch, centre, (max(1, int(axes[0] * share)), max(1, int(axes[1] * share))), 0, 0, 360, tone, -1)
            if share < 1.0:
                cv2.add(pools, patch, dst=pools)
    pools = np.asarray(cv2.GaussianBlur(pools, (9, 9), 0), np.uint8)
    lit = np.asarray(cv2.resize(pools, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)[rows.first :]
    if beam.shape[0] != ground.shape[0]:
        beam = np.asarray(cv2.resize(beam, (width, ground.shape[0])), np.float32)
    head = (beam * 150).astype(np.uint8)
    lit = cv2.add(lit, cv2.merge([cv2.multiply(head, 0.92), head, head]))
    # The ground carries the sky's light already: the lamps' part is its own colour once more, times the lamps.
    own = cv2.multiply(ground, np.array([1.0 / max(a, 0.05) for a in light.ambient] + [0.0]), scale=1.0)
    cv2.add(ground, cv2.multiply(own, lit, scale=1 / 255), dst=ground)
