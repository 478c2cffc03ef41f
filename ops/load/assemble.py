"""From things in the world to what is painted: what is in view, its faces lit and projected, from far to near."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ops.load.camera import NEAREST_M, Camera, clipped
from ops.load.light import Light
from ops.load.mesh import Emits
from ops.load.things import Body

Floats = NDArray[np.float64]
LEAST_HEIGHT_RATIO = 6 / 720
"""A body whose height is less than this share of the picture's is not painted."""
DETAIL_RATIO, FORM_RATIO = 0.09, 0.04
"""Below these shares a body is painted without its details, and without all but its form."""
OWNER_WIDTH_PX = 640
SHIFT = 4
"""Corners are handed to the painter in 1/16 of a pixel."""


@dataclass(slots=True)
class Shown:
    """One body of a frame: how far it is, its faces as polygons and colours, and where its corners fall."""

    body: Body
    depth_m: float
    polygons: list[NDArray[np.int32]]
    colours: list[tuple[float, float, float]]
    corners_px: Floats
    """[N, 2]; of a body that reaches behind the camera, of the part in front."""
    extent_px: tuple[float, float, float, float]
    """x1, y1, x2, y2 of the corners, which may lie beside the picture."""
    small: list[NDArray[np.int32]]
    """The polygons at the size of the picture of owners."""
    hull: NDArray[np.float32]
    """`outline`, once it was painted."""
    shines: list[tuple[Floats, Emits, float]]
    """What shines on it and is turned to us: middle as seen [3], what it is, radius in metres."""

    def outline(self, size_wh: tuple[int, int]) -> NDArray[np.float32]:
        """Return the hull [N, 1, 2] of what of it falls on the picture, in pixels; empty where nothing does."""
        if len(self.corners_px) < 3 or not self.is_on(size_wh):
            return np.empty((0, 1, 2), np.float32)
        hull = np.asarray(cv2.convexHull(self.corners_px.astype(np.float32)), np.float32)
        x1, y1, x2, y2 = self.extent_px
        width, height = size_wh
        if x1 >= 0 and y1 >= 0 and x2 <= width and y2 <= height:
            return hull
        screen = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
        area, part = cv2.intersectConvexConvex(hull, screen)
        return np.asarray(part, np.float32) if area > 0 else np.empty((0, 1, 2), np.float32)

    def is_on(self, size_wh: tuple[int, int]) -> bool:
        """Tell whether some of it may fall on the picture."""
        x1, y1, x2, y2 = self.extent_px
        return x2 > 0 and y2 > 0 and x1 < size_wh[0] and y1 < size_wh[1]


def in_view(bodies: Sequence[Body], camera: Camera, farthest_m: float) -> list[tuple[Body, Floats]]:
    """Return the bodies that may be seen, each with its place as seen [3]."""
    if not bodies:
        return []
    seen = camera.seen(np.array([body.place for body in bodies]))
    half = camera.size_wh[0] / 2 / camera.focal_px
    least = LEAST_HEIGHT_RATIO * camera.size_wh[1]
    kept = []
    for body, place in zip(bodies, seen, strict=True):
        if body.heading == 0.0 and not body.place.any():  # a ring of a tunnel: it surrounds us
            kept.append((body, place))
            continue
        if not -14 < place[2] < farthest_m or abs(place[0]) > half * max(place[2], 0) + 16:
            continue
        if place[2] < body.until_m and body.mesh.height_m * camera.focal_px >= least * place[2]:
            kept.append((body, place))
    return kept


def show(found: Sequence[tuple[Body, Floats]], camera: Camera, light: Light) -> list[Shown]:
    """Return what to paint of the bodies, in their order."""
    if not found:
        return []
    corners, normals, faces, base, emits, bias, owners = [], [], [], [], [], [], []
    count = 0
    per_m = camera.size_wh[1] / camera.focal_px
    spans = []
    for owner, (body, place) in enumerate(found):
        mesh = body.mesh
        world, turned = body.in_world()
        share = mesh.height_m / max(per_m * place[2], 0.1)
        number = mesh.coarsest if share < FORM_RATIO else mesh.coarse if share < DETAIL_RATIO else len(mesh.faces)
        corners.append(world)
        normals.append(turned[:number])
        faces.append(mesh.faces[:number] + count)
        base.append(mesh.colours[:number])
        emits.append(mesh.emits[:number])
        bias.append(mesh.bias_m[:number])
        owners.append(np.full(number, owner))
        spans.append((count, count + len(world)))
        count += len(world)
    world, turned = np.concatenate(corners), np.concatenate(normals)
    face, owner_of = np.concatenate(faces), np.concatenate(owners)
    colour, emitted, biases = np.concatenate(base), np.concatenate(emits), np.concatenate(bias)
    seen = camera.seen(world)
    of_face = seen[face]
    middle = of_face.mean(axis=1)
    nearest = of_face[:, :, 2].min(axis=1)
    facing = np.einsum("ij,ij->i", turned @ camera.turn.T, middle) < 0
    drawn = facing & (of_face[:, :, 2].max(axis=1) > NEAREST_M)
    parked = np.array([body.parked for body, _ in found])[owner_of]
    off = parked & (emitted <= Emits.BRAKE) & (emitted >= Emits.HEADLIGHT)
    emitted = np.where(off, Emits.NEVER, emitted)
    lit = _lit(colour, turned, emitted, middle, light, [body.braking for body, _ in found], owner_of, camera)
    pixels = camera.pixels(of_face)
    fixed = np.clip(pixels * (1 << SHIFT), -3e5, 3e5).astype(np.int32)
    distance = middle[:, 2] - biases
    order = np.lexsort((-distance, owner_of))
    order = order[drawn[order]]
    shown = _empty(found, seen, spans, camera)
    sorted_ = fixed[order]
    small = list((sorted_ * (OWNER_WIDTH_PX / camera.size_wh[0])).astype(np.int32))
    polygons, colours = list(sorted_), lit[order].tolist()
    crossing = nearest < NEAREST_M
    for at in np.flatnonzero(crossing[order]).tolist():
        part = clipped(of_face[order[at]])
        polygons[at] = np.clip(camera.pixels(part) * (1 << SHIFT), -3e5, 3e5).astype(np.int32)
        small[at] = (polygons[at] * (OWNER_WIDTH_PX / camera.size_wh[0])).astype(np.int32)
    ends = np.searchsorted(owner_of[order], np.arange(len(found) + 1)).tolist()
    for one, begin, end in zip(shown, ends, ends[1:], strict=False):
        if one.is_on(camera.size_wh):
            one.polygons, one.colours, one.small = polygons[begin:end], colours[begin:end], small[begin:end]
    shining = (emitted >= Emits.HEADLIGHT) & (emitted <= Emits.AT_NIGHT) & drawn & ~crossing
    for index in np.flatnonzero(shining).tolist():
        spread = float(np.abs(of_face[index] - middle[index]).max())
        shown[owner_of[index]].shines.append((middle[index], Emits(int(emitted[index])), spread))
    return shown


