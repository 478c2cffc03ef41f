"""Rows per second into the catalog and the time of its queries: SQLite beside Cassandra, the same rows in one run."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from app.days import day_of
from app.settings import Settings
from app.stores.catalog import Catalog
from app.stores.cql_migrations import migrate
from app.stores.open import open_catalog
from app.stores.rows import DecisionRow, FrameRow, Row
from ops.bench.arithmetic import quantile
from ops.bench.report import Section
from ops.stack import cassandra
from ops.stack.cassandra import Cassandra
from ops.stack.ports import free_ports
from schemas.records import SeenObject

Say = Callable[[str], None]

CAMERAS, FRAMES_PER_S, SEGMENT_FRAMES, WINDOW_FRAMES = 50, 2, 4, 500
BATCH_FRAMES = 400
BEGIN_US = 1_750_000_000_000_000
QUERIES, SHOWN = 500, 20
TAGS_PER_FRAME = 5


def frame(number: int) -> FrameRow:
    """Return frame N: cameras take turns by segments; what it shows follows from N alone."""
    rng = random.Random(number)
    segment, index = divmod(number, SEGMENT_FRAMES)
    turn, camera = divmod(segment, CAMERAS)
    at_us = BEGIN_US + (turn * SEGMENT_FRAMES + index) * 1_000_000 // FRAMES_PER_S
    attributes = {
        "weather": rng.choice(("clear", "rainy", "snowy", "foggy")),
        "scene": rng.choice(("city street", "highway", "residential")),
        "timeofday": rng.choice(("daytime", "night", "dawn/dusk")),
    }
    labels = rng.sample(("car", "truck", "person", "bus", "bike", "train"), TAGS_PER_FRAME - len(attributes))
    return FrameRow(
        frame_id=f"{segment:032x}-{index:04d}", segment_id=f"{segment:032x}", camera_id=f"camera-{camera:03d}",
        archive="default", day=day_of(at_us), at_us=at_us, frame_index=index, kept=number % 20 == 0, keyframe=False,
        duplicate_of="", still_key="", attributes=attributes, measures={"brightness_ratio": rng.random()},
        objects=tuple(SeenObject(label, rng.random(), 1.0, 2.0, 30.0, 40.0) for label in labels * 3),
        tags=tuple(sorted([f"{k}={v}" for k, v in attributes.items()] + [f"objects={one}" for one in labels])),
        version=number,
    )  # fmt: skip


def decision(row: FrameRow, number: int) -> DecisionRow:
    """Return the decision of frame N."""
    return DecisionRow(
        f"default/0/{number // WINDOW_FRAMES}", row.frame_id, number % WINDOW_FRAMES, row.camera_id, row.archive,
        row.at_us, row.kept, 0.01, ("budget",), "", 53_000, "p", number,
    )  # fmt: skip


def batches(frames: int) -> Iterator[list[Row]]:
    """Yield the rows as a busy sinker would write them."""
    for begin in range(0, frames, BATCH_FRAMES):
        rows: list[Row] = []
        for number in range(begin, min(begin + BATCH_FRAMES, frames)):
            row = frame(number)
            rows += [row, decision(row, number)]
        yield rows


@asynccontextmanager
async def _sqlite(folder: Path) -> AsyncIterator[Catalog]:
    async with open_catalog(Settings(catalog_path=folder / "catalog.sqlite")) as opened:
        yield opened


@asynccontextmanager
async def _cassandra(folder: Path) -> AsyncIterator[Catalog]:
    server = Cassandra(folder / "cassandra", *free_ports(1))
    await asyncio.to_thread(server.start, cassandra.resolve(), flags=cassandra.STEADY)
    try:
        chosen = Settings(
            cql_hosts=server.address, cql_user=cassandra.USER, cql_password=SecretStr(cassandra.PASSWORD)
        )
        await asyncio.to_thread(migrate, chosen)
        async with open_catalog(chosen) as opened:
            yield opened
    finally:
        await asyncio.to_thread(server.kill)


async def catalogs(folder: Path, frames: int, say: Say) -> Section:
    """Write so many frames with their decisions into either catalog, then ask each path of its partition keys."""
    lying = frames * (3 + TAGS_PER_FRAME)
    title = f"Catalog: {2 * frames:,} rows, {lying:,} of its tables; queries until {SHOWN} rows at most, ms"
    section = Section("catalog", title, ("what", "SQLite", "Cassandra"))
    found: dict[str, Mapping[str, Any]] = {}
    for name, opened in (("SQLite", _sqlite), ("Cassandra", _cassandra)):
        async with opened(folder) as catalog:
            found[name] = await _measured(catalog, frames, name, say)
    for what in found["SQLite"]:
        section.rows.append((what, *(str(found[name][what]) for name in ("SQLite", "Cassandra"))))
    section.figures = dict(found)
    section.limits = "one client process; SQLite: one thread; Cassandra: one node on the cores of the client."
    return section


async def _measured(catalog: Catalog, frames: int, name: str, say: Say) -> Mapping[str, Any]:
    began_s, cpu_s, written = time.perf_counter(), 0.0, 0
    for rows in batches(frames):
        before_s = time.process_time()
        await catalog.write(rows)
        cpu_s += time.process_time() - before_s
        written += len(rows)
        if written % (BATCH_FRAMES * 100) == 0:
            say(f"{name}: {written:,} rows written")
    took_s = time.perf_counter() - began_s
    figures: dict[str, Any] = {
        "rows/s": f"{written / took_s:,.0f}",
        "CPU s of the client per 100,000 rows": f"{cpu_s / written * 1e5:.1f}",
    }
    rng = random.Random(5)
    for what, ask in _questions(catalog, frames, rng).items():
        say(f"{name}: {what}")
        times_ms = []
        for _ in range(QUERIES):
            began_s = time.perf_counter()
            await ask()
            times_ms.append((time.perf_counter() - began_s) * 1000)
        figures[f"{what}: median, p99 ms"] = f"{quantile(times_ms, 0.5):.1f}, {quantile(times_ms, 0.99):.1f}"
    return figures


def _questions(catalog: Catalog, frames: int, rng: random.Random) -> dict[str, Callable[[], Awaitable[None]]]:
    def some() -> FrameRow:
        return frame(rng.randrange(frames))

    async def by_id() -> None:
        assert await catalog.frame(some().frame_id) is not None

    async def by_camera() -> None:
        row = some()
        assert await _first(catalog.frames_of_camera(row.camera_id, row.at_us, row.at_us + 60_000_000))

    async def by_tag() -> None:
        row = some()
        assert await _first(catalog.frames_with_tag(row.tags[0], row.day))

    async def by_window() -> None:
        assert await _first(catalog.decisions(f"default/0/{rng.randrange(frames) // WINDOW_FRAMES}"))

    return {
        "a frame by its id": by_id,
        "a camera from a time on": by_camera,
        "a tag on a day": by_tag,
        "a window, whole": by_window,
    }


async def _first(rows: Any) -> int:
    """Read the first rows and leave; return how many there were."""
    count = 0
    async with aclosing(rows):
        async for _ in rows:
            count += 1
            if count == SHOWN:
                break
    return count
