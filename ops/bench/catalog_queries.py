"""What a question to the catalog takes at ten million rows, beside one SELECT of its rows by the driver."""

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
from app.stores.cql_tables import columns_of, hour_of
from app.stores.open import open_catalog
from app.stores.rows import DecisionRow, FrameRow
from ops.bench.arithmetic import quantile
from ops.bench.catalog_rows import ROWS_PER_FRAME, SEGMENT_FRAMES, WINDOW_FRAMES, decision, frame
from ops.bench.catalogs import Say, running
from ops.bench.report import Section
from ops.bench.sstables import READS_THEM, put_into, written
from ops.stack import cassandra

WARM_UP, QUERIES, SHOWN = 300, 500, 20

Question = Callable[[FrameRow], Awaitable[None]]
Bare = tuple[str, Callable[[FrameRow, int], dict[str, Any]]]
"""A statement, and its values for a frame of that number."""


async def catalog_queries(folder: Path, frames: int, say: Say) -> Section:
    """Fill a Cassandra with the rows of so many frames, then ask along each path of its partition keys."""
    home = cassandra.resolve()
    made = await asyncio.to_thread(written, home, frames, say)
    title = f"Catalog in Cassandra at {ROWS_PER_FRAME * frames:,} rows: {QUERIES} questions one after another"
    columns = ("what", "median ms", "p99 ms", "one SELECT: median ms", "p99 ms", "median to it")
    section = Section("catalog queries", title, columns)
    flags = (*cassandra.STEADY, *READS_THEM)
    async with running(folder, flags) as (server, chosen):
        await asyncio.to_thread(server.stop)
        put_into(server.folder / "data", chosen.cql_keyspace, made)
        await asyncio.to_thread(server.start, home, flags=flags)
        session = await asyncio.to_thread(CqlSession, access_of(chosen), chosen.cql_keyspace)
        try:
            async with open_catalog(chosen) as catalog:
                await _as_generated(catalog, frames)
                for what, (ask, bare) in _paths(catalog).items():
                    say(f"catalog queries: {what}")
                    ours_ms, bare_ms = await _times_ms(ask, _asker(session, bare), frames)
                    _add(section, what, ours_ms, bare_ms)
        finally:
            await asyncio.to_thread(session.close)
    section.limits = "one node on the cores of the client; one SELECT is the bare driver's, of as many such rows."
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


def _add(section: Section, what: str, ours_ms: list[float], bare_ms: list[float]) -> None:
    median_ms, p99_ms, least_ms, least_p99_ms = (quantile(ms, q) for ms in (ours_ms, bare_ms) for q in (0.5, 0.99))
    shown = (median_ms, p99_ms, least_ms, least_p99_ms, median_ms / least_ms)
    section.rows.append((what, *(f"{value:.1f}" for value in shown)))
    section.figures[what] = {
        "median_ms": median_ms, "p99_ms": p99_ms, "bare_median_ms": least_ms, "bare_p99_ms": least_p99_ms,
    }  # fmt: skip


async def _times_ms(ask: Question, bare: Callable[[int], None], frames: int) -> tuple[list[float], list[float]]:
    """Ask by turns, each time for another frame: what other processes take from the machine, they take from both."""
    rng = random.Random(5)
    ours_ms, bare_ms = [], []
    for number in range(WARM_UP + QUERIES):
        one, other = frame(rng.randrange(frames)), rng.randrange(frames)
        began_s = time.perf_counter()
        await ask(one)
        between_s = time.perf_counter()
        bare(other)
        ended_s = time.perf_counter()
        if number >= WARM_UP:
            ours_ms.append((between_s - began_s) * 1000)
            bare_ms.append((ended_s - between_s) * 1000)
    return ours_ms, bare_ms


def _asker(session: CqlSession, bare: Bare) -> Callable[[int], None]:
    statement, values = bare
    prepared = session.prepare(statement)

    def ask(number: int) -> None:
        row = frame(number)
        assert session.ask(prepared, values(row, number))

    return ask


def _paths(catalog: Catalog) -> dict[str, tuple[Question, Bare]]:
    async def by_id(row: FrameRow) -> None:
        assert await catalog.frame(row.frame_id) is not None

    async def by_camera(row: FrameRow) -> None:
        assert await _first(catalog.frames_of_camera(row.camera_id, row.at_us, row.at_us + 60_000_000), SHOWN)

    async def by_tag(row: FrameRow) -> None:
        assert await _first(catalog.frames_with_tag(row.tags[0], row.day), SHOWN)

    async def by_window(row: FrameRow) -> None:
        assert await _first(catalog.decisions(_window(row.version)), WINDOW_FRAMES)

    frames, decisions = columns_of(FrameRow), columns_of(DecisionRow)
    of_camera = (
        f"SELECT {frames} FROM frames_by_camera WHERE camera_id = :camera_id AND hour = :hour AND at_us >= :at_us "
        f"LIMIT {SHOWN}"
    )
    return {
        "a frame by its id": (
            by_id, (f"SELECT {frames} FROM frames WHERE frame_id = :id", lambda row, _: {"id": row.frame_id}),
        ),
        f"{SHOWN} frames of a camera from a time on": (
            by_camera,
            (of_camera, lambda row, _: {"camera_id": row.camera_id, "hour": hour_of(row.at_us), "at_us": row.at_us}),
        ),
        f"{SHOWN} frames of a tag on a day": (
            by_tag, (f"SELECT {frames} FROM frames WHERE frame_id IN :ids", lambda _, number: {"ids": _some(number)}),
        ),
        f"a window, whole: {WINDOW_FRAMES} decisions": (
            by_window,
            (f"SELECT {decisions} FROM decisions WHERE window_id = :id", lambda _, number: {"id": _window(number)}),
        ),
    }  # fmt: skip


def _window(number: int) -> str:
    return f"default/0/{number // WINDOW_FRAMES}"


def _some(number: int) -> list[str]:
    """Return frames as a tag's are: of as many cameras."""
    begin = max(0, number - SHOWN * SEGMENT_FRAMES)
    return [frame(begin + step * SEGMENT_FRAMES).frame_id for step in range(SHOWN)]


async def _first(rows: AsyncIterator[Any], most: int) -> int:
    """Read the first rows and leave; return how many there were."""
    count = 0
    async with aclosing(rows):  # type: ignore[type-var]  # each is a generator
        async for _ in rows:
            count += 1
            if count == most:
                break
    return count