def _empty(
    found: Sequence[tuple[Body, Floats]], seen: Floats, spans: Sequence[tuple[int, int]], camera: Camera
) -> list[Shown]:
    made = []
    every = camera.pixels(seen)
    begins = [begin for begin, _ in spans]
    lowest = np.minimum.reduceat(seen[:, 2], begins).tolist()
    extents = np.hstack([np.minimum.reduceat(every, begins), np.maximum.reduceat(every, begins)]).tolist()
    for (body, place), (begin, end), low, extent in zip(found, spans, lowest, extents, strict=True):
        outline = every[begin:end]
        if low < NEAREST_M:
            part = seen[begin:end]
            partly = body.label and part[:, 2].max() > NEAREST_M
            pieces = [clipped(part[face]) for face in body.mesh.faces] if partly else []
            pieces = [piece for piece in pieces if len(piece)]
            part = np.concatenate(pieces) if pieces else part[part[:, 2] >= NEAREST_M]
            outline = camera.pixels(part) if len(part) else np.empty((0, 2))
            extent = [*outline.min(axis=0), *outline.max(axis=0)] if len(part) else [0.0] * 4
            if not body.label:  # its faces are cut one by one
                extent = [-1.0, -1.0, camera.size_wh[0] + 1.0, camera.size_wh[1] + 1.0]
        corners = (float(extent[0]), float(extent[1]), float(extent[2]), float(extent[3]))
        made.append(Shown(body, float(place[2]), [], [], outline, corners, [], np.empty((0, 1, 2), np.float32), []))
    return made


def _lit(
    colour: Floats, normals: Floats, emitted: NDArray[np.int64], middle: Floats, light: Light, braking: list[bool],
    owner_of: NDArray[np.int64], camera: Camera,
) -> Floats:  # fmt: skip
    """Return the colours [F, 3] of faces under the light, at night under our headlights, through the haze."""
    depth = np.maximum(middle[:, 2], 0.5)
    factor = light.on(normals)
    if light.lamps:
        towards = np.clip(-(normals @ camera.turn[2]), 0.15, 1.0)
        beam = np.exp(-((middle[:, 0] / (2.5 + 0.22 * depth)) ** 2)) / (1 + (depth / 20.0) ** 2)
        low = np.clip(1.3 - np.clip(-middle[:, 1], 0, None) * 0.35, 0.1, 1.0)
        factor = factor + (0.75 * light.lamps * beam * towards * low)[:, None] * np.array((0.92, 1.0, 1.0))
        factor = factor + 0.07 * light.lamps * np.array((0.75, 0.95, 1.15))
    lit = colour * factor
    glass = emitted == Emits.GLASS
    if glass.any():
        share = np.clip(0.35 + 0.5 * normals[glass][:, 2:], 0.15, 0.85)
        sky = np.array(light.horizon) * 0.55 + np.array(light.zenith) * 0.45
        lit[glass] = lit[glass] * 0.75 + share * 0.55 * sky
    brakes = np.array(braking)[owner_of]
    for kind, when, strength in (
        (Emits.HEADLIGHT, light.lamps > 0 or light.rain > 0, 1.0),
        (Emits.TAILLIGHT, light.lamps > 0 or light.rain > 0, 0.85),
        (Emits.ALWAYS, True, 1.0),
        (Emits.AT_NIGHT, light.lamps > 0, 0.55 + 0.45 * light.lamps),
    ):
        faces = emitted == kind
        if when and faces.any():
            shine = np.array((60.0, 50.0, 250.0)) if kind == Emits.TAILLIGHT else np.minimum(colour[faces] * 1.1, 255)
            lit[faces] = np.maximum(lit[faces], shine * strength)
    lit[(emitted == Emits.BRAKE) & brakes] = (70.0, 60.0, 255.0)
    if light.lamps > 0:
        dim = (emitted == Emits.BRAKE) & ~brakes
        lit[dim] = np.maximum(lit[dim], (20.0, 16.0, 130.0))
    clear = np.exp(-depth / light.haze_m)[:, None]
    clear = np.where(((emitted >= Emits.HEADLIGHT) & (emitted <= Emits.AT_NIGHT))[:, None], clear**0.45, clear)
    return np.asarray(np.clip(clear * lit + (1 - clear) * np.array(light.haze), 0, 255))
