"""The sky all around as one picture, of which a frame shows the part it looks at: colour, clouds, sun, stars, hills."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from ops.load.camera import Camera
from ops.load.light import Light
from ops.load.noise import SIDE_PX, fractal

UP_DEG, DOWN_DEG = 40.0, 4.0
"""How far above and below the horizon the picture reaches."""
BROKEN_RATIO, WHOLE_RATIO = 0.3, 0.9
"""A sky with more clouds than that is partly cloudy, and overcast."""


class Sky:
    """A panorama; `paint` fills the top of a frame with it."""

    def __init__(self, rng: np.random.Generator, light: Light, focal_px: float, town: float) -> None:
        self._per_rad = focal_px * 0.5  # half the frame's resolution: clouds are soft
        self._pixels = _panorama(rng, light, self._per_rad, town)

    def paint(self, canvas: NDArray[np.uint8], camera: Camera, yaw_rad: float, horizon_px: float) -> None:
        """Fill rows above the horizon of `canvas` [H, W, 3]."""
        width, height = camera.size_wh
        bottom = int(np.clip(horizon_px + 6, 1, height))
        per_rad, tall, wide = self._per_rad, *self._pixels.shape[:2]
        scale = per_rad / camera.focal_px
        rows = np.clip(
            (math.radians(UP_DEG) + (np.array([0.0, bottom]) - horizon_px) / camera.focal_px) * per_rad, 0, tall
        )
        top, end = int(rows[0]), max(math.ceil(rows[1]), int(rows[0]) + 2)
        span = max(2, int(width * scale))
        left = int(yaw_rad * per_rad - span / 2) % wide
        part = self._pixels[min(top, tall - 2) : end, left : left + span]
        if part.shape[1] < span:
            part = np.concatenate([part, self._pixels[min(top, tall - 2) : end, : span - part.shape[1]]], axis=1)
        canvas[:bottom] = cv2.resize(part, (width, bottom), interpolation=cv2.INTER_LINEAR)


def _panorama(rng: np.random.Generator, light: Light, per_rad: float, town: float) -> NDArray[np.uint8]:
    wide = max(64, int(2 * math.pi * per_rad))
    tall = max(16, int(math.radians(UP_DEG + DOWN_DEG) * per_rad))
    angle = np.linspace(math.radians(UP_DEG), -math.radians(DOWN_DEG), tall, dtype=np.float32)
    up = np.clip(angle / math.radians(UP_DEG), 0, 1) ** np.float32(0.62)
    column = (1 - up)[:, None] * np.array(light.horizon, np.float32) + up[:, None] * np.array(light.zenith, np.float32)
    picture = np.repeat(column[:, None, :], wide, axis=1)
    bearing = math.atan2(light.towards_sun[0], light.towards_sun[1]) % (2 * math.pi)
    around = np.abs(
        (np.arange(wide, dtype=np.float32) / wide * 2 * math.pi - bearing + math.pi) % (2 * math.pi) - math.pi
    )
    if light.sun_glow > 0:
        _glow(picture, light, angle, around)
    if light.stars:
        _stars(rng, picture, light)
    if light.cloud_ratio > 0.01:
        _clouds(rng, picture, light, angle, around)
    _far_land(rng, picture, light, per_rad, town)
    return np.asarray(np.clip(picture, 0, 255), np.uint8)


def _glow(picture: NDArray[np.float32], light: Light, angle: NDArray[np.float32], around: NDArray[np.float32]) -> None:
    low_sun = light.lamps > 0
    height = math.radians(1.0) if low_sun else math.asin(light.towards_sun[2])
    far = np.sqrt(
        (angle[:, None] - height) ** 2 * (5.0 if low_sun else 1.0) + around[None, :] ** 2 * (0.35 if low_sun else 1.0)
    )
    halo = np.exp(-far / np.float32(0.35)) * np.float32(light.sun_glow * (0.75 if low_sun else 0.5))
    colour = np.array((60, 150, 255) if low_sun else (235, 250, 255), np.float32)
    picture += halo[..., None] * (colour - picture)
    if not low_sun:
        disc = np.clip((0.06 - far) / 0.03, 0, 1)[..., None]
        picture += disc * (np.float32(255) - picture)


def _stars(rng: np.random.Generator, picture: NDArray[np.float32], light: Light) -> None:
    tall, wide = picture.shape[:2]
    count = int(tall * wide / 900)
    rows, columns = rng.integers(0, max(1, int(tall * 0.8)), count), rng.integers(0, wide, count)
    picture[rows, columns] += rng.uniform(20, 130, (count, 1)).astype(np.float32)
    moon = (int(rng.integers(wide)), int(rng.uniform(0.1, 0.5) * tall))
    if light.cloud_ratio < 0.9 and rng.random() < 0.6:
        cv2.circle(picture, moon, max(1, int(tall * 0.035)), (225, 238, 240), -1, cv2.LINE_AA)


def _clouds(
    rng: np.random.Generator, picture: NDArray[np.float32], light: Light, angle: NDArray[np.float32],
    around: NDArray[np.float32],
) -> None:  # fmt: skip
    """Blend clouds in that lie flat overhead: towards the horizon they grow thin and narrow."""
    tall, wide = picture.shape[:2]
    broken = BROKEN_RATIO < light.cloud_ratio < WHOLE_RATIO
    cells = SIDE_PX / wide * float(rng.integers(2, 4) * (2 if broken else 1))
    across = np.tile((np.arange(wide, dtype=np.float32) * np.float32(cells))[None, :], (tall, 1)) % SIDE_PX
    depth = 70.0 / (np.clip(angle, 0, None) + 0.16)
    down = np.tile(depth.astype(np.float32)[:, None] + np.float32(rng.uniform(0, SIDE_PX)), (1, wide)) % SIDE_PX
    tile = fractal(int(rng.integers(3)))
    field = cv2.remap(tile, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP).astype(np.float32)
    whole = light.cloud_ratio > WHOLE_RATIO
    if broken:
        field += 128 - _around(field)
    limit = 128 + 60 * (0.5 - light.cloud_ratio) * 2.2
    cover = (
        np.ones_like(field) if whole else np.clip((field - limit) / 22, 0, 1) * np.clip(angle / 0.05, 0.15, 1)[:, None]
    )
    body = np.clip((field - (85 if whole else limit)) / (90 if whole else 75), 0, 1)
    if whole:
        body = 0.25 + 0.75 * body
        cover *= 0.5 + 0.5 * np.clip(angle / 0.25, 0, 1)[:, None]
    elif light.lamps > 0 and not light.stars:
        body = np.clip(body * 0.4 + 0.9 * np.exp(-around / 1.1)[None, :], 0, 1)  # lit from where the sun went down
    colour = body[..., None] * np.array(light.cloud_bright, np.float32) + (1 - body)[..., None] * np.array(
        light.cloud_dark, np.float32
    )
    picture += cover[..., None] * (colour - picture)


def _around(field: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return what lies around each place on average, as much as a frame shows: no view of broken clouds is without."""
    tall, wide = field.shape
    view = wide // 6
    padded = np.pad(field, ((0, 0), (view, view)), mode="wrap")
    return np.asarray(cv2.blur(padded, (view, tall // 3))[:, view : view + wide], np.float32)


def _far_land(
    rng: np.random.Generator, picture: NDArray[np.float32], light: Light, per_rad: float, town: float
) -> None:
    """Draw hills, and the towers of a town, against the horizon."""
    tall, wide = picture.shape[:2]
    ground = int(math.radians(UP_DEG) * per_rad)
    clearness = math.exp(-350 / light.haze_m)
    angles = np.linspace(0, 2 * np.pi, wide)
    for height_deg, depth in ((rng.uniform(0.8, 3.0), 0.25), (rng.uniform(0.4, 1.6), 0.45)):
        ridge = np.zeros(wide)
        for wave in range(2, 9):
            ridge += np.sin(angles * int(rng.integers(wave, wave * 3)) + rng.uniform(0, 6)) / wave
        top = ground - np.clip(0.5 + 0.5 * ridge, 0.05, None) * math.radians(height_deg) * per_rad
        colour = _hazed(light, (92, 102, 88) if light.snow < 0.3 else (205, 202, 200), depth * clearness)
        points = np.concatenate([np.stack([np.arange(wide), top], 1), [[wide, tall], [0, tall]]]).astype(np.int32)
        cv2.fillPoly(picture, [points], colour)
    for _ in range(int(town * 90)):
        x, width_px = int(rng.integers(wide)), max(1, int(rng.uniform(0.008, 0.025) * per_rad))
        height_px = int(rng.gamma(2.0, 0.018) * per_rad)
        colour = _hazed(light, (115, 112, 110), rng.uniform(0.25, 0.5) * clearness)
        cv2.rectangle(picture, (x, ground - height_px), (x + width_px, tall), colour, -1)
        if light.lamps > 0.8 and clearness > 0.3:
            for _ in range(6):
                spot = (x + int(rng.integers(max(1, width_px))), ground - int(rng.integers(max(1, height_px))))
                picture[max(0, spot[1]), min(spot[0], wide - 1)] += np.array([60, 110, 140], np.float32)


def _hazed(light: Light, colour: tuple[float, float, float], own: float) -> tuple[float, float, float]:
    lit = [c * (a + 0.5 * s) for c, a, s in zip(colour, light.ambient, light.sun, strict=True)]
    mixed = [own * c + (1 - own) * h for c, h in zip(lit, light.haze, strict=True)]
    return (mixed[0], mixed[1], mixed[2])
