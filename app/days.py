"""What one camera showed on one day, as absolute figures: pure addition of one archived segment."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from app.errors import MalformedRecord
from schemas.records import DayState, SegmentArchived, SegmentFacts

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def day_of(at_us: int) -> str:
    """Return the day of a time, UTC, as YYYY-MM-DD; raises MalformedRecord for a time that no calendar has."""
    try:
        return (EPOCH + timedelta(microseconds=at_us)).date().isoformat()
    except OverflowError as error:
        raise MalformedRecord(
            f"a capture time of {at_us} µs",
            "it lies outside the years 1 to 9999",
            "correct the producer's clock or unit",
        ) from error


def day_key(facts: SegmentFacts) -> str:
    """Return the row key of the camera's day on which the segment began."""
    return f"{day_of(facts.recorded_at_us)}/{facts.camera_id}"


def add_segment(day: DayState | None, segment: SegmentArchived) -> DayState:
    """Return the day's figures with one more segment; a day not seen yet begins at zero."""
    facts, frames = segment.facts, segment.frames
    before = day or DayState(facts.camera_id, day_of(facts.recorded_at_us), 0, 0, 0, 0, 0, 0, 0, 0, {})
    objects = Counter(before.objects)
    for decision in frames:
        objects.update(found.label for found in decision.frame.objects)
    bytes_kept = segment.video_bytes + sum(still.size_bytes for still in segment.stills)
    return DayState(
        camera_id=before.camera_id,
        day=before.day,
        segments=before.segments + 1,
        segments_kept=before.segments_kept + (1 if bytes_kept else 0),
        frames=before.frames + len(frames),
        frames_kept=before.frames_kept + sum(decision.kept for decision in frames),
        duplicates=before.duplicates + sum(bool(decision.duplicate_of) for decision in frames),
        keyframes=before.keyframes + sum(decision.keyframe for decision in frames),
        bytes_seen=before.bytes_seen + segment.source_bytes,
        bytes_kept=before.bytes_kept + bytes_kept,
        objects=dict(sorted(objects.items())),
    )
