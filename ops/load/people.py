"""People on foot, and people on bicycles and motorcycles with what they ride, as meshes; legs move with the phase."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from ops.load.mesh import Builder, Colour, Emits, Mesh, shade
from ops.load.vehicles import LAMP, RED, TYRE, paint

SKINS: tuple[Colour, ...] = ((150, 175, 215), (120, 150, 200), (80, 110, 160), (50, 70, 105), (40, 52, 78))
PHASES = 8
"""A step has so many pictures."""


def clothes(rng: np.random.Generator) -> tuple[Colour, Colour, Colour]:
    """Draw the colours of jacket, trousers and skin."""
    jacket = tuple(float(v) for v in rng.integers(25, 225, 3)) if rng.random() < 0.6 else paint(rng)
    trousers = tuple(float(v) for v in np.array([70, 55, 50]) * rng.uniform(0.4, 1.8))
    skin = SKINS[int(rng.integers(len(SKINS)))]
    return (jacket[0], jacket[1], jacket[2]), (trousers[0], trousers[1], trousers[2]), skin


def walker(rng: np.random.Generator, phase: int) -> Mesh:
    """Return a person who walks along y; `phase` of PHASES turns the legs; PHASES itself stands still."""
    jacket, trousers, skin = clothes(rng)
    height = rng.uniform(1.55, 1.9)
    stout = rng.uniform(0.9, 1.25)
    swing = 0.0 if phase >= PHASES else 0.33 * math.sin(2 * math.pi * phase / PHASES)
    hip, shoulder = height * 0.5, height * 0.83
    half = 0.21 * stout
    made = Builder()
    for side in (-1.0, 1.0):
        foot = side * swing
        x = side * 0.1 * stout
        made.frustum(
            (x - 0.075, x + 0.075, foot - 0.12, foot + 0.14),
            0.0,
            (x - 0.1, x + 0.1, -0.1, 0.1),
            hip,
            trousers,
            lid=False,
        )
    made.frustum((-half * 0.85, half * 0.85, -0.13, 0.13), hip - 0.05, (-half, half, -0.12, 0.12), shoulder, jacket)
    for side in (-1.0, 1.0):
        hand = -side * swing * 0.8
        x = side * (half + 0.05)
        made.frustum((x - 0.045, x + 0.045, hand - 0.06, hand + 0.06), hip - 0.03, (x - 0.06, x + 0.06, -0.07, 0.07),
                     shoulder - 0.02, shade(jacket, 0.85))  # fmt: skip
    _head(made, shoulder + 0.03, height, skin, 0.0, rng)
    return made.build()


def _head(made: Builder, neck: float, top: float, skin: Colour, y: float, rng: np.random.Generator) -> None:
    hair = shade((30, 40, 60), float(rng.uniform(0.3, 2.5)))
    brow = neck + (top - neck) * 0.6
    made.frustum((-0.07, 0.07, y - 0.08, y + 0.08), neck, (-0.095, 0.095, y - 0.11, y + 0.11), brow, skin, lid=False)
    made.frustum((-0.1, 0.1, y - 0.12, y + 0.11), brow, (-0.06, 0.06, y - 0.07, y + 0.07), top, hair)


def cyclist(rng: np.random.Generator, phase: int) -> Mesh:
    """Return the person on a bicycle, bent forward, without the bicycle."""
    jacket, trousers, skin = clothes(rng)
    made = Builder()
    turn = 2 * math.pi * phase / PHASES
    for side in (-1.0, 1.0):
        foot_y, foot_z = 0.17 * side * math.cos(turn), 0.36 + 0.17 * side * math.sin(turn)
        x = side * 0.11
        made.frustum((x - 0.06, x + 0.06, foot_y - 0.09, foot_y + 0.1), foot_z, (x - 0.09, x + 0.09, -0.28, 0.0), 0.98,
                     trousers, lid=False)  # fmt: skip
    made.frustum((-0.17, 0.17, -0.33, -0.02), 0.92, (-0.21, 0.21, 0.02, 0.3), 1.5, jacket)
    for side in (-1.0, 1.0):
        x = side * 0.23
        made.frustum(
            (x - 0.045, x + 0.045, 0.42, 0.52), 1.02, (x - 0.05, x + 0.05, 0.08, 0.22), 1.45, shade(jacket, 0.8)
        )
    if rng.random() < 0.6:
        skin_top = tuple(float(v) for v in rng.integers(30, 240, 3))
        made.frustum((-0.11, 0.11, 0.12, 0.4), 1.68, (-0.06, 0.06, 0.18, 0.34), 1.82,
                     (skin_top[0], skin_top[1], skin_top[2]))  # fmt: skip
    _head(made, 1.52, 1.78, skin, 0.26, rng)
    return made.build()


def motorcyclist(rng: np.random.Generator, _phase: int) -> Mesh:
    """Return the person on a motorcycle, helmeted, without the motorcycle."""
    jacket, trousers, _ = clothes(rng)
    made = Builder()
    for side in (-1.0, 1.0):
        x = side * 0.22
        made.frustum(
            (x - 0.07, x + 0.07, -0.15, 0.12), 0.32, (x - 0.09, x + 0.09, -0.3, 0.2), 0.86, trousers, lid=False
        )
    made.frustum((-0.2, 0.2, -0.4, -0.05), 0.82, (-0.26, 0.26, -0.2, 0.1), 1.42, jacket)
    for side in (-1.0, 1.0):
        x = side * 0.32
        made.frustum((x - 0.06, x + 0.06, 0.32, 0.5), 0.98, (x - 0.06, x + 0.06, -0.08, 0.08), 1.36, shade(jacket, 0.8))
    helmet = paint(rng)
    made.frustum((-0.11, 0.11, -0.1, 0.16), 1.44, (-0.14, 0.14, -0.13, 0.17), 1.6, helmet, lid=False)
    made.frustum((-0.14, 0.14, -0.13, 0.17), 1.6, (-0.08, 0.08, -0.07, 0.1), 1.74, helmet)
    made.patch((-0.1, 0.1), 0.175, (1.5, 1.62), (40, 36, 32), 1, Emits.GLASS)
    return made.build()


def bicycle(rng: np.random.Generator) -> Mesh:
    """Return a bicycle: two rings and a frame."""
    colour = paint(rng)
    made = Builder()
    for y in (-0.52, 0.52):
        _ring(made, y, 0.34, 0.045)
    for one, other, wide in (
        ((-0.52, 0.34), (-0.1, 0.28), 0.04), ((-0.1, 0.28), (0.4, 0.75), 0.05), ((-0.1, 0.28), (-0.2, 0.85), 0.05),
        ((-0.2, 0.75), (0.4, 0.75), 0.05), ((-0.52, 0.34), (-0.2, 0.75), 0.04), ((0.52, 0.34), (0.38, 0.95), 0.05),
    ):  # fmt: skip
        _bar(made, one, other, wide, colour)
    made.box((-0.25, 0.25, 0.38, 0.44), 0.96, 1.02, TYRE)
    made.box((-0.08, 0.08, -0.32, -0.08), 0.86, 0.93, TYRE)
    for y in (-0.86, 0.8):
        made.patch((-0.03, 0.03), y, (0.02, 0.68), TYRE, np.sign(y), bias_m=0.0)
    made.patch((-0.05, 0.05), -0.88, (0.6, 0.7), RED, -1, Emits.TAILLIGHT)
    made.patch((-0.05, 0.05), 0.84, (0.85, 0.95), LAMP, 1, Emits.HEADLIGHT)
    return made.build()


def motorcycle(rng: np.random.Generator) -> Mesh:
    """Return a motorcycle: wheels, engine, tank, seat, lamps."""
    colour = paint(rng)
    made = Builder()
    for y in (-0.68, 0.72):
        made.disc((-0.08, y, 0.32), 0.32, (-1, 0, 0), TYRE)
        made.disc((0.08, y, 0.32), 0.32, (1, 0, 0), TYRE)
        for side in (-0.09, 0.09):
            made.disc((side, y, 0.32), 0.18, (side, 0, 0), (110, 110, 112), bias_m=0.2)
        made.patch((-0.08, 0.08), y + 0.32 * np.sign(y), (0.03, 0.6), TYRE, np.sign(y), bias_m=0.0)
    made.box((-0.16, 0.16, -0.3, 0.35), 0.25, 0.62, (60, 60, 64))
    made.frustum((-0.17, 0.17, -0.05, 0.45), 0.6, (-0.13, 0.13, 0.0, 0.4), 0.95, colour)
    made.frustum((-0.14, 0.14, -0.85, 0.0), 0.68, (-0.15, 0.15, -0.9, 0.0), 0.84, (35, 35, 38))
    made.frustum((-0.14, 0.14, 0.45, 0.72), 0.7, (-0.12, 0.12, 0.42, 0.6), 1.1, colour)
    made.box((-0.38, 0.38, 0.42, 0.5), 0.98, 1.05, TYRE)
    made.patch((-0.1, 0.1), -0.91, (0.68, 0.8), RED, -1, Emits.BRAKE)
    made.patch((-0.09, 0.09), 0.74, (0.82, 0.98), LAMP, 1, Emits.HEADLIGHT)
    made.patch((-0.1, 0.1), -0.92, (0.5, 0.62), (215, 220, 222), -1)
    return made.build()


def _ring(made: Builder, y: float, radius_m: float, thick_m: float) -> None:
    angles = np.linspace(0, 2 * np.pi, 9)
    for one, other in pairwise(angles):
        points = [
            (0.0, y + r * math.cos(a), radius_m + r * math.sin(a))
            for a, r in ((one, radius_m), (other, radius_m), (other, radius_m - thick_m), (one, radius_m - thick_m))
        ]
        for side in (-1.0, 1.0):
            made.polygon(points, TYRE, (side, 0, 0))


def _bar(made: Builder, one: tuple[float, float], other: tuple[float, float], wide: float, colour: Colour) -> None:
    along = np.array(other) - np.array(one)
    across = np.array([-along[1], along[0]]) * (wide / 2 / math.hypot(*along))
    corners = [np.array(one) + across, np.array(other) + across, np.array(other) - across, np.array(one) - across]
    for side in (-1.0, 1.0):
        made.polygon([(side * 0.02, y, z) for y, z in corners], colour, (side, 0, 0), bias_m=0.05)
