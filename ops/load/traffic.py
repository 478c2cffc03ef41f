"""What moves: vehicles in lanes and across junctions, people on pavements and crossings; closed in time t.

A lane's vehicles are numbered: number i begins at a place of its own and shares its lane's motion, so that any moment
can be asked for and a road never ends.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ops.load import library
from ops.load.layout import JUNCTION_HALF_M
from ops.load.mesh import Mesh
from ops.load.people import PHASES
from ops.load.place import Place
from ops.load.things import Body

Floats = NDArray[np.float64]
FARTHEST_M: Final = 230.0
BEHIND_M: Final = 14.0
EGO_HALF_M: Final = 2.4


@dataclass(frozen=True, slots=True)
class Lane:
    """One file of traffic: where it runs, how fast compared with our car, how fast by itself, how far apart."""

    number: int
    d_m: float
    share: float
    mps: float
    gap_m: float
    turned: bool
    kinds: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class _Walker:
    is_there: bool
    start_m: float
    d_m: float
    mps: float
    look: int
    step: int


class Traffic:
    """All that moves in a clip."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._cast = frozenset(place.spec.cast)
        self._lanes = list(_lanes(place))
        self._stops = place.ride.stops
        self._busy_m = float(place.rng(22).uniform(9, 40))
        self._walkers_seen: dict[tuple[int, int, int], _Walker] = {}
        self._seen: dict[tuple[int, int], tuple[str, int, float] | None] = {}

    def at(self, time_s: float) -> Iterator[Body]:
        """Yield what moves near our car at a time."""
        ego_m = self._place.ride.s_m(time_s)
        for lane in self._lanes:
            yield from self._of_lane(lane, time_s, ego_m)
        yield from self._crossing_vehicles(time_s, ego_m)
        if "pedestrian" in self._cast:
            yield from self._walkers(time_s, ego_m)
            yield from self._crossing_people(time_s, ego_m)

    def _of_lane(self, lane: Lane, time_s: float, ego_m: float) -> Iterator[Body]:
        moved = lane.share * ego_m + lane.mps * time_s
        low = math.floor((ego_m - BEHIND_M - moved) / lane.gap_m) - 1
        high = math.ceil((ego_m + FARTHEST_M - moved) / lane.gap_m) + 1
        for number in range(low, high):
            what = self._what(lane, number)
            if what is None:
                continue
            kind, look, start = what
            sway = 0.0 if lane.mps < 0 else 1.5 * math.sin(time_s / 6 + look)
            moving = min(1.0, self._place.ride.mps(time_s) / 4) if lane.share else 1.0
            s = start + moved + sway * moving
            if not ego_m - BEHIND_M < s < ego_m + FARTHEST_M:
                continue
            if lane.d_m == self._place.layout.ego_d_m and abs(s - ego_m) < EGO_HALF_M + 6.0:
                continue
            spot, heading = self._place.at(s, lane.d_m + 0.25 * math.sin(look))
            braking = bool(lane.share) and not lane.turned and self._place.ride.braking(time_s)
            yield from _bodies(kind, look, spot, heading + (math.pi if lane.turned else 0.0),
                               f"lane {lane.number} {number}", braking, time_s * 1.4)  # fmt: skip

    def _what(self, lane: Lane, number: int) -> tuple[str, int, float] | None:
        """Return kind, look and place at t = 0 of a lane's vehicle; None where there is a gap."""
        key = (lane.number, number)
        if key not in self._seen:
            self._seen[key] = self._drawn(lane, number)
        return self._seen[key]

    def _drawn(self, lane: Lane, number: int) -> tuple[str, int, float] | None:
        rng = self._place.rng(20, lane.number, number)
        if rng.random() < 0.22:
            return None
        chances = np.array([chance for _, chance in lane.kinds])
        kind = lane.kinds[int(rng.choice(len(chances), p=chances / chances.sum()))][0]
        start = number * lane.gap_m + float(rng.uniform(0, max(0.5, lane.gap_m - 9.0)))
        if lane.share and not lane.turned:
            for stop in self._stops:  # nobody waits on a junction, nor where we stand
                s = start + lane.share * stop.s_m + lane.mps * stop.begin_s
                if stop.junction >= 0 and stop.s_m - 4 < s < stop.s_m + 2 * JUNCTION_HALF_M + 14:
                    return None
        return kind, int(rng.integers(1 << 16)), start

    def _crossing_vehicles(self, time_s: float, ego_m: float) -> Iterator[Body]:
        """While we wait at a light, others pass from left and right."""
        for stop in self._stops:
            if stop.junction < 0 or not self._place.layout.junctions_m or abs(stop.s_m - ego_m) > 60:
                continue
            if not stop.begin_s - 3 < time_s < stop.end_s - 0.5:
                continue
            junction = self._place.layout.junctions_m[stop.junction]
            rng = self._place.rng(21, stop.junction)
            for side, offset in ((1, -4.2), (-1, 4.2)):
                speed, gap = rng.uniform(8, 12), rng.uniform(14, 26)
                for number in range(9):
                    kind = self._any_kind(rng)
                    look = int(rng.integers(1 << 16))
                    d = -side * (50 + number * gap) + side * speed * (time_s - stop.begin_s)
                    if rng.random() < 0.3 or abs(d) > 48:
                        continue
                    spot, heading = self._place.at(junction + offset / 1.3, d)
                    yield from _bodies(kind, look, spot, heading + side * math.pi / 2,
                                       f"cross {stop.junction} {side} {number}", False, time_s)  # fmt: skip

    def _any_kind(self, rng: np.random.Generator) -> str:
        chances = [("car", 1.0), *((name, 0.25) for name in ("bus", "motorcycle", "truck") if name in self._cast)]
        weights = np.array([chance for _, chance in chances])
        return chances[int(rng.choice(len(weights), p=weights / weights.sum()))][0]

    def _walkers(self, time_s: float, ego_m: float) -> Iterator[Body]:
        for side in (1, -1):
            for way in (1, -1):
                first, last = math.floor((ego_m - 10) / self._busy_m), math.ceil((ego_m + 110) / self._busy_m)
                for number in range(first - 6, last + 6):
                    walker = self._walker_of(side, way, number)
                    s = walker.start_m + walker.mps * (time_s - 15)
                    if walker.is_there and ego_m + 1 < s < ego_m + 110:
                        turn = 0.0 if way > 0 else math.pi
                        yield self._walking(walker, s, walker.d_m, turn, time_s, f"walk {side} {way} {number}")

    def _walker_of(self, side: int, way: int, number: int) -> _Walker:
        key = (side, way, number)
        if key not in self._walkers_seen:
            layout, rng = self._place.layout, self._place.rng(23, side * 2 + way, number)
            edge = layout.right_m if side > 0 else layout.left_m
            d = edge + side * rng.uniform(0.4, max(0.6, (layout.walk_m or 2.0) - 0.3))
            if layout.scene == "parking lot":
                d = side * rng.uniform(2.0, 4.0)
            self._walkers_seen[key] = _Walker(
                rng.random() > 0.35, number * self._busy_m + rng.uniform(0, self._busy_m), d,
                rng.uniform(0.9, 1.6) * way * (rng.random() < 0.85),
                int(rng.integers(library.PEOPLE)), int(rng.integers(PHASES)),
            )  # fmt: skip
        return self._walkers_seen[key]

    def _crossing_people(self, time_s: float, ego_m: float) -> Iterator[Body]:
        for stop in self._stops:
            if abs(stop.s_m - ego_m) > 40 or not stop.begin_s - 2 < time_s < stop.end_s + 1:
                continue
            rng = self._place.rng(24, int(stop.s_m))
            edge = self._place.layout.right_m if self._place.layout.scene != "parking lot" else 6.0
            for number in range(int(rng.integers(1, 7))):
                side = 1 if rng.random() < 0.5 else -1
                speed, late = rng.uniform(1.0, 1.7), rng.uniform(-4, 3)
                d = -side * edge + side * speed * (time_s - stop.begin_s - late)
                s = stop.s_m + EGO_HALF_M + rng.uniform(1.5, 3.2)
                look = int(rng.integers(library.PEOPLE))
                walker = _Walker(True, s, d, speed, look, int(rng.integers(PHASES)))
                if abs(d) < edge + 2:
                    yield self._walking(walker, s, d, side * math.pi / 2, time_s, f"crosser {stop.s_m:.0f} {number}")

    def _walking(self, walker: _Walker, s: float, d: float, turn: float, time_s: float, key: str) -> Body:
        steps = abs(walker.mps) * time_s * 1.3 * PHASES / 1.5
        phase = PHASES if abs(walker.mps) < 0.1 else int(steps + walker.step) % PHASES
        spot, heading = self._place.at(s, d)
        return Body(library.walker(walker.look, phase), spot, heading + turn, "pedestrian", key, casts=True)


