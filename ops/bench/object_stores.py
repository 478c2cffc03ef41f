"""Objects per second and CPU per segment: an S3 server of this machine against a folder, the same work by turns."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
from pydantic import SecretStr

from app.settings import Settings
from app.stores.directory import open_directory
from app.stores.objects import Objects
from app.stores.s3_bucket import create_bucket
from app.stores.s3_client import open_s3
from ops.bench.arithmetic import spread
from ops.bench.report import Section
from ops.stack.ports import free_ports
from ops.stack.s3 import ACCESS_KEY, SECRET_KEY, S3Server, prepare

Say = Callable[[str], None]

AT_ONCE = 8
SIZES_BYTES = (100_000, 1_000_000)
DELETED_TOGETHER = 20
KEPT_ONE_IN = 10
BUCKET = "bench"


@dataclass(frozen=True, slots=True)
class Work:
    """What some objects took: seconds by verb, CPU seconds of this process and of the server."""

    put_s: float
    get_s: float
    cpu_s: float
    server_cpu_s: float


async def object_stores(folder: Path, segments: int, rounds: int, say: Say) -> list[Section]:
    """Take so many segments the way that the stages take them, in a folder and in a bucket, by turns."""
    server = S3Server(folder / "s3", free_ports(1)[0], prepare(say))
    await asyncio.to_thread(server.start)
    try:
        bucket = Settings(
            s3_endpoint=server.endpoint, s3_bucket=BUCKET, s3_region="us-east-1", s3_access_key=ACCESS_KEY,
            s3_secret_key=SecretStr(SECRET_KEY), objects_at_once=AT_ONCE,
        )  # fmt: skip
        await create_bucket(bucket)
        process = server.process()
        done: dict[tuple[str, int], list[Work]] = {}
        async with open_directory(folder / "objects", AT_ONCE) as files, open_s3(bucket) as objects:
            for number in range(rounds + 1):
                for size_bytes in SIZES_BYTES:
                    for name, store in (("folder", files), (server.kind, objects)):
                        say(f"objects: round {number} of {rounds}, {size_bytes / 1000:.0f} kB, {name}")
                        work = await _work(store, size_bytes, segments, process if store is objects else None)
                        if number:  # the first warms up
                            done.setdefault((name, size_bytes), []).append(work)
    finally:
        await asyncio.to_thread(server.kill)
    return [_section(done, segments, server.kind)]


async def _work(store: Objects, size_bytes: int, segments: int, server: psutil.Process | None) -> Work:
    bodies = [os.urandom(size_bytes) for _ in range(segments)]
    keys = [f"temporary/camera/2026-01-01/{number:06d}.mp4" for number in range(segments)]
    cpu_s, server_cpu_s = time.process_time(), _cpu_s(server)
    began_s = time.perf_counter()
    await _together(lambda number: store.put(keys[number], bodies[number]), segments)
    put_s = time.perf_counter() - began_s
    began_s = time.perf_counter()
    await _together(lambda number: store.get(keys[number]), segments)
    get_s = time.perf_counter() - began_s
    kept = range(0, segments, KEPT_ONE_IN)
    await _together(lambda number: store.copy(keys[kept[number]], f"archive/x/{kept[number]}.mp4"), len(kept))
    for start in range(0, segments, DELETED_TOGETHER):
        await store.delete(keys[start : start + DELETED_TOGETHER])
    work = Work(put_s, get_s, time.process_time() - cpu_s, _cpu_s(server) - server_cpu_s)
    await store.delete([f"archive/x/{number}.mp4" for number in kept])
    return work


async def _together(call: Callable[[int], Awaitable[object]], count: int) -> None:
    """Call for each number, AT_ONCE at a time, as a stage's ask does."""
    left = iter(range(count))

    async def one_after_another() -> None:
        for number in left:
            await call(number)

    await asyncio.gather(*(one_after_another() for _ in range(AT_ONCE)))


def _cpu_s(process: psutil.Process | None) -> float:
    if process is None:
        return 0.0
    times = process.cpu_times()
    return float(times.user + times.system)


def _section(done: Mapping[tuple[str, int], Sequence[Work]], segments: int, kind: str) -> Section:
    columns = ("store", "object", "put/s", "put MB/s", "get/s", "get MB/s", "CPU ms/segment", "server's")
    section = Section("objects", f"Objects: {segments} segments, {AT_ONCE} calls at once", columns)
    for (name, size_bytes), works in done.items():
        rates = {verb: spread(segments / getattr(work, verb) for work in works) for verb in ("put_s", "get_s")}
        speeds = {verb: spread(segments * size_bytes / 1e6 / getattr(w, verb) for w in works) for verb in rates}
        cpu, server = (
            spread(1000 * getattr(work, of) / segments for work in works) for of in ("cpu_s", "server_cpu_s")
        )
        section.rows.append(
            (name, f"{size_bytes / 1000:.0f} kB", rates["put_s"].text(), speeds["put_s"].text(), rates["get_s"].text(),
             speeds["get_s"].text(), cpu.text(2), server.text(2) if name == kind else "")
        )  # fmt: skip
        section.figures[f"{name}_{size_bytes}"] = {"works": list(works), "cpu_ms_per_segment": cpu}
    section.limits = (
        "client and server share the cores, and how the server makes an object durable is its own affair; CPU "
        "is that of put, get, one copy in ten and deletes of twenty together."
    )
    return section
