"""Bodies of flat faces: how they are built, lit and turned; every thing that moves or stands is one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Colour = tuple[float, float, float]
"""Blue, green, red, 0 to 255."""
Rectangle = tuple[float, float, float, float]
"""x0, x1, y0, y1 in metres."""
CORNERS = 8


class Emits(IntEnum):
    """When a face shines by itself."""

    NEVER = 0
    HEADLIGHT = 1
    TAILLIGHT = 2
    BRAKE = 3
    ALWAYS = 4
    AT_NIGHT = 5
    GLASS = 6
    """Not a light: it mirrors the sky."""


@dataclass(frozen=True, slots=True)
class Mesh:
    """A body: corners [N, 3] in metres (x right, y forward, z up, the origin on the ground), faces [F, 8] of corners.

    A face of fewer corners repeats its last. Faces after the first `coarse` nobody sees from afar, those after the
    first `coarsest` nobody from very far.
    """

    corners: Floats
    faces: NDArray[np.int64]
    normals: Floats
    colours: Floats
    emits: NDArray[np.int64]
    bias_m: Floats
    """By how much a face is taken to be nearer than it is, so that details lie on what carries them."""
    coarse: int
    coarsest: int
    extent: tuple[float, float, float, float]
    """x0, x1, y0, y1 of what it stands on."""
    height_m: float


class Builder:
    """Collect faces, then `build` the mesh."""

    def __init__(self) -> None:
        self._corners: list[Floats] = []
        self._faces: list[list[int]] = []
        self._normals: list[Floats] = []
        self._colours: list[Colour] = []
        self._emits: list[int] = []
        self._bias: list[float] = []
        self._limits: list[int] = []
        self._count = 0

    def polygon(
        self, points: Sequence[Sequence[float]] | Floats, colour: Colour, outward: Sequence[float] | Floats,
        emits: Emits = Emits.NEVER, bias_m: float = 0.0,
    ) -> None:  # fmt: skip
        """Add one flat face of at most CORNERS points that is seen from the side that `outward` points to."""
        corners = np.asarray(points, np.float64)
        (ax, ay, az), (bx, by, bz) = (corners[1] - corners[0]).tolist(), (corners[2] - corners[0]).tolist()
        normal = np.array([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx])
        length = float(np.sqrt(normal @ normal))
        towards = np.asarray(outward, np.float64)
        normal = normal / length if length > 1e-9 else towards / np.sqrt(towards @ towards)
        if normal @ towards < 0:
            normal = -normal
        numbers = list(range(self._count, self._count + len(corners)))
        self._corners.append(corners)
        self._count += len(corners)
        self._faces.append(numbers + numbers[-1:] * (CORNERS - len(numbers)))
        self._normals.append(normal)
        self._colours.append(colour)
        self._emits.append(int(emits))
        self._bias.append(bias_m)

    def frustum(
        self, bottom: Rectangle, low: float, top: Rectangle, high: float,
        colour: Colour, *, sides: tuple[Colour, Emits] | None = None, lid: bool = True,
    ) -> None:  # fmt: skip
        """Add a body between two rectangles (x0, x1, y0, y1) at two heights; `sides` may differ from the lid."""
        (a0, a1, b0, b1), (c0, c1, e0, e1) = bottom, top
        ring_low = [(a0, b0, low), (a1, b0, low), (a1, b1, low), (a0, b1, low)]
        ring_high = [(c0, e0, high), (c1, e0, high), (c1, e1, high), (c0, e1, high)]
        outwards = [(0, -1, 0), (1, 0, 0), (0, 1, 0), (-1, 0, 0)]
        side_colour, emits = sides or (colour, Emits.NEVER)
        for place, outward in enumerate(outwards):
            after = (place + 1) % 4
            self.polygon(
                [ring_low[place], ring_low[after], ring_high[after], ring_high[place]], side_colour, outward, emits
            )
        if lid:
            self.polygon(ring_high, colour, (0, 0, 1))

    def box(self, extent: tuple[float, float, float, float], low: float, high: float, colour: Colour) -> None:
        """Add a box over the rectangle (x0, x1, y0, y1)."""
        self.frustum(extent, low, extent, high, colour)

    def disc(
        self, centre: tuple[float, float, float], radius_m: float, outward: tuple[float, float, float], colour: Colour,
        emits: Emits = Emits.NEVER, bias_m: float = 0.15,
    ) -> None:  # fmt: skip
        """Add an octagon that faces along x or y."""
        angles = np.arange(8) * (np.pi / 4) + np.pi / 8
        across, up = radius_m * np.cos(angles), radius_m * np.sin(angles)
        flat = np.zeros(8)
        ring = np.stack([flat, across, up] if outward[0] else [across, flat, up], axis=1)
        self.polygon(ring + np.array(centre), colour, outward, emits, bias_m)

    def patch(
        self, x: tuple[float, float], y: float, z: tuple[float, float], colour: Colour, outward_y: float,
        emits: Emits = Emits.NEVER, bias_m: float = 0.25,
    ) -> None:  # fmt: skip
        """Add a rectangle that faces forwards or backwards."""
        points = [(x[0], y, z[0]), (x[1], y, z[0]), (x[1], y, z[1]), (x[0], y, z[1])]
        self.polygon(points, colour, (0, outward_y, 0), emits, bias_m)

    def side_patch(
        self, x: float, y: tuple[float, float], z: tuple[float, float], colour: Colour, emits: Emits = Emits.NEVER
    ) -> None:
        """Add the same rectangle to the left (at -x) and to the right (at x)."""
        for side in (-x, x):
            points = [(side, y[0], z[0]), (side, y[1], z[0]), (side, y[1], z[1]), (side, y[0], z[1])]
            self.polygon(points, colour, (side, 0, 0), emits, 0.15)

    def details(self) -> None:
        """Say that what is added from here on cannot be seen from very far; said again, from afar."""
        self._limits.append(len(self._faces))

    def build(self) -> Mesh:
        """Return the mesh."""
        corners = np.concatenate(self._corners)
        (x0, y0, _), (x1, y1, top) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
        count = len(self._faces)
        return Mesh(
            corners,
            np.array(self._faces, np.int64),
            np.array(self._normals),
            np.array(self._colours, np.float64),
            np.array(self._emits, np.int64),
            np.array(self._bias),
            self._limits[-1] if self._limits else count,
            self._limits[0] if self._limits else count,
            (x0, x1, y0, y1),
            top,
        )


def shade(colour: Colour, factor: float) -> Colour:
    """Return a colour, darker or lighter."""
    return (min(255.0, colour[0] * factor), min(255.0, colour[1] * factor), min(255.0, colour[2] * factor))
