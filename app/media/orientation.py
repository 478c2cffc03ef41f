"""Pure: how a coded picture is turned upright, read from a display matrix (ISO 14496-12, 8.3.2)."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Orientation:
    """Say how the coded picture becomes the displayed one: swap axes first, then mirror."""

    swaps_axes: bool = False
    mirrors_x: bool = False
    mirrors_y: bool = False
    rotation_deg: int = 0
    """Clockwise turn nearest to the matrix: 0, 90, 180 or 270."""

    def wh(self, wh: tuple[int, int]) -> tuple[int, int]:
        """Return the displayed size of a coded size, or the coded size of a displayed one: it is its own inverse."""
        return (wh[1], wh[0]) if self.swaps_axes else wh

    def upright(self, pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """Return `pixels` [H, W] or [H, W, C] as displayed, contiguous."""
        if self.swaps_axes:
            pixels = pixels.swapaxes(0, 1)
        if self.mirrors_x:
            pixels = pixels[:, ::-1]
        if self.mirrors_y:
            pixels = pixels[::-1]
        return np.ascontiguousarray(pixels)


AS_CODED = Orientation()
_TURNS = (
    AS_CODED,
    Orientation(swaps_axes=True, mirrors_x=True, rotation_deg=90),
    Orientation(mirrors_x=True, mirrors_y=True, rotation_deg=180),
    Orientation(swaps_axes=True, mirrors_y=True, rotation_deg=270),
)


def turned(clockwise_deg: float) -> Orientation:
    """Return how a picture is turned clockwise, to the nearest right angle, without mirroring."""
    return _TURNS[round(clockwise_deg / 90) % 4]


def orientation_of(display_matrix: bytes) -> Orientation:
    """Read nine native 32-bit integers [a b u c d v x y w]; x' = ax + cy, y' = bx + dy, to the nearest right angle.

    A matrix that is cut short or all zero says nothing: the picture stays as coded.
    """
    if len(display_matrix) < 36:
        return AS_CODED
    a, b, _, c, d, *_ = struct.unpack("=9i", display_matrix[:36])
    if not any((a, b, c, d)):
        return AS_CODED
    swaps_axes = abs(b) + abs(c) > abs(a) + abs(d)
    x_from, y_from = (c, b) if swaps_axes else (a, d)
    quarter_turns = round(math.degrees(math.atan2(b, a)) / 90) % 4
    if (quarter_turns % 2 == 1) != swaps_axes:
        quarter_turns = 1 if swaps_axes else 0
    return Orientation(swaps_axes, x_from < 0, y_from < 0, quarter_turns * 90)
