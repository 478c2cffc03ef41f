"""What the camera itself adds: bonnet, drops and mist on the windscreen, a wiper, exposure, tint, vignette, noise."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from ops.load.light import Light
from ops.load.noise import fractal, speckle
from ops.load.place import Place
from ops.load.vehicles import paint

Floats = NDArray[np.float64]
Pixels = NDArray[np.uint8]


class Lens:
    """The looks of one camera behind one windscreen, for pictures of one size."""

    def __init__(self, place: Place, size_wh: tuple[int, int]) -> None:
        rng = place.rng(30)
        self._place, self._wh = place, size_wh
        width, height = size_wh
        light = place.light
        self._bonnet = self._drawn_bonnet(rng, light) if rng.random() < 0.7 else None
        self._vignette = self._drawn_vignette(rng)
        self._curve = self._drawn_curve(rng)
        least, most = (4, 11) if light.lamps > 0.8 else (2.5, 6) if light.lamps else (1.0, 3.5)
        self._noise_level = rng.uniform(least, most) / 40
        self._blur = rng.random() < 0.3
        self._mist = self._drawn_mist(rng) if self._is_misty() else None
        self._wipe_s = float(rng.uniform(1.6, 4.5))
        self._noise = cv2.merge([np.tile(speckle(n), (2 + height // 512, 2 + width // 512)) for n in range(3)])

    def covers(self, owners: NDArray[np.uint16]) -> None:
        """Mark in `owners` [h, w] what the bonnet hides as seen of nothing else."""
        if self._bonnet is None:
            return
        top, _, mask = self._bonnet
        height, width = owners.shape
        first = round(top * height / self._wh[1])
        hidden = cv2.resize(mask[..., 0], (width, height - first), interpolation=cv2.INTER_NEAREST) < 128
        owners[first:][hidden] = 1

    def _is_misty(self) -> bool:
        spec = self._place.spec
        return spec.weather == "undefined" and spec.scene != "tunnel"

    def __call__(self, canvas: Pixels, time_s: float, frame: int) -> None:
        """Add all of it to a picture [H, W, 3]."""
        light = self._place.light
        if self._mist is not None:
            self._mist_over(canvas)
        if light.rain > 0 and self._place.spec.scene != "tunnel":
            self._drops(canvas, time_s)
            self._wiper(canvas, time_s)
        if self._bonnet is not None:
            top, colours, mask = self._bonnet
            part = canvas[top:]
            cv2.add(cv2.multiply(part, mask, scale=1 / 255), colours, dst=part)
        if self._blur:
            cv2.GaussianBlur(canvas, (3, 3), 0, dst=canvas)
        cv2.multiply(canvas, self._vignette, dst=canvas, scale=1 / 255)
        cv2.LUT(canvas, self._curve, dst=canvas)
        self._add_noise(canvas, frame)

    def _add_noise(self, canvas: Pixels, frame: int) -> None:
        height, width = canvas.shape[:2]
        top, left = (frame * 131) % 512, (frame * 197) % 512
        noise = self._noise[top : top + height, left : left + width]
        cv2.addWeighted(canvas, 1.0, noise, self._noise_level, -128 * self._noise_level, dst=canvas)

    def _drawn_bonnet(self, rng: np.random.Generator, light: Light) -> tuple[int, Pixels, Pixels]:
        width, height = self._wh
        top = int(height * rng.uniform(0.84, 0.96))
        tall = height - top
        dash = rng.random() < 0.35
        colour = np.array((26.0, 26.0, 28.0) if dash else paint(rng))
        x = np.linspace(-1, 1, width)
        rim = tall * (0.12 + rng.uniform(0.15, 0.7) * np.abs(x - rng.uniform(-0.1, 0.1)) ** rng.uniform(1.6, 3.0))
        share = np.clip(np.arange(tall)[:, None] - rim[None, :], 0, 1)
        lit = np.array(light.ambient) + 0.6 * np.array(light.sun) + (0.05 * light.lamps)
        sky = np.array(light.horizon) * (0.08 if dash else 0.4)
        down = np.linspace(0, 1, tall)[:, None, None]
        shine = (1 - down) ** 2 * (0.6 + 0.4 * np.cos(x * 2.2)[None, :, None])
        body = colour * lit * (0.55 + 0.35 * (1 - down)) + sky * shine
        mask = np.repeat(((1 - share) * 255)[..., None], 3, axis=2).astype(np.uint8)
        return top, np.clip(body * share[..., None], 0, 255).astype(np.uint8), mask

    def _drawn_vignette(self, rng: np.random.Generator) -> Pixels:
        width, height = self._wh
        y, x = np.mgrid[0:height, 0:width]
        far = np.hypot((x - width / 2) / width, (y - height / 2) / height)
        fall = 1 - rng.uniform(0.05, 0.5) * far**2 * 2
        return np.repeat((np.clip(fall, 0, 1) * 255)[..., None], 3, axis=2).astype(np.uint8)

    def _drawn_curve(self, rng: np.random.Generator) -> Pixels:
        """Return one curve a channel [1, 256, 3]: exposure, contrast, white balance."""
        level = np.arange(256) / 255
        gain, gamma = rng.uniform(0.88, 1.12), rng.uniform(0.9, 1.12)
        lift = rng.uniform(0.0, 0.035)
        tint = np.array([rng.uniform(0.93, 1.07), 1.0, rng.uniform(0.93, 1.07)])
        curve = np.clip(lift + (1 - lift) * (gain * level[:, None] * tint) ** gamma, 0, 1)
        return np.asarray(curve * 255, np.uint8)[None]

    def _drawn_mist(self, rng: np.random.Generator) -> tuple[NDArray[np.float32], Pixels]:
        """Return how much one sees through a fogged-up windscreen [H, W], and its own colour."""
        width, height = self._wh
        patches = cv2.resize(fractal(int(rng.integers(3)))[:320, :], (width, height), interpolation=cv2.INTER_LINEAR)
        y = np.linspace(-1, 1, height)[:, None]
        x = np.linspace(-1, 1, width)[None, :] - rng.uniform(-0.2, 0.2)
        clear = np.exp(-((x / 0.75) ** 2) - ((y - 0.45) / 0.5) ** 2)
        through = np.clip(0.10 + 0.72 * clear + (np.asarray(patches, np.float32) / 255 - 0.5) * 0.35, 0.06, 0.85)
        light = self._place.light
        tone = np.clip(0.5 * np.array(light.horizon) + 0.5 * np.array(light.zenith) + 12, 0, 235)
        grey = 0.35 * tone + 0.65 * tone.mean()
        own = np.empty((height, width, 3), np.uint8)
        own[:] = grey
        return np.asarray(through, np.float32), own

    def _mist_over(self, canvas: Pixels) -> None:
        assert self._mist is not None
        through, own = self._mist
        width, height = self._wh
        few = (max(8, width // 10), max(8, height // 10))
        small = cv2.resize(canvas, few, interpolation=cv2.INTER_AREA)
        soft = cv2.resize(cv2.GaussianBlur(small, (5, 5), 0), (width, height), interpolation=cv2.INTER_LINEAR)
        veil = cv2.addWeighted(own, 0.62, soft, 0.38, 0)
        cv2.blendLinear(canvas, veil, through, 1 - through, dst=canvas)

    def _drops(self, canvas: Pixels, time_s: float) -> None:
        """Draw drops that gather between two strokes of the wiper; each shows the scene upside down, dark above."""
        width, height = self._wh
        stroke, phase = divmod(time_s, self._wipe_s)
        rng = self._place.rng(32, int(stroke))
        count = int(150 * self._place.light.rain)
        places = rng.uniform((0, 0), (width, height * 0.9), (count, 2))
        born = rng.uniform(0, self._wipe_s, count)
        size = rng.gamma(2.2, 0.0032, count) * height + 1.2
        for (x, y), birth, radius in zip(places, born, size, strict=True):
            if birth < phase:
                _drop(canvas, int(x), int(y), min(float(radius), height * 0.03))

    def _wiper(self, canvas: Pixels, time_s: float) -> None:
        phase = (time_s % self._wipe_s) / 0.7
        if phase >= 1:
            return
        width, height = self._wh
        angle = math.radians(12 + 140 * math.sin(math.pi * phase))
        pivot = (int(width * 0.62), int(height * 1.12))
        tip = (int(pivot[0] - math.cos(angle) * height * 1.05), int(pivot[1] - math.sin(angle) * height * 1.05))
        cv2.line(canvas, pivot, tip, (18, 18, 18), max(2, height // 60), cv2.LINE_AA)


def _drop(canvas: Pixels, x: int, y: int, radius_px: float) -> None:
    height, width = canvas.shape[:2]
    r = max(1, int(radius_px))
    reach = r * 5
    x0, x1, y0, y1 = max(0, x - r), min(width, x + r + 1), max(0, y - r), min(height, y + r + 1)
    if x1 - x0 < 2 or y1 - y0 < 2:
        return
    around = canvas[max(0, y - reach) : min(height, y + reach), max(0, x - reach) : min(width, x + reach)]
    how = cv2.INTER_AREA if r < 5 else cv2.INTER_LINEAR
    inside = cv2.flip(cv2.resize(around, (x1 - x0, y1 - y0), interpolation=how), 0)
    mask = np.zeros((y1 - y0, x1 - x0), np.uint8)
    cv2.ellipse(mask, (x - x0, y - y0), (r, r), 0, 0, 360, 255, -1)
    if r > 2:
        cv2.ellipse(inside, (x - x0, y - y0), (r, r), 0, 190, 350, (40, 40, 40), 1, cv2.LINE_AA)
        inside = cv2.convertScaleAbs(inside, alpha=1.06, beta=6)
    cv2.copyTo(inside, mask, canvas[y0:y1, x0:x1])
