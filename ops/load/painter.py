"""Puts walls, trees and bodies on the picture, from far to near, and keeps in a second picture what is where."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ops.load.assemble import OWNER_WIDTH_PX, SHIFT, Shown
from ops.load.camera import Camera, clipped
from ops.load.light import Light
from ops.load.things import Tree, Wall

Floats = NDArray[np.float64]
Pixels = NDArray[np.uint8]
NEAREST_WALL_M = 0.6
FLAT_BELOW_PX = 8.0
"""A front that is narrower shows no windows."""


@dataclass(slots=True)
class Canvas:
    """The picture [H, W, 3], and `owners` [h, 640]: what is where; 0 ground or sky, 1 a wall or tree, 2 + n body n."""

    pixels: Pixels
    owners: NDArray[np.uint16]

    @property
    def owner_scale(self) -> float:
        """Return owner pixels per picture pixel."""
        return float(self.owners.shape[1] / self.pixels.shape[1])


def canvas_of(size_wh: tuple[int, int]) -> Canvas:
    """Return an empty canvas."""
    width, height = size_wh
    owner_height = max(1, round(height * OWNER_WIDTH_PX / width))
    return Canvas(np.empty((height, width, 3), np.uint8), np.zeros((owner_height, OWNER_WIDTH_PX), np.uint16))


def paint_body(canvas: Canvas, shown: Shown, number: int) -> None:
    """Paint the faces of a body, and its outline as the owner."""
    if not shown.polygons:
        return
    pixels, owners = canvas.pixels, canvas.owners
    for polygon, colour in zip(shown.polygons, shown.colours, strict=True):
        if len(polygon) > 2:  # else it lies behind the camera
            cv2.fillConvexPoly(pixels, polygon, colour, cv2.LINE_AA, SHIFT)
    if shown.body.label:
        height, width = pixels.shape[:2]
        shown.hull = shown.outline((width, height))
    if not shown.body.label or shown.body.label == "rider":  # what one rides shows beside the rider's legs
        for polygon in shown.small:
            if len(polygon) > 2:
                cv2.fillConvexPoly(owners, polygon, number + 2, cv2.LINE_8, SHIFT)
    elif len(shown.hull) > 2:
        points = (shown.hull * (16 * canvas.owner_scale)).astype(np.int32)
        cv2.fillConvexPoly(owners, points, number + 2, cv2.LINE_8, 4)


@dataclass(frozen=True, slots=True)
class SeenWall:
    """A front in view: two edges and a corner as seen, its outline in pixels, its distance and its nearest point's."""

    wall: Wall
    along: Floats
    up: Floats
    top: Floats
    outline: Floats
    extent_px: tuple[float, float, float, float]
    depth_m: float
    nearest_m: float


def walls_in_view(walls: Sequence[Wall], camera: Camera, farthest_m: float) -> list[SeenWall]:
    """Return the fronts that may be seen."""
    if not walls:
        return []
    feet = camera.seen(np.array([(wall.origin, wall.origin + wall.along) for wall in walls]).reshape(-1, 3))
    ends = feet.reshape(-1, 2, 3)
    ups = np.array([wall.tall_m for wall in walls])[:, None] * camera.turn[:, 2]
    quads = np.concatenate([ends, ends[:, ::-1] + ups[:, None]], axis=1)
    pixels = camera.pixels(quads)
    extents = np.hstack([pixels.min(axis=1), pixels.max(axis=1)]).tolist()
    depths = quads[:, :, 2]
    found = []
    kept = np.flatnonzero((depths.max(axis=1) > NEAREST_WALL_M) & (ends[:, :, 2].mean(axis=1) < farthest_m))
    width, height = camera.size_wh
    for n in kept.tolist():
        quad, outline, extent = quads[n], pixels[n], extents[n]
        if depths[n].min() < NEAREST_WALL_M:
            quad = clipped(quad, NEAREST_WALL_M)
            if len(quad) < 3:
                continue
            outline = camera.pixels(quad)
            extent = [*outline.min(axis=0).tolist(), *outline.max(axis=0).tolist()]
        x1, y1, x2, y2 = extent
        if x2 <= 0 or y2 <= 0 or x1 >= width or y1 >= height or x2 - x1 < 0.7:
            continue
        along = ends[n, 1] - ends[n, 0]
        middle, nearest = float(quad[:, 2].mean()), float(quad[:, 2].min())
        found.append(SeenWall(walls[n], along, ups[n], quads[n, 3], outline, (x1, y1, x2, y2), middle, nearest))
    return found


