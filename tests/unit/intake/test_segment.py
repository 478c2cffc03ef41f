"""A cut of coded video becomes the record that is sent."""

from __future__ import annotations

from dataclasses import replace
from hashlib import blake2b
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.intake.clip import Clip
from app.intake.segment import positions_during, record_of, segment_id
from app.intake.start import StartTime
from app.media.facts import CodedSegment
from app.place.interpolate import position_at
from schemas.records import Position

CLIP = Clip(
    path=Path("/d/a.mov"),
    name="a.mov",
    clip_id="0f" * 16,
    camera_id="user_1",
    start=StartTime(1_503_828_163_000_000, "info"),
    positions=tuple(Position(1_503_828_163_000_000 + n * 1_000_000, 40.0 + n / 1_000, -74.0) for n in range(40)),
)
CUT = CodedSegment(
    sequence=3, clip_offset_us=4_500_000, duration_us=1_200_000, frame_count=36, codec="h264", container="mp4",
    width_px=720, height_px=1280, rotation_deg=90, video=b"coded",
)  # fmt: skip


def test_a_record_says_what_clip_and_cut_say() -> None:
    record = record_of(CLIP, CUT, "night", ingested_at_us=77)
    facts = record.facts
    assert record.video == b"coded"
    assert (facts.camera_id, facts.archive, facts.clip_id, facts.clip_name) == ("user_1", "night", "0f" * 16, "a.mov")
    assert (facts.recorded_at_us, facts.time_source, facts.ingested_at_us) == (1_503_828_167_500_000, "info", 77)
    assert (facts.sequence, facts.clip_offset_us, facts.duration_us, facts.frame_count) == (3, 4_500_000, 1_200_000, 36)
    assert (facts.codec, facts.container) == ("h264", "mp4")
    assert (facts.width_px, facts.height_px, facts.rotation_deg) == (720, 1280, 90)
    assert [fix.at_us - CLIP.start.at_us for fix in facts.positions] == [4_000_000, 5_000_000, 6_000_000]


def test_a_segment_id_is_the_hash_of_clip_sequence_and_video() -> None:
    content = bytes.fromhex(CLIP.clip_id) + (3).to_bytes(4, "big") + b"coded"
    assert segment_id(CLIP.clip_id, 3, b"coded") == blake2b(content, digest_size=16).hexdigest()


@pytest.mark.parametrize(
    ("clip", "cut", "same"),
    [
        (replace(CLIP, camera_id="other", start=StartTime(0, "unknown"), positions=(), name="b.mov"), CUT, True),
        (replace(CLIP, clip_id="1f" * 16), CUT, False),
        (CLIP, replace(CUT, sequence=4), False),
        (CLIP, replace(CUT, video=b"coded!"), False),
    ],
)
def test_an_upload_sent_twice_is_one_segment_wherever_it_is_sent(clip: Clip, cut: CodedSegment, same: bool) -> None:
    first, second = record_of(CLIP, CUT, "a", 1), record_of(clip, cut, "b", 2)
    assert (first.facts.segment_id == second.facts.segment_id) is same


@given(
    st.lists(st.integers(0, 200), unique=True, max_size=30).map(sorted),
    st.integers(0, 200_000_000), st.integers(1, 2_000_000), st.floats(0, 1),
)  # fmt: skip
def test_the_positions_of_a_segment_tell_every_moment_as_all_positions_do(
    seconds: list[int], begin_us: int, duration_us: int, ratio: float
) -> None:
    everything = [Position(second * 1_000_000, 40.0 + second / 100, -74.0) for second in seconds]
    own = positions_during(everything, begin_us, begin_us + duration_us)
    at_us = begin_us + round(ratio * duration_us)
    assert position_at(own, at_us) == position_at(everything, at_us)
    assert len(own) <= sum(begin_us <= fix.at_us <= begin_us + duration_us for fix in everything) + 2
