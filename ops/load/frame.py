"""One picture and its truth, at any moment of a clip: the way of a frame from the place to the lens.

    place -> stretch, traffic (things) -> assemble -> sky, ground, shadows, painter -> effects -> lens, truth

The fast way to training pictures:

    spec = draw_spec(seed, EVEN)
    picture, truth = render_frame(spec, time_s=7.3, size_wh=(320, 192))

`picture` is uint8 [h, w, 3], blue first. The same call gives the same bytes. Frames of one spec share what is fixed
for a clip, kept for the last few specs: ask for several moments of a spec in a row.
"""

from __future__ import annotations

import math
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from ops.load import effects, ground, library, shadows, surface
from ops.load import place as places
from ops.load.assemble import Shown, in_view, show
from ops.load.camera import Camera, look
from ops.load.lens import Lens
from ops.load.mesh import Emits
from ops.load.painter import Canvas, canvas_of, paint_body, paint_tree, paint_wall, walls_in_view
from ops.load.place import Place
from ops.load.ride import STATIONARY_BELOW_MPS
from ops.load.roadside import STRETCH_M, Looks
from ops.load.sky import Sky
from ops.load.spec import SceneSpec
from ops.load.stretch import furnish
from ops.load.things import Body, Things
from ops.load.traffic import Traffic
from ops.load.truth import FrameTruth, boxes_of

Pixels = NDArray[np.uint8]
FPS = 30.0
CLIP_S = 40.0

cv2.setNumThreads(1)  # a frame is too small to share; clips and training pictures go side by side in processes


@lru_cache(maxsize=4)
def _renderer(spec: SceneSpec, size_wh: tuple[int, int]) -> Renderer:
    return Renderer(places.build(spec, CLIP_S), size_wh)


def render_frame(spec: SceneSpec, time_s: float, size_wh: tuple[int, int]) -> tuple[Pixels, FrameTruth]:
    """Return the picture of a clip at a time in [0, 40), uint8 [h, w, 3], blue first, and its truth."""
    return _renderer(spec, size_wh).frame(time_s)


