"""Turns labels into segments as the stream carries them: one by one, or expanded to clips of many cameras at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np

from app.evaluation.labels import Label
from schemas.records import SeenFrame, SeenObject, SegmentDetected, SegmentFacts

SEGMENT_FRAMES = 5
"""Frames of a segment in a burst: one second at five samples a second."""
FRAME_US = 200_000
ARCHIVE = "evaluation"


@dataclass(frozen=True, slots=True)
class Shape:
    """How labels become a stream."""

    clip_frames: int = 1
    """1: every label one frame, in the order of the file. More: every label a clip of as many frames."""
    cameras: int = 50
    """Cameras that send at the same time, segment by segment in turn; each takes the next label when its clip ends."""
    seen_ratio: float = 0.6
    """Share of a clip's frames in which a class that is there is seen."""
    invented_ratio: float = 0.005
    """Share of frames in which a class that is not there is seen."""
    seed: int = 0


def segments_of(labels: Sequence[Label], shape: Shape, still_bytes_per_px: float) -> Iterator[SegmentDetected]:
    """Yield the stream; a label's picture counts as many bytes as its still would.

    Labels say nothing of pictures: every frame gets a perceptual hash of its own, so that none is a near-duplicate.
    """
    if shape.clip_frames <= 1:
        for number, label in enumerate(labels):
            yield _segment(label, 0, [label.objects], number * FRAME_US, "labels", still_bytes_per_px)
        return
    classes = sorted({one.label for label in labels for one in label.objects})
    rng = np.random.default_rng(shape.seed)
    waiting = iter(labels)
    cameras: list[tuple[Label, int] | None] = [
        (label, 0) for _, label in zip(range(max(1, shape.cameras)), waiting, strict=False)
    ]
    at_us = 0
    while any(cameras):
        for camera, showing in enumerate(cameras):
            if showing is None:
                continue
            label, first = showing
            count = min(SEGMENT_FRAMES, shape.clip_frames - first)
            objects = [_flicker(label, classes, shape, rng) for _ in range(count)]
            yield _segment(label, first, objects, at_us, f"camera-{camera:03d}", still_bytes_per_px)
            if first + count < shape.clip_frames:
                cameras[camera] = (label, first + count)
            else:
                following = next(waiting, None)
                cameras[camera] = (following, 0) if following is not None else None
        at_us += SEGMENT_FRAMES * FRAME_US


def _flicker(label: Label, classes: list[str], shape: Shape, rng: np.random.Generator) -> tuple[SeenObject, ...]:
    draws = dict(zip(classes, rng.random(len(classes)).tolist(), strict=True))
    there = {one.label for one in label.objects}
    kept = [one for one in label.objects if draws[one.label] < shape.seen_ratio]
    width, height = label.size_wh
    invented = [
        SeenObject(name, 0.5, 0.0, 0.0, width / 8, height / 8)
        for name in classes
        if name not in there and draws[name] < shape.invented_ratio
    ]
    return (*kept, *invented)


def _segment(
    label: Label, first: int, objects: Sequence[tuple[SeenObject, ...]], at_us: int, camera: str, bytes_per_px: float
) -> SegmentDetected:
    width, height = label.size_wh
    segment_id = f"{label.name}/{first:04d}"
    facts = SegmentFacts(
        segment_id=segment_id, camera_id=camera, archive=ARCHIVE, clip_id=label.clip, clip_name=label.name,
        sequence=first // SEGMENT_FRAMES, recorded_at_us=at_us, time_source="unknown", ingested_at_us=at_us,
        clip_offset_us=first * FRAME_US, duration_us=len(objects) * FRAME_US, frame_count=len(objects), codec="",
        container="", width_px=width, height_px=height, rotation_deg=0, positions=(),
    )  # fmt: skip
    frames = tuple(
        SeenFrame(
            frame_index=number,
            at_us=at_us + number * FRAME_US,
            objects=seen,
            attributes=label.attributes,
            measures=label.measures,
            perceptual_hash=_own_hash(f"{segment_id}/{number}"),
            embedding=b"",
        )
        for number, seen in enumerate(objects)
    )
    still_bytes = max(1, round(bytes_per_px * width * height))
    return SegmentDetected(facts, "", still_bytes * len(frames), frames, {})


def _own_hash(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)