def _bodies(
    kind: str, look: int, spot: Floats, heading: float, key: str, braking: bool, turns: float
) -> Iterator[Body]:
    meshes: list[tuple[str, Mesh]]
    phase = int(turns * PHASES + look) % PHASES
    number = look % library.PEOPLE
    match kind:
        case "truck":
            meshes = [("truck", library.truck(look % library.TRUCKS))]
        case "bus":
            meshes = [("bus", library.bus(look % library.BUSES))]
        case "train":
            meshes = [("train", library.tram(look % library.TRAMS))]
        case "bicycle":
            meshes = [("bicycle", library.bicycle(number)), ("rider", library.rider(number, phase))]
        case "motorcycle":
            meshes = [("motorcycle", library.motorcycle(number)), ("rider", library.rider(number, 0, motor=kind))]
        case _:
            meshes = [("car", library.car(look % library.CARS))]
    for label, mesh in meshes:
        yield Body(mesh, spot, heading, label, f"{key} {label}", braking, casts=label != "rider")


def _lanes(place: Place) -> Iterator[Lane]:
    layout, cast = place.layout, place.spec.cast
    rng = place.rng(25)
    dense = float(rng.gamma(3.0, 0.33))
    motorway = layout.scene in ("highway", "tunnel")
    usual = {"highway": 34.0, "tunnel": 34.0, "parking lot": 60.0, "residential": 60.0, "undefined": 55.0}
    gap = float(np.clip(usual.get(layout.scene, 24.0) / max(dense, 0.3), 12.0, 130.0))
    kinds = [("car", 1.0)]
    kinds += [(name, chance) for name, chance in (("truck", 0.28), ("bus", 0.28), ("motorcycle", 0.16)) if name in cast]
    for number, lane in enumerate(layout.ours):
        ours = abs(lane - layout.ego_d_m) < layout.lane_m / 2
        share = 1.0 if ours else float(rng.uniform(0.86, 1.12))
        outer = number == len(layout.ours) - 1
        mine = kinds + ([("train", 1.0)] if lane in layout.rails_d_m and "train" in cast else [])
        mine += [("bus", 0.3)] if outer and "bus" in cast else []
        mine += [("truck", 0.3)] if outer and motorway and "truck" in cast else []
        yield Lane(number, layout.ego_d_m if ours else lane, share, 0.0, _room(mine, gap), False, tuple(mine))
    away = float(rng.uniform(0.8, 1.1)) * (max(place.ride.speed_mps) or 5.0)
    for number, lane in enumerate(layout.theirs):
        mine = kinds + ([("train", 1.0)] if lane in layout.rails_d_m and "train" in cast else [])
        yield Lane(50 + number, lane, 0.0, -away, _room(mine, gap * 1.2), True, tuple(mine))
    if "rider" in cast and "bicycle" in cast and not motorway:
        beside = layout.right_m - (2.9 if layout.parked else 0.7)
        yield Lane(90, beside, 0.0, float(rng.uniform(3.5, 5.5)), 24.0, False, (("bicycle", 1.0),))
        yield Lane(91, layout.left_m + 1.2, 0.0, -4.5, 45.0, True, (("bicycle", 1.0),))
    if "motorcycle" in cast and "rider" in cast and len(layout.ours) > 1:
        between = (layout.ours[0] + layout.ours[1]) / 2
        yield Lane(92, between, 1.0, 0.9, 70.0, False, (("motorcycle", 1.0),))


def _room(kinds: list[tuple[str, float]], gap: float) -> float:
    """Return a gap that the longest kind fits into."""
    longest = max({"train": 32.0, "truck": 22.0, "bus": 17.0}.get(name, 11.0) for name, _ in kinds)
    return max(gap, longest + 3.0)
