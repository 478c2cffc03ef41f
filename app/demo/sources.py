"""Pictures of frames out of the video files that they came from: read, cut and decoded again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from app.errors import RoadsieveError
from app.intake.layout import discover
from app.intake.listing import list_files
from app.intake.survey import content_id
from app.media.cut import cut
from app.media.still import stills
from app.topics import SEGMENT_MAX_BYTES
from schemas.records import SegmentFacts

Frame = tuple[str, int]
"""Segment id and index in the segment."""


def pictures(paths: Sequence[Path], wanted: Iterable[tuple[SegmentFacts, int]], quality: int) -> Mapping[Frame, bytes]:
    """Return the JPEG of each frame that is wanted, as a still of it would be.

    A file is known by name and content, not by its path. What is not there any more, or does not decode, is left out.
    """
    by_clip: dict[str, dict[int, tuple[SegmentFacts, list[int]]]] = {}
    for facts, index in wanted:
        by_clip.setdefault(facts.clip_id, {}).setdefault(facts.sequence, (facts, []))[1].append(index)
    names = {facts.clip_name for segments in by_clip.values() for facts, _ in segments.values()}
    listing = list_files(paths)
    found: dict[Frame, bytes] = {}
    for recording in discover(listing.files, listing.named):
        if recording.path.name in names:
            with suppress(OSError, RoadsieveError):
                found |= _of_file(recording.path, by_clip.pop(content_id(recording.path), {}), quality)
    return found


def _of_file(
    path: Path, segments: Mapping[int, tuple[SegmentFacts, Sequence[int]]], quality: int
) -> Mapping[Frame, bytes]:
    found: dict[Frame, bytes] = {}
    last = max(segments, default=-1)
    for coded in cut(path, max_bytes=SEGMENT_MAX_BYTES) if segments else ():
        if coded.sequence in segments:
            facts, indices = segments[coded.sequence]
            with suppress(RoadsieveError):
                jpegs = stills(coded.video, indices, quality, what=f"segment {facts.segment_id} of {facts.clip_name}")
                found |= {(facts.segment_id, index): jpeg for index, jpeg in zip(indices, jpegs, strict=True)}
        if coded.sequence >= last:
            break
    return found
