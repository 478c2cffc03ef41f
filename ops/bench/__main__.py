"""`make bench`: measures everything, or the sections that are named, and writes tables and JSON.

python -m ops.bench [SECTION…] [--quick] [--json FILE]
"""

from __future__ import annotations

import asyncio
import logging
import shlex
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from subprocess import SubprocessError
from typing import Annotated

import typer
from aiokafka.errors import KafkaError
from rich.console import Console

from app.errors import OperatorError
from app.settings import settings
from ops.bench.catalog_queries import catalog_queries
from ops.bench.catalogs import catalogs
from ops.bench.end_to_end import end_to_end
from ops.bench.engines import engines, kills
from ops.bench.footage import footage
from ops.bench.latency import latency
from ops.bench.memory import memory
from ops.bench.object_stores import object_stores
from ops.bench.report import Section, machine, show, write_json
from ops.bench.sampling import sampling
from ops.bench.state import recovery, successor
from ops.broker.cluster import Cluster


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured."""

    rounds: int
    sizes: Mapping[int, int]
    """Frames per record -> records."""
    killed_records: int
    cameras: int
    state_bytes: int
    backlog_bytes: int
    backlog_s: float
    latency_segments: int
    catalog_frames: int
    queried_frames: int
    """Each is eight rows of the catalog's tables."""
    objects: int


FULL = Extent(
    3, {1: 40_000, 10: 8_000, 50: 2_000}, 40_000, 16, 200_000_000, 500_000_000, 60.0, 200, 25_000, 1_250_000, 300
)
QUICK = Extent(
    1, {1: 20_000, 10: 4_000, 50: 2_000}, 20_000, 4, 200_000_000, 500_000_000, 20.0, 60, 10_000, 100_000, 100
)
LATENCY_PER_S = 2.0

Measure = Callable[[str, Path, Extent, Callable[[str], None]], Awaitable[list[Section]]]


async def _pipeline(bootstrap: str, folder: Path, extent: Extent, say: Callable[[str], None]) -> list[Section]:
    return await end_to_end(bootstrap, folder / "w", footage(folder), extent.cameras, extent.rounds, say)


async def _engines(bootstrap: str, folder: Path, extent: Extent, say: Callable[[str], None]) -> list[Section]:
    return [await engines(bootstrap, folder, dict(extent.sizes), extent.rounds, say)]


async def _kill(bootstrap: str, folder: Path, extent: Extent, say: Callable[[str], None]) -> list[Section]:
    return [await kills(bootstrap, folder, extent.killed_records, say)]


async def _recovery(bootstrap: str, folder: Path, extent: Extent, say: Callable[[str], None]) -> list[Section]:
    return [await recovery(bootstrap, folder, extent.state_bytes, extent.rounds, say)]


async def _successor(bootstrap: str, folder: Path, extent: Extent, say: Callable[[str], None]) -> list[Section]:
    return [await successor(bootstrap, folder, extent.rounds, say)]


async def _memory(bootstrap: str, folder: Path, extent: Extent, say: Callable[[str], None]) -> list[Section]:
    return [await memory(bootstrap, folder / "w", footage(folder), extent.backlog_bytes, extent.backlog_s, say)]


async def _latency(bootstrap: str, folder: Path, extent: Extent, say: Callable[[str], None]) -> list[Section]:
    return [await latency(bootstrap, folder / "w", footage(folder), extent.latency_segments, LATENCY_PER_S, say)]


async def _catalog(_: str, folder: Path, extent: Extent, say: Callable[[str], None]) -> list[Section]:
    return [await catalogs(folder / "catalogs", extent.catalog_frames, say)]


async def _queries(_: str, folder: Path, extent: Extent, say: Callable[[str], None]) -> list[Section]:
    return [await catalog_queries(folder / "queries", extent.queried_frames, say)]


async def _media(_: str, folder: Path, extent: Extent, say: Callable[[str], None]) -> list[Section]:
    return [sampling(footage(folder).files, extent.rounds, say)]


async def _objects(_: str, folder: Path, extent: Extent, say: Callable[[str], None]) -> list[Section]:
    return await object_stores(folder, extent.objects, extent.rounds, say)


SECTIONS: Mapping[str, Measure] = {
    "pipeline": _pipeline, "engines": _engines, "kill": _kill, "recovery": _recovery, "successor": _successor,
    "memory": _memory, "latency": _latency, "media": _media, "catalog": _catalog,
    "queries": _queries, "objects": _objects,
}  # fmt: skip


def main(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[SECTION]…", help=f"Of {', '.join(SECTIONS)}; all if none.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="One small round of each: about ten minutes.")] = False,
    file: Annotated[Path | None, typer.Option("--json", help="Where the figures go; default HOME/bench.json.")] = None,
) -> None:
    """Measure speed as ratios within one run, on a broker of its own."""
    chosen = names or list(SECTIONS)
    if strange := [name for name in chosen if name not in SECTIONS]:
        raise typer.BadParameter(f"{', '.join(strange)}: choose from {', '.join(SECTIONS)}")
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # a topic just made has no leader for a moment
    console = Console()
    extent = QUICK if quick else FULL
    done: list[Section] = []
    for name in chosen:
        try:
            sections = _measured(name, extent, console)
        except (RuntimeError, OperatorError, KafkaError, SubprocessError) as error:
            console.print(f"[red]{name}: {error}[/red]", highlight=False)
            sections = [Section(name, name, ("failed",), [(str(error),)], {"error": str(error)}, "it did not run")]
        for section in sections:
            show(section, console)
        done += sections
    target = file or settings().home / "bench.json"
    write_json(target, done, shlex.join(["python", "-m", "ops.bench", *sys.argv[1:]]))
    console.print(f"{machine()}\nwritten to {target}", highlight=False)
    if any("error" in section.figures for section in done):
        raise typer.Exit(1)


def _measured(name: str, extent: Extent, console: Console) -> list[Section]:
    """Measure one section on a fresh broker in a folder that goes with it."""
    with tempfile.TemporaryDirectory(prefix="roadsieve-bench-") as scratch, console.status(name) as status:
        cluster = Cluster.start(Path(scratch) / "kafka")
        try:
            measure = SECTIONS[name](cluster.bootstrap, Path(scratch), extent, status.update)
            return asyncio.run(_awaited(measure))
        finally:
            cluster.kill()


async def _awaited(measure: Awaitable[list[Section]]) -> list[Section]:
    return await measure


if __name__ == "__main__":
    typer.run(main)
