"""The rows of the catalog. No field is ever null, and each row says by its version which log position it comes from.

A version is the source offset of the record that made the row: the same record makes the same row again, a later
record of the same partition a newer one. Absolute figures only, never increments, so that writing twice changes
nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.records import SeenObject


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """One segment, by segment_id."""

    segment_id: str
    camera_id: str
    archive: str
    clip_id: str
    clip_name: str
    day: str
    recorded_at_us: int
    duration_us: int
    window_id: str
    policy_hash: str
    video_key: str
    """Key of the kept video; empty when it was not kept."""
    video_bytes: int
    source_bytes: int
    frames: int
    frames_kept: int
    version: int


@dataclass(frozen=True, slots=True)
class FrameRow:
    """One sampled frame, by frame_id; also found by camera and time, and by tag and day."""

    frame_id: str
    segment_id: str
    camera_id: str
    archive: str
    day: str
    at_us: int
    frame_index: int
    kept: bool
    keyframe: bool
    duplicate_of: str
    still_key: str
    """Key of its picture; empty when it was not kept."""
    attributes: Mapping[str, str]
    measures: Mapping[str, float]
    objects: tuple[SeenObject, ...]
    tags: tuple[str, ...]
    """What it is found by, as in weather=rainy or objects=train."""
    version: int


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """Why one frame is kept or not, by window, in the window's order of rank."""

    window_id: str
    frame_id: str
    rank: int
    camera_id: str
    archive: str
    at_us: int
    kept: bool
    gain: float
    reasons: tuple[str, ...]
    duplicate_of: str
    cost_bytes: int
    policy_hash: str
    version: int


@dataclass(frozen=True, slots=True)
class CameraDayRow:
    """What one camera showed on one day (UTC), as absolute figures; by camera_id and day."""

    camera_id: str
    day: str
    segments: int
    segments_kept: int
    frames: int
    frames_kept: int
    duplicates: int
    keyframes: int
    bytes_seen: int
    bytes_kept: int
    objects: Mapping[str, int]
    version: int


Row = SegmentRow | FrameRow | DecisionRow | CameraDayRow
