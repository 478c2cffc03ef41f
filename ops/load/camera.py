"""A pinhole camera in the world: x right (east), y forward (north), z up, in metres; pictures in pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
NEAREST_M = 0.4


@dataclass(frozen=True, slots=True)
class Camera:
    """Where the camera stands and looks.

    `turn` [3, 3] has the rows right, down, forward: `turn @ (point - place)` is a point as the camera sees it.
    """

    place: Floats
    turn: Floats
    focal_px: float
    centre_px: tuple[float, float]
    size_wh: tuple[int, int]

    def seen(self, points: Floats) -> Floats:
        """Return points [N, 3] of the world as right, down, forward of the camera, in metres."""
        return np.asarray((points - self.place) @ self.turn.T)

    def pixels(self, seen: Floats) -> Floats:
        """Return where points [..., 3], as seen and in front, fall on the picture [..., 2]."""
        depth = np.maximum(seen[..., 2:], 1e-3)
        return np.asarray(seen[..., :2] * (self.focal_px / depth) + np.array(self.centre_px))


def look(
    place: Floats, yaw_rad: float, pitch_rad: float, roll_rad: float, focal_px: float, size_wh: tuple[int, int]
) -> Camera:
    """Return a camera; yaw clockwise from north, pitch downwards, roll clockwise."""
    sin_yaw, cos_yaw = math.sin(yaw_rad), math.cos(yaw_rad)
    sin_pitch, cos_pitch = math.sin(pitch_rad), math.cos(pitch_rad)
    right = np.array([cos_yaw, -sin_yaw, 0.0])
    forward = np.array([sin_yaw * cos_pitch, cos_yaw * cos_pitch, -sin_pitch])
    down = np.array([-sin_yaw * sin_pitch, -cos_yaw * sin_pitch, -cos_pitch])
    sin_roll, cos_roll = math.sin(roll_rad), math.cos(roll_rad)
    turn = np.stack([cos_roll * right + sin_roll * down, cos_roll * down - sin_roll * right, forward])
    return Camera(place, turn, focal_px, (size_wh[0] / 2, size_wh[1] / 2), size_wh)


def clipped(polygon: Floats, nearest_m: float = NEAREST_M) -> Floats:
    """Return the part of a polygon [N, 3], as seen, that lies in front of the camera (Sutherland and Hodgman 1974)."""
    if polygon[:, 2].min() >= nearest_m:
        return polygon
    kept: list[Floats] = []
    for one, other in zip(polygon, [*polygon[1:], polygon[0]], strict=True):
        if one[2] >= nearest_m:
            kept.append(one)
        if (one[2] >= nearest_m) != (other[2] >= nearest_m):
            share = (nearest_m - one[2]) / (other[2] - one[2])
            kept.append(one + share * (other - one))
    return np.array(kept) if kept else np.empty((0, 3))
