"""Frames per second of the whole pipeline against what decode, inference and still-encoding alone allow."""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ops.bench.arithmetic import Requests, quantile, ratio_to_limit, requests_per_camera_hour, spread
from ops.bench.bare_loops import KINDS, Work
from ops.bench.footage import ROOT, Footage
from ops.bench.pipeline_run import DEADLINE_S, Pipeline, cameras, prepared, requests_between
from ops.bench.process_tree import ProcessTree
from ops.bench.report import Section
from ops.bench.topic_io import Follower

Say = Callable[[str], None]

TARGET_RATIO = 0.85
JPEG_FPS = 5.0
WORKER = "worker"
REST_S = 5.0
LEAST_SHOWN_MS = 0.05
THREADS = {
    "MainThread": "the event loop: Kafka, Avro, engine, curation", "asyncio": "decoding and stills",
    "objects": "the object store", "catalog": "the catalog", "Thread": "Faust's group membership",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Round:
    """One round: the pipeline and the bare loops, in seconds for the same segments."""

    frames: int
    stills: int
    wall_s: float
    cpu_s: float
    bare_wall_s: dict[str, float]
    bare_cpu_s: dict[str, float]
    requests: dict[str, int]
    segments: int
    video_s: float
    queued_ms: list[float]
    """What each picture waited for the network."""
    pictures_per_batch: float
    idle_cores: float
    """What the worker takes of a core while nothing is sent."""

    thread_cpu_s: dict[str, float]
    """CPU of the pipeline by kind of thread."""

    @property
    def busy_cpu_s(self) -> float:
        """Return the CPU of the pipeline without what the worker takes at rest in that time."""
        return self.cpu_s - self.idle_cores * self.wall_s


def bare(pipeline: Pipeline, kind: str, work: Sequence[Work], times: int) -> tuple[float, float]:
    """Return wall and CPU seconds of a loop alone."""
    file = pipeline.folder / "work.pickle"
    file.write_bytes(pickle.dumps(work))
    command = [sys.executable, "-m", "ops.bench.bare_loops", kind, str(file), str(times)]
    environment = {**os.environ, **pipeline.environment(pipeline.folder / "bare")}
    answer = subprocess.run(
        command, check=True, capture_output=True, text=True, cwd=ROOT, env=environment, timeout=DEADLINE_S
    )
    figures = json.loads(answer.stdout)
    return figures["wall_s"], figures["cpu_s"]


async def idle_cores(tree: ProcessTree) -> float:
    """Return what a worker takes of a core at rest."""
    cpu_s, began_s = tree.cpu_s(), time.monotonic()
    await asyncio.sleep(REST_S)
    return (tree.cpu_s() - cpu_s) / (time.monotonic() - began_s)


async def one_round(pipeline: Pipeline, follower: Follower, number: int, count: int, tree: ProcessTree) -> Round:
    """Send the footage of so many cameras through a warm worker, then let each part do the same work alone."""
    records = cameras(pipeline.footage, f"round-{number}", count)
    at_rest = await idle_cores(tree)
    before = pipeline.meters(WORKER)
    cpu_s, began_s = tree.cpu_s(), time.monotonic()
    sending = asyncio.create_task(pipeline.send(records))
    ended_s = await pipeline.through(follower, records, tree.check)
    await sending
    cpu_s = tree.cpu_s() - cpu_s
    await follower.quiet(2.0)  # until the meters were written again
    after = pipeline.meters(WORKER)
    archived = [pipeline.archived[record.facts.segment_id] for record in records]
    work = [
        Work(record.video, record.facts.clip_offset_us, record.facts.duration_us,
             tuple(still.frame_index for still in done.stills))
        for record, done in zip(records, archived, strict=True)
    ]  # fmt: skip
    wall, cpu = {}, {}
    for kind in KINDS:
        if kind == "inference":  # decoded pictures of one camera, looked at as often as there are cameras
            wall[kind], cpu[kind] = await asyncio.to_thread(bare, pipeline, kind, work[::count], count)
        else:
            wall[kind], cpu[kind] = await asyncio.to_thread(bare, pipeline, kind, work, 1)
    pictures, batches = after["pictures"] - before["pictures"], after["batches"] - before["batches"]
    return Round(
        frames=sum(len(done.frames) for done in archived),
        stills=sum(len(done.stills) for done in archived),
        wall_s=ended_s - began_s,
        cpu_s=cpu_s,
        bare_wall_s=wall,
        bare_cpu_s=cpu,
        requests=requests_between(before["requests"], after["requests"]),
        segments=len(records),
        video_s=sum(record.facts.duration_us for record in records) / 1e6,
        queued_ms=[1000 * waited for waited in after["waited_s"][len(before["waited_s"]) :]],
        pictures_per_batch=pictures / max(1, batches),
        idle_cores=at_rest,
        thread_cpu_s={name: cpu - before["thread_cpu_s"].get(name, 0.0) for name, cpu in after["thread_cpu_s"].items()},
    )


async def end_to_end(
    bootstrap: str, folder: Path, footage: Footage, count: int, rounds: int, say: Say
) -> list[Section]:
    """Measure one worker with all stages."""
    async with prepared(folder, bootstrap, footage) as (pipeline, follower):
        tree = pipeline.worker(WORKER)
        tree.start()
        try:
            say("pipeline: warming up")
            warm = cameras(footage, "warm", 1)
            await pipeline.send(warm)
            await pipeline.through(follower, warm, tree.check)
            done = []
            for number in range(rounds):
                say(f"pipeline: round {number + 1} of {rounds}, {count} cameras")
                done.append(await one_round(pipeline, follower, number, count, tree))
            return [_speed(done, footage, count), _detector(done), _requests(done)]
        finally:
            await asyncio.to_thread(tree.stop)


def _speed(rounds: list[Round], footage: Footage, count: int) -> Section:
    title = f"Whole pipeline in one worker: {footage.what}, {count} cameras, {footage.video_s * count:.0f} s of video"
    section = Section("pipeline", title, ("what", "frames/s", "CPU ms per frame", "CPU cores used"))
    for kind in KINDS:
        section.rows.append(
            (f"{kind} alone",
             spread(one.frames / one.bare_wall_s[kind] for one in rounds).text(),
             spread(1000 * one.bare_cpu_s[kind] / one.frames for one in rounds).text(2),
             spread(one.bare_cpu_s[kind] / one.bare_wall_s[kind] for one in rounds).text(2))
        )  # fmt: skip
    section.rows += [
        ("limit: their sum",
         spread(one.frames / sum(one.bare_wall_s.values()) for one in rounds).text(),
         spread(1000 * sum(one.bare_cpu_s.values()) / one.frames for one in rounds).text(2), ""),
        ("end to end",
         spread(one.frames / one.wall_s for one in rounds).text(),
         spread(1000 * one.cpu_s / one.frames for one in rounds).text(2),
         spread(one.cpu_s / one.wall_s for one in rounds).text(2)),
    ]  # fmt: skip
    kinds = sorted({name for one in rounds for name in one.thread_cpu_s})
    for name in kinds:
        each = spread(1000 * one.thread_cpu_s.get(name, 0.0) / one.frames for one in rounds)
        if each.most >= LEAST_SHOWN_MS:
            section.rows.append((f"  of it in {THREADS.get(name, name)}", "", each.text(2), ""))
    wall = spread(ratio_to_limit(one.bare_wall_s.values(), one.wall_s) for one in rounds)
    cpu = spread(ratio_to_limit(one.bare_cpu_s.values(), one.cpu_s) for one in rounds)
    busy = spread(ratio_to_limit(one.bare_cpu_s.values(), one.busy_cpu_s) for one in rounds)
    section.rows += [
        ("worker at rest", "", "", spread(one.idle_cores for one in rounds).text(3)),
        (f"ratio to the limit (target {TARGET_RATIO})", wall.text(2), cpu.text(2), ""),
        ("the same without the worker's rest", "", busy.text(2), ""),
    ]
    shown = [_without_queue(one) for one in rounds]
    section.figures = {"ratio_wall": wall, "ratio_cpu": cpu, "ratio_busy_cpu": busy, "rounds": shown}
    section.limits = (
        "what the ratio leaves is Kafka, Avro, object files with fsync and curation in the worker; in wall time also "
        "the broker and the sender on the same cores, and the last window's linger."
    )
    return section


def _without_queue(one: Round) -> dict[str, object]:
    return {name: getattr(one, name) for name in Round.__slots__ if name != "queued_ms"}


def _detector(rounds: list[Round]) -> Section:
    queued = [waited for one in rounds for waited in one.queued_ms]
    section = Section("detector", "Detector: what a picture waits for the network", ("figure", "ms"))
    section.rows = [
        ("p50", f"{quantile(queued, 0.5):.1f}"), ("p99", f"{quantile(queued, 0.99):.1f}"),
        ("pictures per batch", spread(one.pictures_per_batch for one in rounds).text(2)),
    ]  # fmt: skip
    section.figures = {"p50_ms": quantile(queued, 0.5), "p99_ms": quantile(queued, 0.99), "pictures": len(queued)}
    section.limits = "under backlog: the network itself; the segments that are looked at at once bound the queue."
    return section


def _requests(rounds: list[Round]) -> Section:
    total: dict[str, int] = {}
    for one in rounds:
        for verb, number in one.requests.items():
            total[verb] = total.get(verb, 0) + number
    segments, video_s = sum(one.segments for one in rounds), sum(one.video_s for one in rounds)
    found: Requests = requests_per_camera_hour(total, segments, video_s, JPEG_FPS)
    section = Section("requests", "Requests to the object store per camera-hour", ("what", "requests"))
    section.rows = [(verb, f"{number / video_s * 3600:,.0f}") for verb, number in sorted(total.items())]
    section.rows += [
        ("in all", f"{found.per_camera_hour:,.0f}"), ("per segment", f"{found.per_segment:.2f}"),
        (f"one JPEG per frame at {JPEG_FPS:g} fps: put, get, delete", f"{found.one_by_one:,.0f}"),
        ("ratio (target 1/20 = 0.05)", f"{found.ratio:.3f}"),
    ]  # fmt: skip
    section.figures = {"counted": total, "segments": segments, "video_s": video_s, "computed": found}
    section.limits = f"segments of {video_s / segments:.2f} s on average, as the videos' keyframes allow."
    return section
