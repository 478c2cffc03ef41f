"""Rows per second into the catalog, and its CPU per segment: SQLite beside Cassandra, the same rows in one run."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
from pydantic import SecretStr

from app.settings import Settings
from app.stores.catalog import Catalog
from app.stores.cql_migrations import migrate
from app.stores.open import open_catalog
from ops.bench.catalog_rows import BATCH_FRAMES, ROWS_PER_FRAME, SEGMENT_FRAMES, batches
from ops.bench.report import Section
from ops.stack import cassandra
from ops.stack.cassandra import Cassandra
from ops.stack.ports import free_ports

Say = Callable[[str], None]
WARM_UP_FRAMES = 2_000
"""Into Cassandra before it is measured: its first rows run through code that is not compiled yet."""


async def catalogs(folder: Path, frames: int, say: Say) -> Section:
    """Write so many frames with their decisions into either catalog."""
    title = f"Catalog: {2 * frames:,} rows, {ROWS_PER_FRAME * frames:,} of Cassandra's tables"
    section = Section("catalog", title, ("what", "SQLite", "Cassandra"))
    found: dict[str, Mapping[str, float]] = {}
    async with open_catalog(Settings(catalog_path=folder / "catalog.sqlite")) as catalog:
        found["SQLite"] = await _written(catalog, frames, "SQLite", say, None)
    async with running(folder) as (server, chosen), open_catalog(chosen) as catalog:
        await _written(catalog, WARM_UP_FRAMES, "Cassandra, to warm up", say, None)
        found["Cassandra"] = await _written(catalog, frames, "Cassandra", say, server.process())
    for what in found["SQLite"]:
        section.rows.append((what, *(f"{found[name][what]:,.1f}" for name in ("SQLite", "Cassandra"))))
    section.figures = dict(found)
    section.limits = "one client process; SQLite: one thread; Cassandra: one node on the cores of the client."
    return section


@asynccontextmanager
async def running(folder: Path, flags: Sequence[str] = cassandra.STEADY) -> AsyncIterator[tuple[Cassandra, Settings]]:
    """Run a Cassandra with memory and a compiler as in earnest; its keyspace is migrated."""
    server = Cassandra(folder / "cassandra", *free_ports(1))
    await asyncio.to_thread(server.start, cassandra.resolve(), flags=flags)
    try:
        chosen = Settings(cql_hosts=server.address, cql_user=cassandra.USER, cql_password=SecretStr(cassandra.PASSWORD))
        await asyncio.to_thread(migrate, chosen)
        yield server, chosen
    finally:
        await asyncio.to_thread(server.kill)


async def _written(
    catalog: Catalog, frames: int, name: str, say: Say, server: psutil.Process | None
) -> Mapping[str, float]:
    cpu_s, wall_s, rows = 0.0, 0.0, 0
    server_s = cpu_of(server)
    for some in batches(frames):
        began_s, before_s = time.perf_counter(), time.process_time()
        await catalog.write(some)
        wall_s += time.perf_counter() - began_s
        cpu_s += time.process_time() - before_s
        rows += len(some)
        if rows % (BATCH_FRAMES * 20) == 0:
            say(f"{name}: {rows:,} rows written")
    segments = frames / SEGMENT_FRAMES
    return {
        "rows/s": rows / wall_s,
        f"client's CPU ms per segment ({SEGMENT_FRAMES} frames)": cpu_s / segments * 1000,
        "server's CPU ms per segment": (cpu_of(server) - server_s) / segments * 1000,
    }


def cpu_of(process: psutil.Process | None) -> float:
    """Return the CPU seconds of a process so far, 0 for none."""
    return 0.0 if process is None else float(sum(process.cpu_times()[:2]))
