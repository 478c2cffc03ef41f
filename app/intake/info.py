"""Reads the info JSON of a clip (BDD100K): when it began and where it went; pure. What is dirty is dropped and counted.

Times are epoch milliseconds. `locations` has one fix a second with course; `gps` has altitude and keys with spaces.
Either may be missing or empty. A speed or course below zero means "not known" (iOS).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.place.interpolate import is_position
from schemas.records import Position

# 1 Hz of fixes and 50 Hz of acceleration make about 1.2 kB a second: this is half a day.
LARGEST_INFO_BYTES: Final = 64 << 20
_TIME_LIMIT_MS: Final = 1 << 52
_FIELDS: Final = (
    # field of Position, keys in the JSON, values allowed
    ("altitude_m", ("altitude",), (-1_000.0, 20_000.0)),
    ("speed_mps", ("speed",), (0.0, 200.0)),
    ("course_deg", ("course",), (0.0, 360.0)),
    ("accuracy_m", ("accuracy", "horizontal accuracy"), (0.0, math.inf)),
)


@dataclass(frozen=True, slots=True)
class RideInfo:
    """What an info JSON says; empty where there is none or it says nothing usable."""

    ride_id: str | None = None
    start_us: int | None = None
    """startTime, else the time of the first fix; as written, not yet judged."""
    positions: tuple[Position, ...] = ()
    """Ordered by time, one per time."""
    dropped_fixes: int = 0
    fault: str = ""
    """Why the file could not be read, or empty."""


def parse_info(data: bytes) -> RideInfo:
    """Return what an info JSON says; never raises, a file that is no info has its `fault` said."""
    if len(data) > LARGEST_INFO_BYTES:
        return RideInfo(fault=f"{len(data)} bytes are more than an info JSON can have")
    try:
        info = json.loads(data)
    except (ValueError, RecursionError) as error:
        return RideInfo(fault=f"it is not JSON ({error})" if data.strip() else "it is empty")
    if not isinstance(info, dict):
        return RideInfo(fault=f"it holds a {type(info).__name__}, not an object")
    positions, dropped = _positions(info)
    start_us = _time_us(info.get("startTime"))
    if start_us is None and positions:
        start_us = positions[0].at_us
    ride = info.get("rideID")
    return RideInfo(ride if isinstance(ride, str) and ride else None, start_us, positions, dropped)


def _positions(info: Mapping[str, Any]) -> tuple[tuple[Position, ...], int]:
    fixes: dict[int, dict[str, float]] = {}
    dropped = 0
    for row in _rows(info):
        at_us = _time_us(row.get("timestamp"))
        latitude_deg = math.nan if (number := _number(row.get("latitude"))) is None else number
        longitude_deg = math.nan if (number := _number(row.get("longitude"))) is None else number
        if at_us is None or not is_position(latitude_deg, longitude_deg):
            dropped += 1
            continue
        fix = fixes.setdefault(at_us, {"latitude_deg": latitude_deg, "longitude_deg": longitude_deg})
        for field, keys, (least, most) in _FIELDS:
            value = next((number for key in keys if (number := _number(row.get(key))) is not None), None)
            if value is not None and least <= value <= most:
                fix.setdefault(field, value)
    return tuple(Position(at_us, **fixes[at_us]) for at_us in sorted(fixes)), dropped


def _rows(info: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the fixes, those of `locations` first: where both speak of a time, they win."""
    for name in ("locations", "gps"):
        rows = info.get(name)
        if isinstance(rows, list):
            yield from (row if isinstance(row, dict) else {} for row in rows)


def _time_us(value: object) -> int | None:
    number = _number(value)
    return None if number is None or abs(number) > _TIME_LIMIT_MS else round(number * 1_000)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
