"""The law of cutting: what decodes from the segments is what decodes from the file, each picture once, in order."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from app.media import CodedSegment, Sampling, cut, decode_sampled
from tests.unit.media.decoded import decoded
from tests.unit.media.edited import with_edits
from tests.unit.media.h264_parameters import without_hints, write
from tests.unit.media.made_videos import RECIPES, x264

MANY_CUTS_MS = 1000  # the videos made here are short: so there is more than one cut in each
REAL = [
    "videos/day-highway_udacity_solidWhiteRight.mp4",
    "videos/day-highway_udacity_test_video.mp4",
    "videos/rain-highway_tmo324_rainy.mp4",
    "videos/day-country_tmo324_countryroad.mp4",
    "videos/dusk-highway_muchl_driving.mp4",
    "videos/day-forest_gy_lane.mp4",
    "videos/night-highway_tmo324_night_partA.mp4",
    "odd-videos/decord_corrupted.mp4",
    "odd-videos/decord_video_90.mov",
    "odd-videos/torchcodec_h265_10bits.mp4",
    "odd-videos/torchcodec_av1_video.mkv",
    "odd-videos/media3_roadtrip-vp92-10bit.webm",
    "odd-videos/media3_bear-vp9-odd-dimensions.webm",
    "odd-videos/media3_sample_without_stss.mp4",
    "odd-videos/media3_sample_fragmented.mp4",
    "odd-videos/media3_sample_h262_mpeg_audio.ts",
    "odd-videos/media3_sample_h264.ts",
    "odd-videos/moviepy_no_duration.webm",
    "odd-videos/moviepy_video_with_failing_audio.mp4",
    "odd-videos/mzdun_70mai_tiny.MP4",
    "odd-videos/derived_truncated_udacity_test_video.mp4",
    "odd-videos/derived_truncated_faststart_udacity_test_video.mp4",
    "odd-videos/derived_interlaced-tff_udacity_test_video.mp4",
]


@pytest.mark.slow
@pytest.mark.parametrize("name", [recipe.name for recipe in RECIPES])
def test_a_made_video_decodes_from_its_segments_frame_by_frame(name: str, made: Callable[[str], Path]) -> None:
    segments = list(cut(made(name), MANY_CUTS_MS))
    assert_same_pictures(made(name), segments)
    assert sum(segment.frame_count for segment in segments) == len(decoded(made(name)))
    assert_tiling(segments)


@pytest.mark.slow
@pytest.mark.parametrize("name", REAL)
def test_a_real_video_decodes_from_its_segments_frame_by_frame(name: str, shared_data: Path) -> None:
    segments = list(cut(shared_data / name))
    assert_same_pictures(shared_data / name, segments)
    assert_tiling(segments)


@pytest.mark.parametrize("name", ["short-gop.mp4", "b-frames.mp4", "long-gop.mp4", "open-gop-pyramid.mp4"])
@pytest.mark.parametrize(
    "edits_s",
    [
        [(1.1, 0.3)],
        [(0.2, 0.5)],
        [(1.0, 0.3), (0.9, 1.3)],
        [(0.5, 1.2), (0.7, 0.1)],
        [(1.0, 0.3), (0.5, 0.9), (0.7, 0.2)],
    ],
    ids=["begins late", "is cut out", "goes on", "goes back", "jumps"],
)
def test_an_edit_list_is_obeyed(
    name: str, edits_s: list[tuple[float, float]], made: Callable[[str], Path], tmp_path: Path
) -> None:
    path = with_edits(made(name), tmp_path / "edited.mp4", edits_s)
    segments = list(cut(path, MANY_CUTS_MS))
    of_segments = [picture.digest for segment in segments for picture in decoded(segment.video)]
    assert of_segments == [picture.digest for picture in decoded(path)]
    assert 0 < sum(segment.frame_count for segment in segments) == len(of_segments)
    # a file's clock may jump where one edit follows another; the clip's clock never goes back
    for one, following in pairwise(segments):
        assert one.clip_offset_us + one.duration_us <= following.clip_offset_us


@pytest.mark.slow
@pytest.mark.parametrize("groups", ["keyint=30", "keyint=30:open-gop=1", "keyint=25:bframes=5:b-adapt=0"])
def test_a_coder_that_does_not_say_how_far_it_reorders_loses_no_picture(groups: str, tmp_path: Path) -> None:
    path = tmp_path / "no-hints.mp4"
    options = {"profile": "main", **x264(f"bframes=3:b-pyramid=normal:{groups}")}
    write(path, without_hints, (64, 64), 120, options)
    segments = list(cut(path, MANY_CUTS_MS))
    assert len(segments) >= 4
    assert_same_pictures(path, segments)
    for segment in segments:
        every = decode_sampled(segment.video, Sampling(fps=100), lambda wh: [wh])
        assert [frame.frame_index for frame in every.frames] == list(range(segment.frame_count))


@pytest.mark.parametrize(
    "name", ["open-gop-pyramid.mp4", "vp9.webm", "vp8.webm", "variable-rate.mkv", "with-sound.mp4"]
)
def test_cutting_twice_gives_the_same_bytes(name: str, made: Callable[[str], Path]) -> None:
    assert list(cut(made(name), MANY_CUTS_MS)) == list(cut(made(name), MANY_CUTS_MS))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["b-frames.mp4", "open-gop-pyramid.mp4", "open-gop-hevc.mp4", "vp9.webm"])
def test_a_segment_cut_again_is_still_the_same_pictures(name: str, made: Callable[[str], Path], tmp_path: Path) -> None:
    for segment in cut(made(name), MANY_CUTS_MS):
        path = tmp_path / f"{segment.sequence}.mp4"
        path.write_bytes(segment.video)
        assert_same_pictures(path, list(cut(path)))


def assert_same_pictures(path: Path, segments: list[CodedSegment]) -> None:
    of_file, of_segments = decoded(path), [(segment, decoded(segment.video)) for segment in segments]
    flat = [picture for _, pictures in of_segments for picture in pictures]
    assert [picture.digest for picture in flat] == [picture.digest for picture in of_file]
    assert [picture.rotation_deg for picture in flat] == [picture.rotation_deg for picture in of_file]
    zero_s, at = of_file[0].time_s, 0
    for segment, pictures in of_segments:
        counterparts = of_file[at : at + len(pictures)]
        at += len(pictures)
        # exact in the file's own ticks within a segment, and to the rounded microsecond across segments
        assert [p.time_s - pictures[0].time_s for p in pictures] == [
            p.time_s - counterparts[0].time_s for p in counterparts
        ]
        assert abs((counterparts[0].time_s - zero_s) * 1_000_000 - segment.clip_offset_us) <= 1


def assert_tiling(segments: list[CodedSegment]) -> None:
    assert [segment.sequence for segment in segments] == list(range(len(segments)))
    assert segments[0].clip_offset_us == 0
    for one, following in pairwise(segments):
        assert one.clip_offset_us + one.duration_us == following.clip_offset_us
    assert all(segment.duration_us > 0 for segment in segments)
