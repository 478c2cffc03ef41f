"""What place and time say about one frame: time of day, region, speed, height of the sun."""

from __future__ import annotations

from collections.abc import Sequence

from app.place.interpolate import position_at
from app.place.region import region_at
from app.place.sun import sun_elevation_deg, timeofday
from schemas.records import Position, SegmentFacts


def place_frame(
    facts: SegmentFacts, fixes: Sequence[Position], at_us: int, luma_ratio: float
) -> tuple[dict[str, str], dict[str, float]]:
    """Return the attributes and measures of a frame taken at `at_us`; `fixes` come from `usable_fixes`.

    Attributes are always there, `unknown` where nothing tells; measures only where known. The first call loads the
    table of towns (see `region_at`).
    """
    position = position_at(fixes, at_us)
    elevation_deg = sun_elevation_deg(position, at_us, facts.time_source)
    region = region_at(position)
    attributes = {
        "timeofday": timeofday(elevation_deg, luma_ratio),
        "region": region.value,
        "country": region.country,
    }
    measures = {"luma_ratio": luma_ratio}
    if elevation_deg is not None:
        measures["sun_elevation_deg"] = elevation_deg
    if position is not None and position.speed_mps is not None:
        measures["speed_mps"] = position.speed_mps
    return attributes, measures
