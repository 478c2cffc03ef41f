"""What stands along a road: traffic lights and signs, lamp posts, gantries, pumps and canopies, barriers; as meshes."""

from __future__ import annotations

import math

import numpy as np

from ops.load.mesh import Builder, Colour, Emits, Mesh, shade
from ops.load.vehicles import paint

STEEL: Colour = (118, 116, 112)
WHITE: Colour = (235, 236, 236)
LIT: dict[str, Colour] = {"red": (40, 40, 255), "yellow": (40, 215, 255), "green": (150, 255, 60)}


def light_head(rng: np.random.Generator, shows: str) -> Mesh:
    """Return the head of a traffic light that faces against y; red, yellow or green shines."""
    case: Colour = (38, 160, 205) if rng.random() < 0.35 else (34, 36, 34)
    made = Builder()
    made.box((-0.21, 0.21, -0.15, 0.15), -0.55, 0.55, case)
    for z, name in ((0.35, "red"), (0.0, "yellow"), (-0.35, "green")):
        shines = name == shows
        colour = LIT[name] if shines else shade(LIT[name], 0.16)
        made.disc((0.0, -0.17, z), 0.15, (0, -1, 0), colour, Emits.ALWAYS if shines else Emits.NEVER, bias_m=0.3)
    return made.build()


def post(height_m: float, thick_m: float, colour: Colour = STEEL) -> Mesh:
    """Return an upright post."""
    made = Builder()
    half = thick_m / 2
    made.frustum((-half, half, -half, half), 0.0, (-half * 0.7, half * 0.7, -half * 0.7, half * 0.7), height_m, colour)
    return made.build()


def mast(height_m: float, reach_m: float, colour: Colour = STEEL) -> Mesh:
    """Return a post with an arm over the road, to the left where `reach_m` is negative."""
    made = Builder()
    made.frustum((-0.13, 0.13, -0.13, 0.13), 0.0, (-0.09, 0.09, -0.09, 0.09), height_m, colour)
    low, high = sorted((0.0, reach_m))
    made.box((low, high, -0.06, 0.06), height_m - 0.2, height_m - 0.06, colour)
    return made.build()


def street_lamp(height_m: float, reach_m: float, glow: Colour) -> Mesh:
    """Return a lamp post; its lamp hangs `reach_m` to the side."""
    made = Builder()
    made.frustum((-0.1, 0.1, -0.1, 0.1), 0.0, (-0.06, 0.06, -0.06, 0.06), height_m, shade(STEEL, 0.8))
    low, high = sorted((0.0, reach_m))
    made.box((low, high, -0.05, 0.05), height_m - 0.1, height_m, shade(STEEL, 0.8))
    lamp = (reach_m - 0.35, reach_m + 0.35, -0.14, 0.14)
    made.box(lamp, height_m - 0.16, height_m + 0.04, STEEL)
    points = [(lamp[0], -0.2, height_m - 0.2), (lamp[1], -0.2, height_m - 0.2),
              (lamp[1], -0.16, height_m - 0.02), (lamp[0], -0.16, height_m - 0.02)]  # fmt: skip
    made.polygon(points, glow, (0, -1, 0), Emits.AT_NIGHT, 0.3)
    return made.build()


