"""How the camera's car drives: speed, stops at red lights, in queues and at kerbs; all closed in time t; pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
STEP_S = 0.1
EARLIER_S = 1.0
"""How much of the ride before t = 0 is known."""
STATIONARY_BELOW_MPS = 0.1

#: Slowest and fastest cruise in metres per second, and the share of places to stop at where one has to.
PACE = {
    "city street": (7.0, 15.0, 0.5),
    "residential": (5.0, 11.0, 0.3),
    "highway": (19.0, 31.0, 0.0),
    "tunnel": (13.0, 23.0, 0.0),
    "parking lot": (1.5, 4.0, 0.4),
    "gas stations": (1.5, 7.0, 0.5),
    "undefined": (9.0, 20.0, 0.0),
}
JAM_SHARE = 0.15
"""Share of rides on motorways and in tunnels that crawl and stop in a queue."""


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop: where, at which junction (-1: in a queue), and from when to when."""

    s_m: float
    junction: int
    begin_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Ride:
    """The course of the camera's car: metres travelled [N] and speed [N] every STEP_S from -EARLIER_S on; its stops."""

    travelled_m: Floats
    speed_mps: Floats
    stops: tuple[Stop, ...]

    def s_m(self, time_s: float) -> float:
        """Return how far the car is along the road at a time; about zero at t = 0."""
        return _read(self.travelled_m, time_s)

    def mps(self, time_s: float) -> float:
        """Return the speed at a time."""
        return max(0.0, _read(self.speed_mps, time_s))

    def braking(self, time_s: float) -> bool:
        """Tell whether brake lights shine, its own and those of whoever drives alike."""
        return self.mps(time_s) < 0.3 or self.mps(time_s + 0.3) < self.mps(time_s) - 0.25


def build(rng: np.random.Generator, kind: str, junctions_m: Floats, seconds: float) -> Ride:
    """Return a ride of that many seconds past the junctions (their stop lines, in metres along the road, ascending).

    Decelerates at 2.2 and accelerates at 1.6 m/s², about what people do in traffic.
    """
    slow, fast, stop_share = PACE[kind]
    cruise = rng.uniform(slow, fast)
    jam = kind in ("highway", "tunnel") and rng.random() < JAM_SHARE
    goals = _goals(rng, junctions_m, stop_share, jam)
    count = int((seconds + EARLIER_S) / STEP_S) + 40
    travelled, speed = np.zeros(count), np.zeros(count)
    stops: list[Stop] = []
    wander = rng.uniform(0, 2 * np.pi, 2)
    here, mps, wait_s, stopped_at, now = -cruise * EARLIER_S, cruise, 0.0, 0.0, 0.0
    goals = [goal for goal in goals if goal[0] > cruise * cruise / 4.4 + cruise]  # nearer, it could not stop
    for step in range(count):
        now = step * STEP_S - EARLIER_S
        travelled[step], speed[step] = here, mps
        if wait_s > 0:
            wait_s -= STEP_S
            if wait_s <= 0:
                stops.append(Stop(here, goals[0][1], stopped_at, now))
                goals.pop(0)
            continue
        wanted = cruise * (1 + 0.12 * np.sin(now / 7 + wander[0]) + 0.06 * np.sin(now / 2.7 + wander[1]))
        to_goal = goals[0][0] - here if goals else np.inf
        allowed = np.sqrt(max(0.0, 2 * 2.2 * (to_goal - 0.3)))
        mps = max(0.0, float(min(mps + 1.6 * STEP_S, max(min(wanted, allowed), mps - 3.4 * STEP_S))))
        if to_goal < 0.6 and mps < 0.9:
            mps, wait_s, stopped_at = 0.0, goals[0][2], now
        here += mps * STEP_S
    if wait_s > 0:
        stops.append(Stop(here, goals[0][1], stopped_at, now + wait_s))
    return Ride(travelled, speed, tuple(stops))


def _goals(
    rng: np.random.Generator, junctions_m: Floats, stop_share: float, jam: bool
) -> list[tuple[float, int, float]]:
    """Return where to stop, at which junction, and for how long."""
    if jam:
        places = np.cumsum(rng.uniform(25, 90, 40)) - 200
        return [(float(place), -1, float(rng.uniform(2, 9))) for place in places]
    return [
        (float(place) - rng.uniform(0.5, 2.0), number, float(rng.uniform(5, 16)))
        for number, place in enumerate(junctions_m)
        if rng.random() < stop_share
    ]


def _read(course: Floats, time_s: float) -> float:
    at = (time_s + EARLIER_S) / STEP_S
    low = min(max(int(at), 0), len(course) - 2)
    return float(course[low] + (at - low) * (course[low + 1] - course[low]))
