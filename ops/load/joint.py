"""How often weather, scene and time of day occur together in BDD100K: its counts fitted to one table; pure.

Iterative proportional fitting (Deming and Stephan 1940): a table that starts as what can be at all is scaled to one
known count after the other until all hold; what no count says stays as independent as it can be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

#: Counts over the 69,863 labelled training pictures (published analyses of the labels).
WEATHER: Final[Mapping[str, int]] = MappingProxyType(
    {
        "clear": 37_344,
        "overcast": 8_770,
        "undefined": 8_119,
        "snowy": 5_549,
        "rainy": 5_070,
        "partly cloudy": 4_881,
        "foggy": 130,
    }
)
SCENE: Final[Mapping[str, int]] = MappingProxyType(
    {
        "city street": 43_516,
        "highway": 17_379,
        "residential": 8_074,
        "parking lot": 377,
        "undefined": 361,
        "tunnel": 129,
        "gas stations": 27,
    }
)
TIMEOFDAY: Final[Mapping[str, int]] = MappingProxyType(
    {"daytime": 36_728, "night": 27_971, "dawn/dusk": 5_027, "undefined": 137}
)
PICTURES: Final = 69_863
#: Cells of (weather, time of day) that are known; the last from the validation pictures, scaled.
ANCHORS: Final[Mapping[tuple[str, str], float]] = MappingProxyType(
    {
        ("rainy", "night"): 2_208,
        ("snowy", "night"): 2_249,
        ("foggy", "dawn/dusk"): 15,
        ("clear", "daytime"): 1_764 * PICTURES / 10_000,
    }
)


@dataclass(frozen=True, slots=True)
class Constraint:
    """One known count: the cells where `cells` is true sum to `count`."""

    cells: NDArray[np.bool_]
    count: float


def fit(
    start: NDArray[np.float64], constraints: Sequence[Constraint], error_ratio: float = 1e-9
) -> NDArray[np.float64]:
    """Return the table nearest to `start` (in KL divergence) that meets every constraint.

    Cells of zero stay zero. Raises ValueError where the constraints contradict each other or the zeros.
    """
    table = start.astype(np.float64)
    for _ in range(10_000):
        worst = 0.0
        for constraint in constraints:
            found = float(table[constraint.cells].sum())
            if found <= 0.0 < constraint.count:
                raise ValueError(f"a count of {constraint.count} falls on cells that cannot be")
            table[constraint.cells] *= constraint.count / found if found > 0.0 else 1.0
            worst = max(worst, abs(found - constraint.count) / max(constraint.count, 1.0))
        if worst <= error_ratio:
            return table
    raise ValueError(f"the counts contradict each other: after 10,000 rounds one is still {worst:.1e} off")


@cache
def bdd100k() -> NDArray[np.float64]:
    """Return the shares [weather, scene, timeofday] of BDD100K, in the order of the tables above; they sum to one."""
    axes = (list(WEATHER), list(SCENE), list(TIMEOFDAY))
    shape = tuple(map(len, axes))
    constraints = [
        Constraint(_plane(shape, axis, place), count)
        for axis, counts in enumerate((WEATHER, SCENE, TIMEOFDAY))
        for place, count in enumerate(counts.values())
    ]
    for (weather, time), count in ANCHORS.items():
        cells = np.zeros(shape, bool)
        cells[axes[0].index(weather), :, axes[2].index(time)] = True
        constraints.append(Constraint(cells, count))
    table = fit(_plausible(axes), constraints)
    return np.asarray(table / table.sum())


def _plane(shape: tuple[int, ...], axis: int, place: int) -> NDArray[np.bool_]:
    cells = np.zeros(shape, bool)
    cells[(slice(None),) * axis + (place,)] = True
    return cells


def _plausible(axes: Sequence[Sequence[str]]) -> NDArray[np.float64]:
    """Return odds to start from: under a roof nobody sees the weather, and hardly the time; elsewhere one sees both."""
    odds = np.ones(tuple(map(len, axes)))
    weathers, scenes, times = axes
    seen = [place for place, weather in enumerate(weathers) if weather != "undefined"]
    tunnel, nowhere, no_time = scenes.index("tunnel"), scenes.index("undefined"), times.index("undefined")
    odds[:, :, no_time] = 1e-4
    odds[:, tunnel, no_time] = 50.0
    odds[:, nowhere, no_time] = 1.0
    odds[seen, tunnel, :] = 0.0
    return odds
