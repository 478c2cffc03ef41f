"""Reads our own records back: the topic segments.extracted of a running cluster, or the rows of a catalog."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from app.errors import OperatorError
from app.evaluation.labels import DEFAULT_WH
from app.settings import Settings
from app.stores.catalog import Catalog
from app.stores.open import open_catalog, open_registry
from app.stores.rows import DecisionRow, FrameRow, SegmentRow
from app.stores.sqlite import SqliteCatalog
from app.topics import SEGMENTS_EXTRACTED
from app.watch.follow import open_reader
from app.wire.framing import open_wire
from schemas.records import Candidate, SeenFrame, SegmentExtracted, SegmentFacts

TOPIC_PREFIX = "topic:"
CATALOG = "catalog:"
"""The catalog that the settings name."""
CATALOG_SUFFIXES = (".sqlite", ".db")


def read_topic(name: str, settings: Settings) -> list[SegmentExtracted]:
    """Return every segment of the topic segments.extracted, partition by partition in log order.

    Raises OperatorError for another topic, InfrastructureError when the broker does not answer.
    """
    if name != SEGMENTS_EXTRACTED.name:
        raise OperatorError(f"topic {name}", "only candidates can be decided again", f"name {SEGMENTS_EXTRACTED.name}")
    return asyncio.run(_read_topic(settings))


async def _read_topic(settings: Settings) -> list[SegmentExtracted]:
    async with open_registry(settings) as registry:
        wire = await open_wire(registry, [SEGMENTS_EXTRACTED])
    decode = wire.decoder(SEGMENTS_EXTRACTED)
    found: dict[int, list[SegmentExtracted]] = {}
    async with open_reader(settings) as reader:
        async for record in reader.read_to_end(SEGMENTS_EXTRACTED.name):
            value = decode(record.value or b"")
            if isinstance(value, SegmentExtracted):
                found.setdefault(record.partition, []).append(value)
    return [segment for _, segments in sorted(found.items()) for segment in segments]


def read_catalog(path: Path | None, settings: Settings, still_bytes_per_px: float) -> list[SegmentExtracted]:
    """Return every segment of a catalog, in the order of capture; None is the catalog that the settings name.

    A catalog holds no embeddings and no sizes of pictures: what a still was charged tells how many pixels it has.
    Raises OperatorError where there is no such file.
    """
    if path is not None and not path.is_file():
        raise OperatorError(f"catalog {path}", "there is no such file", "name the catalog's file")
    opened = open_catalog(settings) if path is None else _open_file(path, settings)
    return asyncio.run(_read_catalog(opened, still_bytes_per_px))


@asynccontextmanager
async def _open_file(path: Path, settings: Settings) -> AsyncIterator[Catalog]:
    catalog = SqliteCatalog(path, settings.store_wait_s)
    try:
        yield catalog
    finally:
        await catalog.close()


async def _read_catalog(
    opened: AbstractAsyncContextManager[Catalog], still_bytes_per_px: float
) -> list[SegmentExtracted]:
    frames: dict[str, list[FrameRow]] = {}
    async with opened as catalog:
        async for frame in catalog.scan(FrameRow):
            frames.setdefault(frame.segment_id, []).append(frame)
        charged = {one.frame_id: one.cost_bytes async for one in catalog.scan(DecisionRow) if one.cost_bytes}
        segments = [row async for row in catalog.scan(SegmentRow)]
    with_video = {row.policy_hash for row in segments if row.video_key}
    extracted = []
    for row in sorted(segments, key=lambda row: (row.recorded_at_us, row.segment_id)):
        theirs = sorted(frames.get(row.segment_id, ()), key=lambda one: one.frame_index)
        video_bytes = row.source_bytes if row.policy_hash in with_video else 0
        costs = [charged[one.frame_id] for one in theirs if one.frame_id in charged]
        stills = [cost - video_bytes if cost > video_bytes else cost for cost in costs]
        area_px = round(min(stills) / still_bytes_per_px) if stills else DEFAULT_WH[0] * DEFAULT_WH[1]
        extracted.append(_segment(row, theirs, area_px))
    return extracted


def _segment(row: SegmentRow, frames: list[FrameRow], area_px: int) -> SegmentExtracted:
    facts = SegmentFacts(
        segment_id=row.segment_id, camera_id=row.camera_id, archive=row.archive, clip_id=row.clip_id,
        clip_name=row.clip_name, sequence=0, recorded_at_us=row.recorded_at_us, time_source="unknown",
        ingested_at_us=row.recorded_at_us, clip_offset_us=0, duration_us=row.duration_us, frame_count=row.frames,
        codec="", container="", width_px=area_px, height_px=1, rotation_deg=0, positions=(),
    )  # fmt: skip
    candidates = tuple(
        Candidate(
            SeenFrame(one.frame_index, one.at_us, one.objects, one.attributes, one.measures, 0, b""),
            one.keyframe,
            one.duplicate_of,
            0.0,
        )
        for one in frames
    )
    return SegmentExtracted(facts, "", row.source_bytes, candidates)
