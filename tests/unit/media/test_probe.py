"""The facts of a file: right, quick to get, and silent where the file is silent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.media import LIMITS, probe
from app.media.probe import created_at_us, plausible_duration_us
from tests.unit.media.made_videos import Recipe, make, x264

Made = Callable[[str], Path]


def us(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("b-frames.mp4", {"codec": "h264", "container": "mov", "width_px": 96, "height_px": 64, "rotation_deg": 0}),
        ("b-frames.mp4", {"duration_us": 2_400_000, "frames_per_s": 25.0, "start_us": 0, "created_at_us": None}),
        ("vp9.webm", {"codec": "vp9", "container": "matroska"}),
        ("av1.mkv", {"codec": "av1", "container": "matroska"}),
        ("open-gop-mpeg2.ts", {"codec": "mpeg2video", "container": "mpegts"}),
        ("rotated-90.mp4", {"width_px": 48, "height_px": 96, "coded_width_px": 96, "coded_height_px": 48}),
        ("rotated-270.mov", {"rotation_deg": 90}),
        ("odd-size.mp4", {"width_px": 97, "height_px": 63}),
    ],
)
def test_facts_of_made_videos(name: str, facts: dict[str, object], made: Made) -> None:
    found = probe(made(name))
    assert {key: getattr(found, key) for key in facts} == facts


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("decord_video_90.mov", {"rotation_deg": 90, "width_px": 320, "height_px": 568}),
        ("torchcodec_h265_10bits.mp4", {"codec": "hevc", "width_px": 200}),
        ("torchcodec_av1_video.mkv", {"codec": "av1"}),
        ("media3_sample_fragmented.mp4", {"duration_us": 1_001_000, "created_at_us": us("2016-05-31T17:01:35")}),
        ("mzdun_70mai_tiny.MP4", {"width_px": 48, "height_px": 144, "created_at_us": us("2014-11-14T07:34:24")}),
        ("moviepy_no_duration.webm", {"duration_us": None}),
    ],
)
def test_facts_of_odd_videos(name: str, facts: dict[str, object], shared_data: Path) -> None:
    found = probe(shared_data / "odd-videos" / name)
    assert {key: getattr(found, key) for key in facts} == facts


def test_the_containers_time_of_recording_is_found(tmp_path: Path) -> None:
    metadata = {"creation_time": "2021-03-04T05:06:07.000000Z"}
    path = make(tmp_path, Recipe("dated.mp4", frames=5, options=x264("bframes=0"), metadata=metadata))
    assert probe(path).created_at_us == us("2021-03-04T05:06:07")


@pytest.mark.parametrize(
    ("metadata", "expected_us"),
    [
        ({}, None),
        ({"creation_time": "2021-03-04T05:06:07.000000Z"}, us("2021-03-04T05:06:07")),
        ({"CREATION_TIME": "2021-03-04T05:06:07Z"}, us("2021-03-04T05:06:07")),
        # the camera's own key, with its zone, before that of a later copy
        (
            {
                "creation_time": "2023-01-01T00:00:00Z",
                "com.apple.quicktime.creationdate": "2021-03-04T07:06:07+0200",
            },
            us("2021-03-04T05:06:07"),
        ),
        # a clock that was never set, or nonsense
        ({"creation_time": "1970-01-01T00:00:00.000000Z"}, None),
        ({"creation_time": "1904-01-01T00:00:00.000000Z"}, None),
        ({"creation_time": "2000-01-01T00:00:12Z"}, None),
        ({"creation_time": "2187-01-01T00:00:12Z"}, None),
        ({"creation_time": "yesterday"}, None),
        # an implausible first claim does not hide a plausible second
        (
            {"com.apple.quicktime.creationdate": "0000-00-00", "creation_time": "2021-03-04T05:06:07Z"},
            us("2021-03-04T05:06:07"),
        ),
    ],
)
def test_only_a_plausible_time_of_recording_is_believed(metadata: dict[str, str], expected_us: int | None) -> None:
    assert created_at_us(metadata) == expected_us


@pytest.mark.parametrize(
    ("claimed_us", "frames", "believed"),
    [
        (1_000_000, 30, True),
        (1_000_000, 0, True),
        (None, 30, False),
        (0, 30, False),
        (-5, 30, False),
        (143_165 * 1_000_000, 30, False),
        (143_165 * 1_000_000, 0, False),
        (3_600 * 1_000_000, 30, False),
        (3_600 * 1_000_000, 3_600, True),
    ],
)
def test_a_duration_is_believed_only_of_a_recording(claimed_us: int | None, frames: int, believed: bool) -> None:
    assert plausible_duration_us(claimed_us, frames, LIMITS) == (claimed_us if believed else None)
