"""What is wrong with real recordings, put into rendered ones at given rates; a clip draws its faults from its seed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from app.errors import OperatorError

#: Faults and their usual shares. Rotation and the 137 of 70,000 pictures without labels are BDD100K's own; 19 of its
#: clips lack their info, bad courses and duplicates occur; the other shares are test choices.
USUAL: Final[Mapping[str, float]] = MappingProxyType(
    {
        "rotated": 0.3,
        "no-info": 0.0002,
        "bad-course": 0.05,
        "unlabelled": 0.002,
        "corrupt": 0.005,
        "empty": 0.001,
        "duplicate": 0.01,
    }
)


def rates_of(wanted: Iterable[str]) -> dict[str, float]:
    """Return the rates that a user asks for: `usual`, or KIND=SHARE as often as needed, later ones winning.

    Raises OperatorError for a fault that is not known and a share outside 0 to 1.
    """
    rates: dict[str, float] = {}
    for one in wanted:
        if one == "usual":
            rates |= USUAL
            continue
        kind, _, share = one.partition("=")
        try:
            rate = float(share)
        except ValueError:
            rate = -1.0
        if kind not in USUAL or not 0 <= rate <= 1:
            why = "no such fault, or no share from 0 to 1"
            raise OperatorError(f"--dirt {one}", why, f"say usual, or KIND=SHARE with KIND of {', '.join(USUAL)}")
        rates[kind] = rate
    return rates


def faults_of(rng: np.random.Generator, rates: Mapping[str, float]) -> frozenset[str]:
    """Draw the faults of one clip; each fault has its own chance, whatever other rates are given."""
    chances = rng.random(len(USUAL))
    return frozenset(kind for kind, chance in zip(USUAL, chances, strict=True) if chance < rates.get(kind, 0.0))


def spoil_info(rng: np.random.Generator, info: dict[str, Any]) -> dict[str, Any]:
    """Return an info with what BDD100K's have: unknown courses and speeds (-1), repeated courses, a gap, no gps."""
    rows = [dict(row) for row in info["locations"]]
    begin = int(rng.integers(max(1, len(rows) - 5)))
    for row in rows[begin : begin + int(rng.integers(3, 9))]:
        row["course"] = row["speed"] = -1.0
    for one, other in pairwise(rows[:6]):
        other["course"] = one["course"]
    if len(rows) > 8:
        del rows[6:8]
    return {key: value for key, value in (info | {"locations": rows}).items() if key != "gps" or rng.random() < 0.5}


def spoil_video(rng: np.random.Generator, video: bytes) -> bytes:
    """Return a video that was cut off, or in which bytes in the middle are wrong."""
    if rng.random() < 0.5:
        return video[: int(len(video) * rng.uniform(0.2, 0.9))]
    middle = int(len(video) * rng.uniform(0.4, 0.7))
    length = min(4_000, len(video) - middle)
    return video[:middle] + rng.bytes(length) + video[middle + length :]
