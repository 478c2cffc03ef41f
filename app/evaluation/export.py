"""Reads our own records back: the topic segments.extracted of a running cluster, or the rows of a catalog."""

from __future__ import annotations

import asyncio
from pathlib import Path

from app.errors import OperatorError
from app.settings import Settings
from app.stores.open import open_registry
from app.stores.rows import FrameRow, SegmentRow
from app.stores.sqlite import SqliteCatalog
from app.topics import SEGMENTS_EXTRACTED
from app.watch.follow import open_reader
from app.wire.framing import open_wire
from schemas.records import Candidate, SeenFrame, SegmentExtracted, SegmentFacts

TOPIC_PREFIX = "topic:"
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


def read_catalog(path: Path, settings: Settings) -> list[SegmentExtracted]:
    """Return every segment of a catalog, in the order of capture; embeddings are not in a catalog."""
    return asyncio.run(_read_catalog(path, settings))


async def _read_catalog(path: Path, settings: Settings) -> list[SegmentExtracted]:
    catalog = SqliteCatalog(path, settings.store_wait_s)
    try:
        frames: dict[str, list[FrameRow]] = {}
        async for row in catalog.scan(FrameRow):
            frames.setdefault(row.segment_id, []).append(row)
        segments = [row async for row in catalog.scan(SegmentRow)]
    finally:
        await catalog.close()
    ordered = sorted(segments, key=lambda row: (row.recorded_at_us, row.segment_id))
    return [_segment(row, sorted(frames.get(row.segment_id, ()), key=lambda one: one.frame_index)) for row in ordered]


def _segment(row: SegmentRow, frames: list[FrameRow]) -> SegmentExtracted:
    facts = SegmentFacts(
        segment_id=row.segment_id, camera_id=row.camera_id, archive=row.archive, clip_id=row.clip_id,
        clip_name=row.clip_name, sequence=0, recorded_at_us=row.recorded_at_us, time_source="unknown",
        ingested_at_us=row.recorded_at_us, clip_offset_us=0, duration_us=row.duration_us, frame_count=row.frames,
        codec="", container="", width_px=1280, height_px=720, rotation_deg=0, positions=(),
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
