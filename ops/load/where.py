"""Where and when a clip was taken: real roads, and a time of day at which the sun stood there as the clip shows it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.place.sun import sun_elevation_deg, timeofday
from ops.load.spec import SceneSpec
from schemas.records import Position

Floats = NDArray[np.float64]
_METRES_PER_DEG: Final = 111_195.0  # of latitude, on a sphere of 6,371 km


@dataclass(frozen=True, slots=True)
class Start:
    """A point of a road and the bearing one drives it in."""

    name: str
    latitude_deg: float
    longitude_deg: float
    bearing_deg: float
    altitude_m: float
    scenes: tuple[str, ...]
    snow: bool


#: Roads of New York, New Jersey, San Francisco and around its bay, where BDD100K was driven.
STARTS: Final = (
    Start("8th Avenue, Manhattan", 40.7570, -73.9905, 29.0, 14, ("city street", "undefined"), True),
    Start("Broadway, Upper West Side", 40.7870, -73.9754, 209.0, 28, ("city street",), True),
    Start("Flatbush Avenue, Brooklyn", 40.6760, -73.9722, 142.0, 30, ("city street", "gas stations"), True),
    Start("Queens Boulevard", 40.7340, -73.8690, 112.0, 18, ("city street", "gas stations", "parking lot"), True),
    Start("Grand Concourse, Bronx", 40.8300, -73.9190, 25.0, 40, ("city street", "residential"), True),
    Start("Avenue P, Brooklyn", 40.6090, -73.9630, 95.0, 6, ("residential", "gas stations"), True),
    Start("Bay Ridge, Brooklyn", 40.6300, -74.0250, 22.0, 20, ("residential", "parking lot"), True),
    Start("Palisade Avenue, Jersey City", 40.7450, -74.0500, 30.0, 45, ("residential", "undefined"), True),
    Start("Long Island Expressway", 40.7370, -73.8540, 88.0, 15, ("highway",), True),
    Start("Cross Bronx Expressway", 40.8440, -73.9020, 100.0, 30, ("highway",), True),
    Start("New Jersey Turnpike", 40.7050, -74.1390, 27.0, 5, ("highway", "parking lot"), True),
    Start("Lincoln Tunnel", 40.7630, -74.0090, 105.0, -15, ("tunnel",), True),
    Start("Holland Tunnel", 40.7274, -74.0210, 100.0, -20, ("tunnel",), True),
    Start("Market Street, San Francisco", 37.7790, -122.4140, 45.0, 15, ("city street", "undefined"), False),
    Start("Van Ness Avenue, San Francisco", 37.7860, -122.4220, 351.0, 40, ("city street", "gas stations"), False),
    Start("Sunset District, San Francisco", 37.7530, -122.4870, 266.0, 70, ("residential", "parking lot"), False),
    Start("University Avenue, Berkeley", 37.8700, -122.2840, 76.0, 25, ("city street", "gas stations"), False),
    Start("Shattuck Avenue, Berkeley", 37.8600, -122.2670, 357.0, 45, ("residential", "parking lot"), False),
    Start("Bayshore Freeway, San Mateo", 37.5660, -122.3080, 128.0, 4, ("highway",), False),
    Start("Eastshore Freeway, Emeryville", 37.8480, -122.2990, 345.0, 3, ("highway",), False),
    Start("Interstate 280, Daly City", 37.6720, -122.4680, 190.0, 95, ("highway", "undefined"), False),
    Start("Caldecott Tunnel, Oakland", 37.8560, -122.2140, 75.0, 230, ("tunnel",), False),
)  # fmt: skip
_FIRST_S: Final = int(datetime(2017, 1, 1, tzinfo=UTC).timestamp())
_DAYS: Final = 720


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where a clip begins, and when, in microseconds UTC."""

    start: Start
    began_at_us: int

    def position(self, east_m: float, north_m: float) -> tuple[float, float]:
        """Return latitude and longitude of a place, given in metres as seen by who drives off northwards."""
        turn = math.radians(self.start.bearing_deg)
        north, east = (
            north_m * math.cos(turn) - east_m * math.sin(turn),
            north_m * math.sin(turn) + east_m * math.cos(turn),
        )
        latitude = self.start.latitude_deg + north / _METRES_PER_DEG
        longitude = self.start.longitude_deg + east / (_METRES_PER_DEG * math.cos(math.radians(latitude)))
        return latitude, longitude


def whereabouts(rng: np.random.Generator, spec: SceneSpec, seconds: float) -> Whereabouts:
    """Draw a road of the scene and a time: the sun is as the clip shows it from its beginning to its end.

    A clip whose time of day is undefined may be of any hour; snow falls where and when it does, December to March.
    """
    fitting = [start for start in STARTS if spec.scene in start.scenes and (start.snow or spec.weather != "snowy")]
    start = fitting[int(rng.integers(len(fitting)))]
    while True:
        began_s = _FIRST_S + int(rng.integers(_DAYS)) * 86_400 + float(rng.uniform(0, 86_400))
        month = datetime.fromtimestamp(began_s, UTC).month
        if spec.weather == "snowy" and month not in (12, 1, 2, 3):
            continue
        times = {_time_of_day(start, round((began_s + after) * 1e6)) for after in (0.0, seconds)}
        if spec.timeofday == "undefined" or times == {spec.timeofday}:
            return Whereabouts(start, round(began_s * 1_000) * 1_000)


def _time_of_day(start: Start, at_us: int) -> str:
    position = Position(at_us, start.latitude_deg, start.longitude_deg)
    return timeofday(sun_elevation_deg(position, at_us, "info"), None)
