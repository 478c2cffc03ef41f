"""Rendered pictures with their truth, made once and kept in files of one chunk of clips each.

    python -m ops.train.pictures OUT --clips 2000 --processes 2

A chunk is CHUNK_CLIPS clips: `NNNNNNNN.npy`, uint8 [pictures, h, w, 3], blue first, and `NNNNNNNN.json`, one truth a
picture. A chunk that is there is not made again, so a run that was ended goes on where it was.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ops.load.frame import CLIP_S, render_frame
from ops.load.spec import BDD100K, EVEN, draw_spec

#: What is trained on: larger than what the network is given, that a crop may come nearer.
SIZE_WH = (960, 540)
#: Seeds far above what anybody names by hand, so that scenes made elsewhere are unseen.
TRAIN_SEED, HELD_OUT_SEED = 9_000_000, 5_000_000
CHUNK_CLIPS, FRAMES = 25, 6


@dataclass(frozen=True, slots=True)
class Chunk:
    """Pictures of some clips, uint8 [n, h, w, 3], blue first, and the truth of each."""

    pictures: NDArray[np.uint8]
    truths: Sequence[dict[str, Any]]


def make(out: Path, seed: int, frames: int, size_wh: tuple[int, int], number: int) -> None:
    """Render chunk `number` of the clips from `seed` on; nothing is left where it fails, and what is there stays."""
    name = f"{seed + number * CHUNK_CLIPS:08d}"
    if (out / f"{name}.json").exists():
        return
    pictures, truths = [], []
    for clip in range(seed + number * CHUNK_CLIPS, seed + (number + 1) * CHUNK_CLIPS):
        spec = draw_spec(clip, BDD100K if clip % 4 == 0 else EVEN)
        times = np.sort(np.random.default_rng((clip, 7)).uniform(0, CLIP_S - 0.1, frames))
        for time_s in times.tolist():
            pixels, truth = render_frame(spec, time_s, size_wh)
            pictures.append(pixels)
            boxes = [[box.label, *(round(edge, 2) for edge in box.xyxy)] for box in truth.boxes]
            words = {"weather": truth.weather, "scene": truth.scene, "timeofday": truth.timeofday}
            truths.append({"clip": clip, "boxes": boxes} | words)
    np.save(out / f"{name}.npy", np.stack(pictures))
    part = out / f"{name}.part"
    part.write_text(json.dumps(truths), "utf-8")
    part.replace(out / f"{name}.json")


def read(folder: Path) -> list[Chunk]:
    """Return all whole chunks of a folder, pictures mapped, not read; SystemExit where there is none."""
    found = [
        Chunk(np.load(truths.with_suffix(".npy"), mmap_mode="c"), json.loads(truths.read_text("utf-8")))
        for truths in sorted(folder.glob("*.json"))
    ]
    if not found:
        raise SystemExit(f"{folder} has no pictures; make some: python -m ops.train.pictures {folder} --clips 100")
    return found


def main() -> None:
    """Render the chunks asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("out", type=Path)
    parser.add_argument("--clips", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=TRAIN_SEED, help=f"of the first clip; held out: {HELD_OUT_SEED}")
    parser.add_argument("--frames", type=int, default=FRAMES, help="of each clip, at random times")
    parser.add_argument("--size", default="x".join(map(str, SIZE_WH)), help="in px; to train on, leave it out")
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args()
    width, height = map(int, asked.size.split("x"))
    asked.out.mkdir(parents=True, exist_ok=True)
    made = partial(make, asked.out, asked.seed, asked.frames, (width, height))
    with get_context("fork").Pool(asked.processes) as pool:
        chunks = range(-(-asked.clips // CHUNK_CLIPS))
        for done, _ in enumerate(pool.imap_unordered(made, chunks), 1):
            print(f"{done * CHUNK_CLIPS} clips", flush=True)


if __name__ == "__main__":
    main()
