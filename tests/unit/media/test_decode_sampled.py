"""Sampling: the right pictures, the right pixels, once, wherever the cuts fell."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import av
import numpy as np
import pytest

from app.errors import UnusableVideo
from app.media import CodedSegment, SampledFrame, Sampling, cut, decode_sampled
from app.media.segment import open_segment
from tests.unit.media.decoded import digest
from tests.unit.media.made_videos import RECIPES

Made = Callable[[str], Path]


def full(wh: tuple[int, int]) -> list[tuple[int, int]]:
    return [wh]


def sample(segment: CodedSegment, sampling: Sampling) -> tuple[SampledFrame, ...]:
    result = decode_sampled(segment.video, sampling, full, segment.clip_offset_us, segment.duration_us)
    assert result.damage == ""
    return result.frames


def clip_times_us(path: Path, sampling: Sampling, **cutting: int) -> list[int]:
    found = []
    for segment in cut(path, **cutting):
        found += [segment.clip_offset_us + frame.offset_us for frame in sample(segment, sampling)]
    return found


@pytest.mark.parametrize("name", ["short-gop.mp4", "variable-rate.mp4", "open-gop-pyramid.mp4"])
@pytest.mark.parametrize("fps", [0.7, 2.0, 5.0, 7.3])
def test_the_sampled_times_do_not_depend_on_the_cuts(name: str, fps: float, made: Made) -> None:
    one = clip_times_us(made(name), Sampling(fps=fps), max_ms=100)
    other = clip_times_us(made(name), Sampling(fps=fps), max_ms=60_000)
    assert one == pytest.approx(other, abs=1)


def test_a_constant_rate_is_sampled_evenly(made: Made) -> None:
    assert clip_times_us(made("short-gop.mp4"), Sampling(fps=5)) == [i * 200_000 for i in range(15)]


def test_a_rate_above_the_videos_takes_every_picture_once(made: Made) -> None:
    assert clip_times_us(made("short-gop.mp4"), Sampling(fps=120)) == [i * 40_000 for i in range(75)]


def test_keyframes_are_those_the_coder_placed(made: Made) -> None:
    assert clip_times_us(made("short-gop.mp4"), Sampling("keyframes")) == [i * 200_000 for i in range(15)]


def test_a_segment_without_a_shown_keyframe_gives_its_first_picture(shared_data: Path) -> None:
    first = next(cut(shared_data / "videos/night-highway_tmo324_night_partA.mp4"))
    assert [frame.frame_index for frame in sample(first, Sampling("keyframes"))] == [0]


@pytest.mark.parametrize("fps", [0.0, -1.0, 1000.0, float("nan")])
def test_a_rate_that_makes_no_sense_is_refused(fps: float) -> None:
    with pytest.raises(ValueError, match="frames per second"):
        Sampling(fps=fps)


@pytest.mark.slow
@pytest.mark.parametrize("name", [recipe.name for recipe in RECIPES])
def test_skipping_changes_no_picture(name: str, made: Made) -> None:
    for segment in cut(made(name)):
        everything = planes(segment, range(segment.frame_count))
        assert sorted(everything) == list(range(segment.frame_count))
        for step in (3, 7):
            wanted = range(step - 1, segment.frame_count, step)
            assert planes(segment, wanted) == {index: everything[index] for index in wanted}


def planes(segment: CodedSegment, wanted: range) -> dict[int, str]:
    with open_segment(segment.video, "segment") as opened:
        return opened.decode(frozenset(wanted), lambda _, frame: digest(frame))


@pytest.mark.slow
def test_skipping_changes_no_picture_of_a_broken_segment(shared_data: Path) -> None:
    (segment,) = cut(shared_data / "odd-videos/decord_corrupted.mp4")
    everything = planes(segment, range(segment.frame_count))
    for step in (5, 7):
        part = planes(segment, range(step - 1, segment.frame_count, step))
        assert part == {index: everything[index] for index in part}


def test_pixels_are_those_of_the_picture(made: Made) -> None:
    with av.open(str(made("b-frames.mp4"))) as container:
        expected = [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]
    at = 0
    for segment in cut(made("b-frames.mp4")):
        for frame in sample(segment, Sampling(fps=25)):
            assert frame.views[0].dtype == np.uint8
            assert frame.views[0].flags.c_contiguous
            assert np.array_equal(frame.views[0], expected[at])
            at += 1
    assert at == len(expected)


@pytest.mark.parametrize(
    ("name", "quarter_turns_ccw"), [("rotated-90.mp4", 1), ("rotated-180.mp4", 2), ("rotated-270.mov", 3)]
)
def test_pictures_are_scaled_and_then_turned_upright(name: str, quarter_turns_ccw: int, made: Made) -> None:
    asked: list[tuple[int, int]] = []

    def half(wh: tuple[int, int]) -> list[tuple[int, int]]:
        asked.append(wh)
        return [(wh[0] // 2, wh[1] // 2)]

    (segment,) = cut(made(name))
    (first, *_) = decode_sampled(segment.video, Sampling(fps=5), half).frames
    with av.open(str(made(name))) as container:
        coded = next(container.decode(video=0))
        small = coded.reformat(coded.width // 2, coded.height // 2, "bgr24").to_ndarray()
    displayed_wh = (48, 96) if quarter_turns_ccw % 2 else (96, 48)
    assert set(asked) == {displayed_wh}
    assert first.source_wh == displayed_wh
    assert np.array_equal(first.views[0], np.rot90(small, quarter_turns_ccw))


@pytest.mark.parametrize("name", ["rotated-90.mp4", "rotated-270.mov"])
def test_each_size_is_scaled_from_the_full_picture_and_an_equal_one_is_the_same_array(name: str, made: Made) -> None:
    segment = next(iter(cut(made(name))))
    sizes = [(32, 20), (24, 24), (32, 20)]
    (together, *_) = decode_sampled(segment.video, Sampling(fps=5), lambda _: sizes).frames
    assert together.views[0] is together.views[2]
    for view, size in zip(together.views, sizes, strict=True):
        (alone, *_) = decode_sampled(segment.video, Sampling(fps=5), lambda _, size=size: [size]).frames
        assert view.shape == (size[1], size[0], 3)
        assert np.array_equal(view, alone.views[0])


@pytest.mark.parametrize(("shade", "luma_ratio"), [(0, 0.0), (128, 0.5), (255, 1.0)])
def test_luma_is_the_mean_of_the_full_picture(shade: int, luma_ratio: float, tmp_path: Path) -> None:
    path = tmp_path / "grey.mp4"
    with av.open(str(path), "w") as output:
        track = output.add_stream("libx264", rate=25, options={"x264-params": "log-level=none"})
        track.width, track.height, track.pix_fmt = 64, 64, "yuv420p"
        frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), shade, np.uint8), "rgb24")
        output.mux(track.encode(frame.reformat(format="yuv420p")))
        output.mux(track.encode(None))
    (segment,) = cut(path)
    (found,) = sample(segment, Sampling(fps=5))
    assert found.luma_ratio == pytest.approx(luma_ratio, abs=0.01)


def test_luma_agrees_with_the_full_picture_of_a_road(shared_data: Path) -> None:
    segment = next(cut(shared_data / "videos/day-highway_udacity_test_video.mp4"))
    frame = sample(segment, Sampling("keyframes"))[0]
    grey = frame.views[0] @ np.array([0.114, 0.587, 0.299])
    assert frame.luma_ratio == pytest.approx(grey.mean() / 255, abs=0.02)


def test_the_same_segment_gives_the_same_samples_in_any_thread(made: Made) -> None:
    (segment, *_) = cut(made("open-gop-hevc.mp4"))
    with ThreadPoolExecutor(4) as threads:
        results = list(threads.map(lambda _: sample(segment, Sampling(fps=10)), range(8)))
    for result in results:
        assert [f.perceptual_hash for f in result] == [f.perceptual_hash for f in results[0]]
        assert all(np.array_equal(one.views[0], other.views[0]) for one, other in zip(result, results[0], strict=True))


def test_a_segment_of_which_nothing_decodes_is_unusable(made: Made) -> None:
    (segment, *_) = cut(made("b-frames.mp4"))
    at = segment.video.index(b"mdat") + 4
    emptied = segment.video[:at] + bytes(len(segment.video) - at)
    with pytest.raises(UnusableVideo):
        decode_sampled(emptied, Sampling(), full)


@pytest.mark.parametrize("name", ["short-gop.mp4", "open-gop-pyramid.mp4", "open-gop-hevc.mp4", "open-gop-mpeg2.ts"])
def test_a_keyframe_decoded_alone_is_the_same_picture(name: str, made: Made) -> None:
    (whole,) = cut(made(name), max_ms=60_000)
    everything = planes(whole, range(whole.frame_count))
    keyframes = [frame.frame_index for frame in sample(whole, Sampling("keyframes"))]
    assert len(keyframes) >= 4
    with open_segment(whole.video, "segment") as opened:
        alone = opened.decode(frozenset(keyframes), lambda _, frame: digest(frame))
    assert alone == {index: everything[index] for index in keyframes}
