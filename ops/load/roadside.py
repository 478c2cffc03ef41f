"""What stands beside roads of several scenes: trees, lamps, parked cars, bicycles at racks, signs, traffic lights."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ops.load import facades, library
from ops.load.furniture import SIGN_KINDS
from ops.load.layout import JUNCTION_HALF_M
from ops.load.place import Place
from ops.load.sprites import Sprite, sprite
from ops.load.things import Body, Lamp, Things, Tree

Floats = NDArray[np.float64]
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
        shops = {"city street": rng.uniform(0.4, 0.95), "gas stations": 0.7, "parking lot": 0.95}.get(
            place.spec.scene, 0.0
        )
        count = {"city street": 5, "residential": 4, "highway": 1, "gas stations": 2, "parking lot": 2}.get(
            place.spec.scene, 0
        )
        self.houses = [facades.style(rng, place.light, per_m, shops) for _ in range(count)]


def row_of_trees(
    place: Place, looks: Looks, rng: np.random.Generator, begin: float, d: float, chance: float,
    tall: tuple[float, float], things: Things,
) -> None:  # fmt: skip
    """Set up to two trees on a stretch, at a distance from the middle of the road."""
    for s in (begin + rng.uniform(1, 10), begin + rng.uniform(13, 23)):
        if rng.random() < chance and not place.near_junction(s, JUNCTION_HALF_M + 3):
            spot, _ = place.at(s, d)
            things.trees.append(Tree(looks.trees[int(rng.integers(len(looks.trees)))], spot, float(rng.uniform(*tall))))


def lamp(
    place: Place, rng: np.random.Generator, begin: float, d: float, reach: int, height_dm: int, things: Things
) -> None:
    """Set a lamp post, unless a road crosses there."""
    s = begin + 12
    if place.near_junction(s, JUNCTION_HALF_M):
        return
    spot, heading = place.at(s, d)
    things.bodies.append(Body(library.lamp(height_dm, 18 * reach, place.lamp_colour), spot, heading))
    shines, _ = place.at(s, d + 1.8 * reach, height_dm / 10 - 0.1)
    ground, _ = place.at(s, d + 1.8 * reach)
    things.lamps.append(Lamp(shines, ground, place.lamp_colour))


def parked(place: Place, rng: np.random.Generator, begin: float, things: Things) -> None:
    """Park cars along the kerb, as full as the place is."""
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
            things.bodies.append(
                Body(
                    mesh,
                    spot,
                    turned,
                    label,
                    f"parked {begin:.0f} {d:.1f} {slot}",
                    casts=True,
                    parked=True,
                    until_m=150.0,
                )
            )


def racks(place: Place, rng: np.random.Generator, begin: float, things: Things) -> None:
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


def sign_at(place: Place, rng: np.random.Generator, kind: str, spot: Floats, heading: float, key: str) -> Body:
    """Return a sign of a kind as a body."""
    mesh = library.sign(int(rng.integers(library.SIGNS)), kind)
    return Body(mesh, spot, heading + rng.normal(0, 0.06), "traffic sign", key)


def signs(place: Place, rng: np.random.Generator, begin: float, things: Things) -> None:
    """Set signs on posts beside the road."""
    if "traffic sign" not in place.spec.cast or (place.spec.scene == "tunnel" and rng.random() < 0.6):
        return
    layout = place.layout
    motorway = place.spec.scene == "highway"
    for slot in range(3):
        if rng.random() > {"city street": 0.62, "highway": 0.3, "parking lot": 0.2, "tunnel": 0.2}.get(
            place.spec.scene, 0.4
        ):
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
        things.bodies.append(sign_at(place, rng, kind, plate, heading, f"sign {begin:.0f} {slot}"))


def junction(place: Place, rng: np.random.Generator, begin: float, things: Things) -> None:
    """Set lights on masts beyond a crossing, or a stop sign before it."""
    layout = place.layout
    for junction in layout.junctions_m:
        if not begin <= junction < begin + STRETCH_M:
            continue
        lit = "traffic light" in place.spec.cast
        if not lit and "traffic sign" in place.spec.cast:
            plate, heading = place.at(junction - JUNCTION_HALF_M - 4, layout.right_m + 0.5, 2.3)
            things.bodies.append(sign_at(place, rng, "stop", plate, heading, f"stop {junction:.0f}"))
            things.bodies.append(Body(library.post(24, 7), plate - (0.0, 0.0, 2.3), heading))
        if not lit:
            continue
        number = int(place.rng(16).integers(library.HEADS))
        far = junction + JUNCTION_HALF_M + 1.0
        reach = min(layout.right_m - layout.ours[0] + 0.6, 9.0)
        pole, heading = place.at(far, layout.right_m + 0.7)
        things.bodies.append(Body(library.mast(58, -round(reach * 10)), pole, heading))
        spots = [
            (far, layout.right_m + 0.6, 3.1),
            *((far, lane, 5.3) for lane in layout.ours if layout.right_m - lane < reach + 1),
        ]
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
            things.signals.append(Body(library.head(number, "red"), spot, heading, "traffic light", key))
