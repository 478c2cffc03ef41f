"""Cars, trucks, buses and trams as meshes, of many builds and colours."""

from __future__ import annotations

import numpy as np

from ops.load.mesh import Builder, Colour, Emits, Mesh, shade

#: Paint as it is on the road: white, silver, grey and black for three of four.
PAINTS: tuple[Colour, ...] = (
    (235, 236, 238), (228, 228, 226), (190, 188, 186), (168, 168, 170), (122, 120, 118), (92, 90, 88), (48, 46, 46),
    (34, 32, 32), (28, 28, 30), (40, 40, 150), (36, 30, 110), (130, 70, 36), (150, 96, 60), (64, 84, 46),
    (110, 140, 165), (60, 80, 110), (70, 160, 200), (30, 110, 190),
)  # fmt: skip
GLASS: Colour = (70, 62, 54)
TYRE: Colour = (30, 30, 30)
HUB: Colour = (130, 130, 132)
PLATE: Colour = (215, 220, 222)
RED: Colour = (35, 30, 190)
LAMP: Colour = (235, 245, 250)
TRIM: Colour = (40, 40, 42)


def paint(rng: np.random.Generator) -> Colour:
    """Draw a colour of paint."""
    blue, green, red = PAINTS[int(rng.integers(len(PAINTS)))]
    near = rng.uniform(0.85, 1.12)
    return (min(blue * near, 250.0), min(green * near, 250.0), min(red * near, 250.0))


def car(rng: np.random.Generator) -> Mesh:
    """Return a car of some build: saloon, hatchback, estate, SUV, van, or a yellow cab."""
    build = str(
        rng.choice(["saloon", "hatchback", "suv", "van", "estate", "cab"], p=[0.34, 0.16, 0.27, 0.1, 0.08, 0.05])
    )
    length, width, height, bonnet, boot = {
        "saloon": (4.7, 1.82, 1.45, 1.25, 0.85),
        "cab": (4.8, 1.85, 1.5, 1.25, 0.9),
        "hatchback": (4.1, 1.76, 1.48, 1.0, 0.12),
        "suv": (4.7, 1.93, 1.75, 1.15, 0.15),
        "van": (5.0, 1.98, 1.95, 0.8, 0.06),
        "estate": (4.75, 1.82, 1.5, 1.25, 0.2),
    }[build]
    length, width = length * rng.uniform(0.94, 1.05), width * rng.uniform(0.97, 1.03)
    height *= rng.uniform(0.96, 1.05)
    body = (45.0, 190.0, 245.0) if build == "cab" else paint(rng)
    made = Builder()
    end, half, belt = length / 2, width / 2, height * 0.56
    sill, waist = 0.2, 0.5 * height * 0.56 + 0.12
    made.frustum((-half * 0.96, half * 0.96, -end + 0.08, end - 0.1), sill, (-half, half, -end, end), waist,
                 shade(body, 0.62), lid=False)  # fmt: skip
    made.frustum((-half, half, -end, end), waist, (-half * 0.95, half * 0.95, -end + 0.06, end - 0.14), belt, body)
    roof = (-half * 0.74, half * 0.74, -end + boot + 0.45, end - bonnet - 0.85)
    made.frustum((-half * 0.92, half * 0.92, -end + boot, end - bonnet), belt, roof, height - 0.04, shade(body, 1.06),
                 sides=(GLASS, Emits.GLASS))  # fmt: skip
    _rear(made, -end, half, (waist - 0.02, belt - 0.06))
    _front(made, end, half, (waist - 0.08, belt - 0.12))
    made.details()
    _wheels(made, half, (-end + 0.82, end - 0.88), 0.33)
    made.details()
    _trim(made, end, half, (waist - 0.02, belt - 0.06), sill)
    made.side_patch(half * 1.005, (-end + 0.5, end - 0.5), (waist - 0.03, waist + 0.02), shade(body, 0.75))
    middle = (roof[2] + roof[3]) / 2
    made.side_patch(half * 0.93, (middle - 0.06, middle + 0.06), (belt, height - 0.1), shade(body, 0.7))
    if build == "cab":
        made.box((-0.3, 0.3, middle - 0.15, middle + 0.15), height - 0.04, height + 0.18, (235, 240, 245))
    return made.build()


