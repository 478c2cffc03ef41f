"""How bright and of what colour everything is, by weather and time of day: sun, sky, haze, lamps; pure."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ops.load.mesh import Colour

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Light:
    """What lights a clip. Colours are blue, green, red; `sun` and `ambient` are factors, the sky's are 0 to 255."""

    sun: Colour
    towards_sun: tuple[float, float, float]
    ambient: Colour
    zenith: Colour
    horizon: Colour
    haze_m: float
    """Distance at which haze leaves 37 % of a thing's own colour."""
    cloud_ratio: float
    """Share of the sky that clouds cover."""
    cloud_bright: Colour
    cloud_dark: Colour
    sun_glow: float
    stars: bool = False
    lamps: float = 0.0
    """How much street lamps, headlights and windows light: 0 by day, 1 by night."""
    wet: float = 0.0
    snow: float = 0.0
    rain: float = 0.0
    flakes: float = 0.0

    @property
    def haze(self) -> Colour:
        """Return the colour that distance takes on: the sky's at the horizon."""
        return self.horizon

    def on(self, normals: Floats) -> Floats:
        """Return the light [N, 3] on faces of these normals: the sky's, more from above, and the sun's."""
        sky = 0.78 + 0.22 * normals[:, 2:]
        facing = np.clip(normals @ np.array(self.towards_sun), 0.0, None)[:, None]
        return np.asarray(sky * np.array(self.ambient) + facing * np.array(self.sun))


def light_of(rng: np.random.Generator, weather: str, timeofday: str, scene: str) -> Light:
    """Draw the light of a clip. An undefined time is lit as some hour, an undefined weather as some dry one."""
    dark = timeofday == "undefined"
    if timeofday == "undefined":
        timeofday = ("daytime", "night")[int(rng.integers(2))]
    seen = weather if weather != "undefined" else ("clear", "overcast")[int(rng.integers(2))]
    light = _weathered({"daytime": _day, "night": _night, "dawn/dusk": _twilight}[timeofday](rng, seen), seen, rng)
    if scene == "tunnel":
        # Its own lamps light it, whatever the hour; far down the tube it is as bright as near.
        warm = _tinted(rng.uniform(0.5, 0.8), (0.82, 0.98, 1.1) if rng.random() < 0.6 else (1.05, 1.0, 0.95), 0.05, rng)
        light = replace(light, wet=0.0, snow=0.0, rain=0.0, flakes=0.0, sun=(0.0, 0.0, 0.0), ambient=warm, haze_m=400.0)
        if dark:
            tube = _tinted(70.0, warm, 0.1, rng)
            light = replace(light, zenith=tube, horizon=tube, lamps=0.4, stars=False, cloud_ratio=0.0)
    return light


def _tinted(grey: float, tint: Colour, spread: float, rng: np.random.Generator) -> Colour:
    near = rng.uniform(1 - spread, 1 + spread) * grey
    return (tint[0] * near, tint[1] * near, tint[2] * near)


def _sun(rng: np.random.Generator, height_deg: float) -> tuple[float, float, float]:
    bearing, height = rng.uniform(0, 2 * math.pi), math.radians(height_deg)
    return (math.sin(bearing) * math.cos(height), math.cos(bearing) * math.cos(height), math.sin(height))


def _weathered(light: Light, weather: str, rng: np.random.Generator) -> Light:
    """Add what falls and lies: a rainy picture shows rain and a wet road, a snowy one flakes and a white world."""
    if weather == "rainy":
        return replace(light, rain=rng.uniform(0.5, 1.0), wet=rng.uniform(0.65, 1.0))
    if weather == "snowy":
        snow, wet = rng.uniform(0.55, 1.0), rng.uniform(0.0, 0.3)
        return replace(light, flakes=rng.uniform(0.35, 1.0), snow=snow, wet=wet)
    return replace(light, wet=rng.uniform(0.0, 0.3)) if weather == "foggy" else light


def _day(rng: np.random.Generator, weather: str) -> Light:
    sun = _sun(rng, rng.uniform(22, 65))
    none: Colour = (0.0, 0.0, 0.0)
    grey = {"overcast": rng.uniform(178, 215), "rainy": rng.uniform(128, 170), "snowy": rng.uniform(188, 222),
            "foggy": rng.uniform(178, 212)}.get(weather, 0.0)  # fmt: skip
    if grey:
        tint: Colour = (1.03, 1.0, 0.965)
        bright = _tinted(grey, tint, 0.02, rng)
        ambient = {"overcast": 0.92, "rainy": 0.66, "snowy": 0.95, "foggy": 0.82}[weather]
        return Light(
            sun=none,
            towards_sun=sun,
            ambient=_tinted(ambient, (1.02, 1.0, 0.98), 0.05, rng),
            zenith=_tinted(grey * rng.uniform(0.78, 0.92), tint, 0.02, rng),
            horizon=bright,
            haze_m={"overcast": rng.uniform(500, 900), "rainy": rng.uniform(130, 260), "snowy": rng.uniform(110, 260),
                    "foggy": rng.uniform(24, 52)}[weather],
            cloud_ratio=1.0 if weather in ("overcast", "rainy") else 0.0,
            cloud_bright=_tinted(min(grey * 1.08, 240), tint, 0.01, rng),
            cloud_dark=_tinted(grey * (0.72 if weather == "overcast" else 0.66), tint, 0.03, rng),
            sun_glow=0.0,
        )  # fmt: skip
    partly = weather == "partly cloudy"
    blue = rng.uniform(0.9, 1.1)
    return Light(
        sun=_tinted(rng.uniform(0.55, 0.75) * (0.85 if partly else 1.0), (0.86, 0.97, 1.05), 0.05, rng),
        towards_sun=sun,
        ambient=_tinted(0.52, (1.08, 1.0, 0.92), 0.06, rng),
        zenith=(min(212.0 * blue, 235), 132.0 * blue, 62.0 * blue),
        horizon=(238.0, rng.uniform(206, 222), rng.uniform(172, 196)),
        haze_m=rng.uniform(900, 1800),
        cloud_ratio=rng.uniform(0.5, 0.68) if partly else rng.uniform(0.0, 0.06),
        cloud_bright=(250.0, 249.0, 247.0),
        cloud_dark=_tinted(172, (1.05, 1.0, 0.95), 0.05, rng),
        sun_glow=rng.uniform(0.5, 1.0),
    )


