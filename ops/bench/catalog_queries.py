"""What a question to the catalog takes at ten million rows, beside the least its driver does: one row by its key."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

from app.stores.catalog import Catalog
from app.stores.cql_session import CqlSession, access_of
from app.stores.open import open_catalog
from app.stores.rows import FrameRow
from ops.bench.arithmetic import quantile
from ops.bench.catalog_rows import ROWS_PER_FRAME, WINDOW_FRAMES, decision, frame
from ops.bench.catalogs import Say, running
from ops.bench.report import Section
from ops.bench.sstables import READS_THEM, put_into, written
from ops.stack import cassandra

WARM_UP, QUERIES, SHOWN = 300, 500, 20
BARE = "a bare SELECT of one row"

Question = Callable[[], Awaitable[None]]


async def catalog_queries(folder: Path, frames: int, say: Say) -> Section:
    """Fill a Cassandra with the rows of so many frames, then ask along each path of its partition keys."""
    home = cassandra.resolve()
    made = await asyncio.to_thread(written, home, frames, say)
    title = f"Catalog in Cassandra at {ROWS_PER_FRAME * frames:,} rows: {QUERIES} questions one after another"
    section = Section("catalog queries", title, ("what", "median ms", "p99 ms", f"median to {BARE}"))
    flags = (*cassandra.STEADY, *READS_THEM)
    async with running(folder, flags) as (server, chosen):
        await asyncio.to_thread(server.stop)
        put_into(server.folder / "data", chosen.cql_keyspace, made)
        await asyncio.to_thread(server.start, home, flags=flags)
        session = await asyncio.to_thread(CqlSession, access_of(chosen), chosen.cql_keyspace)
        try:
            async with open_catalog(chosen) as catalog:
                await _as_generated(catalog, frames)
                times_ms = {what: await _times_ms(ask, what, say) for what, ask in _paths(catalog, session, frames)}
        finally:
            await asyncio.to_thread(session.close)
    bare_ms = quantile(times_ms[BARE], 0.5)
    for what, taken in times_ms.items():
        median_ms, p99_ms = quantile(taken, 0.5), quantile(taken, 0.99)
        section.rows.append((what, f"{median_ms:.1f}", f"{p99_ms:.1f}", f"{median_ms / bare_ms:.1f}"))
        section.figures[what] = {"median_ms": median_ms, "p99_ms": p99_ms, "to_bare": median_ms / bare_ms}
    section.limits = "one node on the cores of the client; what is read is in the memory of the machine."
    return section


async def _as_generated(catalog: Catalog, frames: int) -> None:
    """Raise unless what lies there is what was to be written: two programs made it."""
    for number in (0, frames // 3, frames - 1):
        row = frame(number)
        if await catalog.frame(row.frame_id) != row:
            raise RuntimeError(f"frame {number} is not there as it was to be made")
        found = [one async for one in catalog.decisions(f"default/0/{number // WINDOW_FRAMES}")]
        if decision(row, number) not in found:
            raise RuntimeError(f"the decision of frame {number} is not there as it was to be made")


async def _times_ms(ask: Question, what: str, say: Say) -> list[float]:
    say(f"catalog queries: {what}")
    for _ in range(WARM_UP):
        await ask()
    times_ms = []
    for _ in range(QUERIES):
        began_s = time.perf_counter()
        await ask()
        times_ms.append((time.perf_counter() - began_s) * 1000)
    return times_ms


def _paths(catalog: Catalog, session: CqlSession, frames: int) -> list[tuple[str, Question]]:
    rng = random.Random(5)

    def some() -> FrameRow:
        return frame(rng.randrange(frames))

    async def bare() -> None:
        assert session.ask("SELECT frame_id FROM frames WHERE frame_id = %s", [some().frame_id])

    async def by_id() -> None:
        assert await catalog.frame(some().frame_id) is not None

    async def by_camera() -> None:
        row = some()
        assert await _first(catalog.frames_of_camera(row.camera_id, row.at_us, row.at_us + 60_000_000), SHOWN)

    async def by_tag() -> None:
        row = some()
        assert await _first(catalog.frames_with_tag(row.tags[0], row.day), SHOWN)

    async def first_by_tag() -> None:
        row = some()
        assert await _first(catalog.frames_with_tag(row.tags[0], row.day), 1)

    async def by_window() -> None:
        assert await _first(catalog.decisions(f"default/0/{rng.randrange(frames) // WINDOW_FRAMES}"), WINDOW_FRAMES)

    return [
        (BARE, bare), ("a frame by its id", by_id), (f"{SHOWN} frames of a camera from a time on", by_camera),
        (f"{SHOWN} frames of a tag on a day", by_tag), ("the first frame of a tag on a day", first_by_tag),
        (f"a window, whole: {WINDOW_FRAMES} decisions", by_window),
    ]  # fmt: skip


async def _first(rows: AsyncIterator[Any], most: int) -> int:
    """Read the first rows and leave; return how many there were."""
    count = 0
    async with aclosing(rows):  # type: ignore[type-var]  # each is a generator
        async for _ in rows:
            count += 1
            if count == most:
                break
    return count
