"""What this room tells others: facts of a file, coded segments, sampled pictures, and the limits it works in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Wh = tuple[int, int]
Bgr = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class MediaLimits:
    """Bound what a file may claim before anything is allocated for it."""

    max_pixels: int = 1 << 25
    """Pixels of one picture: 8K video (7680x4320) is just inside."""
    first_picture_packets: int = 300
    """Packets within which the first picture must decode: 10 s at 30 frames per second."""
    max_duration_us: int = 86_400_000_000
    """A longer claim (24 h in one file) is taken for a fault of the header."""
    max_frame_interval_us: int = 60_000_000
    """A claimed duration that leaves fewer than a frame per minute is taken for a fault of the header."""


LIMITS = MediaLimits()


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """Describe the video stream of a file; `None` where the file does not say, or is not to be believed."""

    codec: str
    container: str
    """Demuxer, by its first name: mov (also mp4), matroska (also webm), mpegts, avi …"""
    coded_width_px: int
    coded_height_px: int
    width_px: int
    """As displayed, after rotation."""
    height_px: int
    rotation_deg: int
    """Clockwise turn that puts the coded picture upright: 0, 90, 180 or 270."""
    start_us: int
    """Presentation time of the first picture on the file's own clock."""
    duration_us: int | None
    created_at_us: int | None
    """Time of recording that the container claims, microseconds UTC."""
    frames_per_s: float | None


@dataclass(frozen=True, slots=True)
class CodedSegment:
    """Hold one to two seconds of coded video that plays on its own."""

    sequence: int
    clip_offset_us: int
    """Presentation time of the first picture, counted from the first picture of the clip."""
    duration_us: int
    """Up to the first picture of the next segment: offsets and durations tile the clip, jumps of an edit list apart."""
    frame_count: int
    """Coded pictures that are shown."""
    codec: str
    container: str
    """mp4 or mkv."""
    width_px: int
    height_px: int
    rotation_deg: int
    video: bytes
    damage: str = ""
    """What of the file is known to be lost at or after this segment; empty when nothing is."""


@dataclass(frozen=True, slots=True)
class SampledFrame:
    """Hold one sampled picture: BGR, scaled from the decoded one once per size, upright."""

    frame_index: int
    """Index in the segment, presentation order."""
    offset_us: int
    """Presentation time counted from the first picture of the segment."""
    source_wh: Wh
    """Size of the full picture as displayed, pixels."""
    views: tuple[Bgr, ...]
    """[H, W, 3] uint8, contiguous, in the order of the sizes asked for; equal sizes are one array."""
    luma_ratio: float
    """Mean luma of the full picture, 0 (black) to 1 (white)."""
    perceptual_hash: int
    """64 bits, signed; Hamming distance is likeness."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """Hold the pictures that a segment gave, in presentation order."""

    frames: tuple[SampledFrame, ...]
    damage: str = ""
    """What did not decode cleanly; empty when everything did."""