def sign(rng: np.random.Generator, kind: str) -> Mesh:
    """Return the plate of a sign that faces against y, its middle at the origin."""
    made = Builder()
    green: Colour = (70 + rng.uniform(-20, 20), 110 + rng.uniform(-20, 15), 20)
    match kind:
        case "stop":
            made.disc((0, 0, 0), 0.4, (0, -1, 0), WHITE, bias_m=0.0)
            made.disc((0, -0.01, 0), 0.37, (0, -1, 0), (40, 30, 185))
            made.patch((-0.26, 0.26), -0.03, (-0.07, 0.07), WHITE, -1)
        case "warning":
            _diamond(made, 0.5, (30, 30, 30), 0.0)
            _diamond(made, 0.46, (30, 190, 250), -0.01)
            made.patch((-0.05, 0.05), -0.03, (-0.2, 0.2), (30, 30, 30), -1, bias_m=0.4)
        case "limit" | "parking":
            half, top = (0.3, 0.38) if kind == "limit" else (0.16, 0.25)
            made.patch((-half, half), 0.0, (-top, top), (40, 40, 40), -1, bias_m=0.0)
            made.patch((-half * 0.93, half * 0.93), -0.01, (-top * 0.94, top * 0.94), WHITE, -1)
            ink: Colour = (30, 30, 30) if kind == "limit" else (40, 40, 190)
            made.patch((-half * 0.6, half * 0.6), -0.03, (-top * 0.6, top * 0.15), ink, -1, bias_m=0.4)
            made.patch((-half * 0.6, half * 0.6), -0.03, (top * 0.4, top * 0.65), ink, -1, bias_m=0.4)
        case "yield":
            for size, colour, y in ((0.48, (40, 30, 190), 0.0), (0.3, WHITE, -0.02)):
                points = [(-size, y, size * 0.8), (size, y, size * 0.8), (0.0, y, -size * 0.95)]
                made.polygon(points, colour, (0, -1, 0), bias_m=-10 * y)
        case "name":
            _board(made, rng, 0.65, 0.14, green, 1)
        case "board":
            _board(made, rng, rng.uniform(1.6, 2.6), rng.uniform(0.9, 1.4), green, 3)
        case _:
            _board(made, rng, rng.uniform(0.25, 0.45), rng.uniform(0.3, 0.5), paint(rng), 2)
    return made.build()


SIGN_KINDS = ("stop", "warning", "limit", "parking", "yield", "name", "other")


def _diamond(made: Builder, size: float, colour: Colour, y: float) -> None:
    made.polygon([(-size, y, 0), (0, y, -size), (size, y, 0), (0, y, size)], colour, (0, -1, 0), bias_m=-20 * y)


def _board(made: Builder, rng: np.random.Generator, half: float, top: float, colour: Colour, lines: int) -> None:
    made.patch((-half, half), 0.0, (-top, top), WHITE, -1, bias_m=0.0)
    rim = min(0.05, top * 0.12)
    made.patch((-half + rim, half - rim), -0.01, (-top + rim, top - rim), colour, -1)
    for line in range(lines):
        z = top * (1 - (2 * line + 1) / lines)
        tall = top * 0.45 / lines
        begin = -half * 0.82
        while begin < half * 0.6:
            wide = float(rng.uniform(0.1, 0.35)) * half
            end = min(begin + wide, half * 0.85)
            made.patch((begin, end), -0.02, (z - tall, z + tall), WHITE, -1, bias_m=0.4)
            begin += wide + half * 0.08


def gantry(half_m: float, height_m: float) -> Mesh:
    """Return a beam over the road on two posts."""
    made = Builder()
    for side in (-half_m, half_m):
        made.box((side - 0.2, side + 0.2, -0.2, 0.2), 0.0, height_m + 0.6, STEEL)
    made.box((-half_m, half_m, -0.15, 0.15), height_m - 0.1, height_m + 0.1, STEEL)
    made.box((-half_m, half_m, -0.15, 0.15), height_m + 0.5, height_m + 0.65, STEEL)
    return made.build()


def canopy(rng: np.random.Generator, half_x: float, half_y: float) -> Mesh:
    """Return the roof of a gas station on its pillars, lit from below, with a coloured rim."""
    brands: tuple[Colour, ...] = ((40.0, 40.0, 200.0), (40.0, 190.0, 250.0), (150.0, 100.0, 30.0))
    rim = paint(rng) if rng.random() < 0.3 else brands[int(rng.integers(len(brands)))]
    made = Builder()
    for x in (-half_x * 0.6, half_x * 0.6):
        for y in (-half_y * 0.55, half_y * 0.55):
            made.box((x - 0.25, x + 0.25, y - 0.25, y + 0.25), 0.0, 4.8, WHITE)
    edges = [(-half_x, -half_y), (half_x, -half_y), (half_x, half_y), (-half_x, half_y)]
    made.polygon([(x, y, 4.8) for x, y in edges], (225, 228, 228), (0, 0, -1), Emits.AT_NIGHT)
    for x in np.linspace(-half_x * 0.7, half_x * 0.7, 4):
        for y in np.linspace(-half_y * 0.7, half_y * 0.7, 3):
            spot = [
                (x - 0.4, y - 0.4, 4.78),
                (x + 0.4, y - 0.4, 4.78),
                (x + 0.4, y + 0.4, 4.78),
                (x - 0.4, y + 0.4, 4.78),
            ]
            made.polygon(spot, (255, 255, 255), (0, 0, -1), Emits.AT_NIGHT, 0.5)
    for low, high, colour in ((4.8, 5.25, rim), (5.25, 5.75, WHITE)):
        made.frustum(
            (-half_x, half_x, -half_y, half_y),
            low,
            (-half_x, half_x, -half_y, half_y),
            high,
            colour,
            sides=(colour, Emits.AT_NIGHT),
        )
    return made.build()


