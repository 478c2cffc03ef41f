"""Seeded records for the keyed job: cameras whose scene stays for a while and then jumps."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from ops.bench.keyed_job.job import ATTRIBUTES, CLASSES, encode

EPOCH_US = 1_750_000_000_000_000
CAMERAS = 200


def segments(records: int, frames: int, cameras: int = CAMERAS, seed: int = 5) -> Iterator[tuple[bytes, bytes]]:
    """Yield (camera, record) pairs, always the same ones."""
    rng = random.Random(seed)
    scenes = [_objects(rng) for _ in range(500)]
    live = [_Camera(f"camera-{number:04d}", rng) for number in range(cameras)]
    for _ in range(records):
        camera = rng.choice(live)
        yield camera.name.encode(), encode(camera.segment(rng, scenes, frames))


def _objects(rng: random.Random) -> list[dict[str, Any]]:
    found = []
    for _ in range(rng.randint(14, 22)):
        x, y = rng.uniform(0, 1200), rng.uniform(0, 680)
        label = min(int(rng.expovariate(0.6)), CLASSES - 1)
        found.append({"label": label, "score": rng.random(), "x1": x, "y1": y, "x2": x + 60, "y2": y + 30})
    return found


class _Camera:
    def __init__(self, name: str, rng: random.Random) -> None:
        self.name, self.sequence = name, 0
        self._jump(rng)

    def _jump(self, rng: random.Random) -> None:
        self._values = {name: min(int(rng.expovariate(0.7)), n - 1) for name, n in ATTRIBUTES.items()}
        self._hash, self._scene = rng.getrandbits(64), rng.randrange(500)

    def segment(self, rng: random.Random, scenes: list[list[dict[str, Any]]], frames: int) -> dict[str, Any]:
        """Return the next segment."""
        pictures = []
        for _ in range(frames):
            if rng.random() < 0.03:
                self._jump(rng)
            for _ in range(rng.choice((0, 1, 2, 2, 3, 9))):
                self._hash ^= 1 << rng.randrange(64)
            if rng.random() < 0.4:
                self._scene = rng.randrange(500)
            signed = self._hash - (1 << 64) if self._hash >> 63 else self._hash
            pictures.append({"objects": scenes[self._scene], "hash": signed, **self._values})
        self.sequence += 1
        at_us = EPOCH_US + self.sequence * 1_000_000
        return {"camera": self.name, "sequence": self.sequence - 1, "at_us": at_us, "frames": pictures}
