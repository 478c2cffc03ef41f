"""The records of every topic, as frozen dataclasses: what the .avsc files beside this one say, field by field. Rows
of state: states.py. Of the plate lake: plates.py.

Times are microseconds UTC, ids lower-case hex of 32 characters; each field's meaning and unit is its `doc` in the
.avsc file. Maps are plain dicts that nobody changes after construction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from schemas.plates import (
    HeardSource,
    LakeFile,
    PlateReading,
    PlatesRead,
    PlatesRecognized,
    PlateTrack,
    PlateWatched,
    ResultRow,
    TextSeen,
    TrackerRow,
    WatchChanged,
    WatchedPlate,
)
from schemas.states import (
    ArchiveState,
    CameraState,
    ClipTally,
    DayState,
    RememberedFrame,
    Sighting,
    UploadRow,
    ValueTally,
)

__all__ = [
    "ArchiveDistribution", "ArchiveState", "ArchivedStill", "CameraState", "Candidate", "ClipTally", "DayState",
    "DeadLetter", "FrameDecision", "HeardSource", "LakeFile", "PlateReading", "PlateTrack", "PlateWatched",
    "PlatesRead", "PlatesRecognized", "PolicyPublished", "Position", "RememberedFrame", "ResultRow", "SeenFrame",
    "SeenObject", "SegmentArchived", "SegmentDecided", "SegmentDetected", "SegmentExtracted", "SegmentFacts",
    "SegmentRecorded", "SegmentStored", "Sighting", "TextSeen", "TimeSource", "TrackerRow", "UploadRow",
    "ValueCount", "ValueTally", "WatchChanged", "WatchedPlate", "WindowMarker",
]  # fmt: skip

TimeSource = Literal["unknown", "info", "container", "file"]


@dataclass(frozen=True, slots=True)
class Position:
    """One fix of the camera's satellite receiver."""

    at_us: int
    latitude_deg: float
    longitude_deg: float
    altitude_m: float | None = None
    speed_mps: float | None = None
    course_deg: float | None = None
    accuracy_m: float | None = None


@dataclass(frozen=True, slots=True)
class SegmentFacts:
    """What is known of a segment before anybody looks at its pictures."""

    segment_id: str
    camera_id: str
    archive: str
    clip_id: str
    clip_name: str
    sequence: int
    recorded_at_us: int
    time_source: TimeSource
    ingested_at_us: int
    clip_offset_us: int
    duration_us: int
    frame_count: int
    codec: str
    container: str
    width_px: int
    height_px: int
    rotation_deg: int
    positions: tuple[Position, ...]


@dataclass(frozen=True, slots=True)
class SegmentRecorded:
    """One segment of coded video as a camera or an upload sent it."""

    facts: SegmentFacts
    video: bytes


@dataclass(frozen=True, slots=True)
class SegmentStored:
    """A segment whose video lies in the temporary store."""

    facts: SegmentFacts
    object_key: str
    video_bytes: int


@dataclass(frozen=True, slots=True)
class SeenObject:
    """One object that a network found in a frame."""

    label: str
    score: float
    x1_px: float
    y1_px: float
    x2_px: float
    y2_px: float


@dataclass(frozen=True, slots=True)
class SeenFrame:
    """What the networks saw in one sampled frame."""

    frame_index: int
    at_us: int
    objects: tuple[SeenObject, ...]
    attributes: Mapping[str, str]
    measures: Mapping[str, float]
    perceptual_hash: int
    embedding: bytes


@dataclass(frozen=True, slots=True)
class SegmentDetected:
    """A segment with what the networks saw in its sampled frames."""

    facts: SegmentFacts
    object_key: str
    video_bytes: int
    frames: tuple[SeenFrame, ...]
    networks: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sampled frame after the comparison with what its camera showed before."""

    frame: SeenFrame
    keyframe: bool
    duplicate_of: str
    distance: float


@dataclass(frozen=True, slots=True)
class SegmentExtracted:
    """A segment with its frames sifted: near-duplicates marked, keyframes found."""

    facts: SegmentFacts
    object_key: str
    video_bytes: int
    frames: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class WindowMarker:
    """The clock speaking through the log: ends the open window of the partition it lies in."""

    archive: str
    sent_at_us: int


@dataclass(frozen=True, slots=True)
class PolicyPublished:
    """A new policy of an archive; takes effect when the window that contains it ends."""

    archive: str
    toml: str
    hash: str


@dataclass(frozen=True, slots=True)
class FrameDecision:
    """Whether a frame is kept, and why."""

    frame: SeenFrame
    keyframe: bool
    kept: bool
    gain: float
    rank: int
    reasons: tuple[str, ...]
    duplicate_of: str
    cost_bytes: int


@dataclass(frozen=True, slots=True)
class SegmentDecided:
    """A segment with the decision on each of its frames."""

    facts: SegmentFacts
    object_key: str
    video_bytes: int
    window_id: str
    policy_hash: str
    keep_video: bool
    frames: tuple[FrameDecision, ...]


@dataclass(frozen=True, slots=True)
class ArchivedStill:
    """A picture in the archive, cut from one kept frame."""

    frame_index: int
    object_key: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class SegmentArchived:
    """A decided segment whose kept parts lie in the archive and whose temporary object is gone."""

    facts: SegmentFacts
    window_id: str
    policy_hash: str
    video_key: str
    video_bytes: int
    source_bytes: int
    stills: tuple[ArchivedStill, ...]
    frames: tuple[FrameDecision, ...]


@dataclass(frozen=True, slots=True)
class ValueCount:
    """How often one value of an attribute was seen and kept."""

    value: str
    seen: int
    kept: int
    target_ratio: float


@dataclass(frozen=True, slots=True)
class ArchiveDistribution:
    """What an archive looks like after a window was decided."""

    archive: str
    policy_hash: str
    window_id: str
    windows: int
    decided_at_us: int
    frames_seen: int
    frames_kept: int
    duplicates: int
    bytes_seen: int
    bytes_kept: int
    segments_seen: int
    segments_kept: int
    attributes: Mapping[str, tuple[ValueCount, ...]]
    entropy_ratio: Mapping[str, float]
    entropy_ratio_seen: Mapping[str, float]
    shadow_entropy_ratio: Mapping[str, Mapping[str, float]]
    shadow_frames: Mapping[str, int]
    shadow_bytes: Mapping[str, int]
    kl_divergence: Mapping[str, float]
    allowance_bytes: int


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record that a stage could not use, with its original bytes."""

    stage: str
    source_topic: str
    source_partition: int
    source_offset: int
    source_timestamp_us: int
    error: str
    reason: str
    remedy: str
    key: bytes | None
    value: bytes | None
    headers: Mapping[str, bytes]
