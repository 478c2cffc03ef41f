"""Larger things of several parts: houses, rows of parked cars, gas stations, and the rings of a tunnel."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ops.load import furniture, library
from ops.load.facades import Front, Style
from ops.load.mesh import Builder, Colour, Emits, Mesh
from ops.load.place import Place
from ops.load.surface import STALL_M, STALL_ROWS_M
from ops.load.things import Body, Lamp, Things, Wall

Floats = NDArray[np.float64]
ROOFS: tuple[Colour, ...] = ((60, 66, 84), (70, 72, 76), (52, 62, 112), (96, 98, 100), (64, 84, 110))


def wall_of(
    place: Place, houses: Sequence[Style], rng: np.random.Generator, along: tuple[float, float], d: float, side: int,
    tall: float,
) -> list[Wall]:  # fmt: skip
    """Return the fronts of a house that one sees from the road: beside it, and towards whoever comes."""
    made = houses[int(rng.integers(len(houses)))]
    bright, shift, snow = float(rng.uniform(0.85, 1.1)), int(rng.integers(8)), place.light.snow
    near, _ = place.at(along[0], d)
    far, _ = place.at(along[1], d)
    deep, _ = place.at(along[0], d + side * rng.uniform(9, 14))
    low = min(near[2], far[2], deep[2]) - 0.3
    near[2] = far[2] = deep[2] = low
    flat = Front(made, float(np.linalg.norm(far - near)), tall, shift, bright, snow)
    end = Front(made, float(np.linalg.norm(deep - near)), tall, shift + 1, bright * 0.82, snow)
    return [Wall(end, near, deep - near, tall), Wall(flat, near, far - near, tall)]


@cache
def _roof(half_x_dm: int, half_y_dm: int, low_dm: int, high_dm: int, colour: Colour, wall: Colour) -> Mesh:
    return furniture.roof(half_x_dm / 10, half_y_dm / 10, low_dm / 10, high_dm / 10, colour, wall)


def house(
    place: Place, houses: Sequence[Style], rng: np.random.Generator, s: float, d: float, side: int, things: Things
) -> None:
    """Set a detached house with a gable roof beside the road."""
    wide, deep = float(rng.uniform(10, 16)), float(rng.uniform(8, 11))
    tall = float(rng.choice([3.2, 5.8, 6.2]))
    made = houses[int(rng.integers(len(houses)))]
    walls = wall_of(place, [made], rng, (s, s + wide), d, side, tall)
    things.walls += walls
    middle, heading = place.at(s + wide / 2, d + side * deep / 2)
    middle[2] = walls[0].origin[2]
    colour: Colour = (222, 220, 216) if place.light.snow > 0.2 else ROOFS[int(rng.integers(len(ROOFS)))]
    high = tall + rng.uniform(2.0, 3.4)
    turned = rng.random() < 0.5
    half_x, half_y = (wide / 2, deep / 2) if turned else (deep / 2, wide / 2)
    wall = (made.wall[0] * 0.9, made.wall[1] * 0.9, made.wall[2] * 0.9)
    mesh = _roof(round(half_x * 10), round(half_y * 10), round(tall * 10), round(high * 10), colour, wall)
    things.bodies.append(Body(mesh, middle, heading + (np.pi / 2 if turned else 0.0)))


def parked_rows(place: Place, rng: np.random.Generator, begin: float, length_m: float, things: Things) -> None:
    """Fill the bays of a car park: double rows, nose to nose."""
    full = place.rng(15).uniform(0.45, 0.92)
    for row, middle in enumerate(STALL_ROWS_M):
        for line in (-1.3, 1.3):
            first = int(np.ceil(begin / STALL_M))
            for slot in range(first, int((begin + length_m) / STALL_M) + 1):
                if rng.random() > full or slot * STALL_M >= begin + length_m:
                    continue
                spot, heading = place.at(slot * STALL_M + STALL_M / 2, middle + line * 2.0 + rng.uniform(-0.2, 0.2))
                turned = heading + np.pi / 2 * (1 if rng.random() < 0.5 else -1) + rng.normal(0, 0.03)
                mesh = library.car(int(rng.integers(library.CARS)))
                key = f"stall {row} {line:.0f} {slot}"
                until = 110.0 if abs(middle) < 12 else 60.0
                things.bodies.append(Body(mesh, spot, turned, "car", key, casts=True, parked=True, until_m=until))


@cache
def _canopy(number: int) -> Mesh:
    return furniture.canopy(np.random.default_rng((90_214, number)), 9.0, 11.0)


@cache
def _pump(number: int) -> Mesh:
    return furniture.pump(np.random.default_rng((90_215, number)))


@cache
def _price_tower(number: int) -> Mesh:
    return furniture.price_tower(np.random.default_rng((90_216, number)))


def forecourt(place: Place, houses: Sequence[Style], rng: np.random.Generator, begin: float, things: Things) -> None:
    """Set a gas station to the right: canopy, pumps with cars at them, a shop behind, a tower of prices before."""
    brand = int(place.rng(17).integers(12))
    edge = place.layout.right_m
    spot, heading = place.at(begin + 13, edge + 11)
    things.bodies.append(Body(_canopy(brand), spot, heading))
    things.lamps += [Lamp(spot + np.array((0, 0, 4.7)), spot, (240.0, 245.0, 250.0))]
    for s in (begin + 8, begin + 18):
        for d in (edge + 6.5, edge + 14.5):
            pump, _ = place.at(s, d)
            things.bodies.append(Body(_pump(brand), pump, heading))
            for side in (-2.2, 2.2):
                if rng.random() < 0.4:
                    stand, _ = place.at(s + rng.uniform(-1, 1), d + side)
                    mesh = library.car(int(rng.integers(library.CARS)))
                    turned = heading + (np.pi if rng.random() < 0.4 else 0)
                    key = f"pump {begin:.0f} {d:.1f} {s:.1f} {side}"
                    things.bodies.append(Body(mesh, stand, turned, "car", key, casts=True, parked=True))
    tower, _ = place.at(begin + 1, edge + 1.8)
    things.bodies.append(Body(_price_tower(brand), tower, heading))
    things.walls += wall_of(place, houses, rng, (begin + 2, begin + 23), edge + 24, 1, 5.0)


def tunnel_ring(place: Place, begin: float, length_m: float, things: Things) -> None:
    """Set one ring of a tunnel: walls with a bright band, a dark ceiling and its lamps; columns where it is open."""
    layout = place.layout
    left, right, top = layout.left_m - 0.6, layout.right_m + 0.6, 5.6
    corners: dict[tuple[int, int, float], Floats] = {}
    levels = (0.0, 1.0, 3.4, 4.6, top)
    for end in (0, 1):
        for side, d in ((-1, left), (1, right)):
            for level in levels:
                narrow = 0.5 if level == top else 0.0
                corners[end, side, level] = place.at(begin + end * length_m, d - side * narrow, level)[0]
    tone = place.rng(18).uniform(0.8, 1.15)
    bands: list[Colour] = [(88, 92, 96), (150, 160, 165), (118, 124, 128), (78, 80, 84)]
    made = Builder()
    heading = place.at(begin, 0.0)[1]
    outward = np.array([np.cos(heading), -np.sin(heading), 0.0])
    even = round(begin / length_m) % 2
    for side in (-1, 1):
        open_ = side == place.opening
        for low, high, colour in zip(levels, levels[1:], bands, strict=False):
            near_ratio = 0.12 if open_ and 1.0 <= low < 4.6 else 1.0
            points = [corners[0, side, low], corners[1, side, low], corners[1, side, high], corners[0, side, high]]
            if near_ratio < 1.0:
                points[1] = points[0] + near_ratio * (points[1] - points[0])
                points[2] = points[3] + near_ratio * (points[2] - points[3])
            factor = tone * (1.0 if even else 0.93)
            lit = (colour[0] * factor, colour[1] * factor, colour[2] * factor)
            made.polygon(np.array(points), lit, -side * outward)
    roof = [corners[0, -1, top], corners[1, -1, top], corners[1, 1, top], corners[0, 1, top]]
    made.polygon(np.array(roof), (56.0 * tone, 56.0 * tone, 58.0 * tone), (0, 0, -1))
    for side in (-1, 1):
        d = (left if side < 0 else right) - side * 1.6
        rectangle = ((begin + 1.5, -0.2), (begin + 5.5, -0.2), (begin + 5.5, 0.2), (begin + 1.5, 0.2))
        strip = [place.at(s, d + across, top - 0.1)[0] for s, across in rectangle]
        made.polygon(np.array(strip), place.lamp_colour, (0, 0, -1), Emits.ALWAYS, 0.6)
    things.bodies.append(Body(made.build(), np.zeros(3), 0.0, key=f"ring {begin:.0f}"))
