"""Decode, inference and still-encoding alone, in one process with as many threads as a worker gives each.

python -m ops.bench.bare_loops KIND WORK TIMES   (WORK: a pickle of the segments; settings are a worker's)
"""

from __future__ import annotations

import asyncio
import json
import pickle
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from agents.detector import detector_sight
from agents.librarian import librarian
from app.media.decode import decode_sampled
from app.media.facts import SampledFrame
from app.media.sampling import Sampling
from app.media.still import stills
from app.settings import settings
from models.sight import Sight

KINDS = ("decode", "inference", "stills")


@dataclass(frozen=True, slots=True)
class Work:
    """One segment as the stages handle it."""

    video: bytes
    clip_offset_us: int
    duration_us: int
    kept: tuple[int, ...]
    """Frames of which stills were made."""


def decoded(one: Work, sight: Sight) -> tuple[SampledFrame, ...]:
    """Decode a segment as the detector does."""
    chosen = settings()
    sampling = Sampling(chosen.sampling_mode, chosen.sampling_fps)
    return decode_sampled(one.video, sampling, sight.scaled_whs, one.clip_offset_us, one.duration_us).frames


async def measure(kind: str, work: Sequence[Work], times: int) -> dict[str, float]:
    """Return wall and CPU seconds for doing all the work so many times."""
    chosen = settings()
    async with detector_sight(chosen) as sight:
        loop = asyncio.get_running_loop()
        at_once = librarian.stage.ask.at_once if kind == "stills" else chosen.detector_at_once
        with ThreadPoolExecutor(at_once) as threads:
            looked_at = work if kind == "inference" else []
            seen = [await loop.run_in_executor(threads, decoded, one, sight) for one in looked_at]
            slots = asyncio.Semaphore(at_once)

            async def do(number: int) -> None:
                one = work[number]
                async with slots:
                    if kind == "decode":
                        await loop.run_in_executor(threads, decoded, one, sight)
                    elif kind == "stills":
                        await loop.run_in_executor(threads, stills, one.video, one.kept, chosen.still_quality)
                    else:
                        await sight.look([f.views for f in seen[number]], [f.source_wh for f in seen[number]])

            numbers = [number for number, one in enumerate(work) if kind != "stills" or one.kept]
            began_s, began_cpu_s = time.perf_counter(), time.process_time()
            await asyncio.gather(*(do(number) for number in numbers * times))
            return {"wall_s": time.perf_counter() - began_s, "cpu_s": time.process_time() - began_cpu_s}


def main(kind: str, file: Path, times: int) -> None:
    """Print the figures."""
    print(json.dumps(asyncio.run(measure(kind, pickle.loads(file.read_bytes()), times))))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
