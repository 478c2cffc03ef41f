"""Labels as a stream: one by one, or as clips of many cameras with a detector that flickers."""

from __future__ import annotations

from collections import Counter

import pytest

from app.evaluation.bursts import SEGMENT_FRAMES, Shape, segments_of
from app.evaluation.labels import Label
from schemas.records import SeenObject

CAR = SeenObject("car", 1.0, 0.0, 0.0, 9.0, 9.0)
BUS = SeenObject("bus", 1.0, 0.0, 0.0, 9.0, 9.0)
LABELS = [
    Label(f"{number:03d}.jpg", f"{number:03d}", {"weather": "clear"}, (CAR, CAR) if number else (BUS,))
    for number in range(20)
]


def test_independent_labels_are_segments_of_one_frame_in_their_order() -> None:
    segments = list(segments_of(LABELS, Shape(), 1.0))
    assert [one.facts.clip_id for one in segments] == [label.clip for label in LABELS]
    assert all(len(one.frames) == 1 and one.video_bytes == 1280 * 720 for one in segments)
    assert len({one.frames[0].perceptual_hash for one in segments}) == len(LABELS)


@pytest.mark.parametrize(("clip_frames", "cameras"), [(12, 4), (5, 50), (3, 1), (40, 20)])
def test_every_label_becomes_one_whole_clip_of_one_camera(clip_frames: int, cameras: int) -> None:
    segments = list(segments_of(LABELS, Shape(clip_frames, cameras), 1.0))
    frames = Counter()
    for one in segments:
        frames[one.facts.clip_id] += len(one.frames)
        assert len(one.frames) <= SEGMENT_FRAMES
    assert frames == {label.clip: clip_frames for label in LABELS}
    assert len({(one.facts.clip_id, one.facts.camera_id) for one in segments}) == len(LABELS)
    assert len({one.facts.camera_id for one in segments}) == min(cameras, len(LABELS))
    assert len({one.facts.segment_id for one in segments}) == len(segments)
    times = [one.facts.recorded_at_us for one in segments]
    assert times == sorted(times)


def test_cameras_take_turns() -> None:
    segments = list(segments_of(LABELS, Shape(10, 4), 1.0))
    assert [one.facts.camera_id[-1] for one in segments[:8]] == list("01230123")


def test_a_class_flickers_as_told_and_the_seed_decides_when() -> None:
    shape = Shape(200, 5, seen_ratio=0.6, invented_ratio=0.02)
    frames = [frame for one in segments_of(LABELS, shape, 1.0) for frame in one.frames]
    cars = sum(any(one.label == "car" for one in frame.objects) for frame in frames)
    buses = sum(any(one.label == "bus" for one in frame.objects) for frame in frames)
    assert cars == pytest.approx(19 * 200 * 0.6 + 200 * 0.02, rel=0.05)
    assert buses == pytest.approx(200 * 0.6 + 19 * 200 * 0.02, rel=0.25)
    assert all(sum(one.label == "car" for one in frame.objects) in (0, 1, 2) for frame in frames)
    again = [frame for one in segments_of(LABELS, shape, 1.0) for frame in one.frames]
    assert frames == again
    other = [frame for one in segments_of(LABELS, Shape(200, 5, 0.6, 0.02, seed=1), 1.0) for frame in one.frames]
    assert frames != other
