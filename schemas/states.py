"""The rows of every state table, as frozen dataclasses: what the .avsc files beside this one say;
import them from schemas.records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UploadRow:
    """State of the porter: what it remembers of an upload, so that one sent twice is stored once;
    a ring per camera bounds the memory."""

    segment_id: str
    object_key: str
    count: int


@dataclass(frozen=True, slots=True)
class DayState:
    """State of the sinker: what one camera showed on one day (UTC), as absolute values."""

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


@dataclass(frozen=True, slots=True)
class RememberedFrame:
    """What the extractor remembers of a frame to know a near-duplicate of it."""

    frame_id: str
    perceptual_hash: int
    sketch: bytes


@dataclass(frozen=True, slots=True)
class Sighting:
    """Whether one thing counts as shown by a camera, and for how many samples in a row that was contradicted."""

    what: str
    shown: bool
    contrary_samples: int


@dataclass(frozen=True, slots=True)
class CameraState:
    """State of the extractor: what it remembers of one camera; small whatever the camera sends."""

    camera_id: str
    clip_id: str
    segments: int
    frames: int
    duplicates: int
    keyframes: int
    remembered: tuple[RememberedFrame, ...]
    sightings: tuple[Sighting, ...]
    keyframe_at_us: int
    keyframe_sketch: bytes
    changed: bool
    settled_samples: int
    strange_samples: int


@dataclass(frozen=True, slots=True)
class ValueTally:
    """How often one value was seen, kept, and kept by each shadow archive."""

    value: str
    seen: int
    kept: int
    shadows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ClipTally:
    """How many frames of a clip are kept."""

    clip_id: str
    kept: int


@dataclass(frozen=True, slots=True)
class ArchiveState:
    """State of the curator: everything a decision needs to know of one archive,
    bounded whatever the stream's length."""

    archive: str
    policy_toml: str
    source: str
    next_offset: int
    windows: int
    decided_at_us: int
    ingested_at_us: int
    allowance_bytes: int
    frames_seen: int
    frames_kept: int
    duplicates: int
    bytes_seen: int
    bytes_kept: int
    segments_seen: int
    segments_kept: int
    attributes: Mapping[str, tuple[ValueTally, ...]]
    clips: tuple[ClipTally, ...]
    sketches: bytes
    shadow_frames: tuple[int, ...]
    shadow_bytes: tuple[int, ...]
