"""Which decisions are shown."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from app.demo.samples import SHOWN, Samples
from schemas.records import FrameDecision, SeenFrame, SegmentDecided, SegmentFacts

KINDS = st.sampled_from(["kept", "missed", "duplicate"])
DECISIONS = st.lists(st.tuples(KINDS, st.floats(-1, 1)), max_size=6)
SEGMENTS = st.lists(st.tuples(st.integers(0, 4), DECISIONS), max_size=40)


def segment(clip: int, decisions: list[tuple[str, float]]) -> SegmentDecided:
    facts = SegmentFacts(
        segment_id="5" * 32, camera_id="c", archive="a", clip_id=f"clip-{clip}", clip_name=f"{clip}.mp4", sequence=0,
        recorded_at_us=10_000_000, time_source="info", ingested_at_us=0, clip_offset_us=4_000_000,
        duration_us=2_000_000, frame_count=60, codec="h264", container="mp4", width_px=64, height_px=36,
        rotation_deg=0, positions=(),
    )  # fmt: skip
    frames = tuple(
        FrameDecision(
            frame=SeenFrame(index, 10_500_000, (), {}, {}, 0, b""), keyframe=False, kept=kind == "kept", gain=gain,
            rank=index, reasons=("because",), duplicate_of="other" if kind == "duplicate" else "", cost_bytes=1,
        )
        for index, (kind, gain) in enumerate(decisions)
    )  # fmt: skip
    return SegmentDecided(facts, "key", 1, "window", "policy", False, frames)


@given(SEGMENTS)
def test_at_most_ten_are_shown_and_fewer_only_where_there_are_fewer(
    segments: list[tuple[int, list[tuple[str, float]]]],
) -> None:
    samples = Samples()
    for clip, decisions in segments:
        samples.add(segment(clip, decisions))
    there = sum(len(decisions) for _, decisions in segments)
    assert len(samples.chosen()) == min(SHOWN, there)


@given(SEGMENTS)
def test_each_kind_that_was_seen_is_shown(segments: list[tuple[int, list[tuple[str, float]]]]) -> None:
    samples = Samples()
    for clip, decisions in segments:
        samples.add(segment(clip, decisions))
    seen = {kind for _, decisions in segments for kind, _ in decisions}
    assert {sample.kind for sample in samples.chosen()} == seen


def test_the_best_of_each_clip_come_before_any_clips_second() -> None:
    samples = Samples()
    samples.add(segment(1, [("kept", gain) for gain in (0.9, 0.8, 0.7, 0.6)]))
    samples.add(segment(2, [("kept", 0.1)]))
    samples.add(segment(3, [("missed", 0.0)] * 9))
    shown = Counter(sample.facts.clip_id for sample in samples.chosen() if sample.kind == "kept")
    assert shown == {"clip-1": 4, "clip-2": 1}


def test_a_sample_says_where_in_its_clip_it_is() -> None:
    samples = Samples()
    samples.add(segment(1, [("kept", 0.5)]))
    assert samples.chosen()[0].clip_at_s == 4.5