def pump(rng: np.random.Generator) -> Mesh:
    """Return a fuel pump on its island."""
    colour = paint(rng)
    made = Builder()
    made.box((-0.8, 0.8, -2.2, 2.2), 0.0, 0.16, (185, 188, 190))
    made.box((-0.35, 0.35, -0.6, 0.6), 0.16, 1.9, colour)
    made.patch((-0.25, 0.25), -0.61, (1.1, 1.6), (50, 45, 40), -1, Emits.AT_NIGHT)
    made.side_patch(0.36, (-0.4, 0.4), (1.0, 1.65), (210, 215, 215), Emits.AT_NIGHT)
    made.box((-0.35, 0.35, -0.6, 0.6), 1.9, 2.15, (225, 228, 230))
    return made.build()


def price_tower(rng: np.random.Generator) -> Mesh:
    """Return the tall price board of a gas station."""
    colour = paint(rng)
    made = Builder()
    made.box((-0.2, 0.2, -0.2, 0.2), 0.0, 3.5, STEEL)
    made.box((-1.3, 1.3, -0.2, 0.2), 3.5, 7.0, (240, 242, 242))
    made.patch((-1.25, 1.25), -0.22, (5.7, 6.95), colour, -1, Emits.AT_NIGHT)
    for z in (3.7, 4.4, 5.1):
        made.patch((0.0, 1.1), -0.22, (z, z + 0.45), (30, 40, 220), -1, Emits.ALWAYS)
        made.patch((-1.1, -0.1), -0.22, (z, z + 0.45), (50, 50, 50), -1)
    return made.build()


def barrier(length_m: float, colour: Colour = (172, 176, 178)) -> Mesh:
    """Return a stretch of concrete barrier along y."""
    made = Builder()
    half = length_m / 2
    made.frustum((-0.3, 0.3, -half, half), 0.0, (-0.1, 0.1, -half, half), 0.85, colour)
    return made.build()


def guard_rail(length_m: float) -> Mesh:
    """Return a stretch of steel rail on short posts along y."""
    made = Builder()
    half = length_m / 2
    for side in (-1.0, 1.0):
        rail = [
            (0.03 * side, -half, 0.5),
            (0.03 * side, half, 0.5),
            (0.03 * side, half, 0.78),
            (0.03 * side, -half, 0.78),
        ]
        made.polygon(rail, (165, 164, 160), (side, 0, 0), bias_m=0.05)
    for place in range(max(2, math.ceil(length_m / 4))):
        y = -half + place * 4.0
        made.box((-0.06, 0.06, y - 0.05, y + 0.05), 0.0, 0.5, shade(STEEL, 0.7))
    return made.build()


def roof(half_x: float, half_y: float, low: float, high: float, colour: Colour, wall: Colour) -> Mesh:
    """Return a gable roof whose ridge runs along y."""
    made = Builder()
    over = 0.4
    for side in (-1.0, 1.0):
        ends = (-half_y - over, half_y + over)
        eaves = [(side * (half_x + over), end, low - 0.2) for end in ends]
        slope = [*eaves, (0.0, ends[1], high), (0.0, ends[0], high)]
        made.polygon(slope, colour, (side, 0, 1))
        gable = [(-half_x, side * half_y, low), (half_x, side * half_y, low), (0.0, side * half_y, high)]
        made.polygon(gable, wall, (0, side, 0))
    return made.build()
