"""The info JSON of a clip, as a phone behind the windscreen records it: fixes once a second, motion at 50 Hz."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from ops.load.place import Place
from ops.load.where import Whereabouts

MOTION_HZ: Final = 50
_G: Final = 9.80665


def info_of(place: Place, where: Whereabouts, ride_id: str, name: str, seconds: float) -> dict[str, Any]:
    """Return the info of a clip with the keys of BDD100K: times in epoch milliseconds, m/s, degrees, g and rad/s."""
    rng = place.rng(50)
    start_ms = where.began_at_us // 1_000
    locations, gps = [], []
    drift = np.cumsum(rng.normal(0, 0.6, (int(seconds) + 2, 2)), axis=0)
    accuracy = float(rng.choice((5.0, 10.0, 10.0, 30.0)))
    for second in range(int(seconds) + 1):
        spot, heading = place.at(place.ride.s_m(second), place.layout.ego_d_m)
        latitude, longitude = where.position(*(spot[:2] + drift[second]))
        at_ms = start_ms + second * 1_000 + int(rng.integers(-15, 16)) * (second > 0)
        speed = max(0.0, place.ride.mps(second) + float(rng.normal(0, 0.15)))
        course = (where.start.bearing_deg + math.degrees(heading) + float(rng.normal(0, 1.0))) % 360.0
        fix = {
            "timestamp": at_ms,
            "latitude": round(latitude, 7),
            "longitude": round(longitude, 7),
            "speed": round(speed, 2),
        }
        locations.append(fix | {"course": round(course, 2) % 360.0, "accuracy": accuracy})
        altitude = where.start.altitude_m + float(spot[2]) + float(rng.normal(0, 1.5))
        gps.append(fix | {"altitude": round(altitude, 2), "horizontal accuracy": accuracy, "vertical accuracy": 6.0})
    accelerometer, gyro = _motion(place, rng, start_ms, seconds)
    return {
        "id": name,
        "rideID": ride_id,
        "filename": f"{name}.mov",
        "startTime": start_ms,
        "endTime": start_ms + round(seconds * 1_000),
        "timelapse": False,
        "accelerometer": accelerometer,
        "gyro": gyro,
        "gps": gps,
        "locations": locations,
    }


def _motion(
    place: Place, rng: np.random.Generator, start_ms: int, seconds: float
) -> tuple[list[dict[str, float]], list[dict[str, float]]]:
    times = np.arange(int(seconds * MOTION_HZ)) / MOTION_HZ
    speed = np.array([place.ride.mps(t) for t in times])
    heading = np.array([place.at(place.ride.s_m(t), 0.0)[1] for t in times])
    pace = np.gradient(speed, 1 / MOTION_HZ)
    turn = np.gradient(heading, 1 / MOTION_HZ)
    rough = (0.008 + 0.0016 * speed)[:, None]
    shake = rng.normal(0, 1.0, (len(times), 3)) * rough
    pull = np.stack([speed * turn / _G, -np.ones_like(times), -pace / _G], axis=1) + shake
    spin = (
        np.stack([np.zeros_like(times), -turn, np.zeros_like(times)], axis=1)
        + rng.normal(0, 0.15, (len(times), 3)) * rough
    )
    stamps = (start_ms + np.round(times * 1_000)).astype(int).tolist()
    rows = [
        [
            {"timestamp": at, "x": x, "y": y, "z": z}
            for at, (x, y, z) in zip(stamps, table.round(4).tolist(), strict=True)
        ]
        for table in (pull, spin)
    ]
    return rows[0], rows[1]
