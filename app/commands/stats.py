"""`roadsieve stats`: what each archive saw and kept, how far each stage is, and the days of the catalog."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Annotated

import typer

from app.commands.archive_table import archive_view
from app.commands.screen import amount_of_bytes, as_json, count, out, share, table
from app.settings import Settings, settings
from app.stores.open import open_catalog, open_registry
from app.stores.rows import CameraDayRow
from app.topics import ARCHIVE_DISTRIBUTION
from app.watch.archives import archives_now
from app.watch.follow import open_reader
from app.watch.positions import StagePosition, positions
from app.wire.framing import open_wire
from schemas.records import ArchiveDistribution


@dataclass(frozen=True, slots=True)
class Statistics:
    """All that `stats` shows."""

    archives: dict[str, ArchiveDistribution]
    stages: Sequence[StagePosition]
    days: Sequence[CameraDayRow]


async def statistics(camera: str | None = None) -> Statistics:
    """Ask Kafka and the catalog."""
    current = settings()
    async with open_reader(current) as reader:
        async with open_registry(current) as registry:
            wire = await open_wire(registry, [ARCHIVE_DISTRIBUTION])
        stages = await positions(reader)
        archives = await archives_now(reader, wire)
    return Statistics(archives, stages, await camera_days(current, camera))


async def camera_days(current: Settings, camera: str | None) -> Sequence[CameraDayRow]:
    """Return the days of every camera, or of one, which reads no other's rows; none where there is no catalog yet."""
    if not (current.cql_hosts or current.path_of_catalog().exists()):
        return []
    async with open_catalog(current) as catalog:
        rows = catalog.scan(CameraDayRow) if camera is None else catalog.days_of_camera(camera)
        return sorted([row async for row in rows], key=lambda row: (row.camera_id, row.day))


def stats(
    camera: Annotated[str | None, typer.Option(help="Show the days of this camera only.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Write JSON for scripts.")] = False,
) -> None:
    """Show what each archive saw and kept, with entropies and bytes, each stage's lag, and each camera's days.

    Example: [bold]roadsieve stats --json | jq '.stages[] | select(.lag > 0)'[/bold]
    """
    found = asyncio.run(statistics(camera))
    if json:
        as_json(
            {
                "archives": {name: asdict(archive) for name, archive in found.archives.items()},
                "stages": [asdict(stage) | {"lag": stage.lag} for stage in found.stages],
                "days": [asdict(day) for day in found.days],
            }
        )
        return
    for archive in found.archives.values():
        out.print(archive_view(archive))
    if not found.archives:
        out.print("No archive yet: no window has been decided.")
    _show_stages(found.stages)
    if found.days:
        _show_days(found.days)


def _show_stages(stages: Sequence[StagePosition]) -> None:
    shown = table("stage", "reads", "read up to", "lag", right=["read up to", "lag"])
    for stage in stages:
        lag = count(stage.lag)
        shown.add_row(
            stage.stage, stage.topic, count(sum(stage.done.values())), f"[yellow]{lag}[/]" if stage.lag else lag
        )
    out.print(shown)


def _show_days(days: Sequence[CameraDayRow], most: int = 20) -> None:
    shown = table("camera", "day", "segments", "frames", "kept", "duplicates", "bytes kept", "share",
                  right=["day", "segments", "frames", "kept", "duplicates", "bytes kept", "share"])  # fmt: skip
    for day in sorted(days, key=lambda row: (row.day, row.camera_id))[-most:]:
        shown.add_row(
            day.camera_id, day.day, count(day.segments), count(day.frames), count(day.frames_kept),
            count(day.duplicates), amount_of_bytes(day.bytes_kept), share(day.bytes_kept, day.bytes_seen),
        )  # fmt: skip
    out.print(shown)
    if len(days) > most:
        out.print(f"[dim]the last {most} of {count(len(days))} camera days; --json has all[/]")
