"""Time of day, in the words of BDD100K, from the height of the sun or, where that is not known, from luminance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from astral import Observer
from astral.sun import elevation

from schemas.records import Position, TimeSource

TimeOfDay = Literal["daytime", "night", "dawn/dusk", "unknown"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# The formulas hold from 1901 to 2099 (NOAA); before 2005 hardly a camera wrote such video: an earlier clock was
# never set.
EARLIEST_TRUSTED_US: Final = 1_104_537_600_000_000
LATEST_TRUSTED_US: Final = 4_102_444_800_000_000


@dataclass(frozen=True, slots=True)
class TimeOfDayLimits:
    """Where day ends and night begins.

    The sun: below -6 degrees (end of civil twilight) headlights light the picture; up to 3 degrees light is low and
    coloured. At 37 to 41 degrees latitude the sun stands between the two 6.7 to 7.2 % of the time; of BDD100K's
    labels 7.2 % say dawn/dusk.

    Luminance: mean grey value, 0 to 1. On 4,949 labelled BDD100K pictures .23 and .34 have the best mean recall
    (.74) of the pairs tried: daytime .85, dawn/dusk .42, night .95. One limit at .265 is right for 98.1 % of day
    and night, but never says dawn/dusk.
    """

    night_below_deg: float = -6.0
    day_above_deg: float = 3.0
    night_below_luma_ratio: float = 0.23
    day_above_luma_ratio: float = 0.34


TIME_OF_DAY_LIMITS: Final = TimeOfDayLimits()


def is_trusted_time(time_source: TimeSource, at_us: int) -> bool:
    """Tell whether a time is good enough to ask where the sun stood.

    A file's time says when it was copied, not when the camera looked; a year before 2005 is a clock that nobody set.
    """
    return time_source in ("info", "container") and EARLIEST_TRUSTED_US <= at_us < LATEST_TRUSTED_US


def sun_elevation_deg(position: Position | None, at_us: int, time_source: TimeSource) -> float | None:
    """Return the height of the sun over the horizon in degrees, or None where place or time are not known.

    Geometric, without refraction (half a degree at the horizon). NOAA's formulas, as in the library `astral`:
    within .011 degrees of the PSA algorithm (Blanco-Muriel 2001) over 20,000 times and places. At the poles the
    latitude counts as 89.8.
    """
    if position is None or not is_trusted_time(time_source, at_us):
        return None
    if not (math.isfinite(position.latitude_deg) and math.isfinite(position.longitude_deg)):
        return None
    observer = Observer(position.latitude_deg, position.longitude_deg, 0.0)
    return elevation(observer, _EPOCH + timedelta(microseconds=at_us), with_refraction=False)


def timeofday(
    elevation_deg: float | None, luma_ratio: float | None, limits: TimeOfDayLimits = TIME_OF_DAY_LIMITS
) -> TimeOfDay:
    """Return the time of day: by the sun where its height is known (a tunnel at noon is daytime), else by luminance."""
    if elevation_deg is not None and math.isfinite(elevation_deg):
        return _between(elevation_deg, limits.night_below_deg, limits.day_above_deg)
    if luma_ratio is not None and math.isfinite(luma_ratio):
        return _between(luma_ratio, limits.night_below_luma_ratio, limits.day_above_luma_ratio)
    return "unknown"


def _between(value: float, night_below: float, day_above: float) -> TimeOfDay:
    return "night" if value < night_below else "daytime" if value > day_above else "dawn/dusk"
