"""What a question to the catalog takes at ten million rows, beside one SELECT of its rows by the driver."""

from __future__ import annotations

import asyncio
import gc
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from app.stores.catalog import Catalog
from app.stores.cql_session import CqlSession, access_of
from app.stores.cql_tables import hour_of
from app.stores.open import open_catalog
from app.stores.rows import FrameRow
from ops.bench.arithmetic import quantile
from ops.bench.catalog_rows import ROWS_PER_FRAME, SEGMENT_FRAMES, WINDOW_FRAMES, decision, frame
from ops.bench.catalogs import Say, cpu_of, running
from ops.bench.report import Section
from ops.bench.sstables import CACHED, READS_THEM, put_into, written
from ops.stack import cassandra

WARM_UP, AT_ONCE = 3_000, 8
"""Questions along each path before any counts, so many at once: until a Java has compiled what it runs, and has done
compiling, a question costs its server three times as much.
"""
QUERIES, BLOCK, SHOWN = 2_000, 50, 20

Question = Callable[[FrameRow], Awaitable[None]]
BareQuestion = Callable[[int], Callable[[], None]]
"""What asks for the frame of a number, its values ready."""
Bare = tuple[str, Callable[[FrameRow, int], dict[str, Any]]]
"""A statement, and its values for a frame of that number."""


async def catalog_queries(folder: Path, frames: int, say: Say) -> Section:
    """Fill a Cassandra with the rows of so many frames, then ask along each path of its partition keys."""
    home = cassandra.resolve()
    made = await asyncio.to_thread(written, home, frames, say)
    title = f"Catalog in Cassandra at {ROWS_PER_FRAME * frames:,} rows: {QUERIES} questions one after another"
    columns = (
        "what", "median ms", "p99 ms", "one SELECT: median ms", "p99 ms", "median to it", "client's CPU ms", "server's",
    )  # fmt: skip
    section = Section("catalog queries", title, columns)
    flags = (*cassandra.STEADY, *READS_THEM, *CACHED)
    async with running(folder, flags) as (server, chosen):
        await asyncio.to_thread(server.stop)
        put_into(server.folder / "data", chosen.cql_keyspace, made)
        await asyncio.to_thread(server.start, home, flags=flags)
        session = await asyncio.to_thread(CqlSession, access_of(chosen), chosen.cql_keyspace)
        try:
            async with open_catalog(chosen) as catalog:
                await _as_generated(catalog, frames)
                paths = {what: (ask, _asker(session, bare)) for what, (ask, bare) in _paths(catalog).items()}
                gc.collect()
                gc.freeze()  # as in a worker: else one question of 100 meets a full collection, 90 ms of the client
                say("catalog queries: warming up")
                await _warm_up(paths, frames)
                for what, (ask, ask_bare) in paths.items():
                    say(f"catalog queries: {what}")
                    _add(section, what, await _asked(ask, ask_bare, frames, server.process()))
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


@dataclass(slots=True)
class Asked:
    """What questions took, one after another: ours, or one SELECT each by the bare driver."""

    ms: list[float] = field(default_factory=list)
    client_s: float = 0.0
    server_s: float = 0.0

    @property
    def figures(self) -> dict[str, float]:
        """Return what is written down."""
        return {
            "median_ms": quantile(self.ms, 0.5), "p99_ms": quantile(self.ms, 0.99), "greatest_ms": max(self.ms),
            "client_cpu_ms": self.client_s / len(self.ms) * 1000, "server_cpu_ms": self.server_s / len(self.ms) * 1000,
        }  # fmt: skip


def _add(section: Section, what: str, asked: tuple[Asked, Asked]) -> None:
    ours, bare = (one.figures for one in asked)
    shown = (ours["median_ms"], ours["p99_ms"], bare["median_ms"], bare["p99_ms"])
    ratio = ours["median_ms"] / bare["median_ms"]
    section.rows.append(
        (what, *(f"{value:.1f}" for value in (*shown, ratio, ours["client_cpu_ms"], ours["server_cpu_ms"])))
    )
    section.figures[what] = {**ours, **{f"bare_{name}": value for name, value in bare.items()}}


async def _warm_up(paths: Mapping[str, tuple[Question, BareQuestion]], frames: int) -> None:
    rng = random.Random(3)
    for _ in range(WARM_UP // AT_ONCE):
        for ask, ask_bare in paths.values():
            await asyncio.gather(*(ask(frame(rng.randrange(frames))) for _ in range(AT_ONCE)))
            ask_bare(rng.randrange(frames))()


async def _asked(
    ask: Question, ask_bare: BareQuestion, frames: int, server: psutil.Process | None
) -> tuple[Asked, Asked]:
    """Ask by turns, each time for another frame: what other processes take from the machine, they take from both."""
    rng = random.Random(5)
    ours, bare = Asked(), Asked()
    for _ in range(QUERIES // BLOCK):
        rows = [frame(rng.randrange(frames)) for _ in range(BLOCK)]
        others = [ask_bare(rng.randrange(frames)) for _ in range(BLOCK)]
        with _metered(ours, server):
            for row in rows:
                began_s = time.perf_counter()
                await ask(row)
                ours.ms.append((time.perf_counter() - began_s) * 1000)
        with _metered(bare, server):
            for other in others:
                began_s = time.perf_counter()
                other()
                bare.ms.append((time.perf_counter() - began_s) * 1000)
    return ours, bare


@contextmanager
def _metered(asked: Asked, server: psutil.Process | None) -> Iterator[None]:
    client_s, server_s = time.process_time(), cpu_of(server)
    yield
    asked.client_s += time.process_time() - client_s
    asked.server_s += cpu_of(server) - server_s


def _asker(session: CqlSession, bare: Bare) -> BareQuestion:
    statement, values = bare
    prepared = session.prepare(statement)

    def asking(number: int) -> Callable[[], None]:
        asked = values(frame(number), number)

        def ask() -> None:
            assert session.ask(prepared, asked)

        return ask

    return asking


def _paths(catalog: Catalog) -> dict[str, tuple[Question, Bare]]:
    async def by_id(row: FrameRow) -> None:
        assert await catalog.frame(row.frame_id) is not None

    async def by_camera(row: FrameRow) -> None:
        assert await _first(catalog.frames_of_camera(row.camera_id, row.at_us, row.at_us + 60_000_000), SHOWN)

    async def by_tag(row: FrameRow) -> None:
        assert await _first(catalog.frames_with_tag(row.tags[0], row.day), SHOWN)

    async def by_window(row: FrameRow) -> None:
        assert await _first(catalog.decisions(_window(row.version)), WINDOW_FRAMES)

    frames, decisions = "frame_id, seen", "frame_id, decided"
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