def truck(rng: np.random.Generator) -> Mesh:
    """Return a truck: a box truck, a tipper, or a tractor with its trailer."""
    kind = str(rng.choice(["box", "trailer", "tipper"], p=[0.5, 0.3, 0.2]))
    cab = paint(rng)
    load = paint(rng) if rng.random() < 0.45 else (232.0, 234.0, 236.0)
    length = {"box": rng.uniform(6.5, 9.0), "trailer": rng.uniform(13.0, 17.5), "tipper": rng.uniform(7.0, 8.5)}[kind]
    top = {"box": rng.uniform(3.0, 3.6), "trailer": 4.0, "tipper": 2.9}[kind]
    half, end, cab_length = 1.25, length / 2, 2.2
    made = Builder()
    made.box((-half * 0.8, half * 0.8, -end, end - 0.3), 0.5, 0.95, (52, 52, 54))
    made.frustum((-half, half, end - cab_length, end), 0.55, (-half, half, end - cab_length, end - 0.05), 1.6, cab)
    roof = (-half * 0.94, half * 0.94, end - cab_length, end - 0.5)
    made.frustum((-half, half, end - cab_length, end - 0.05), 1.6, roof, 2.75, cab)
    made.patch((-half * 0.85, half * 0.85), end - 0.22, (1.65, 2.5), GLASS, 1, Emits.GLASS)
    made.side_patch(half * 1.0, (end - 1.6, end - 0.6), (1.65, 2.4), GLASS, Emits.GLASS)
    if kind == "tipper":
        floor = (-half * 0.9, half * 0.9, -end, end - cab_length - 0.4)
        rim = (-half * 1.05, half * 1.05, -end - 0.1, end - cab_length - 0.2)
        made.frustum(floor, 0.95, rim, top, shade(load, 0.7))
    else:
        made.box((-half * 1.02, half * 1.02, -end, end - cab_length - 0.35), 0.95, top, load)
        made.patch((-0.03, 0.03), -end - 0.02, (1.0, top - 0.1), shade(load, 0.5), -1)
        made.patch((-half, half), -end - 0.02, (0.95, 1.12), shade(load, 0.45), -1)
    axles = (-end + 0.9, -end + 2.1, end - cab_length - 1.2, end - 1.0) if length > 9 else (-end + 1.5, end - 1.1)
    _rear(made, -end - 0.03, half * 0.92, (0.7, 0.92))
    _front(made, end + 0.02, half, (0.7, 1.0))
    made.details()
    _wheels(made, half, axles, 0.5)
    made.details()
    _trim(made, end + 0.03, half, (0.7, 0.92), 0.5)
    if kind != "tipper" and rng.random() < 0.6:
        mark = paint(rng)
        low = 0.95 + (top - 0.95) * rng.uniform(0.25, 0.5)
        made.side_patch(half * 1.03, (-end + 1.0, end - cab_length - 1.5), (low, low + (top - 0.95) * 0.3), mark)
        made.patch((-half * 0.7, half * 0.7), -end - 0.02, (low, low + 0.5), mark, -1)
    return made.build()


def bus(rng: np.random.Generator) -> Mesh:
    """Return a city bus, a coach or a yellow school bus."""
    school = rng.random() < 0.25
    length = 10.5 if school else rng.uniform(11.0, 12.5)
    body: Colour = (40.0, 170.0, 240.0) if school else paint(rng)
    lower = body if school or rng.random() < 0.4 else paint(rng)
    half, end, top = 1.27, length / 2, 3.05
    made = Builder()
    made.box((-half, half, -end, end), 0.35, 1.25, lower)
    made.frustum((-half, half, -end, end), 1.25, (-half, half, -end, end - 0.1), 2.35, body,
                 sides=(shade(body, 0.9), Emits.NEVER), lid=False)  # fmt: skip
    made.frustum((-half, half, -end, end - 0.1), 2.35, (-half * 0.93, half * 0.93, -end + 0.1, end - 0.2), top, body)
    made.patch((-half * 0.92, half * 0.92), end + 0.01, (1.15, 2.4), GLASS, 1, Emits.GLASS)
    made.patch((-half * 0.7, half * 0.7), end + 0.02, (2.5, 2.85), (40, 170, 235), 1, Emits.AT_NIGHT)
    made.patch((-half * 0.8, half * 0.8), -end - 0.01, (1.5, 2.4), GLASS, -1, Emits.GLASS)
    panes = 6
    for pane in range(panes):
        start = -end + 0.4 + pane * (length - 1.2) / panes
        made.side_patch(half * 1.005, (start, start + (length - 1.2) / panes - 0.2), (1.35, 2.3), GLASS, Emits.GLASS)
    _rear(made, -end - 0.02, half * 0.95, (0.75, 1.1))
    _front(made, end + 0.02, half, (0.55, 0.8))
    made.details()
    _wheels(made, half, (-end + 2.2, end - 2.6), 0.5)
    made.details()
    _trim(made, end + 0.02, half, (0.6, 0.9), 0.35)
    made.side_patch(half * 1.006, (-end + 0.2, end - 0.2), (1.12, 1.2), shade(lower, 0.5))
    return made.build()


