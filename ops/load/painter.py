"""Puts walls, trees and bodies on the picture, from far to near, and keeps in a second picture which of them is where."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ops.load.assemble import SHIFT, Shown
from ops.load.camera import Camera, clipped
from ops.load.light import Light
from ops.load.things import Tree, Wall

Floats = NDArray[np.float64]
Pixels = NDArray[np.uint8]
OWNER_WIDTH_PX = 640


@dataclass(slots=True)
class Canvas:
    """The picture [H, W, 3], and `owners` [h, 640]: which body is seen where; 0 none, 1 a wall, 2 + n the n-th shown."""

    pixels: Pixels
    owners: NDArray[np.uint16]

    @property
    def owner_scale(self) -> float:
        """Return owner pixels per picture pixel."""
        return self.owners.shape[1] / self.pixels.shape[1]


def canvas_of(size_wh: tuple[int, int]) -> Canvas:
    """Return an empty canvas."""
    width, height = size_wh
    owner_height = max(1, round(height * OWNER_WIDTH_PX / width))
    return Canvas(np.empty((height, width, 3), np.uint8), np.zeros((owner_height, OWNER_WIDTH_PX), np.uint16))


def paint_body(canvas: Canvas, shown: Shown, number: int) -> None:
    """Paint the faces of a body, and its outline as the owner."""
    pixels = canvas.pixels
    for polygon, colour in zip(shown.polygons, shown.colours, strict=True):
        if len(polygon) < 3:  # it lies behind the camera
            continue
        cv2.fillConvexPoly(pixels, polygon, colour, cv2.LINE_AA, SHIFT)
    if len(shown.corners_px) >= 3 and shown.polygons and (shown.body.label or shown.body.casts):
        outline = cv2.convexHull((shown.corners_px * canvas.owner_scale).astype(np.float32))
        points = np.clip(outline * 16, -3e5, 3e5).astype(np.int32)
        cv2.fillConvexPoly(canvas.owners, points, number + 2, cv2.LINE_8, 4)


def paint_wall(canvas: Canvas, wall: Wall, camera: Camera, light: Light) -> None:
    """Paint a front: its picture seen in perspective, hazed by its distance."""
    base, along = camera.seen(wall.origin[None])[0], camera.turn @ wall.along
    up = camera.turn @ np.array([0.0, 0.0, wall.tall_m])
    quad = np.array([base, base + along, base + along + up, base + up])
    part = clipped(quad, 0.6)
    if len(part) < 3:
        return
    outline = camera.pixels(part)
    width, height = camera.size_wh
    left, top = (max(0, math.floor(v)) for v in outline.min(axis=0))
    right = min(width, math.ceil(float(outline[:, 0].max())))
    bottom = min(height, math.ceil(float(outline[:, 1].max())))
    if right - left < 1 or bottom - top < 1:
        return
    nearest = float(part[:, 2].min())
    depth = float(part[:, 2].mean())
    picture = wall.front.level(camera.focal_px / max(nearest, 2.0))
    clear = math.exp(-depth / light.haze_m)
    if clear < 0.985:
        haze = np.broadcast_to(np.array(light.haze, np.float64).astype(np.uint8), picture.shape)
        picture = np.asarray(cv2.addWeighted(picture, clear, np.ascontiguousarray(haze), 1 - clear, 0), np.uint8)
    tall, wide = picture.shape[:2]
    # Texture column and row (downwards) -> camera -> picture; the warp wants the way back.
    to_seen = np.stack([along / wide, -up / tall, base + up], axis=1)
    lens = np.array([[camera.focal_px, 0, camera.centre_px[0] - left], [0, camera.focal_px, camera.centre_px[1] - top], [0, 0, 1.0]])
    forth = lens @ to_seen
    if abs(np.linalg.det(forth)) < 1e-12:
        return
    back = np.linalg.inv(forth)
    spot = canvas.pixels[top:bottom, left:right]
    cv2.warpPerspective(picture, back, (right - left, bottom - top), dst=spot,
                        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_TRANSPARENT)  # fmt: skip
    points = np.clip(outline * canvas.owner_scale * 16, -3e5, 3e5).astype(np.int32)
    cv2.fillConvexPoly(canvas.owners, points, 1, cv2.LINE_8, 4)


def paint_tree(canvas: Canvas, tree: Tree, seen: Floats, camera: Camera, light: Light) -> None:
    """Paint a tree: the nearest size of its picture, scaled, hazed, and laid over by its mask."""
    scale = camera.focal_px / max(float(seen[2]), 1.0)
    side = tree.tall_m * scale
    foot = camera.pixels(seen[None])[0]
    left, top = round(float(foot[0]) - side / 2), round(float(foot[1]) - side)
    size = max(2, round(side))
    width, height = camera.size_wh
    x0, y0, x1, y1 = max(0, left), max(0, top), min(width, left + size), min(height, top + size)
    if x1 <= x0 or y1 <= y0 or size < 3 or size > 4 * height:
        return
    level = 0
    levels = tree.sprite.levels
    while level + 1 < len(levels) and levels[level + 1].shape[0] >= size:
        level += 1
    whole = levels[level].shape[0]
    # Only what is on the picture is scaled.
    back = np.array([[whole / size, 0, (x0 - left) * whole / size], [0, whole / size, (y0 - top) * whole / size]])
    part = cv2.warpAffine(levels[level], back, (x1 - x0, y1 - y0), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    colours, mask = cv2.cvtColor(part, cv2.COLOR_BGRA2BGR), cv2.cvtColor(cv2.extractChannel(part, 3), cv2.COLOR_GRAY2BGR)
    clear = math.exp(-float(seen[2]) / light.haze_m)
    if clear < 0.985:
        veil = cv2.multiply(mask, np.array([*(c / 255 * (1 - clear) for c in light.haze), 0.0]))
        colours = cv2.addWeighted(colours, clear, veil, 1.0, 0)
    spot = canvas.pixels[y0:y1, x0:x1]
    behind = cv2.multiply(spot, cv2.bitwise_not(mask), scale=1 / 255)
    cv2.add(behind, colours, dst=spot)
