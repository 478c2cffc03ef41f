"""The cross-section of a road: lanes, lines, kerbs, where people walk and houses begin; and where roads cross; pure."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ops.load.mesh import Colour

Floats = NDArray[np.float64]
WHITE_PAINT: Colour = (205, 208, 210)
YELLOW_PAINT: Colour = (60, 165, 205)
JUNCTION_HALF_M = 9.0
"""Half the width of a crossing road, along the road that is driven."""
STOP_LINE_M = 15.0
"""How far before the middle of a junction one stops."""


@dataclass(frozen=True, slots=True)
class Line:
    """A painted line along the road."""

    d_m: float
    wide_m: float
    colour: Colour
    dash_m: float = 0.0
    """Length of a dash; 0 for a solid line."""
    every_m: float = 12.0


@dataclass(frozen=True, slots=True)
class Layout:
    """A cross-section; d is metres to the right of the middle line. Traffic keeps to the right."""

    scene: str
    lane_m: float
    ours: tuple[float, ...]
    """Middles of the lanes that go our way, from left to right."""
    theirs: tuple[float, ...]
    """Middles of the lanes that come towards us."""
    ego_d_m: float
    left_m: float
    right_m: float
    """Edges of the asphalt."""
    lines: tuple[Line, ...]
    junctions_m: tuple[float, ...] = ()
    parked: tuple[float, ...] = ()
    """Where cars are parked along the road."""
    walk_m: float = 0.0
    """Width of the pavement on either side; 0 where there is none."""
    front_m: float = 12.0
    """How far from the asphalt's edge houses begin."""
    median: str = ""
    """What divides the directions: nothing, a barrier, or grass."""
    rails_d_m: tuple[float, ...] = field(default=())
    """Middles of tram tracks."""


def layout_of(rng: np.random.Generator, scene: str, cast: tuple[str, ...], length_m: float) -> Layout:
    """Draw the road of a scene."""
    if scene in ("highway", "tunnel"):
        return _motorway(rng, scene)
    if scene == "parking lot":
        aisle = rng.uniform(3.2, 3.8)
        return Layout(scene, aisle, (aisle / 2,), (-aisle / 2,), aisle / 2 - 0.4, -34.0, 34.0, (), front_m=2.0)
    return _street(rng, scene, cast, length_m)


def _motorway(rng: np.random.Generator, scene: str) -> Layout:
    lane = rng.uniform(3.5, 3.75)
    tunnel = scene == "tunnel"
    count = int(rng.integers(2, 4)) if tunnel else int(rng.integers(2, 6))
    both = not tunnel or rng.random() < 0.3
    gap = 0.6 if tunnel else rng.uniform(0.8, 2.2)
    begin = gap + 1.0
    ours = tuple(begin + lane * (place + 0.5) for place in range(count))
    theirs_count = (1 if tunnel else count) if both else 0
    theirs = tuple(-begin - lane * (place + 0.5) for place in range(theirs_count))
    right = begin + lane * count + (0.8 if tunnel else rng.uniform(2.2, 3.4))
    left = (-begin - lane * theirs_count - 2.0) if theirs else (begin - 1.0)
    lines = [Line(begin, 0.15, YELLOW_PAINT), Line(begin + lane * count, 0.15, WHITE_PAINT)]
    lines += [Line(begin + lane * place, 0.14, WHITE_PAINT, 3.0) for place in range(1, count)]
    if theirs:
        lines += [Line(-begin, 0.15, YELLOW_PAINT), Line(-begin - lane * theirs_count, 0.15, WHITE_PAINT)]
        lines += [Line(-begin - lane * place, 0.14, WHITE_PAINT, 3.0) for place in range(1, theirs_count)]
    ego = ours[int(rng.integers(len(ours)))] + rng.uniform(-0.3, 0.3)
    median = "" if not theirs else str(rng.choice(["barrier", "barrier", "grass"])) if not tunnel else "barrier"
    return Layout(scene, lane, ours, theirs, ego, left, right, tuple(lines), median=median, front_m=rng.uniform(14, 40))


def _street(rng: np.random.Generator, scene: str, cast: tuple[str, ...], length_m: float) -> Layout:
    city = scene in ("city street", "gas stations")
    lane = rng.uniform(3.0, 3.5)
    each = int(rng.integers(1, 4)) if city else 1
    one_way = scene == "city street" and rng.random() < 0.25
    parking = scene in ("city street", "residential") and rng.random() < 0.8
    tram = "train" in cast
    middle = rng.choice([0.0, 0.0, 1.6]) if city and each > 1 else 0.0
    bike_lane = "bicycle" in cast and rng.random() < 0.5
    ours = tuple(middle + lane * (place + 0.5) for place in range(each))
    theirs = () if one_way else tuple(-middle - lane * (place + 0.5) for place in range(each))
    spare = (2.3 if parking else 0.5) + (1.5 if bike_lane else 0.0)
    right = middle + lane * each + spare
    left = -right if theirs else -0.4 - (2.3 if parking else 0.0)
    parked = (right - 1.1, left + 1.1) if parking else ()
    marked = scene != "residential" or rng.random() < 0.4
    lines: list[Line] = []
    if marked and theirs and not middle:
        lines += [Line(-0.14, 0.11, YELLOW_PAINT), Line(0.14, 0.11, YELLOW_PAINT)]
    if marked:
        sides = (1.0, -1.0) if theirs else (1.0,)
        lines += [
            Line(side * (middle + lane * n), 0.12, WHITE_PAINT, 2.5, 9.0) for n in range(1, each) for side in sides
        ]
        if parking or bike_lane or scene == "undefined":
            lines += [Line(side * (middle + lane * each), 0.12, WHITE_PAINT) for side in sides]
    pace = {"city street": (65, 135), "residential": (65, 135), "gas stations": (110, 200)}.get(scene)
    junctions = tuple(float(v) for v in np.cumsum(rng.uniform(*pace, 400)) - 20.0) if pace else ()
    walk = {"city street": rng.uniform(2.5, 5.0), "residential": rng.uniform(1.2, 2.0), "gas stations": 2.0}.get(
        scene, 0.0
    )
    front = {"city street": walk + rng.uniform(0.0, 1.5), "residential": rng.uniform(7, 12)}.get(scene, 14.0)
    rails = ((ours[0],) + ((theirs[0],) if theirs else ())) if tram else ()
    ego = ours[int(rng.integers(len(ours)))] + rng.uniform(-0.25, 0.25)
    return Layout(
        scene, lane, ours, theirs, ego, left, right, tuple(lines), tuple(j for j in junctions if j < length_m), parked,
        walk, front, "grass" if middle else "", rails,
    )  # fmt: skip
