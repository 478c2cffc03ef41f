"""The road: where its middle runs over the world, metre by metre, in curves and over mild hills; pure.

Everything is placed by (s, d): metres along the middle, and metres to the right of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
STEP_M = 2.0
BEHIND_M = 120.0
"""How much road there is before s = 0."""


@dataclass(frozen=True, slots=True)
class Curviness:
    """How much a kind of road bends and climbs: the largest of each, and over what length it changes."""

    bend_per_m: float
    climb_ratio: float
    wave_m: float


CURVINESS = {
    "highway": Curviness(0.0022, 0.025, 260.0),
    "tunnel": Curviness(0.0020, 0.012, 240.0),
    "city street": Curviness(0.0009, 0.022, 300.0),
    "residential": Curviness(0.0045, 0.030, 130.0),
    "undefined": Curviness(0.0060, 0.045, 140.0),
    "parking lot": Curviness(0.0, 0.004, 300.0),
    "gas stations": Curviness(0.0006, 0.010, 300.0),
}


@dataclass(frozen=True, slots=True)
class Road:
    """The middle of a road, sampled every STEP_M: place [N, 3] and heading [N] in radians clockwise from north."""

    middle: Floats
    heading: Floats

    def at(self, s_m: Floats, d_m: Floats | float = 0.0) -> tuple[Floats, Floats]:
        """Return the places [N, 3] and the road's headings [N] at (s, d); beyond the ends it runs straight on."""
        at = (np.asarray(s_m, np.float64) + BEHIND_M) / STEP_M
        low = np.clip(np.floor(at).astype(np.intp), 0, len(self.heading) - 2)
        share = at - low
        heading = self.heading[low] + np.clip(share, 0, 1) * (self.heading[low + 1] - self.heading[low])
        place = self.middle[low] + share[..., None] * (self.middle[low + 1] - self.middle[low])
        right = np.stack([np.cos(heading), -np.sin(heading), np.zeros_like(heading)], axis=-1)
        return place + right * np.asarray(d_m, np.float64)[..., None], heading

    def spot(self, s_m: float, d_m: float) -> tuple[Floats, float]:
        """Return the same for one place [3]."""
        at = (s_m + BEHIND_M) / STEP_M
        low = min(max(int(at), 0), len(self.heading) - 2)
        share = at - low
        heading = float(self.heading[low]) + min(max(share, 0.0), 1.0) * float(
            self.heading[low + 1] - self.heading[low]
        )
        place = self.middle[low] + share * (self.middle[low + 1] - self.middle[low])
        place[0] += d_m * math.cos(heading)
        place[1] -= d_m * math.sin(heading)
        return place, heading


def build(rng: np.random.Generator, kind: str, length_m: float) -> Road:
    """Return a road of that kind, from BEHIND_M before its beginning to `length_m` after it."""
    count = int((length_m + BEHIND_M) / STEP_M) + 2
    along = np.asarray(np.arange(count) * STEP_M, np.float64)
    form = CURVINESS[kind]
    bend = _waves(rng, along, form.wave_m) * form.bend_per_m * rng.uniform(0.2, 1.0)
    slope = _waves(rng, along, form.wave_m * 1.3) * form.climb_ratio * rng.uniform(0.1, 1.0)
    heading = np.cumsum(bend) * STEP_M
    origin = round(BEHIND_M / STEP_M)
    heading -= heading[origin]
    middle = np.cumsum(np.stack([np.sin(heading), np.cos(heading), slope], axis=1), axis=0) * STEP_M
    return Road(middle - middle[origin], heading)


def _waves(rng: np.random.Generator, along: Floats, wave_m: float) -> Floats:
    """Return a smooth random course between about -1 and 1."""
    phases = rng.uniform(0, 2 * np.pi, 3)
    lengths = wave_m * rng.uniform((2.0, 4.5, 7.0), (3.5, 6.5, 12.0))
    weights = np.array([0.35, 0.5, 0.4])
    return np.asarray((weights * np.sin(2 * np.pi * along[:, None] / lengths + phases)).sum(axis=1))
