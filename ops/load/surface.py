"""The road seen from above, as a small map that repeats: asphalt, lines, kerbs, grass, snow; and one crossing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ops.load.layout import JUNCTION_HALF_M, STOP_LINE_M, WHITE_PAINT, Layout
from ops.load.light import Light
from ops.load.mesh import Colour
from ops.load.noise import grain

Floats = NDArray[np.float64]
Picture = NDArray[np.float32]
LEFT_M: Final = 30.0
"""The map reaches so far to either side of the road's middle."""
PERIOD_M: Final = 36.0
_PAD_M: Final = PERIOD_M / 3
_CROSSING_M: Final = 2 * STOP_LINE_M + 2.0
_CROSSING_AT_M: Final = _PAD_M + PERIOD_M + _PAD_M + _PAD_M
_LENGTH_M: Final = _CROSSING_AT_M + _CROSSING_M + _PAD_M


@dataclass(frozen=True, slots=True)
class Surface:
    """The map in four sharpnesses: level n has 1/2^n of the pixels across the road and 1/4^n along it."""

    levels: tuple[NDArray[np.uint8], ...]
    per_m_across: float
    per_m_along: float
    junctions_m: Floats

    def rows_at(self, s_m: Floats) -> Floats:
        """Return where along the map, in metres, a place along the road is found."""
        found = _PAD_M + np.mod(s_m, PERIOD_M)
        if len(self.junctions_m):
            nearest = self.junctions_m[np.argmin(np.abs(s_m[:, None] - self.junctions_m[None, :]), axis=1)]
            beside = s_m - nearest + _CROSSING_M / 2
            crossing = (beside >= 0) & (beside < _CROSSING_M)
            found = np.where(crossing, _CROSSING_AT_M + beside, found)
        return found


