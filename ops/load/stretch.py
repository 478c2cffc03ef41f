"""What stands along one stretch of road, by scene: made when it is first seen, the same for the same seed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from ops.load import facades, library
from ops.load.furniture import SIGN_KINDS, gantry
from ops.load.layout import JUNCTION_HALF_M
from ops.load.place import Place
from ops.load.sprites import Sprite, sprite
from ops.load.structures import forecourt, house, parked_rows, tunnel_ring, wall_of
from ops.load.things import Body, Lamp, Things, Tree

STRETCH_M: Final = 24.0


class Looks:
    """The kinds of trees and houses of a clip, and how sharp their pictures are."""

    def __init__(self, place: Place, per_m: float) -> None:
        rng = place.rng(10)
        kinds = {
            "city street": ("round", "broad", "broad"),
            "highway": ("broad", "conifer", "bush", "round"),
            "residential": ("broad", "round", "conifer", "palm"),
            "undefined": ("broad", "conifer", "bush", "bare"),
            "parking lot": ("round", "palm"),
            "gas stations": ("round", "palm", "broad"),
        }.get(place.spec.scene, ())
        self.trees: list[Sprite] = [sprite(rng, str(rng.choice(kinds)), place.light) for _ in range(5 if kinds else 0)]
        shops = {"city street": rng.uniform(0.4, 0.95), "gas stations": 0.7, "parking lot": 0.95}.get(place.spec.scene, 0.0)
        count = {"city street": 5, "residential": 4, "highway": 1, "gas stations": 2, "parking lot": 2}.get(place.spec.scene, 0)
        self.houses = [facades.style(rng, place.light, per_m, shops) for _ in range(count)]


def furnish(place: Place, looks: Looks, number: int) -> Things:
    """Return what stands on stretch `number`, from number * STRETCH_M on."""
    things = Things()
    rng = place.rng(11, number)
    begin = number * STRETCH_M
    _SCENES[place.spec.scene](place, looks, rng, begin, things)
    if place.layout.junctions_m:
        _junction_furniture(place, rng, begin, things)
    _signs(place, rng, begin, things)
    return things


def _city(place: Place, looks: Looks, rng: np.random.Generator, begin: float, things: Things) -> None:
    layout = place.layout
    high = 4.0 + 18.0 * float(place.rng(19).random()) ** 1.5
    for side, edge in ((1, layout.right_m), (-1, layout.left_m)):
        s, neighbour = begin, 0.0
        while s < begin + STRETCH_M - 1:
            length = min(float(rng.uniform(9, 24)), begin + STRETCH_M - s)
            end = s + length
            gap = JUNCTION_HALF_M + layout.walk_m
            clear = all(end < j - gap or s > j + gap for j in layout.junctions_m)
            if clear and length > 4 and rng.random() < 0.88:
                tall = high * float(rng.gamma(4.0, 0.25)) + 5
                front = edge + side * (layout.front_m + rng.uniform(0, 1.2))
                walls = wall_of(place, looks.houses, rng, (s, end - 0.02), front, side, tall)
                things.walls += walls if tall > neighbour else walls[1:]  # a taller neighbour hides its end
                neighbour = tall
            else:
                neighbour = 0.0
            s = end
        _row_of_trees(place, looks, rng, begin, edge + side * 1.0, 0.35, (5.0, 9.0), things)
        _lamps(place, rng, begin, edge + side * 0.6, -side, 82, things)
    _parked(place, rng, begin, things)
    _bicycles(place, rng, begin, things)


def _residential(place: Place, looks: Looks, rng: np.random.Generator, begin: float, things: Things) -> None:
    layout = place.layout
    for side, edge in ((1, layout.right_m), (-1, layout.left_m)):
        if not place.near_junction(begin + 11, JUNCTION_HALF_M + 13) and rng.random() < 0.93:
            house(place, looks.houses, rng, begin + 2 + rng.uniform(0, 3), edge + side * (layout.front_m + rng.uniform(0, 4)), side, things)
        _row_of_trees(place, looks, rng, begin, edge + side * rng.uniform(2.0, layout.front_m - 1), 0.75, (5.0, 12.0), things)
        _row_of_trees(place, looks, rng, begin, edge + side * (layout.front_m + 16), 0.9, (9.0, 15.0), things)
        if side == 1:
            pole, heading = place.at(begin + 3, edge + 1.0)
            things.bodies.append(Body(library.post(90, 26), pole, heading))
            things.bodies.append(Body(library.mast(84, 12), pole, heading))
    _lamps(place, rng, begin, layout.left_m - 0.8, 1, 70, things)
    _parked(place, rng, begin, things)
    _bicycles(place, rng, begin, things)


def _highway(place: Place, looks: Looks, rng: np.random.Generator, begin: float, things: Things) -> None:
    layout = place.layout
    half = STRETCH_M / 2
    if layout.median == "barrier":
        middle = (max(layout.theirs) + layout.ours[0]) / 2
        for s in (begin + half / 2, begin + 3 * half / 2):
            spot, heading = place.at(s, middle)
            things.bodies.append(Body(library.barrier(half), spot, heading))
    walled = place.rng(12).random() < 0.3
    for side, edge in ((1, layout.right_m), (-1, layout.left_m)):
        for s in (begin + half / 2, begin + 3 * half / 2):
            spot, heading = place.at(s, edge + side * 0.5)
            things.bodies.append(Body(library.barrier(half) if walled else library.guard_rail(half), spot, heading))
        for _ in range(3):
            far = edge + side * rng.uniform(6, layout.front_m + 25)
            _row_of_trees(place, looks, rng, begin, far, 0.55, (4.0, 13.0), things)
    middle = 0.0 if layout.theirs else layout.left_m - 1.0
    if place.rng(13).random() < 0.6:
        _lamps(place, rng, begin, middle, 1, 110, things)
    if rng.random() < 0.07:
        left = layout.ours[0] - layout.lane_m
        wide = (layout.right_m + 1.0 - left) / 2
        spot, heading = place.at(begin, left + wide)
        things.bodies.append(Body(gantry(wide, 5.9), spot, heading))
        for lane in layout.ours[:: 2 if len(layout.ours) > 3 else 1]:
            board, heading = place.at(begin - 0.3, lane, 6.4)
            things.bodies.append(_sign_body(place, rng, "board", board, heading, f"gantry {begin:.0f} {lane:.1f}"))


def _country(place: Place, looks: Looks, rng: np.random.Generator, begin: float, things: Things) -> None:
    layout = place.layout
    for side, edge in ((1, layout.right_m), (-1, layout.left_m)):
        _row_of_trees(place, looks, rng, begin, edge + side * rng.uniform(5, 40), 0.5, (4.0, 12.0), things)
        for s in (begin, begin + 6, begin + 12, begin + 18):
            spot, heading = place.at(s, edge + side * 3.2)
            things.bodies.append(Body(library.post(12, 14), spot, heading))
    spot, heading = place.at(begin, layout.left_m - 5)
    things.bodies.append(Body(library.post(85, 26), spot, heading))


def _parking(place: Place, looks: Looks, rng: np.random.Generator, begin: float, things: Things) -> None:
    parked_rows(place, rng, begin, STRETCH_M, things)
    side = 1 if place.rng(14).random() < 0.5 else -1
    things.walls += wall_of(place, looks.houses, rng, (begin, begin + STRETCH_M), side * 46.0, side, 8.5)
    _row_of_trees(place, looks, rng, begin, -side * 40.0, 0.9, (6.0, 11.0), things)
    for d in (-15.2, 15.2):
        _lamps(place, rng, begin + (6 if d > 0 else 0), d, 1, 90, things)


def _gas(place: Place, looks: Looks, rng: np.random.Generator, begin: float, things: Things) -> None:
    number = round(begin / STRETCH_M)
    if number % 2 == 0 and not place.near_junction(begin + 14, JUNCTION_HALF_M + 16):
        forecourt(place, looks.houses, rng, begin, things)
    layout = place.layout
    if number % 2 and not place.near_junction(begin + 12, JUNCTION_HALF_M + 14):
        things.walls += wall_of(place, looks.houses, rng, (begin, begin + 20), layout.left_m - 9, -1, rng.uniform(5, 11))
    _row_of_trees(place, looks, rng, begin, layout.left_m - 4, 0.4, (4.0, 8.0), things)
    _lamps(place, rng, begin, layout.left_m - 0.8, 1, 82, things)


def _tunnel(place: Place, _looks: Looks, _rng: np.random.Generator, begin: float, things: Things) -> None:
    for piece in range(3):
        tunnel_ring(place, begin + piece * STRETCH_M / 3, STRETCH_M / 3, things)


_SCENES: Final[dict[str, Callable[[Place, Looks, np.random.Generator, float, Things], None]]] = {
    "city street": _city,
    "residential": _residential,
    "highway": _highway,
    "undefined": _country,
    "parking lot": _parking,
    "gas stations": _gas,
    "tunnel": _tunnel,
}


def _row_of_trees(
    place: Place, looks: Looks, rng: np.random.Generator, begin: float, d: float, chance: float,
    tall: tuple[float, float], things: Things,
) -> None:  # fmt: skip
    for s in (begin + rng.uniform(1, 10), begin + rng.uniform(13, 23)):
        if rng.random() < chance and not place.near_junction(s, JUNCTION_HALF_M + 3):
            spot, _ = place.at(s, d)
            things.trees.append(Tree(looks.trees[int(rng.integers(len(looks.trees)))], spot, float(rng.uniform(*tall))))


def _lamps(
    place: Place, rng: np.random.Generator, begin: float, d: float, reach: int, height_dm: int, things: Things
) -> None:
    if round(begin / STRETCH_M) % 2 and height_dm < 100:
        d, reach = (d, reach) if rng.random() < 0.3 else (d, reach)
    s = begin + 12
    if place.near_junction(s, JUNCTION_HALF_M):
        return
    spot, heading = place.at(s, d)
    things.bodies.append(Body(library.lamp(height_dm, 18 * reach, place.lamp_colour), spot, heading))
    shines, _ = place.at(s, d + 1.8 * reach, height_dm / 10 - 0.1)
    ground, _ = place.at(s, d + 1.8 * reach)
    things.lamps.append(Lamp(shines, ground, place.lamp_colour))


def _parked(place: Place, rng: np.random.Generator, begin: float, things: Things) -> None:
    full = place.rng(15).uniform(0.35, 0.95)
    for d in place.layout.parked:
        for slot in range(4):
            s = begin + slot * 6.0 + 3
            if rng.random() > full or place.near_junction(s, JUNCTION_HALF_M + 9):
                continue
            spot, heading = place.at(s + rng.uniform(-0.4, 0.4), d + rng.uniform(-0.1, 0.1))
            turned = heading + (np.pi if d < 0 and place.layout.theirs else 0.0) + rng.normal(0, 0.015)
            mesh, label = library.car(int(rng.integers(library.CARS))), "car"
            if rng.random() < 0.04 and "truck" in place.spec.cast:
                mesh, label = library.truck(int(rng.integers(library.TRUCKS))), "truck"
            elif rng.random() < 0.12 and "motorcycle" in place.spec.cast:
                mesh, label = library.motorcycle(int(rng.integers(library.PEOPLE))), "motorcycle"
            things.bodies.append(Body(mesh, spot, turned, label, f"parked {begin:.0f} {d:.1f} {slot}", casts=True, parked=True, until_m=150.0))


def _bicycles(place: Place, rng: np.random.Generator, begin: float, things: Things) -> None:
    """Lean bicycles at racks on the pavement."""
    if "bicycle" not in place.spec.cast or rng.random() > 0.55:
        return
    side = 1 if rng.random() < 0.65 else -1
    edge = place.layout.right_m if side > 0 else place.layout.left_m
    begin += rng.uniform(1, 16)
    askew = rng.uniform(0, np.pi)
    for number in range(int(rng.integers(1, 5))):
        spot, heading = place.at(begin + number * rng.uniform(0.8, 1.3), edge + side * 1.3)
        mesh = library.bicycle(int(rng.integers(library.PEOPLE)))
        key = f"rack {begin:.0f} {number}"
        things.bodies.append(Body(mesh, spot, heading + askew, "bicycle", key, casts=True, parked=True, until_m=90.0))


def _sign_body(place: Place, rng: np.random.Generator, kind: str, spot: np.ndarray, heading: float, key: str) -> Body:  # type: ignore[type-arg]  # a point
    mesh = library.sign(int(rng.integers(library.SIGNS)), kind)
    return Body(mesh, spot, heading + rng.normal(0, 0.06), "traffic sign", key)


def _signs(place: Place, rng: np.random.Generator, begin: float, things: Things) -> None:
    if "traffic sign" not in place.spec.cast or place.spec.scene == "tunnel" and rng.random() < 0.6:
        return
    layout = place.layout
    motorway = place.spec.scene == "highway"
    for slot in range(3):
        if rng.random() > {"city street": 0.62, "highway": 0.3, "parking lot": 0.2, "tunnel": 0.2}.get(place.spec.scene, 0.4):
            continue
        s = begin + slot * 8 + rng.uniform(0, 7)
        side = 1 if rng.random() < 0.75 or not layout.theirs else -1
        if place.spec.scene == "parking lot":
            d = side * (place.layout.lane_m + 0.9)
        else:
            d = layout.right_m + (1.2 if motorway else 0.5) if side > 0 else layout.left_m - 0.5
        height = rng.uniform(2.1, 2.8)
        kind = str(rng.choice(("limit", "warning", "board", "other"))) if motorway else str(rng.choice(SIGN_KINDS))
        if kind == "stop" and not place.near_junction(s, JUNCTION_HALF_M + 10):
            kind = "parking"
        height += 1.2 if kind == "board" else 0.0
        spot, heading = place.at(s, d)
        plate, _ = place.at(s - 0.08, d, height)
        things.bodies.append(Body(library.post(int(height * 10 + 3), 7), spot, heading))
        things.bodies.append(_sign_body(place, rng, kind, plate, heading, f"sign {begin:.0f} {slot}"))


def _junction_furniture(place: Place, rng: np.random.Generator, begin: float, things: Things) -> None:
    """Set lights on masts beyond a crossing, or a stop sign before it."""
    layout = place.layout
    for junction in layout.junctions_m:
        if not begin <= junction < begin + STRETCH_M:
            continue
        lit = "traffic light" in place.spec.cast
        if not lit and "traffic sign" in place.spec.cast:
            plate, heading = place.at(junction - JUNCTION_HALF_M - 4, layout.right_m + 0.5, 2.3)
            things.bodies.append(_sign_body(place, rng, "stop", plate, heading, f"stop {junction:.0f}"))
            things.bodies.append(Body(library.post(24, 7), plate - (0.0, 0.0, 2.3), heading))
        if not lit:
            continue
        number = int(place.rng(16).integers(library.HEADS))
        far = junction + JUNCTION_HALF_M + 1.0
        reach = min(layout.right_m - layout.ours[0] + 0.6, 9.0)
        pole, heading = place.at(far, layout.right_m + 0.7)
        things.bodies.append(Body(library.mast(58, -round(reach * 10)), pole, heading))
        spots = [(far, layout.right_m + 0.6, 3.1), *((far, lane, 5.3) for lane in layout.ours if layout.right_m - lane < reach + 1)]
        spots.append((junction - JUNCTION_HALF_M - 1.0, layout.right_m + 0.7, 3.1))
        near_pole, _ = place.at(junction - JUNCTION_HALF_M - 1.0, layout.right_m + 0.7)
        things.bodies.append(Body(library.post(38, 14), near_pole, heading))
        if layout.theirs and rng.random() < 0.7:
            spots.append((far, layout.left_m - 0.5, 3.1))
            left_pole, _ = place.at(far + 0.2, layout.left_m - 0.5)
            things.bodies.append(Body(library.post(38, 14), left_pole, heading))
        for place_number, (s, d, up) in enumerate(spots):
            spot, heading = place.at(s - 0.3, d, up)
            key = f"light {layout.junctions_m.index(junction)} {place_number} {number}"
            things.bodies.append(Body(library.head(number, "red"), spot, heading, "traffic light", key))
