"""Weather between the camera and the scene: haze on the ground, reflections of a wet road, glows, rain and snow."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from ops.load.camera import Camera
from ops.load.ground import Rows
from ops.load.light import Light
from ops.load.painter import Canvas

Floats = NDArray[np.float64]
Pixels = NDArray[np.uint8]


def haze_ground(canvas: Pixels, rows: Rows, light: Light) -> None:
    """Blend each ground row towards the haze by its distance."""
    clear = np.exp(-rows.depth_m / light.haze_m)
    end = int(np.count_nonzero(clear < 0.985))
    if not end:
        return
    part = canvas[rows.first : rows.first + end]
    weight = np.repeat(clear[:end, None].astype(np.float32), canvas.shape[1], axis=1)
    haze = np.empty_like(part)
    haze[:] = np.clip(light.haze, 0, 255)
    cv2.blendLinear(part, haze, weight, 1 - weight, dst=part)


def reflect(canvas: Canvas, rows: Rows, edges_m: tuple[float, float], light: Light) -> None:
    """Let the wet road, between its edges, mirror what is above it, most where one looks along it."""
    height, width = canvas.pixels.shape[:2]
    tall = height - rows.first
    top = max(0, rows.first - tall)
    if rows.first - top < 8:
        return
    few = (max(8, width // 6), max(8, tall // 10))
    small = cv2.resize(canvas.pixels[top : rows.first], few, interpolation=cv2.INTER_AREA)
    mirrored = cv2.blur(cv2.flip(small, 0), (1, 5))
    mirrored = cv2.resize(mirrored, (width, tall), interpolation=cv2.INTER_LINEAR)
    nobody = (canvas.owners == 0).astype(np.float32)
    free = cv2.resize(nobody, (width, height), interpolation=cv2.INTER_NEAREST)[rows.first :]
    along = np.linspace(1, 0.15, tall).clip(0, 1).astype(np.float32)
    columns = np.arange(width, dtype=np.float32)[None, :]
    left, right = ((rows.middle_px + edge * rows.px_per_m).astype(np.float32)[:, None] for edge in edges_m)
    weight = np.asarray(free, np.float32) * (0.5 * light.wet * (0.35 + 0.65 * along))[:, None]
    weight *= (columns >= left) & (columns <= right)
    ground = canvas.pixels[rows.first :]
    cv2.blendLinear(ground, mirrored, 1 - weight, weight, dst=ground)


@cache
def _halo(size: int) -> Pixels:
    """Return a spot of light [size, size] that fades out like 1/r²."""
    half = (size - 1) / 2
    r = np.hypot(*np.meshgrid(np.arange(size) - half, np.arange(size) - half)) / max(half, 0.5)
    value = (1 / (1 + (r * 4.5) ** 2) - 1 / (1 + 4.5**2)) * np.clip(1.2 - r, 0, 1)
    return np.asarray(np.clip(value / value.max() * 255, 0, 255), np.uint8)


def glow(canvas: Pixels, at_px: Floats, radius_px: float, colour: Floats, stretch: float = 1.0) -> None:
    """Add a halo to the picture; `stretch` makes it taller than wide, as a wet road mirrors a lamp."""
    if radius_px < 1.0 or not np.isfinite(at_px).all():
        return
    height, width = canvas.shape[:2]
    half_x, half_y = min(radius_px, width * 0.5), min(radius_px * stretch, height * 0.6)
    left, top = math.floor(at_px[0] - half_x), math.floor(at_px[1] - half_y)
    wide, tall = max(2, math.ceil(2 * half_x)), max(2, math.ceil(2 * half_y))
    x0, y0, x1, y1 = max(0, left), max(0, top), min(width, left + wide), min(height, top + tall)
    if x1 <= x0 or y1 <= y0:
        return
    halo = cv2.resize(_halo(64), (wide, tall), interpolation=cv2.INTER_LINEAR)[
        y0 - top : y1 - top, x0 - left : x1 - left
    ]
    spot = canvas[y0:y1, x0:x1]
    added = cv2.multiply(cv2.cvtColor(halo, cv2.COLOR_GRAY2BGR), np.array([*colour, 0.0]) / 255.0)
    cv2.add(spot, added, dst=spot)


def rain(canvas: Pixels, rng: np.random.Generator, light: Light, mps: float) -> None:
    """Draw streaks of falling rain, the faster the drive the more they lean outwards."""
    height, width = canvas.shape[:2]
    count = int(260 * light.rain)
    start = rng.uniform((0, -0.1), (1, 1), (count, 2)) * (width, height)
    outward = (start - (width / 2, height * 0.45)) * 0.0012 * min(mps, 25)
    length = rng.uniform(0.02, 0.06, (count, 1)) * height
    end = start + length * ((0.06, 1.0) + outward * (0.35, 0.2))
    lines = (np.stack([start, end], axis=1) * 8).astype(np.int32)
    streaks = np.zeros((height, width), np.uint8)
    cv2.polylines(streaks, list(lines), False, 42 if light.lamps < 0.8 else 22, 1, cv2.LINE_AA, 3)
    cv2.add(canvas, cv2.cvtColor(streaks, cv2.COLOR_GRAY2BGR), dst=canvas)


def snowfall(canvas: Pixels, seed: int, time_s: float, travelled_m: float, camera: Camera, light: Light) -> None:
    """Draw flakes that fall and come towards the camera; each has its own way, closed in time."""
    rng = np.random.default_rng((seed, 31))
    count = int(700 * light.flakes)
    start = rng.uniform((-11, 0, 0), (11, 1, 1), (count, 3))
    depth = 0.9 + np.mod(start[:, 2] * 22 - travelled_m * 0.92 - time_s * 0.3, 22.0)
    sway = 0.4 * np.sin(time_s * rng.uniform(1, 3, count) + rng.uniform(0, 6, count))
    up = 5.5 - np.mod(start[:, 1] * 8.5 + time_s * rng.uniform(1.0, 1.9, count), 8.5)
    at = np.stack([start[:, 0] + sway, -up, depth], axis=1)
    pixels = camera.pixels(at)
    radius = np.clip(rng.uniform(0.016, 0.034, count) * camera.focal_px / depth, 0.35, camera.size_wh[1] * 0.012)
    near = np.exp(-depth / 28) if light.lamps > 0.8 else np.ones(count)
    flakes = np.zeros(canvas.shape[:2], np.uint8)
    inside = (pixels > -10).all(axis=1) & (pixels < np.array(camera.size_wh) + 10).all(axis=1)
    for (x, y), r, strength in zip(
        (pixels[inside] * 8).astype(int).tolist(), (radius[inside] * 8).astype(int).tolist(),
        (near[inside] * np.clip(radius[inside] / 0.8, 0.3, 1) * 215).tolist(), strict=True,
    ):  # fmt: skip
        cv2.circle(flakes, (x, y), r, strength, -1, cv2.LINE_AA, 3)
    soft = cv2.cvtColor(cv2.GaussianBlur(flakes, (3, 3), 0), cv2.COLOR_GRAY2BGR)
    behind = cv2.multiply(canvas, cv2.bitwise_not(soft), scale=1 / 255)
    tone = 245.0 if light.lamps < 0.3 else 190.0 if light.lamps < 0.8 else 200.0
    cv2.add(behind, cv2.convertScaleAbs(soft, alpha=tone / 255), dst=canvas)


def halo_colours(kind: str) -> Floats:
    """Return the colour that a light of a kind throws around it."""
    return np.array({"tail": (30.0, 24.0, 190.0), "head": (225.0, 235.0, 240.0)}[kind])


def visible_at(canvas: Canvas, at_px: Floats, depth_m: float, depths: Sequence[float], own: int) -> bool:
    """Tell whether nothing nearer covers a point of the picture."""
    x, y = (int(v * canvas.owner_scale) for v in at_px)
    height, width = canvas.owners.shape
    if not (0 <= x < width and 0 <= y < height):
        return True
    owner = int(canvas.owners[y, x])
    return owner in (0, own + 2) or (owner >= 2 and depths[owner - 2] > depth_m - 1.0)
