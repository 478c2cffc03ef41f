"""What stands along one stretch of road, by scene: made when it is first seen, the same for the same seed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from ops.load import library, roadside
from ops.load.furniture import gantry
from ops.load.layout import JUNCTION_HALF_M
from ops.load.place import Place
from ops.load.roadside import STRETCH_M, Looks
from ops.load.structures import forecourt, house, parked_rows, tunnel_ring, wall_of
from ops.load.things import Body, Things


def furnish(place: Place, looks: Looks, number: int) -> Things:
    """Return what stands on stretch `number`, from number * STRETCH_M on."""
    things = Things()
    rng = place.rng(11, number)
    begin = number * STRETCH_M
    _SCENES[place.spec.scene](place, looks, rng, begin, things)
    if place.layout.junctions_m:
        roadside.junction(place, rng, begin, things)
    roadside.signs(place, rng, begin, things)
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
        roadside.row_of_trees(place, looks, rng, begin, edge + side * 1.0, 0.35, (5.0, 9.0), things)
        roadside.lamp(place, rng, begin, edge + side * 0.6, -side, 82, things)
    roadside.parked(place, rng, begin, things)
    roadside.racks(place, rng, begin, things)


def _residential(place: Place, looks: Looks, rng: np.random.Generator, begin: float, things: Things) -> None:
    layout = place.layout
    for side, edge in ((1, layout.right_m), (-1, layout.left_m)):
        if not place.near_junction(begin + 11, JUNCTION_HALF_M + 13) and rng.random() < 0.93:
            house(
                place,
                looks.houses,
                rng,
                begin + 2 + rng.uniform(0, 3),
                edge + side * (layout.front_m + rng.uniform(0, 4)),
                side,
                things,
            )
        roadside.row_of_trees(
            place, looks, rng, begin, edge + side * rng.uniform(2.0, layout.front_m - 1), 0.75, (5.0, 12.0), things
        )
        roadside.row_of_trees(place, looks, rng, begin, edge + side * (layout.front_m + 16), 0.9, (9.0, 15.0), things)
        if side == 1:
            pole, heading = place.at(begin + 3, edge + 1.0)
            things.bodies.append(Body(library.post(90, 26), pole, heading))
            things.bodies.append(Body(library.mast(84, 12), pole, heading))
    roadside.lamp(place, rng, begin, layout.left_m - 0.8, 1, 70, things)
    roadside.parked(place, rng, begin, things)
    roadside.racks(place, rng, begin, things)


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
            roadside.row_of_trees(place, looks, rng, begin, far, 0.55, (4.0, 13.0), things)
    middle = 0.0 if layout.theirs else layout.left_m - 1.0
    if place.rng(13).random() < 0.6:
        roadside.lamp(place, rng, begin, middle, 1, 110, things)
    if rng.random() < 0.07:
        left = layout.ours[0] - layout.lane_m
        wide = (layout.right_m + 1.0 - left) / 2
        spot, heading = place.at(begin, left + wide)
        things.bodies.append(Body(gantry(wide, 5.9), spot, heading))
        for lane in layout.ours[:: 2 if len(layout.ours) > 3 else 1]:
            board, heading = place.at(begin - 0.3, lane, 6.4)
            things.bodies.append(
                roadside.sign_at(place, rng, "board", board, heading, f"gantry {begin:.0f} {lane:.1f}")
            )


def _country(place: Place, looks: Looks, rng: np.random.Generator, begin: float, things: Things) -> None:
    layout = place.layout
    for side, edge in ((1, layout.right_m), (-1, layout.left_m)):
        roadside.row_of_trees(place, looks, rng, begin, edge + side * rng.uniform(5, 40), 0.5, (4.0, 12.0), things)
        for s in (begin, begin + 6, begin + 12, begin + 18):
            spot, heading = place.at(s, edge + side * 3.2)
            things.bodies.append(Body(library.post(12, 14), spot, heading))
    spot, heading = place.at(begin, layout.left_m - 5)
    things.bodies.append(Body(library.post(85, 26), spot, heading))


def _parking(place: Place, looks: Looks, rng: np.random.Generator, begin: float, things: Things) -> None:
    parked_rows(place, rng, begin, STRETCH_M, things)
    side = 1 if place.rng(14).random() < 0.5 else -1
    things.walls += wall_of(place, looks.houses, rng, (begin, begin + STRETCH_M), side * 46.0, side, 8.5)
    roadside.row_of_trees(place, looks, rng, begin, -side * 40.0, 0.9, (6.0, 11.0), things)
    for d in (-17.3, 17.3):
        roadside.lamp(place, rng, begin + (6 if d > 0 else 0), d, 1, 90, things)


def _gas(place: Place, looks: Looks, rng: np.random.Generator, begin: float, things: Things) -> None:
    number = round(begin / STRETCH_M)
    if number % 2 == 0 and not place.near_junction(begin + 14, JUNCTION_HALF_M + 16):
        forecourt(place, looks.houses, rng, begin, things)
    layout = place.layout
    if number % 2 and not place.near_junction(begin + 12, JUNCTION_HALF_M + 14):
        things.walls += wall_of(
            place, looks.houses, rng, (begin, begin + 20), layout.left_m - 9, -1, rng.uniform(5, 11)
        )
    roadside.row_of_trees(place, looks, rng, begin, layout.left_m - 4, 0.4, (4.0, 8.0), things)
    roadside.lamp(place, rng, begin, layout.left_m - 0.8, 1, 82, things)


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
