"""Stills: exactly the pictures asked for, upright, as JPEG."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from app.errors import UnusableVideo
from app.media import cut, stills
from app.media.still import LEAST_QUALITY

Made = Callable[[str], Path]


def rgb(jpeg: bytes) -> np.ndarray:
    (frame,) = av.CodecContext.create("mjpeg", "r").decode(av.Packet(jpeg))
    return frame.to_ndarray(format="rgb24").astype(int)


def pictures(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [np.rot90(f.to_ndarray(format="rgb24"), f.rotation // 90).astype(int) for f in container.decode(video=0)]


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "b-frames.mp4",
        "open-gop-pyramid.mp4",
        "rotated-90.mp4",
        "rotated-180.mp4",
        "rotated-270.mov",
        "ten-bit.mp4",
        "odd-size.mp4",
        "vp9.webm",
        "motion-jpeg.avi",
    ],
)
def test_a_still_is_nearest_to_exactly_its_picture(name: str, made: Made) -> None:
    expected = pictures(made(name))
    at = 0
    for segment in cut(made(name)):
        asked = [segment.frame_count - 1, 0, segment.frame_count // 2]
        for index, jpeg in zip(asked, stills(segment.video, asked, quality=95), strict=True):
            found = rgb(jpeg)
            assert found.shape == expected[at + index].shape
            errors = [np.abs(found - picture).mean() for picture in expected]
            assert int(np.argmin(errors)) == at + index
            assert min(errors) < 12  # colour is halved in a JPEG, and these patterns are all colour
        at += segment.frame_count


@pytest.mark.slow
def test_a_still_of_a_road_is_near_to_its_picture(shared_data: Path) -> None:
    path = shared_data / "videos/day-highway_udacity_test_video.mp4"
    segment = next(cut(path))
    (jpeg,) = stills(segment.video, [7], quality=90)
    assert np.abs(rgb(jpeg) - pictures(path)[7]).mean() < 3
    assert len(jpeg) < 300_000


def test_quality_costs_bytes(made: Made) -> None:
    (segment, *_) = cut(made("b-frames.mp4"))
    sizes = [len(stills(segment.video, [3], quality=quality)[0]) for quality in (20, 60, 95)]
    assert sizes == sorted(set(sizes))


def test_a_still_takes_the_best_quality_that_fits_and_no_less_than_the_least(made: Made) -> None:
    (segment, *_) = cut(made("b-frames.mp4"))
    fine, poor = (len(stills(segment.video, [3], quality=quality)[0]) for quality in (90, LEAST_QUALITY))
    assert stills(segment.video, [3], 90, max_bytes=fine) == stills(segment.video, [3], 90)
    (fitting,) = stills(segment.video, [3], 90, max_bytes=fine - 1)
    assert poor <= len(fitting) < fine
    assert len(stills(segment.video, [3], 90, max_bytes=1)[0]) == poor


def test_stills_are_the_same_bytes_each_time_and_alone(made: Made) -> None:
    (segment, *_) = cut(made("b-frames.mp4"))
    together = stills(segment.video, [2, 9, 2])
    assert together == [stills(segment.video, [index])[0] for index in (2, 9, 2)]
    assert b"Lavc" not in together[0]


def test_no_stills_asked_for_are_none(made: Made) -> None:
    (segment, *_) = cut(made("b-frames.mp4"))
    assert stills(segment.video, []) == []


@pytest.mark.parametrize("index", [-1, 36])
def test_a_picture_that_is_not_there_is_refused_by_its_index(index: int, made: Made) -> None:
    (segment, *_) = cut(made("b-frames.mp4"), max_ms=1500)
    with pytest.raises(UnusableVideo, match=rf"has 36 pictures, so none with index \[{index}\]"):
        stills(segment.video, [0, index])


def test_a_picture_that_does_not_decode_is_refused_by_its_index(shared_data: Path) -> None:
    (segment,) = cut(shared_data / "odd-videos/decord_corrupted.mp4")
    assert len(stills(segment.video, [29, 31])) == 2
    with pytest.raises(UnusableVideo, match=r"its pictures \[30\] do not decode"):
        stills(segment.video, [29, 30])


@pytest.mark.parametrize("quality", [0, 101])
def test_a_quality_outside_1_to_100_is_refused(quality: int, made: Made) -> None:
    (segment, *_) = cut(made("b-frames.mp4"))
    with pytest.raises(ValueError, match="quality"):
        stills(segment.video, [0], quality=quality)