def paint_wall(canvas: Canvas, seen: SeenWall, camera: Camera, light: Light) -> None:
    """Paint a front: its picture in perspective, hazed by its distance; a flat colour where it is narrow."""
    x1, y1, x2, y2 = seen.extent_px
    clear = math.exp(-seen.depth_m / light.haze_m)
    veil = [(1 - clear) * c for c in light.haze]
    points = np.clip(seen.outline, -2e4, 2e4) * 16
    if x2 - x1 < FLAT_BELOW_PX:
        flat = [clear * c + v for c, v in zip(seen.wall.front.mean(), veil, strict=True)]
        cv2.fillConvexPoly(canvas.pixels, points.astype(np.int32), flat, cv2.LINE_AA, 4)
    else:
        width, height = camera.size_wh
        left, top, right, bottom = max(0, int(x1)), max(0, int(y1)), min(width, int(x2) + 1), min(height, int(y2) + 1)
        picture = seen.wall.front.level(camera.focal_px / max(seen.nearest_m, 2.0))
        if clear < 0.985:
            picture = np.asarray(cv2.add(cv2.convertScaleAbs(picture, alpha=clear), np.array([*veil, 0.0])), np.uint8)
        tall, wide = picture.shape[:2]
        # Column and row (downwards) of the front's picture -> as seen -> pixels of this part of the canvas.
        to_seen = np.array([seen.along / wide, -seen.up / tall, seen.top]).T
        focal, (centre_x, centre_y) = camera.focal_px, camera.centre_px
        lens = np.array([[focal, 0, centre_x - left], [0, focal, centre_y - top], [0, 0, 1.0]])
        spot = canvas.pixels[top:bottom, left:right]
        wh = (right - left, bottom - top)
        cv2.warpPerspective(picture, lens @ to_seen, wh, dst=spot, borderMode=cv2.BORDER_TRANSPARENT)
    cv2.fillConvexPoly(canvas.owners, (points * canvas.owner_scale).astype(np.int32), 1, cv2.LINE_8, 4)


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
    colours, mask = (
        cv2.cvtColor(part, cv2.COLOR_BGRA2BGR),
        cv2.cvtColor(cv2.extractChannel(part, 3), cv2.COLOR_GRAY2BGR),
    )
    clear = math.exp(-float(seen[2]) / light.haze_m)
    if clear < 0.985:
        veil = cv2.multiply(mask, np.array([*(c / 255 * (1 - clear) for c in light.haze), 0.0]))
        colours = cv2.addWeighted(colours, clear, veil, 1.0, 0)
    spot = canvas.pixels[y0:y1, x0:x1]
    behind = cv2.multiply(spot, cv2.bitwise_not(mask), scale=1 / 255)
    cv2.add(behind, colours, dst=spot)
    scale = canvas.owner_scale
    u0, v0, u1, v1 = round(x0 * scale), round(y0 * scale), round(x1 * scale), round(y1 * scale)
    if u1 - u0 > 3 and v1 - v0 > 3:
        dense = cv2.resize(mask[..., 0], (u1 - u0, v1 - v0), interpolation=cv2.INTER_NEAREST) > 110
        canvas.owners[v0:v1, u0:u1][dense] = 1
