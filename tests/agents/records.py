"""Segments for the stages' tests: one rendered clip, cut once, with what later stages would say of it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from app.intake.segment import record_of
from app.media.cut import cut
from app.stores.keys import temporary_key
from schemas.records import (
    FrameDecision,
    SeenFrame,
    SeenObject,
    SegmentDecided,
    SegmentRecorded,
    SegmentStored,
)
from tests.e2e.feed import EPOCH_US, clip_of, render


@cache
def recorded() -> tuple[SegmentRecorded, ...]:
    """Return the segments of a clip of four seconds, one each."""
    with TemporaryDirectory() as folder:
        path = render(Path(folder) / "clip.mp4", seed=3, seconds=4)
        return tuple(record_of(clip_of(path, 0), one, "default", EPOCH_US) for one in cut(path, max_ms=1000))


def stored(segment: SegmentRecorded) -> SegmentStored:
    """Return what the porter says of a segment."""
    return SegmentStored(segment.facts, temporary_key(segment.facts), len(segment.video))


def seen(index: int, at_us: int, *labels: str) -> SeenFrame:
    """Return a frame with these objects in it."""
    objects = tuple(SeenObject(label, 0.9, 1.0, 2.0, 3.0, 4.0) for label in labels)
    return SeenFrame(index, at_us, objects, {"timeofday": "daytime", "weather": "unknown"}, {}, index * 997, b"")


def decided(segment: SegmentRecorded, kept: tuple[int, ...], keep_video: bool = False) -> SegmentDecided:
    """Return a decision that keeps the frames of these indices, of 0 and 5."""
    frames = tuple(
        FrameDecision(seen(index, segment.facts.recorded_at_us, "car"), True, index in kept, 0.5, 0, ("why",), "", 9000)
        for index in (0, 5)
    )
    key, size = temporary_key(segment.facts), len(segment.video)
    return SegmentDecided(segment.facts, key, size, "default/0/0", "hash", keep_video, frames)
