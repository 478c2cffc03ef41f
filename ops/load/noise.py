"""Grain that textures are made of: tiles that repeat without a seam, made once per process and only read."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE_PX = 512


@cache
def fractal(number: int, octaves: int = 6) -> NDArray[np.uint8]:
    """Return a seamless tile [512, 512] of clouds: noise of every scale, the coarse the strongest; mean 128."""
    rng = np.random.default_rng((90_210, number))
    total = np.zeros((SIDE_PX, SIDE_PX), np.float32)
    for octave in range(octaves):
        cells = 4 << octave
        grid = np.pad(rng.standard_normal((cells, cells)).astype(np.float32), 2, mode="wrap")
        scale = SIDE_PX // cells
        fine = cv2.resize(grid, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        total += fine[2 * scale : 2 * scale + SIDE_PX, 2 * scale : 2 * scale + SIDE_PX] * 0.55**octave
    total = (total - total.mean()) / total.std()
    return np.asarray(np.clip(128 + 46 * total, 0, 255), np.uint8)


@cache
def speckle(number: int) -> NDArray[np.uint8]:
    """Return a tile [512, 512] of fine grain without any coarse part; mean 128."""
    rng = np.random.default_rng((90_211, number))
    grain = rng.normal(128, 40, (SIDE_PX, SIDE_PX))
    return np.clip(grain, 0, 255).astype(np.uint8)


def grain(rng: np.random.Generator, size_hw: tuple[int, int], fine: float) -> NDArray[np.float32]:
    """Return a factor [H, W] around 1, coarse and fine grain mixed, cut from the tiles at a random place."""
    height, width = size_hw
    repeat = (-(-height // SIDE_PX) + 1, -(-width // SIDE_PX) + 1)
    top, left = (int(v) for v in rng.integers(0, SIDE_PX, 2))
    window = (slice(top, top + height), slice(left, left + width))
    coarse = np.tile(fractal(int(rng.integers(3))), repeat)[window]
    dots = np.tile(speckle(0), repeat)[window]
    mixed = cv2.addWeighted(coarse, 1 - fine, dots, fine, 0, dtype=cv2.CV_32F)
    return np.asarray(mixed, np.float32) / np.float32(128)
