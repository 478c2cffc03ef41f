"""What a clip shall show, drawn by chance from a mix; pure: the same seed draws the same, and all else follows from it.

Two mixes have users: `BDD100K` (as often as there, to test selection on) and `EVEN` (every value and class often, to
train a network on).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ops.load import joint

WEATHERS: Final = tuple(joint.WEATHER)
SCENES: Final = tuple(joint.SCENE)
TIMES: Final = tuple(joint.TIMEOFDAY)
#: The ten classes by their names of 2020.
CLASSES: Final = (
    "pedestrian", "rider", "car", "truck", "bus", "train", "motorcycle", "bicycle", "traffic light", "traffic sign",
)  # fmt: skip
#: Share of BDD100K's training pictures that show a class (of 69,863).
PRESENCE: Final[Mapping[str, float]] = MappingProxyType(
    {
        "pedestrian": 0.316,
        "rider": 0.0513,
        "car": 0.9887,
        "truck": 0.2704,
        "bus": 0.1287,
        "train": 0.0015,
        "motorcycle": 0.0327,
        "bicycle": 0.0622,
        "traffic light": 0.5616,
        "traffic sign": 0.8181,
    }
)


#: What a scene never has.
NOT_IN: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "highway": frozenset({"pedestrian", "bicycle", "train", "traffic light"}),
        "tunnel": frozenset({"pedestrian", "bicycle", "train", "traffic light"}),
        "parking lot": frozenset({"train", "traffic light"}),
        "gas stations": frozenset({"train"}),
        "undefined": frozenset({"train", "traffic light"}),
    }
)


@dataclass(frozen=True, slots=True)
class SceneSpec:
    """What a clip shows. Roads, houses, traffic, colours and the camera are drawn from `seed`."""

    seed: int
    weather: str
    scene: str
    timeofday: str
    cast: tuple[str, ...]
    """The classes that play in the clip, sorted."""


@dataclass(frozen=True)
class Mix:
    """Chances to draw clips by: shares [weather, scene, timeofday], and for each class the share of clips with it."""

    shares: NDArray[np.float64]
    presence: Mapping[str, float]


def _even_shares() -> NDArray[np.float64]:
    possible = joint.bdd100k() > 1e-9
    weight = np.zeros(possible.shape)
    times = np.array([1.0, 1.0, 1.0, 0.12])  # undefined: only where no daylight shows
    scenes = np.array([1.3, 1.3, 1.3, 1.0, 0.8, 0.8, 1.0])
    weight[:] = scenes[None, :, None] * times[None, None, :]
    weight[:, :, TIMES.index("undefined")] *= np.isin(SCENES, ("tunnel",))[None, :] * 8.0
    weight[:, SCENES.index("tunnel"), :] *= 4.0  # its one weather, undefined, stands for seven
    weight *= possible
    return np.asarray(weight / weight.sum())


BDD100K: Final = Mix(joint.bdd100k(), PRESENCE)
EVEN: Final = Mix(
    _even_shares(),
    MappingProxyType({name: 0.95 if name == "car" else 0.4 if name == "train" else 0.5 for name in CLASSES}),
)


def draw_spec(seed: int, mix: Mix = BDD100K) -> SceneSpec:
    """Draw what the clip of that seed shows.

    A rider needs something to ride. A class that a scene cannot have (a tram on a motorway) is not drawn for it, and so
    more often for the others, that its share of all clips holds.
    """
    rng = np.random.default_rng((seed, 0))
    cell = int(rng.choice(mix.shares.size, p=mix.shares.ravel()))
    weather, scene, time = np.unravel_index(cell, mix.shares.shape)
    never = NOT_IN.get(SCENES[scene], frozenset())
    cast = {name for name in CLASSES if rng.random() < _chance(mix, name) and name not in never}
    if "rider" in cast and not cast & {"bicycle", "motorcycle"}:
        only_motors = "bicycle" in never
        cast.add("motorcycle" if only_motors or rng.random() < 0.4 else "bicycle")
    return SceneSpec(seed, WEATHERS[weather], SCENES[scene], TIMES[time], tuple(sorted(cast)))


def _chance(mix: Mix, name: str) -> float:
    """Return the chance of a class in the scenes that may have it."""
    fitting = [name not in NOT_IN.get(scene, frozenset()) for scene in SCENES]
    return min(0.97, mix.presence[name] / float(mix.shares[:, fitting, :].sum()))