def _night(rng: np.random.Generator, weather: str) -> Light:
    dark = rng.uniform(0.8, 1.25)
    warm: Colour = (0.78, 0.98, 1.2) if rng.random() < 0.7 else (1.1, 1.0, 0.9)
    glow = {"clear": 13.0, "partly cloudy": 17.0, "overcast": 40.0, "rainy": 30.0, "snowy": 52.0, "foggy": 50.0}[
        weather
    ]
    cloudy = {"clear": 0.0, "partly cloudy": 0.5, "overcast": 1.0, "rainy": 1.0, "snowy": 1.0, "foggy": 0.0}[weather]
    horizon = _tinted(glow * dark, warm, 0.05, rng)
    return Light(
        sun=(0.035, 0.03, 0.026) if weather in ("clear", "partly cloudy") else (0.0, 0.0, 0.0),
        towards_sun=_sun(rng, 45),
        ambient=_tinted({"snowy": 0.15, "foggy": 0.13}.get(weather, 0.105) * dark, (0.92, 0.98, 1.1), 0.1, rng),
        zenith=(22.0 * dark, 12.0 * dark, 8.0 * dark) if weather == "clear" else _tinted(glow * 0.5, warm, 0.1, rng),
        horizon=horizon,
        haze_m={"clear": 900.0, "partly cloudy": 900.0, "overcast": 500.0, "rainy": rng.uniform(120, 220),
                "snowy": rng.uniform(90, 170), "foggy": rng.uniform(22, 44)}[weather],
        cloud_ratio=cloudy,
        cloud_bright=_tinted(glow * (4.2 if weather == "partly cloudy" else 1.25),
                             (1.15, 1.0, 0.9) if weather == "partly cloudy" else warm, 0.05, rng),
        cloud_dark=_tinted(glow * 0.62, warm, 0.05, rng),
        sun_glow=0.0,
        stars=weather in ("clear", "partly cloudy"),
        lamps=1.0,
    )  # fmt: skip


def _twilight(rng: np.random.Generator, weather: str) -> Light:
    """Return the light of civil twilight: dim and blue from above, warm from where the sun is below the horizon."""
    dim = rng.uniform(0.82, 1.15)
    open_sky = weather in ("clear", "partly cloudy")
    rosy = rng.uniform(0.0, 1.0)
    if open_sky:
        zenith = (122 * dim, (70 + 4 * rosy) * dim, (46 + 24 * rosy) * dim)
        horizon = ((84 + 66 * rosy) * dim, (150 - 22 * rosy) * dim, (222 + 12 * rosy) * dim)
    else:
        grey = {"overcast": 92.0, "rainy": 74.0, "snowy": 104.0, "foggy": 108.0}[weather] * dim
        zenith = (grey * 1.12, grey * 0.84, grey * 0.72)
        horizon = (grey * 1.22, grey * 1.06, grey * 1.2)
    return Light(
        sun=(0.08, 0.13, 0.2) if open_sky else (0.0, 0.0, 0.0),
        towards_sun=_sun(rng, rng.uniform(2, 8)),
        ambient=_tinted(0.33 if open_sky else 0.34, (1.22, 0.98, 0.92), 0.08, rng),
        zenith=zenith,
        horizon=horizon,
        haze_m={"rainy": rng.uniform(130, 240), "snowy": rng.uniform(110, 220), "foggy": rng.uniform(24, 48),
                "overcast": 600.0}.get(weather, 1_200.0),
        cloud_ratio={"clear": 0.05, "partly cloudy": 0.5, "overcast": 1.0, "rainy": 1.0}.get(weather, 0.0),
        cloud_bright=(130 * dim, 140 * dim, 232 * dim) if open_sky else (horizon[0], horizon[1], horizon[2] * 0.95),
        cloud_dark=(96 * dim, 66 * dim, 84 * dim) if open_sky else (zenith[0] * 0.82, zenith[1] * 0.8, zenith[2] * 0.8),
        sun_glow=rng.uniform(0.6, 1.0) if open_sky else 0.0,
        lamps=0.55,
    )  # fmt: skip
