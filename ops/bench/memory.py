"""Resident memory of each stage as a worker of its own: idle, and with hundreds of megabytes waiting before it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from agents import STAGES
from app.settings import settings
from app.watch.follow import open_reader
from app.watch.positions import positions
from ops.bench.footage import Footage
from ops.bench.pipeline_run import cameras, prepared
from ops.bench.process_tree import SAMPLE_S, ProcessTree
from ops.bench.report import Section

Say = Callable[[str], None]

SETTLE_S = 2.0


async def memory(
    bootstrap: str, folder: Path, footage: Footage, backlog_bytes: int, watch_s: float, say: Say
) -> Section:
    """Start six workers, let them idle, put the backlog before the first, and watch what becomes resident."""
    per_camera = sum(len(one.video) for one in footage.segments)
    async with prepared(folder, bootstrap, footage) as (pipeline, follower):
        trees = {stage: pipeline.worker(stage, [stage]) for stage in STAGES}
        try:
            for tree in trees.values():
                tree.start()
            warm = cameras(footage, "memory-warm", 1)
            say("memory: each stage as a worker of its own, warming up")
            await pipeline.send(warm)
            await pipeline.through(follower, warm, lambda: _check(trees))
            await asyncio.sleep(SETTLE_S)
            idle = {stage: tree.rss_bytes() for stage, tree in trees.items()}
            for tree in trees.values():
                tree.peak_rss_bytes = 0
            count = max(1, round(backlog_bytes / per_camera))
            say(f"memory: {count * per_camera >> 20} MB of backlog")
            for number in range(count):
                await pipeline.send(footage.of_camera(f"memory-{number:03d}"))
            most_lag = await _watch(bootstrap, trees, watch_s)
        finally:
            await asyncio.gather(*(asyncio.to_thread(tree.stop) for tree in trees.values()))
    title = f"Resident memory, each stage as a worker of its own, {count * per_camera >> 20} MB sent at once"
    section = Section("memory", title, ("stage", "idle MB", "peak MB", "grown MB", "most records behind"))
    for stage, tree in trees.items():
        peak, grown, lag = tree.peak_rss_bytes, tree.peak_rss_bytes - idle[stage], most_lag[stage]
        section.rows.append((stage, *(f"{size / 1e6:.0f}" for size in (idle[stage], peak, grown)), str(lag)))
        section.figures[stage] = {"idle": idle[stage], "peak": peak, "grown": grown, "lag": lag}
    worst = max(section.figures.values(), key=lambda one: one["grown"])
    section.figures["grown_to_backlog_ratio"] = worst["grown"] / (count * per_camera)
    section.limits = (
        "idle: the interpreter and its libraries; growth: read_ahead_bytes per partition, one fetch per partition "
        f"and, in the detector, the pictures of the segments looked at at once. Target: tens of megabytes; the worst "
        f"stage grew by {section.figures['grown_to_backlog_ratio']:.2f} of the backlog."
    )
    return section


def _check(trees: dict[str, ProcessTree]) -> None:
    for tree in trees.values():
        tree.check()


async def _watch(bootstrap: str, trees: dict[str, ProcessTree], watch_s: float) -> dict[str, int]:
    """Sample memory and lag for a while; return the most records that each stage was behind."""
    most, end_s = dict.fromkeys(trees, 0), time.monotonic() + watch_s
    async with open_reader(settings().model_copy(update={"kafka": bootstrap})) as reader:
        while time.monotonic() < end_s:
            _check(trees)
            for position in await positions(reader):
                if position.stage in most:
                    most[position.stage] = max(most[position.stage], position.lag)
            await asyncio.sleep(5 * SAMPLE_S)
    return most
