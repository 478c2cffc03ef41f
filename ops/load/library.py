"""The meshes that clips choose from: each is made once per process from its own number, and only read."""

from __future__ import annotations

from functools import cache

import numpy as np

from ops.load import furniture, people, vehicles
from ops.load.mesh import Colour, Mesh

CARS, TRUCKS, BUSES, TRAMS, PEOPLE, SIGNS, HEADS = 160, 60, 30, 16, 90, 90, 12


def _rng(kind: int, number: int) -> np.random.Generator:
    return np.random.default_rng((90_213, kind, number))


@cache
def car(number: int) -> Mesh:
    """Return one of CARS cars."""
    return vehicles.car(_rng(0, number))


@cache
def truck(number: int) -> Mesh:
    """Return one of TRUCKS trucks."""
    return vehicles.truck(_rng(1, number))


@cache
def bus(number: int) -> Mesh:
    """Return one of BUSES buses."""
    return vehicles.bus(_rng(2, number))


@cache
def tram(number: int) -> Mesh:
    """Return one of TRAMS trams."""
    return vehicles.tram(_rng(3, number))


@cache
def walker(number: int, phase: int) -> Mesh:
    """Return one of PEOPLE people at a phase of a step."""
    return people.walker(_rng(4, number), phase)


@cache
def rider(number: int, phase: int, *, motor: str = "") -> Mesh:
    """Return one of PEOPLE riders at a phase of a turn of the pedals; `motor` names what has none."""
    return (people.motorcyclist if motor else people.cyclist)(_rng(5, number), phase)


@cache
def bicycle(number: int) -> Mesh:
    """Return one of PEOPLE bicycles."""
    return people.bicycle(_rng(6, number))


@cache
def motorcycle(number: int) -> Mesh:
    """Return one of PEOPLE motorcycles."""
    return people.motorcycle(_rng(7, number))


@cache
def sign(number: int, kind: str) -> Mesh:
    """Return one of SIGNS plates of a kind."""
    return furniture.sign(_rng(8, number), kind)


@cache
def head(number: int, shows: str) -> Mesh:
    """Return one of HEADS heads of traffic lights."""
    return furniture.light_head(_rng(9, number), shows)


@cache
def post(height_dm: int, thick_cm: int) -> Mesh:
    """Return an upright post."""
    return furniture.post(height_dm / 10, thick_cm / 100)


@cache
def lamp(height_dm: int, reach_dm: int, glow: Colour) -> Mesh:
    """Return a lamp post."""
    return furniture.street_lamp(height_dm / 10, reach_dm / 10, glow)


@cache
def mast(height_dm: int, reach_dm: int) -> Mesh:
    """Return a post with an arm."""
    return furniture.mast(height_dm / 10, reach_dm / 10)


@cache
def barrier(length_m: float) -> Mesh:
    """Return a stretch of concrete barrier."""
    return furniture.barrier(length_m)


@cache
def guard_rail(length_m: float) -> Mesh:
    """Return a stretch of guard rail."""
    return furniture.guard_rail(length_m)
