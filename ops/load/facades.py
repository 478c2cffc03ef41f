"""Fronts of houses: a tile of windows repeated over storeys, a shop below, windows lit at night; in several sizes."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ops.load.light import Light
from ops.load.mesh import Colour
from ops.load.noise import grain

Pixels = NDArray[np.uint8]
WALLS: tuple[Colour, ...] = (
    (70, 88, 150), (96, 118, 168), (128, 148, 176), (160, 172, 182), (185, 192, 198), (205, 208, 210), (110, 112, 116),
    (146, 140, 128), (120, 150, 190), (80, 96, 128), (150, 178, 200), (168, 150, 120),
)  # fmt: skip
BAYS, STOREYS = 4, 4


@dataclass(frozen=True, slots=True)
class Style:
    """A tile [h, w, 3] of BAYS by STOREYS windows, the shop front below it, and what both measure."""

    tile: Pixels
    ground_floor: Pixels
    bay_m: float
    storey_m: float
    wall: Colour
    per_m: float
    mean: Colour


def style(rng: np.random.Generator, light: Light, per_m: float, shops: float) -> Style:
    """Draw a kind of house. Its pictures are lit: by the day, or at night by lamps and its own windows."""
    bay, storey = rng.uniform(2.2, 4.2), rng.uniform(3.0, 3.8)
    wall = WALLS[int(rng.integers(len(WALLS)))]
    near = rng.uniform(0.8, 1.1)
    wall = (wall[0] * near, wall[1] * near, wall[2] * near)
    tile = _tile(rng, light, per_m, bay, storey, wall)
    ground = _ground_floor(rng, light, per_m, bay, wall, shops)
    blue, green, red, _ = cv2.mean(tile)
    return Style(tile, ground, bay, storey, wall, per_m, (blue, green, red))


def _lit(picture: NDArray[np.float32], light: Light, windows: NDArray[np.float32], glow: NDArray[np.float32]) -> Pixels:
    """Return the picture under the light; `windows` [h, w] is where light comes out, of the colour of `glow`."""
    base = np.array(light.ambient, np.float32) + np.array(light.sun, np.float32) * np.float32(0.4)
    if light.lamps:
        base = base + np.float32(0.10 * light.lamps) * np.array((0.8, 0.95, 1.1), np.float32)
    lit = picture * base
    if light.lamps:
        lit += windows[..., None] * np.float32(light.lamps) * (glow - lit)
    return np.clip(lit, 0, 255).astype(np.uint8)


def _tile(rng: np.random.Generator, light: Light, per_m: float, bay: float, storey: float, wall: Colour) -> Pixels:
    wide, tall = max(4, round(bay * per_m)), max(4, round(storey * per_m))
    size_hw = (tall * STOREYS, wide * BAYS)
    picture = np.full((*size_hw, 3), wall, np.float32) * (0.72 + 0.28 * grain(rng, size_hw, 0.5))[..., None]
    windows, glow = np.zeros(size_hw, np.float32), np.zeros((*size_hw, 3), np.float32)
    glassy = rng.random() < 0.25
    half_x = rng.uniform(0.4, 0.46) if glassy else rng.uniform(0.2, 0.34)
    half_y = rng.uniform(0.38, 0.45) if glassy else rng.uniform(0.24, 0.36)
    pane: Colour = (150, 132, 112) if glassy else (96, 84, 74)
    trim = tuple(min(250.0, c * rng.uniform(0.7, 1.4)) for c in wall)
    for row in range(STOREYS):
        picture[row * tall : row * tall + max(1, tall // 14)] *= 0.82
        for column in range(BAYS):
            x0, x1 = round((column + 0.5 - half_x) * wide), round((column + 0.5 + half_x) * wide)
            y0, y1 = round((row + 0.52 - half_y) * tall), round((row + 0.52 + half_y) * tall)
            picture[max(0, y0 - 1) : y1 + 1, max(0, x0 - 1) : x1 + 1] = trim
            bright = rng.uniform(0.6, 1.25)
            picture[y0:y1, x0:x1] = np.array(pane, np.float32) * bright
            picture[y0 : (y0 + y1) // 2, x0:x1] *= 1.22
            if rng.random() < 0.3:
                picture[y0 : y0 + max(1, int((y1 - y0) * rng.uniform(0.2, 0.7))), x0:x1] = (205, 214, 220)
            if rng.random() < (0.22 if light.lamps > 0.8 else 0.15):
                windows[y0:y1, x0:x1] = rng.uniform(0.45, 1.0)
                glow[y0:y1, x0:x1] = np.array((95, 170, 220), np.float32) * rng.uniform(0.7, 1.15)
    return _lit(picture, light, windows, glow)


def _ground_floor(
    rng: np.random.Generator, light: Light, per_m: float, bay: float, wall: Colour, shops: float
) -> Pixels:
    wide, tall = max(4, round(bay * per_m)) * BAYS, max(4, round(4.2 * per_m))
    picture = np.full((tall, wide, 3), wall, np.float32) * np.float32(0.85)
    windows, glow = np.zeros((tall, wide), np.float32), np.zeros((tall, wide, 3), np.float32)
    x = 0
    while x < wide:
        span = int(rng.uniform(2.5, 7.0) * per_m) + 2
        end = min(wide, x + span)
        if rng.random() < shops:
            awning = np.array([float(v) for v in rng.integers(30, 230, 3)], np.float32)
            picture[int(tall * 0.12) : int(tall * 0.34), x : end - 1] = awning
            picture[int(tall * 0.18) : int(tall * 0.27), x + span // 5 : end - span // 5] = (225, 230, 232)
            picture[int(tall * 0.36) : int(tall * 0.92), x + 1 : end - 2] = (78, 72, 66)
            picture[int(tall * 0.5) : int(tall * 0.9), x + span // 4 : x + span // 2] *= 1.5
            open_ = rng.random() < 0.6
            windows[int(tall * 0.36) : int(tall * 0.92), x + 1 : end - 2] = 0.85 if open_ else 0.0
            glow[int(tall * 0.36) : int(tall * 0.92), x + 1 : end - 2] = np.array((150, 205, 235)) * rng.uniform(
                0.5, 1.0
            )
            if open_:
                windows[int(tall * 0.18) : int(tall * 0.27), x + span // 5 : end - span // 5] = 0.9
                glow[int(tall * 0.12) : int(tall * 0.34), x:end] = np.clip(awning * 1.6 + 40, 0, 255)
        else:
            door = x + span // 3
            picture[int(tall * 0.3) :, door : min(end, door + max(2, int(1.2 * per_m)))] = (52, 58, 70)
            picture[int(tall * 0.3) : int(tall * 0.7), min(end, door + int(1.8 * per_m)) : end - 2] = (88, 80, 72)
        x = end + 1
    picture *= (0.8 + 0.2 * grain(rng, (tall, wide), 0.6))[..., None]
    return _lit(picture, light, windows, glow)


class Front:
    """The picture of one house's front, put together when it is first seen, and its smaller copies."""

    def __init__(self, made: Style, wide_m: float, tall_m: float, shift: int, brightness: float, snow: float) -> None:
        self._style, self._wide_m, self._tall_m = made, wide_m, tall_m
        self._shift, self._brightness, self._snow = shift, brightness, snow
        self._levels: list[Pixels] = []

    def level(self, px_per_m: float) -> Pixels:
        """Return the smallest copy that still has a pixel for each of the frame's."""
        if not self._levels:
            self._levels.append(self._whole())
        number, sharp = 0, self._style.per_m
        while sharp > px_per_m * 1.5 and number < 5:
            number, sharp = number + 1, sharp / 2
        while len(self._levels) <= number:
            height, width = self._levels[-1].shape[:2]
            if min(height, width) < 6:
                return self._levels[-1]
            smaller = cv2.resize(self._levels[-1], (width // 2, height // 2), interpolation=cv2.INTER_AREA)
            self._levels.append(np.asarray(smaller, np.uint8))
        return self._levels[number]

    def mean(self) -> list[float]:
        """Return its mean colour."""
        return [self._brightness * c for c in self._style.mean]

    def _whole(self) -> Pixels:
        made = self._style
        wide, tall = max(8, round(self._wide_m * made.per_m)), max(8, round(self._tall_m * made.per_m))
        ground = np.roll(made.ground_floor, self._shift * 7, axis=1)
        tile = np.roll(made.tile, self._shift * (made.tile.shape[1] // BAYS), axis=1)
        upper = max(0, tall - ground.shape[0])
        repeat = (-(-max(upper, 1) // tile.shape[0]), -(-wide // tile.shape[1]), 1)
        front = np.tile(tile, repeat)[max(0, tile.shape[0] * repeat[0] - upper) :, :wide][:upper]
        ground_repeat = (1, -(-wide // ground.shape[1]), 1)
        whole = np.concatenate([front, np.tile(ground, ground_repeat)[:, :wide]], axis=0)[-tall:]
        rim = max(1, round(0.5 * made.per_m))
        whole[:rim] = cv2.convertScaleAbs(whole[:rim], alpha=1.25, beta=4)
        if self._snow > 0.2:
            whole[: max(1, rim // 2)] = cv2.convertScaleAbs(
                whole[: max(1, rim // 2)], alpha=0.4, beta=130 * self._brightness
            )
        return np.asarray(cv2.convertScaleAbs(whole, alpha=self._brightness), np.uint8)