class Renderer:
    """Renders the frames of one clip at one size."""

    def __init__(self, place: Place, size_wh: tuple[int, int]) -> None:
        self.place = place
        self._wh = size_wh
        width, height = size_wh
        rng = place.rng(40)
        self._focal = width / 2 / math.tan(math.radians(rng.uniform(52, 72)) / 2)
        self._eye_m = float(rng.uniform(1.2, 1.75))
        horizon = rng.uniform(0.42, 0.56)
        self._pitch = math.atan((0.5 - horizon) * height / self._focal)
        self._yaw, self._roll = math.radians(rng.normal(0, 1.2)), math.radians(rng.normal(0, 0.6))
        self._shake = rng.uniform(0.4, 1.6)
        sharp = width / 1280
        town = {"city street": 1.0, "highway": 0.4}.get(place.spec.scene, 0.1)
        self._sky = Sky(place.rng(41), place.light, self._focal, town)
        self._surface = surface.build(place.rng(42), place.layout, place.light, max(6.0, 26.0 * sharp))
        self._looks = Looks(place, max(3.0, 16.0 * sharp))
        self._traffic = Traffic(place)
        self._lens = Lens(place, size_wh)
        self._stretches: dict[int, Things] = {}
        self._beam = shadows.beam_of(size_wh, self._focal, self._eye_m, self._pitch, place.light)

    def frame(self, time_s: float) -> tuple[Pixels, FrameTruth]:
        """Return the picture at a time and its truth."""
        canvas, shown = self.painted(time_s)
        self._lens.covers(canvas.owners)
        boxes = boxes_of(canvas, shown, self._wh, self.place.light)
        self._lens(canvas.pixels, time_s, round(time_s * FPS))
        spec, ride = self.place.spec, self.place.ride
        speed = ride.mps(time_s)
        ahead, here = self._heading(time_s + 0.1), self._heading(time_s)
        truth = FrameTruth(
            time_s, spec.weather, spec.scene, spec.timeofday, speed, math.degrees(ahead - here) / 0.1,
            speed < STATIONARY_BELOW_MPS, boxes,
        )  # fmt: skip
        return canvas.pixels, truth

    def painted(self, time_s: float, without: str = "") -> tuple[Canvas, list[Shown]]:
        """Return the scene before the lens, and the bodies on it; the body with the key `without` is left out."""
        place, light = self.place, self.place.light
        ego_m = place.ride.s_m(time_s)
        camera = self._camera(time_s, ego_m)
        things = self._things(time_s, ego_m)
        things.bodies = [body for body in things.bodies if body.key != without or not without]
        canvas = canvas_of(self._wh)
        horizon = self._wh[1] / 2 - math.tan(self._pitch) * camera.focal_px
        self._sky.paint(canvas.pixels, camera, self._heading(time_s) + self._yaw, horizon)
        rows = ground.rows_of(place.road, camera, ego_m)
        if rows.first > horizon:
            canvas.pixels[max(0, int(horizon)) : rows.first] = np.clip(light.haze, 0, 255)
        ground.paint_ground(canvas.pixels, rows, self._surface)
        farthest = min(ground.FARTHEST_M, light.haze_m * 4.2)
        shown = show(in_view(things.bodies, camera, farthest), camera, light)
        shadows.darken(canvas.pixels, rows.first, shown, things.walls, things.trees, camera, light)
        if light.lamps:
            shadows.illuminate(canvas.pixels, rows, things.lamps, camera, light, self._beam)
        effects.haze_ground(canvas.pixels, rows, light)
        self._paint_things(canvas, shown, things, camera, farthest)
        if light.wet > 0.25:
            effects.reflect(canvas, rows, (place.layout.left_m - 0.3, place.layout.right_m + 0.3), light)
        self._glows(canvas, shown, things, camera)
        if place.spec.scene != "tunnel":
            if light.rain > 0:
                effects.rain(canvas.pixels, place.rng(43, round(time_s * FPS)), light, place.ride.mps(time_s))
            if light.flakes > 0:
                effects.snowfall(canvas.pixels, place.spec.seed, time_s, ego_m, camera, light)
        return canvas, shown

    def _camera(self, time_s: float, ego_m: float) -> Camera:
        place = self.place
        spot, _ = place.at(ego_m, place.layout.ego_d_m, self._eye_m)
        ahead, _ = place.at(ego_m + 10, place.layout.ego_d_m, self._eye_m)
        climb = math.atan((ahead[2] - spot[2]) / 10)
        shake = self._shake * min(1.0, place.ride.mps(time_s) / 10) * 0.0016
        pitch = self._pitch - climb + shake * (math.sin(time_s * 11.0) + math.sin(time_s * 17.3 + 1) * 0.6)
        yaw = self._heading(time_s) + self._yaw + shake * math.sin(time_s * 3.1)
        return look(spot, yaw, pitch, self._roll, self._focal, self._wh)

    def _heading(self, time_s: float) -> float:
        return self.place.at(self.place.ride.s_m(time_s), 0.0)[1]

    def _things(self, time_s: float, ego_m: float) -> Things:
        """Return all that stands and moves near: what stands is made once per stretch."""
        reach = min(ground.FARTHEST_M, self.place.light.haze_m * 4.2)
        every = Things()
        for number in range(math.floor((ego_m - 20) / STRETCH_M), math.ceil((ego_m + reach) / STRETCH_M)):
            if number not in self._stretches:
                self._stretches[number] = furnish(self.place, self._looks, number)
            stretch = self._stretches[number]
            every.walls += stretch.walls
            every.trees += stretch.trees
            every.lamps += stretch.lamps
            every.bodies += stretch.bodies
            every.signals += stretch.signals
        every.bodies += [self._signalling(signal, time_s) for signal in every.signals]
        every.bodies += self._traffic.at(time_s)
        return every

    def _signalling(self, body: Body, time_s: float) -> Body:
        """Return a traffic light as it shines at a time: red for who has to wait, as our ride does."""
        _, junction, _, look_number = body.key.split()
        shows = "green"
        for stop in self.place.ride.stops:
            if stop.junction == int(junction):
                if stop.begin_s - 6 <= time_s < stop.end_s - 0.8:
                    shows = "red"
                elif stop.begin_s - 9 <= time_s < stop.begin_s - 6:
                    shows = "yellow"
        mesh = library.head(int(look_number), shows)
        return Body(mesh, body.place, body.heading, body.label, body.key, light=shows[0].upper(), posed=body.posed)

    def _paint_things(
        self, canvas: Canvas, shown: list[Shown], things: Things, camera: Camera, farthest: float
    ) -> None:
        """Paint what stands on the ground, the farthest first."""
        todo: list[tuple[float, int, int]] = [(-one.depth_m, 0, number) for number, one in enumerate(shown)]
        walls = walls_in_view(things.walls, camera, farthest)
        todo += [(-wall.depth_m - 0.5, 1, n) for n, wall in enumerate(walls)]
        if things.trees:
            seen = camera.seen(np.array([tree.place for tree in things.trees]))
            todo += [(-float(one[2]), 2, n) for n, one in enumerate(seen) if 2.0 < one[2] < farthest]
        for _, kind, number in sorted(todo):
            if kind == 0:
                paint_body(canvas, shown[number], number)
            elif kind == 1:
                paint_wall(canvas, walls[number], camera, self.place.light)
            else:
                paint_tree(canvas, things.trees[number], seen[number], camera, self.place.light)

    def _glows(self, canvas: Canvas, shown: list[Shown], things: Things, camera: Camera) -> None:
        """Add halos around what shines, and at night, on a wet road, their mirror images."""
        light = self.place.light
        depths = [one.depth_m for one in shown]
        misty = 1.0 + 1.6 * math.exp(-light.haze_m / 120)
        for number, one in enumerate(shown):
            for middle, emits, radius_m in one.shines:
                if middle[2] < 1.0 or not (light.lamps or light.rain):
                    continue
                if emits == Emits.AT_NIGHT or (emits == Emits.BRAKE and not one.body.braking):
                    continue
                at = camera.pixels(middle[None])[0]
                if not effects.visible_at(canvas, at, float(middle[2]), depths, number):
                    continue
                colour, size = _halo_of(one, emits, radius_m)
                clear = math.exp(-float(middle[2]) / (light.haze_m * 2))
                power = (0.35 + 0.65 * light.lamps) * clear
                radius = size * misty * camera.focal_px / float(middle[2]) + 1.5
                effects.glow(canvas.pixels, at, radius, colour * power)
                if light.wet > 0.5 and light.lamps and emits != Emits.ALWAYS:
                    drop = max(0.3, self._eye_m + float(middle[1])) if middle[1] > -self._eye_m else 0.5
                    below = at + np.array((0.0, 2.2 * drop * camera.focal_px / float(middle[2])))
                    effects.glow(canvas.pixels, below, radius * 0.7, colour * power * 0.45 * light.wet, 4.0)
        for lamp in things.lamps if light.lamps else ():
            seen = camera.seen(lamp.place[None])[0]
            if not 3.0 < seen[2] < 260:
                continue
            at = camera.pixels(seen[None])[0]
            if effects.visible_at(canvas, at, float(seen[2]), depths, -9):
                clear = math.exp(-float(seen[2]) / (light.haze_m * 2))
                radius = 1.5 * misty * camera.focal_px / float(seen[2]) + 1.5
                effects.glow(canvas.pixels, at, radius, np.array(lamp.colour) * light.lamps * clear)


def _halo_of(one: Shown, emits: Emits, radius_m: float) -> tuple[NDArray[np.float64], float]:
    if emits == Emits.HEADLIGHT:
        return effects.halo_colours("head"), 0.75
    if emits in (Emits.TAILLIGHT, Emits.BRAKE):
        return effects.halo_colours("tail"), 0.5 if emits == Emits.TAILLIGHT else 0.8
    lit = {"R": (40.0, 40.0, 255.0), "Y": (40.0, 200.0, 255.0), "G": (140.0, 255.0, 60.0)}.get(one.body.light)
    return (np.array(lit), 0.9) if lit else (np.array((60.0, 90.0, 120.0)), radius_m)
