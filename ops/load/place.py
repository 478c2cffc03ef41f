"""The place a clip plays in: its road, light and looks, drawn from the seed; shared by what stands and what moves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ops.load import ride, road
from ops.load.layout import STOP_LINE_M, Layout, layout_of
from ops.load.light import Light, light_of
from ops.load.mesh import Colour
from ops.load.ride import Ride
from ops.load.road import Road
from ops.load.spec import SceneSpec

Floats = NDArray[np.float64]
AHEAD_M = 420.0
LAMP_COLOURS: tuple[Colour, ...] = ((120.0, 200.0, 255.0), (225.0, 240.0, 250.0), (60.0, 170.0, 255.0))


@dataclass(frozen=True, slots=True)
class Place:
    """All that is fixed for a clip and does not depend on the size of its pictures."""

    spec: SceneSpec
    light: Light
    layout: Layout
    road: Road
    ride: Ride
    lamp_colour: Colour
    opening: int
    """In a tunnel: on which side one sees the sky between columns; 0: on none."""

    def rng(self, *numbers: int) -> np.random.Generator:
        """Return chance for one part of the place: the same numbers, the same chance."""
        return np.random.default_rng((self.spec.seed, *(number & 0xFFFF_FFFF for number in numbers)))

    def at(self, s_m: float, d_m: float, up_m: float = 0.0) -> tuple[Floats, float]:
        """Return the place [3] and the road's heading at (s, d)."""
        spot, heading = self.road.spot(s_m, d_m)
        spot[2] += up_m
        return spot, heading

    def near_junction(self, s_m: float, within_m: float) -> bool:
        """Tell whether a road crosses so near."""
        return any(abs(s_m - junction) < within_m for junction in self.layout.junctions_m)


def build(spec: SceneSpec, seconds: float) -> Place:
    """Return the place of a clip of that many seconds; the first seconds of a longer one are the same."""
    light = light_of(np.random.default_rng((spec.seed, 1)), spec.weather, spec.timeofday, spec.scene)
    fastest = ride.PACE[spec.scene][1]
    length = fastest * 1.25 * (seconds + 5) + AHEAD_M
    layout = layout_of(np.random.default_rng((spec.seed, 2)), spec.scene, spec.cast, length)
    course = road.build(np.random.default_rng((spec.seed, 3)), spec.scene, length)
    stop_lines = np.array(layout.junctions_m) - STOP_LINE_M
    if spec.scene == "parking lot":
        stop_lines = np.arange(18.0, length, 26.0)
    drive = ride.build(np.random.default_rng((spec.seed, 4)), spec.scene, stop_lines, seconds)
    rng = np.random.default_rng((spec.seed, 5))
    opening = 0
    if spec.scene == "tunnel" and spec.timeofday != "undefined":
        opening = int(rng.choice([-1, 1])) if not layout.theirs else 1
    return Place(spec, light, layout, course, drive, LAMP_COLOURS[int(rng.integers(len(LAMP_COLOURS)))], opening)