def build(rng: np.random.Generator, layout: Layout, light: Light, per_m: float) -> Surface:
    """Draw the map at `per_m` pixels a metre across the road, and half as many along it."""
    across, along = per_m, per_m / 2
    size_hw = (round(_LENGTH_M * along), round(2 * LEFT_M * across))
    draw = _Drawing(rng, layout, light, across, along, size_hw)
    picture = draw.picture()
    lit = picture * (np.array(light.ambient) + np.array(light.sun) * max(light.towards_sun[2], 0.15)).astype(np.float32)
    level = np.asarray(np.clip(lit, 0, 255), np.uint8)
    levels = [level]
    for _ in range(3):
        height, width = level.shape[:2]
        smaller = cv2.resize(level, (max(2, width // 2), max(2, height // 4)), interpolation=cv2.INTER_AREA)
        level = np.asarray(smaller, np.uint8)
        levels.append(level)
    return Surface(tuple(levels), across, along, np.array(layout.junctions_m))


class _Drawing:
    """Draws in metres: x from -LEFT_M to LEFT_M, y along the map."""

    def __init__(
        self, rng: np.random.Generator, layout: Layout, light: Light, across: float, along: float,
        size_hw: tuple[int, int],
    ) -> None:  # fmt: skip
        self._rng, self._layout, self._light = rng, layout, light
        self._across, self._along = across, along
        self._picture = np.empty((*size_hw, 3), np.float32)

    def picture(self) -> Picture:
        rng, layout = self._rng, self._layout
        self._land()
        wet = 1 - 0.42 * self._light.wet
        grey = rng.uniform(88, 128) if layout.scene != "tunnel" else rng.uniform(70, 95)
        asphalt: Colour = (grey * wet * rng.uniform(0.97, 1.06), grey * wet, grey * wet * rng.uniform(0.96, 1.03))
        self._road(asphalt)
        self._wear()
        self._marks()
        self._crossing(asphalt)
        # The repeated part ends as it began, so that it repeats without a seam.
        pad, period = round(_PAD_M * self._along), round(PERIOD_M * self._along)
        self._picture[:pad] = self._picture[period : period + pad]
        self._picture[pad + period : pad + period + pad] = self._picture[pad : 2 * pad]
        height, width = self._picture.shape[:2]
        self._picture *= 0.62 + 0.38 * grain(rng, (height, width), 0.45)[..., None]
        if self._light.snow > 0:
            self._snow()
        return self._picture

    def _area(self, x0: float, x1: float, colour: Colour, y0: float = 0.0, y1: float = _LENGTH_M) -> None:
        left, right = ((x + LEFT_M) * self._across for x in (x0, x1))
        top, bottom = y0 * self._along, y1 * self._along
        # Drawn with its edges between pixels, so that thin lines keep their width.
        self._blend(int(np.floor(left)), left, right, top, bottom, colour)

    def _blend(self, first: int, left: float, right: float, top: float, bottom: float, colour: Colour) -> None:
        last = int(np.ceil(right))
        columns = np.arange(max(first, 0), min(last, self._picture.shape[1]))
        if not len(columns):
            return
        share = np.clip(np.minimum(columns + 1, right) - np.maximum(columns, left), 0, 1).astype(np.float32)
        part = self._picture[max(0, round(top)) : max(0, round(bottom)), columns[0] : columns[-1] + 1]
        part += share[None, :, None] * (np.array(colour, np.float32) - part)

    def _land(self) -> None:
        rng, layout = self._rng, self._layout
        paved: Colour = (148.0, 152.0, 156.0)
        grass: Colour = (48 * rng.uniform(0.8, 1.2), 108 * rng.uniform(0.8, 1.2), 84 * rng.uniform(0.7, 1.5))
        earth: Colour = (92.0, 128.0, 152.0)
        choice = {"city street": paved, "tunnel": paved, "parking lot": paved, "gas stations": paved}.get(layout.scene)
        colour = choice or (grass if rng.random() < 0.75 else earth)
        self._picture[:] = np.array(colour, np.float32)

    def _road(self, asphalt: Colour) -> None:
        layout = self._layout
        if layout.walk_m:
            stone: Colour = (158.0, 162.0, 166.0)
            for side, edge in ((1, layout.right_m), (-1, layout.left_m)):
                green = 1.2 if layout.scene == "residential" else 0.0
                near, far = sorted((edge + side * green, edge + side * (green + layout.walk_m)))
                self._area(near, far, stone)
                for y in np.arange(0, _LENGTH_M, 2.0):
                    self._area(near, far, (118.0, 120.0, 122.0), y, y + 2 / self._along)
        if layout.scene == "gas stations":
            self._area(layout.right_m, LEFT_M, (168.0, 172.0, 174.0))
        self._area(layout.left_m, layout.right_m, asphalt)
        if layout.walk_m:
            for edge in (layout.left_m, layout.right_m):
                self._area(edge - 0.18, edge + 0.18, (178.0, 180.0, 182.0))
        if layout.median == "grass":
            near = max(max(layout.theirs, default=-1.0) + layout.lane_m / 2, -8.0)
            far = layout.ours[0] - layout.lane_m / 2
            self._area(near + 0.3, far - 0.3, (52.0, 104.0, 86.0))

    def _wear(self) -> None:
        """Darken where oil drips and lighten where tyres roll, patch and crack."""
        rng, layout = self._rng, self._layout
        for lane in (*layout.ours, *layout.theirs):
            for offset, factor in ((-0.75, 1.06), (0.75, 1.06), (0.0, 0.9)):
                left = int((lane + offset - 0.3 + LEFT_M) * self._across)
                self._picture[:, max(left, 0) : max(left, 0) + max(1, int(0.6 * self._across))] *= factor
        for _ in range(int(rng.integers(0, 7))):
            x, y = rng.uniform(layout.left_m, layout.right_m), rng.uniform(_PAD_M, _PAD_M + PERIOD_M - 5)
            wide, tall = rng.uniform(0.6, 3.0), rng.uniform(1.0, 5.0)
            self._area(x, min(x + wide, layout.right_m), (70.0, 70.0, 72.0), y, y + tall)
        for _ in range(int(rng.integers(2, 10))):
            x, y = rng.uniform(layout.left_m, layout.right_m), rng.uniform(_PAD_M, _PAD_M + PERIOD_M)
            points = np.cumsum(rng.normal(0, 1, (8, 2)) * (0.5, 1.2), axis=0) + np.array((x, y))
            pixels = ((points + np.array((LEFT_M, 0))) * (self._across, self._along)).astype(np.int32)
            cv2.polylines(self._picture, [pixels], False, (48, 48, 50), 1)

    def _marks(self) -> None:
        layout = self._layout
        worn = self._rng.uniform(0.72, 1.08)
        for line in layout.lines:
            colour = tuple(c * worn for c in line.colour)
            begin, end = line.d_m - line.wide_m / 2, line.d_m + line.wide_m / 2
            if not line.dash_m:
                self._area(begin, end, (colour[0], colour[1], colour[2]))
                continue
            for y in np.arange(0, _PAD_M * 2 + PERIOD_M, line.every_m):
                self._area(begin, end, (colour[0], colour[1], colour[2]), y, y + line.dash_m)
        for track in layout.rails_d_m:
            for rail in (track - 0.72, track + 0.72):
                self._area(rail - 0.09, rail + 0.09, (70.0, 70.0, 72.0))
                self._area(rail - 0.04, rail + 0.04, (170.0, 172.0, 174.0))
        if layout.scene == "parking lot":
            self._stalls(worn)

    def _stalls(self, worn: float) -> None:
        """Paint the bays of a car park: rows of them on both sides of every aisle."""
        paint: Colour = (200 * worn, 204 * worn, 206 * worn)
        for row in STALL_ROWS_M:
            for y in np.arange(0, _PAD_M * 2 + PERIOD_M, STALL_M):
                self._area(row - 2.6, row + 2.6, paint, y, y + 0.22)
            self._area(row - 0.08, row + 0.08, paint)

    def _crossing(self, asphalt: Colour) -> None:
        layout = self._layout
        at, middle = _CROSSING_AT_M, _CROSSING_AT_M + _CROSSING_M / 2
        if not layout.junctions_m:
            return
        begin, end = middle - JUNCTION_HALF_M, middle + JUNCTION_HALF_M
        self._area(-LEFT_M, LEFT_M, asphalt, begin, end)
        self._area(layout.left_m, layout.right_m, asphalt, at, at + _CROSSING_M)
        paint: Colour = WHITE_PAINT
        zebra = layout.scene == "city street"
        for near in (begin - 4.0, end + 1.0):
            if zebra:
                for x in np.arange(layout.left_m + 0.3, layout.right_m - 0.3, 1.1):
                    self._area(x, x + 0.55, paint, near, near + 3.0)
            else:
                for y in (near, near + 2.6):
                    self._area(layout.left_m, layout.right_m, paint, y, y + 0.3)
        ours = (0.0 if layout.theirs else layout.left_m, layout.right_m)
        self._area(*ours, paint, begin - 5.4, begin - 4.9)
        for x in (-LEFT_M, layout.right_m):
            wide = LEFT_M + layout.left_m if x < 0 else LEFT_M - layout.right_m
            self._area(x, x + wide, (60.0, 165.0, 205.0), middle - 0.1, middle + 0.1)

    def _snow(self) -> None:
        """Cover the land, and the road but for its tracks: the more snow, the thinner the tracks."""
        rng, layout = self._rng, self._layout
        height, width = self._picture.shape[:2]
        x = (np.arange(width) + 0.5) / self._across - LEFT_M
        cover = np.ones(width, np.float32)
        on_road = (x > layout.left_m) & (x < layout.right_m)
        lanes = np.array([*layout.ours, *layout.theirs])
        to_track = np.abs(np.abs(x[:, None] - lanes[None, :]) - 0.78).min(axis=1)
        bare = np.clip((1.0 - 0.55 * self._light.snow - to_track) / 0.22, 0, 1)
        cover[on_road] = 1 - (1.05 - 0.25 * self._light.snow) * bare[on_road]
        depth = np.clip((grain(rng, (height, width), 0.12) - 0.62) * 2.6 * self._light.snow + 0.25, 0, 1)
        white = (
            np.array((232.0, 230.0, 226.0), np.float32) * (0.86 + 0.14 * grain(rng, (height, width), 0.2))[..., None]
        )
        share = (np.where(on_road[None, :], cover[None, :] * (0.25 + 0.75 * depth), 0.8 + 0.2 * depth))[
            ..., None
        ].astype(np.float32)
        self._picture += share * (white - self._picture)


STALL_M: Final = 2.8
#: Middles of the double rows of bays to the left and right of the aisle that is driven.
STALL_ROWS_M: Final = (-26.0, -8.6, 8.6, 26.0)
