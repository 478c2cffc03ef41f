"""Trees and bushes as flat pictures with a mask, drawn once per process from grain, tinted and scaled for each clip."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from ops.load.light import Light
from ops.load.noise import fractal, speckle

SIDE_PX = 160
KINDS = ("broad", "round", "conifer", "palm", "bare", "bush")


@dataclass(frozen=True, slots=True)
class Sprite:
    """Pictures [n, n, 4] in sizes that halve: colours, already multiplied by the mask, and the mask."""

    levels: tuple[NDArray[np.uint8], ...]


@cache
def _drawn(kind: str, number: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return colours [n, n, 3] and mask [n, n] 0 to 1, unlit."""
    rng = np.random.default_rng((90_212, KINDS.index(kind), number))
    mask = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
    trunk = np.zeros_like(mask)
    n, middle = SIDE_PX, SIDE_PX // 2
    if kind == "conifer":
        for row in range(int(n * 0.04), int(n * 0.9)):
            reach = (row / n) * 0.33 * n * (0.75 + 0.25 * ((row % 19) / 19)) + rng.uniform(0, 2)
            cv2.line(mask, (int(middle - reach), row), (int(middle + reach), row), 255, 1)
        cv2.rectangle(trunk, (middle - 3, int(n * 0.88)), (middle + 3, n - 1), 255, -1)
    elif kind == "palm":
        cv2.line(trunk, (middle, int(n * 0.2)), (middle + 4, n - 1), 255, 6)
        for angle in np.linspace(0, 2 * np.pi, 15):
            tip = (
                int(middle + np.cos(angle) * n * 0.3),
                int(n * 0.2 + np.sin(angle) * n * 0.13 + abs(np.cos(angle)) * n * 0.1),
            )
            points = np.array([[middle, n * 0.19], [(middle + tip[0]) / 2, n * 0.15], tip], np.int32)
            cv2.polylines(mask, [points], False, 255, 7)
    elif kind == "bare":
        _branches(rng, trunk, (middle, n - 1), -np.pi / 2, n * 0.3, 7)
    else:
        crowns = {"broad": (0.12, 0.62, 0.36, 26), "round": (0.15, 0.55, 0.26, 22), "bush": (0.45, 0.9, 0.42, 22)}
        low, high, wide, blobs = crowns[kind]
        for _ in range(blobs):
            angle, reach = rng.uniform(0, 2 * np.pi), rng.uniform(0, 1) ** 0.5
            x = int(middle + np.cos(angle) * reach * wide * n)
            y = int((low + high) / 2 * n + np.sin(angle) * reach * (high - low) / 2 * n)
            cv2.circle(mask, (x, y), int(rng.uniform(0.07, 0.14) * n), 255, -1)
        if kind != "bush":
            cv2.line(trunk, (middle, int(n * 0.5)), (middle + int(rng.integers(-4, 5)), n - 1), 255, 7)
    grain = fractal(number % 3)[:n, 100 : 100 + n].astype(np.float32) / 128
    fine = speckle(0)[:n, :n].astype(np.float32) / 128
    leaves = mask.astype(np.float32) / 255 * np.clip((grain * 0.6 + fine * 0.6 - 0.42) * 3.2, 0, 1)
    height = np.linspace(1.25, 0.55, n, dtype=np.float32)[:, None]
    tone = (0.55 + 0.45 * fine) * (0.5 + 0.6 * grain) * height
    green = np.array((42.0, 98.0, 72.0), np.float32) * tone[..., None]
    wood = np.array((52.0, 62.0, 76.0), np.float32) * (0.6 + 0.5 * fine[..., None])
    trunk_mask = trunk.astype(np.float32) / 255
    whole = np.maximum(leaves, trunk_mask)
    colours = np.where(leaves[..., None] > 0.3, green, wood)
    return np.asarray(colours, np.float32), np.asarray(cv2.GaussianBlur(whole, (3, 3), 0), np.float32)


def _branches(
    rng: np.random.Generator, mask: NDArray[np.uint8], at: tuple[float, float], angle: float, length: float, thick: int
) -> None:
    end = (at[0] + np.cos(angle) * length, at[1] + np.sin(angle) * length)
    cv2.line(mask, (int(at[0]), int(at[1])), (int(end[0]), int(end[1])), 255, max(1, thick), cv2.LINE_AA)
    if length < 6:
        return
    for _ in range(3 if length > 12 else 2):
        _branches(rng, mask, end, angle + rng.uniform(-0.75, 0.75), length * rng.uniform(0.58, 0.78), thick - 2)


def sprite(rng: np.random.Generator, kind: str, light: Light) -> Sprite:
    """Return a tree of that kind under the light of a clip, with snow on it where it lies."""
    if light.snow > 0 and kind in ("broad", "round", "palm"):
        kind = "bare"
    colours, mask = _drawn(kind, int(rng.integers(4)))
    tint = np.array((rng.uniform(0.7, 1.2), rng.uniform(0.85, 1.15), rng.uniform(0.75, 1.45)), np.float32)
    lit = colours * tint
    if light.snow > 0:
        top = np.clip(mask - cv2.blur(np.roll(mask, 5, axis=0), (3, 3)), 0, 1)[..., None]
        white = np.clip(top * 1.6 + (0.35 * light.snow if kind != "bare" else 0.15), 0, 0.95)
        lit = lit + white * (np.array((228, 226, 222), np.float32) - lit)
    lamp = np.array((0.8, 0.95, 1.1)) * 0.08 * light.lamps
    lit = lit * (np.array(light.ambient) + 0.55 * np.array(light.sun) + lamp).astype(np.float32)
    if rng.random() < 0.5:
        lit, mask = lit[:, ::-1], mask[:, ::-1]
    levels = [np.clip(np.dstack([lit * mask[..., None], mask * 255]), 0, 255).astype(np.uint8)]
    while levels[-1].shape[0] > 10:
        half = (levels[-1].shape[1] // 2, levels[-1].shape[0] // 2)
        levels.append(np.asarray(cv2.resize(levels[-1], half, interpolation=cv2.INTER_AREA), np.uint8))
    return Sprite(tuple(levels))
