"""What a frame is put together from: bodies, fronts of houses, trees and lamps, each at its place in the world."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ops.load.facades import Front
from ops.load.mesh import Colour, Mesh
from ops.load.sprites import Sprite

Floats = NDArray[np.float64]


@dataclass(slots=True)
class Body:
    """A mesh at a place [3], turned by a heading in radians; with a label it is one of the ten classes."""

    mesh: Mesh
    place: Floats
    heading: float
    label: str = ""
    key: str = ""
    """The same thing has the same key in every frame."""
    braking: bool = False
    casts: bool = False
    """Whether it darkens the ground."""
    light: str = "NA"
    """What a traffic light shows: G, R or Y."""
    parked: bool = False
    """Whether its lamps are off."""
    until_m: float = math.inf
    """Farther away it is left out: others would hide it."""
    posed: tuple[Floats, Floats] | None = field(default=None, repr=False)
    """Corners and normals in the world, once they were needed."""
    stands: Floats | None = field(default=None, repr=False)
    """Corners of its foot, once they were needed."""

    def in_world(self) -> tuple[Floats, Floats]:
        """Return corners [N, 3] and normals [F, 3] in the world."""
        if self.posed is None:
            sin, cos = math.sin(self.heading), math.cos(self.heading)
            turn = np.array([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])
            self.posed = self.mesh.corners @ turn + self.place, self.mesh.normals @ turn
        return self.posed

    def foot(self) -> Floats:
        """Return the four corners [4, 3] of what it stands on."""
        if self.stands is None:
            x0, x1, y0, y1 = self.mesh.extent
            sin, cos = math.sin(self.heading), math.cos(self.heading)
            flat = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]) @ np.array([[cos, -sin], [sin, cos]])
            self.stands = np.concatenate([flat + self.place[:2], np.full((4, 1), self.place[2])], axis=1)
        return self.stands


@dataclass(slots=True)
class Wall:
    """A front of a house: its lower left corner [3] as seen from outside or inside, its foot along the ground [3]."""

    front: Front
    origin: Floats
    along: Floats
    tall_m: float


@dataclass(slots=True)
class Tree:
    """A flat tree that always faces the camera."""

    sprite: Sprite
    place: Floats
    tall_m: float


@dataclass(slots=True)
class Lamp:
    """A street lamp: where it shines [3], where its light falls on the ground [3], and its colour."""

    place: Floats
    ground: Floats
    colour: Colour


@dataclass(slots=True)
class Things:
    """Everything that stands on one stretch of road, or moves in one frame."""

    bodies: list[Body] = field(default_factory=list)
    walls: list[Wall] = field(default_factory=list)
    trees: list[Tree] = field(default_factory=list)
    lamps: list[Lamp] = field(default_factory=list)
    signals: list[Body] = field(default_factory=list)
    """Heads of traffic lights: which mesh one has depends on the time."""
