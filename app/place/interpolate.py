"""The position of a camera at a moment between two fixes."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from schemas.records import Position


@dataclass(frozen=True, slots=True)
class FixLimits:
    """How far a fix may be stretched in time.

    A receiver writes one fix a second. A car in a tunnel is still in the same region a minute later, so the gap between
    two fixes is generous; before the first and after the last fix nothing holds the other end, so that time is short.
    """

    gap_us: int = 60_000_000
    edge_us: int = 5_000_000


FIX_LIMITS: Final = FixLimits()


def is_position(latitude_deg: float, longitude_deg: float) -> bool:
    """Tell whether two numbers are a place on Earth.

    Exactly 0, 0 is what a receiver without a fix writes; the real place lies in the Atlantic, 600 km from any road.
    """
    if not (math.isfinite(latitude_deg) and math.isfinite(longitude_deg)):
        return False
    return abs(latitude_deg) <= 90.0 and abs(longitude_deg) <= 180.0 and (latitude_deg, longitude_deg) != (0.0, 0.0)


def usable_fixes(positions: Sequence[Position]) -> list[Position]:
    """Return the fixes that are places on Earth, ordered by time, one per time (the first that was written)."""
    by_time: dict[int, Position] = {}
    for fix in positions:
        if is_position(fix.latitude_deg, fix.longitude_deg):
            by_time.setdefault(fix.at_us, fix)
    return [by_time[at_us] for at_us in sorted(by_time)]


def position_at(fixes: Sequence[Position], at_us: int, limits: FixLimits = FIX_LIMITS) -> Position | None:
    """Return the position at a time, linear between the two fixes around it, or None where no fix is near enough.

    `fixes` come from `usable_fixes`. Longitude (across the antimeridian) and course take the shorter way round.
    Linear in degrees: over a minute at 30 m/s a great circle is .1 m away at 60 degrees latitude.
    """
    after = bisect_left(fixes, at_us, key=lambda fix: fix.at_us)
    if after < len(fixes) and fixes[after].at_us == at_us:
        return fixes[after]
    if after == 0 or after == len(fixes):
        nearest = fixes[0] if fixes and after == 0 else fixes[-1] if fixes else None
        return nearest if nearest is not None and abs(nearest.at_us - at_us) <= limits.edge_us else None
    left, right = fixes[after - 1], fixes[after]
    if right.at_us - left.at_us > limits.gap_us:
        nearest = left if at_us - left.at_us <= right.at_us - at_us else right
        return nearest if abs(nearest.at_us - at_us) <= limits.edge_us else None
    return _between(left, right, at_us)


def _between(left: Position, right: Position, at_us: int) -> Position:
    ratio = (at_us - left.at_us) / (right.at_us - left.at_us)
    course = None
    if left.course_deg is not None and right.course_deg is not None:
        course = (left.course_deg + ratio * _turn_deg(left.course_deg, right.course_deg)) % 360.0
    longitude = left.longitude_deg + ratio * _turn_deg(left.longitude_deg, right.longitude_deg)
    return Position(
        at_us=at_us,
        latitude_deg=left.latitude_deg + ratio * (right.latitude_deg - left.latitude_deg),
        longitude_deg=(longitude + 180.0) % 360.0 - 180.0 if abs(longitude) > 180.0 else longitude,
        altitude_m=_linear(left.altitude_m, right.altitude_m, ratio),
        speed_mps=_linear(left.speed_mps, right.speed_mps, ratio),
        course_deg=course,
        accuracy_m=_linear(left.accuracy_m, right.accuracy_m, ratio),
    )


def _linear(left: float | None, right: float | None, ratio: float) -> float | None:
    return None if left is None or right is None else left + ratio * (right - left)


def _turn_deg(start_deg: float, end_deg: float) -> float:
    """Return the shorter way round from one angle to another, in -180 to 180."""
    return (end_deg - start_deg + 180.0) % 360.0 - 180.0
