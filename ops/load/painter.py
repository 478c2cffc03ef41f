"""Puts walls, trees and bodies on the picture, from far to near, and keeps in a second picture what is where."""

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
FLAT_BELOW_PX = 7.0
"""A front that is narrower shows no windows."""


@dataclass(slots=True)
class Canvas:
    """The picture [H, W, 3], and `owners` [h, 640]: what is seen where; 0 nothing, 1 a wall, 2 + n the n-th shown."""

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
    pixels = canvas.pixels
    for polygon, colour in zip(shown.polygons, shown.colours, strict=True):
        if len(polygon) < 3:  # it lies behind the camera
            continue
        cv2.fillConvexPoly(pixels, polygon, colour, cv2.LINE_AA, SHIFT)
    if shown.polygons and not shown.body.label:
        for polygon in shown.polygons:
            if len(polygon) > 2:
                cv2.fillConvexPoly(canvas.owners, (polygon * canvas.owner_scale).astype(np.int32), 1, cv2.LINE_8, SHIFT)
    elif shown.polygons:
        height, width = pixels.shape[:2]
        shown.hull = shown.outline((width, height))
        if shown.body.label == "rider":  # what one rides shows beside the rider's legs
            for polygon in shown.polygons:
                if len(polygon) > 2:
                    cv2.fillConvexPoly(
                        canvas.owners, (polygon * canvas.owner_scale).astype(np.int32), number + 2, 8, SHIFT
                    )
        elif len(shown.hull) > 2:
            points = (shown.hull * (16 * canvas.owner_scale)).astype(np.int32)
            cv2.fillConvexPoly(canvas.owners, points, number + 2, cv2.LINE_8, 4)


def paint_wall(canvas: Canvas, wall: Wall, ends: Floats, camera: Camera, light: Light) -> None:
    """Paint a front, given its two lower corners as seen [2, 3]: its picture in perspective, hazed by its distance."""
    base, along = ends[0], ends[1] - ends[0]
    up = camera.turn[:, 2] * wall.tall_m
    quad = clipped(np.array([base, ends[1], ends[1] + up, base + up]), 0.6)
    if len(quad) < 3:
        return
    outline = camera.pixels(quad)
    width, height = camera.size_wh
    (low_x, low_y), (high_x, high_y) = outline.min(axis=0).tolist(), outline.max(axis=0).tolist()
    left, top, right, bottom = (
        max(0, math.floor(low_x)), max(0, math.floor(low_y)),
        min(width, math.ceil(high_x)), min(height, math.ceil(high_y)),
    )  # fmt: skip
    if right - left < 1 or bottom - top < 1 or high_x - low_x < 0.7:
        return
    points = (np.clip(outline, -2e4, 2e4) * 16).astype(np.int32)
    clear = math.exp(-float(quad[:, 2].mean()) / light.haze_m)
    veil = [(1 - clear) * c for c in light.haze]
    if high_x - low_x < FLAT_BELOW_PX:
        flat = [clear * c + v for c, v in zip(wall.front.mean(), veil, strict=True)]
        cv2.fillConvexPoly(canvas.pixels, points, flat, cv2.LINE_AA, 4)
    else:
        picture = wall.front.level(camera.focal_px / max(float(quad[:, 2].min()), 2.0))
        if clear < 0.985:
            picture = np.asarray(cv2.add(cv2.convertScaleAbs(picture, alpha=clear), np.array([*veil, 0.0])), np.uint8)
        tall, wide = picture.shape[:2]
        # Column and row (downwards) of the front's picture -> as seen -> pixels of this part of the canvas.
        to_seen = np.array([along / wide, -up / tall, base + up]).T
        forth = np.array([
            camera.focal_px * to_seen[0] + (camera.centre_px[0] - left) * to_seen[2],
            camera.focal_px * to_seen[1] + (camera.centre_px[1] - top) * to_seen[2],
            to_seen[2],
        ])  # fmt: skip
        spot = canvas.pixels[top:bottom, left:right]
        cv2.warpPerspective(picture, forth, (right - left, bottom - top), dst=spot, borderMode=cv2.BORDER_TRANSPARENT)
    points = (np.clip(outline * canvas.owner_scale, -2e4, 2e4) * 16).astype(np.int32)
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
