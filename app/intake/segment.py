"""A cut of coded video becomes the record that is sent; pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from hashlib import blake2b

from app.intake.clip import Clip
from app.media.facts import CodedSegment
from app.place.interpolate import FIX_LIMITS, FixLimits
from schemas.records import Position, SegmentFacts, SegmentRecorded


def record_of(clip: Clip, cut: CodedSegment, archive: str, ingested_at_us: int) -> SegmentRecorded:
    """Return the record of one segment of a clip."""
    begin_us = clip.start.at_us + cut.clip_offset_us
    return SegmentRecorded(
        facts=SegmentFacts(
            segment_id=segment_id(clip.clip_id, cut.sequence, cut.video),
            camera_id=clip.camera_id,
            archive=archive,
            clip_id=clip.clip_id,
            clip_name=clip.name,
            sequence=cut.sequence,
            recorded_at_us=begin_us,
            time_source=clip.start.source,
            ingested_at_us=ingested_at_us,
            clip_offset_us=cut.clip_offset_us,
            duration_us=cut.duration_us,
            frame_count=cut.frame_count,
            codec=cut.codec,
            container=cut.container,
            width_px=cut.width_px,
            height_px=cut.height_px,
            rotation_deg=cut.rotation_deg,
            positions=positions_during(clip.positions, begin_us, begin_us + cut.duration_us),
        ),
        video=cut.video,
    )


def segment_id(clip_id: str, sequence: int, video: bytes) -> str:
    """Return the identity of a segment: blake2b of the clip's id, the sequence (4 bytes, big endian) and the video."""
    content = blake2b(bytes.fromhex(clip_id), digest_size=16)
    content.update(sequence.to_bytes(4, "big"))
    content.update(video)
    return content.hexdigest()


def positions_during(
    positions: Sequence[Position], begin_us: int, end_us: int, limits: FixLimits = FIX_LIMITS
) -> tuple[Position, ...]:
    """Return the fixes of a span with one neighbour on each side, so that every moment of it can be interpolated."""
    first = bisect_left(positions, begin_us, key=_at_us)
    last = bisect_right(positions, end_us, key=_at_us)
    if first > 0 and begin_us - positions[first - 1].at_us <= limits.gap_us:
        first -= 1
    if last < len(positions) and positions[last].at_us - end_us <= limits.gap_us:
        last += 1
    return tuple(positions[first:last])


def _at_us(fix: Position) -> int:
    return fix.at_us
