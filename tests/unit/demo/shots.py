"""Decided segments for the tests of the contact sheet: what the archive says of invented frames."""

from __future__ import annotations

from schemas.records import FrameDecision, SeenFrame, SeenObject, SegmentDecided, SegmentFacts

WEATHER = ("clear", "rainy", "snowy", "unknown")


def decided(number: int, weather: tuple[str, ...], kept: frozenset[int] = frozenset()) -> SegmentDecided:
    """Return a segment with a frame for each weather, those at the places `kept` being kept."""
    facts = SegmentFacts(
        segment_id=f"{number:032x}", camera_id="c", archive="default", clip_id=f"{number // 2:032x}",
        clip_name=f"clip-{number // 2}.mp4", sequence=number % 2, recorded_at_us=10_000_000, time_source="info",
        ingested_at_us=0, clip_offset_us=1_000_000 * number, duration_us=1_000_000, frame_count=15, codec="h264",
        container="mp4", width_px=64, height_px=36, rotation_deg=0, positions=(),
    )  # fmt: skip
    things, rest = (SeenObject("car", 0.9, 0, 0, 8, 8),), {"scene": "highway", "timeofday": "night"}
    frames = tuple(
        FrameDecision(
            SeenFrame(index, 10_500_000, things, {"weather": word, **rest}, {}, 0, b""),
            keyframe=False, kept=index in kept, gain=0.5, rank=0, reasons=(), duplicate_of="", cost_bytes=1,
        )
        for index, word in enumerate(weather)
    )  # fmt: skip
    return SegmentDecided(facts, "key", 1, "window", "policy", False, frames)