def tram(rng: np.random.Generator) -> Mesh:
    """Return a tram (BDD100K's class train): a long light-rail car with a band, many windows and a pantograph."""
    body = paint(rng)
    band = (45.0, 40.0, 170.0) if rng.random() < 0.5 else (150.0, 90.0, 40.0)
    half, end, top = 1.35, rng.uniform(11.0, 14.0), 3.5
    made = Builder()
    made.box((-half, half, -end + 0.4, end - 0.4), 0.3, 1.3, band)
    for front, back in ((end - 0.4, end), (-end + 0.4, -end)):
        made.patch((-half * 0.9, half * 0.9), back, (0.4, 1.3), band, np.sign(back))
        made.patch((-half * 0.82, half * 0.82), back * 1.002, (1.35, 2.75), GLASS, np.sign(back), Emits.GLASS)
        for side in (-1.0, 1.0):
            corner = [(side * half * 0.9, back, 0.4), (side * half, front, 0.4),
                      (side * half, front, top - 0.2), (side * half * 0.82, back, top - 0.3)]  # fmt: skip
            made.polygon(corner, shade(body, 0.85), (side, np.sign(back), 0))
        made.patch((-half * 0.7, half * 0.7), back * 1.004, (2.85, 3.15), (40, 190, 250), np.sign(back), Emits.AT_NIGHT)
    made.frustum((-half, half, -end + 0.4, end - 0.4), 1.3, (-half, half, -end + 0.4, end - 0.4), 2.9, body, lid=False)
    made.frustum(
        (-half, half, -end + 0.4, end - 0.4), 2.9, (-half * 0.85, half * 0.85, -end + 0.6, end - 0.6), top, body
    )
    for pane in range(9):
        start = -end + 0.9 + pane * (2 * end - 1.8) / 9
        made.side_patch(half * 1.005, (start, start + (2 * end - 1.8) / 9 - 0.25), (1.5, 2.6), GLASS, Emits.GLASS)
    made.box((-0.7, 0.7, -0.8, 0.8), top, top + 0.35, (70, 70, 72))
    _rear(made, -end - 0.01, half * 0.9, (0.8, 1.1))
    _front(made, end + 0.01, half * 0.9, (0.8, 1.1))
    made.details()
    for side in (-0.5, 0.5):
        made.polygon([(side, 0, top + 0.3), (side, 0.9, top + 1.0), (-side, 0.9, top + 1.0), (-side, 0, top + 0.3)],
                     (60, 60, 62), (0, -1, 0.5))  # fmt: skip
    return made.build()


def _wheels(made: Builder, half: float, axles: tuple[float, ...], radius_m: float) -> None:
    for y in axles:
        for side in (-1.0, 1.0):
            made.disc((side * (half + 0.01), y, radius_m), radius_m * 1.18, (side, 0, 0), (18, 18, 18), bias_m=0.16)
            made.disc((side * (half + 0.02), y, radius_m), radius_m, (side, 0, 0), TYRE, bias_m=0.2)
            made.disc((side * (half + 0.03), y, radius_m), radius_m * 0.55, (side, 0, 0), HUB, bias_m=0.24)
        made.patch((-half * 0.95, -half * 0.68), y - radius_m * 0.9, (0.02, radius_m), TYRE, -1, bias_m=-0.5)
        made.patch((half * 0.68, half * 0.95), y - radius_m * 0.9, (0.02, radius_m), TYRE, -1, bias_m=-0.5)


def _rear(made: Builder, y: float, half: float, lamps: tuple[float, float]) -> None:
    for side in (-1.0, 1.0):
        inner, outer = sorted((side * half * 0.66, side * half * 0.97))
        made.patch((inner, outer), y - 0.02, lamps, RED, -1, Emits.BRAKE)
        made.patch(
            (inner, (inner + outer) / 2), y - 0.03, (lamps[0], (lamps[0] + lamps[1]) / 2), RED, -1, Emits.TAILLIGHT
        )


def _front(made: Builder, y: float, half: float, lamps: tuple[float, float]) -> None:
    made.patch((-half * 0.55, half * 0.55), y + 0.01, (lamps[0] - 0.05, lamps[1] - 0.02), TRIM, 1)
    for side in (-1.0, 1.0):
        inner, outer = sorted((side * half * 0.58, side * half * 0.94))
        made.patch((inner, outer), y + 0.02, (lamps[0] - 0.02, lamps[1]), LAMP, 1, Emits.HEADLIGHT)


def _trim(made: Builder, end: float, half: float, lamps: tuple[float, float], sill: float) -> None:
    """Add plates and bumpers behind and in front."""
    middle = (lamps[0] + lamps[1]) / 2
    made.patch((-0.26, 0.26), -end - 0.03, (middle - 0.13, middle + 0.03), PLATE, -1)
    made.patch((-half * 0.9, half * 0.9), -end - 0.02, (sill + 0.02, sill + 0.14), TRIM, -1)
    made.patch((-half * 0.7, half * 0.7), end + 0.02, (sill + 0.03, sill + 0.16), TRIM, 1)
    made.patch((-0.26, 0.26), end + 0.03, (sill + 0.14, sill + 0.26), PLATE, 1)
