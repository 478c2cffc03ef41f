"""One row of each kind."""

from __future__ import annotations

from app.stores.rows import CameraDayRow, DecisionRow, FrameRow, SegmentRow
from schemas.records import SeenObject

FRAME = FrameRow(
    frame_id="seg-0001",
    segment_id="seg",
    camera_id="cam",
    archive="fleet",
    day="2026-03-01",
    at_us=1_000,
    frame_index=1,
    kept=True,
    keyframe=False,
    duplicate_of="",
    still_key="archive/x.jpg",
    attributes={"weather": "rainy", "scene": "ünknown"},
    measures={"speed_mps": 8.25},
    objects=(SeenObject("car", 0.5, 1.0, 2.0, 3.5, 4.0),),
    tags=("weather=rainy", "objects=car"),
    version=5,
)
DECISION = DecisionRow(
    window_id="fleet/0/17",
    frame_id="seg-0001",
    rank=3,
    camera_id="cam",
    archive="fleet",
    at_us=1_000,
    kept=True,
    gain=-1e-9,
    reasons=("rare: weather=rainy",),
    duplicate_of="",
    cost_bytes=53_000,
    policy_hash="p",
    version=5,
)
SEGMENT = SegmentRow(
    segment_id="seg",
    camera_id="cam",
    archive="fleet",
    clip_id="clip",
    clip_name="a.mov",
    day="2026-03-01",
    recorded_at_us=900,
    duration_us=2_000_000,
    window_id="fleet/0/17",
    policy_hash="p",
    video_key="",
    video_bytes=0,
    source_bytes=900_000,
    frames=4,
    frames_kept=1,
    version=5,
)
DAY = CameraDayRow(
    camera_id="cam",
    day="2026-03-01",
    segments=1,
    segments_kept=1,
    frames=4,
    frames_kept=1,
    duplicates=2,
    keyframes=1,
    bytes_seen=900_000,
    bytes_kept=53_000,
    objects={"car": 9},
    version=5,
)
ROWS = [FRAME, DECISION, SEGMENT, DAY]
