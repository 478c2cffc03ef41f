"""How long a segment takes from being sent to being seen, decided and archived, at an easy load."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from app.topics import SEGMENTS_ARCHIVED, SEGMENTS_DECIDED, SEGMENTS_DETECTED
from ops.bench.arithmetic import quantile
from ops.bench.footage import Footage
from ops.bench.pipeline_run import LINGER_S, WINDOW_FRAMES, cameras, prepared
from ops.bench.report import Section

Say = Callable[[str], None]

WORKER = "latency"
STEPS = {"seen": SEGMENTS_DETECTED.name, "decided": SEGMENTS_DECIDED.name, "archived": SEGMENTS_ARCHIVED.name}


async def latency(bootstrap: str, folder: Path, footage: Footage, segments: int, per_s: float, say: Say) -> Section:
    """Send segments at a steady rate through one worker with all stages; note when committed records are readable."""
    async with prepared(folder, bootstrap, footage) as (pipeline, follower):
        tree = pipeline.worker(WORKER)
        tree.start()
        try:
            say(f"latency: {segments} segments at {per_s:g} per second")
            warm = cameras(footage, "latency-warm", 1)[:8]
            await pipeline.send(warm)
            await pipeline.through(follower, warm, tree.check)
            records = cameras(footage, "latency", -(-segments // len(footage.segments)) + 1)[:segments]
            sending = asyncio.create_task(pipeline.send(records, per_s))
            await pipeline.through(follower, records, tree.check)
            sent = await sending
        finally:
            await asyncio.to_thread(tree.stop)
    title = f"Latency at {per_s:g} segments per second, window linger {LINGER_S:g} s, windows of {WINDOW_FRAMES} frames"
    section = Section("latency", title, ("from", "to", "p50 s", "p99 s", "ratio of p50 to the linger"))
    duration_s = {record.facts.segment_id: record.facts.duration_us / 1e6 for record in records}
    for step, topic in STEPS.items():
        took_s = {one: pipeline.arrived[topic][one] - at_s for one, at_s in sent.items()}
        _row(section, "sent", step, list(took_s.values()))
        if step == "decided":
            _row(section, "captured (first frame)", step, [took + duration_s[one] for one, took in took_s.items()])
    section.limits = (
        "the window's linger (a window closes when candidates have waited so long, or when it is full): `seen` shows "
        "what the stages themselves take; capture adds the length of the segment, which a camera must finish first."
    )
    return section


def _row(section: Section, begin: str, end: str, took_s: list[float]) -> None:
    p50_s, p99_s = quantile(took_s, 0.5), quantile(took_s, 0.99)
    section.rows.append((begin, end, f"{p50_s:.2f}", f"{p99_s:.2f}", f"{p50_s / LINGER_S:.2f}"))
    section.figures[f"{begin} to {end}"] = {"p50_s": p50_s, "p99_s": p99_s, "segments": len(took_s)}
