"""The detector stage against decoding and the bare session together; its post-processing; the wait of fifty cameras.

    python -m ops.bench.detector [--network NAME] [--size 640x384] [--rounds 3] [--seconds 20]

Each round does the same segments twice on the same cores: once as the stage does them (decode, scale, fill, infer,
read), once with decoding and the bare session side by side, neither waiting for the other. Wall time and CPU seconds of
both give the ratio. Then fifty cameras ask about one picture a second each, at phases of their own.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console

from app.media import CodedSegment, SampledFrame, Sampling, cut, decode_sampled
from app.settings import settings
from models.eyes import BATCHING
from models.fetch import fetch_network
from models.judge import BatchTimes
from models.manifest import known_networks
from models.session import open_session
from models.sight import Sight, open_sight
from ops.bench.arithmetic import quantile, spread
from ops.bench.footage import footage
from ops.bench.report import Section, machine, show

AT_ONCE = 8
FPS = 2.0
CAMERAS = 50
SIZE = "640x384"
Wh = tuple[int, int]
OWN = "roadsieve_small"


@asynccontextmanager
async def opened(network: str, size_wh: Wh, batches: list[BatchTimes]) -> AsyncIterator[Sight]:
    """Open a network as the detector does, its batches noted."""
    chosen = settings()
    async with open_sight(
        {"objects": network}, cache=chosen.path_of_cache() / "models", mirror=chosen.model_mirror,
        input_whs={"objects": size_wh}, instances=chosen.inference_instances or None, on_batch=batches.append,
    ) as sight:  # fmt: skip
        yield sight


def decoded(segment: CodedSegment, sight: Sight) -> tuple[SampledFrame, ...]:
    """Decode and scale the sampled pictures of a segment as the detector does."""
    sampling = Sampling("fps", FPS)
    return decode_sampled(segment.video, sampling, sight.scaled_whs, segment.clip_offset_us, segment.duration_us).frames


async def stage(segments: Sequence[CodedSegment], sight: Sight) -> int:
    """Do the segments as the stage does; return how many pictures that were."""
    slots, loop = asyncio.Semaphore(AT_ONCE), asyncio.get_running_loop()
    with ThreadPoolExecutor(AT_ONCE) as threads:

        async def do(segment: CodedSegment) -> int:
            async with slots:
                frames = await loop.run_in_executor(threads, decoded, segment, sight)
                await sight.look([frame.views for frame in frames], [frame.source_wh for frame in frames])
                return len(frames)

        return sum(await asyncio.gather(*(do(segment) for segment in segments)))


async def side_by_side(
    segments: Sequence[CodedSegment], sight: Sight, network: str, size_wh: Wh, pictures: int
) -> None:
    """Decode the segments, and at the same time run the bare session on as many pictures, as many at once as ours."""
    loop, chosen = asyncio.get_running_loop(), settings()
    table = known_networks(chosen.network_manifest)[network]
    session = open_session(table, fetch_network(table, chosen.path_of_cache() / "models", chosen.model_mirror))
    most = BATCHING["cpu"].most
    batch = np.full(table.input.shape_of(most, size_wh), 114, table.input.dtype)
    session.run(batch)
    instances = chosen.inference_instances or BATCHING["cpu"].instances
    with ThreadPoolExecutor(AT_ONCE) as decoders, ThreadPoolExecutor(instances) as judges:
        decoding = [loop.run_in_executor(decoders, decoded, segment, sight) for segment in segments]
        runs = [loop.run_in_executor(judges, session.run, batch) for _ in range(-(-pictures // most))]
        await asyncio.gather(*runs, *decoding)


async def cameras(size_wh: Wh, seconds: float, console: Console) -> Section:
    """Let fifty cameras ask, each about one picture a second; return what a picture waited."""
    batches: list[BatchTimes] = []
    batching = BATCHING["cpu"]
    async with opened(OWN, size_wh, batches) as sight:
        (wh,) = sight.scaled_whs((1280, 720))
        picture = np.random.default_rng(1).integers(0, 256, (wh[1], wh[0], 3), np.uint8)
        await sight.look([[picture]] * batching.most, [(1280, 720)] * batching.most)
        full_ms = [1000 * one.infer_s for one in batches if one.pictures == batching.most]
        batches.clear()
        phases = np.random.default_rng(2).uniform(0, 1, CAMERAS)

        async def camera(phase_s: float) -> None:
            began_s = time.monotonic()
            for second in range(round(seconds)):
                await asyncio.sleep(max(0.0, began_s + second + phase_s - time.monotonic()))
                await sight.look([[picture]], [(1280, 720)])

        console.print(f"{CAMERAS} cameras for {seconds:.0f} s", highlight=False)
        await asyncio.gather(*(camera(float(phase)) for phase in phases))
    waited = sorted(1000 * one for batch in batches for one in batch.waited_s)
    full_ms += [1000 * one.infer_s for one in batches if one.pictures == batching.most]
    limit_ms = batching.delay_ms + quantile(full_ms, 0.5)
    p99_ms = quantile(waited, 0.99)
    section = Section("cameras", f"{CAMERAS} cameras, one picture a second each, {OWN}", ("figure", "value"))
    section.rows = [
        ("pictures", str(len(waited))), ("pictures per batch", f"{len(waited) / len(batches):.2f}"),
        ("queue wait p50, p99", f"{quantile(waited, 0.5):.1f} ms, {p99_ms:.1f} ms"),
        (f"delay + one batch of {batching.most}", f"{batching.delay_ms:.0f} + {quantile(full_ms, 0.5):.1f} ms"),
        ("p99 of that (target 1)", f"{p99_ms / limit_ms:.2f}"),
    ]  # fmt: skip
    section.figures = {"p99_ms": p99_ms, "limit_ms": limit_ms, "waited_ms": waited}
    section.limits = "the cores: a batch costs on a CPU what its pictures cost one by one."
    return section


async def measure(network: str, size_wh: Wh, rounds: int, console: Console) -> Section:
    """Measure stage and parts in interleaved rounds."""
    batches: list[BatchTimes] = []
    wall, cpu, rates = [], [], []
    with tempfile.TemporaryDirectory(prefix="roadsieve-bench-") as folder:
        segments = [segment for file in footage(Path(folder)).files for segment in cut(file)]
    async with opened(network, size_wh, batches) as sight:
        await stage(segments[:AT_ONCE], sight)
        batches.clear()
        for number in range(rounds):
            console.print(f"round {number + 1} of {rounds}, {len(segments)} segments", highlight=False)
            began, began_cpu = time.perf_counter(), time.process_time()
            pictures = await stage(segments, sight)
            ours, ours_cpu = time.perf_counter() - began, time.process_time() - began_cpu
            began, began_cpu = time.perf_counter(), time.process_time()
            await side_by_side(segments, sight, network, size_wh, pictures)
            bare, bare_cpu = time.perf_counter() - began, time.process_time() - began_cpu
            wall.append(bare / ours)
            cpu.append(bare_cpu / ours_cpu)
            rates.append(pictures / ours)
    post = sum(one.decode_s for one in batches) / sum(one.infer_s for one in batches)
    fill = sum(one.fill_s for one in batches) / sum(one.infer_s for one in batches)
    section = Section("detector", f"Detector stage, {network} at {size_wh[0]}x{size_wh[1]}", ("figure", "value"))
    section.rows = [
        ("pictures per s", spread(rates).text()),
        ("rate to decode and bare session side by side (target .85)", spread(wall).text(2)),
        ("the same by CPU seconds", spread(cpu).text(2)),
        ("reading boxes, share of inference (target below .05)", f"{post:.3f}"),
        ("filling slots, share of inference", f"{fill:.3f}"),
    ]
    section.figures = {"ratio_wall": wall, "ratio_cpu": cpu, "post_ratio": post, "fill_ratio": fill}
    section.limits = "the session; decoding waits for it where the segments looked at at once are all waiting."
    return section


def main(
    network: Annotated[
        str, typer.Option(help="Network of the manifest; its file must be here or in the mirror.")
    ] = OWN,
    size: Annotated[str, typer.Option(help="Width x height of its input in px.")] = SIZE,
    rounds: Annotated[int, typer.Option(min=1)] = 3,
    seconds: Annotated[float, typer.Option(min=1, help="How long fifty cameras ask.")] = 20.0,
) -> None:
    """Print both tables."""
    console = Console()
    try:
        width_px, height_px = map(int, size.split("x"))
    except ValueError:
        raise typer.BadParameter(f"{size} is not WIDTHxHEIGHT, as in {SIZE}") from None
    show(asyncio.run(measure(network, (width_px, height_px), rounds, console)), console)
    show(asyncio.run(cameras((width_px, height_px), seconds, console)), console)
    console.print(str(machine()), highlight=False)


if __name__ == "__main__":
    typer.run(main)
