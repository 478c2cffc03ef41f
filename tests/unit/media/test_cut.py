"""Where the cuts fall, what a segment says of itself, and what happens to what cannot be cut."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app.errors import UnusableVideo
from app.media import CodedSegment, Sampling, cut, decode_sampled
from tests.unit.media.decoded import decoded

Made = Callable[[str], Path]


def durations_s(path: Path, **options: int) -> list[float]:
    return [segment.duration_us / 1e6 for segment in cut(path, **options)]


def test_short_groups_are_joined_as_long_as_two_seconds_hold_them(made: Made) -> None:
    assert durations_s(made("short-gop.mp4")) == [2.0, 1.0]


def test_groups_are_not_joined_beyond_two_seconds(made: Made) -> None:
    assert max(durations_s(made("variable-rate.mp4"))) <= 2.0


@pytest.mark.slow
def test_a_long_group_stays_whole(made: Made) -> None:
    assert durations_s(made("long-gop.mp4")) == [6.0]


def test_the_limits_are_the_callers(made: Made) -> None:
    assert durations_s(made("short-gop.mp4"), max_ms=600) == [0.6] * 5


def test_a_picture_that_only_recovers_slowly_is_no_place_to_cut(made: Made) -> None:
    assert len(list(cut(made("intra-refresh.mp4")))) == 1


def test_keyframe_flags_of_a_file_without_a_sync_table_are_not_believed(made: Made, tmp_path: Path) -> None:
    path = tmp_path / "no-sync-table.mp4"
    path.write_bytes(made("b-frames.mp4").read_bytes().replace(b"stss", b"free"))
    assert durations_s(path) == durations_s(made("b-frames.mp4"))
    assert [p.digest for s in cut(path) for p in decoded(s.video)] == [p.digest for p in decoded(path)]


def test_joining_stops_at_the_byte_limit(made: Made) -> None:
    whole = list(cut(made("short-gop.mp4")))
    limit = len(whole[0].video) - 1
    tight = list(cut(made("short-gop.mp4"), max_bytes=limit))
    assert tight[0].duration_us < whole[0].duration_us
    assert max(len(segment.video) for segment in tight) <= limit


def test_a_group_beyond_the_byte_limit_is_refused_with_a_remedy(made: Made) -> None:
    with pytest.raises(UnusableVideo, match=r"more than 4096 bytes between two keyframes.*keyframe every second"):
        list(cut(made("long-gop.mp4"), max_bytes=4096))


@pytest.mark.slow
def test_what_came_before_an_oversized_group_is_yielded(made: Made) -> None:
    path = made("growing-groups.mp4")
    limit = 9_000
    yielded: list[CodedSegment] = []
    with pytest.raises(UnusableVideo, match="between two keyframes"):
        yielded.extend(cut(path, max_bytes=limit))
    assert yielded
    assert all(len(segment.video) <= limit for segment in yielded)
    count = sum(segment.frame_count for segment in yielded)
    assert [p.digest for s in yielded for p in decoded(s.video)] == [p.digest for p in decoded(path)[:count]]


@pytest.mark.parametrize(
    ("name", "rotation_deg", "wh"),
    [
        ("rotated-90.mp4", 270, (48, 96)),
        ("rotated-180.mp4", 180, (96, 48)),
        ("rotated-270.mov", 90, (48, 96)),
        ("odd-size.mp4", 0, (97, 63)),
    ],
)
def test_a_segment_says_how_it_is_displayed(name: str, rotation_deg: int, wh: tuple[int, int], made: Made) -> None:
    for segment in cut(made(name)):
        assert (segment.rotation_deg, (segment.width_px, segment.height_px)) == (rotation_deg, wh)
        sampled = decode_sampled(segment.video, Sampling("keyframes"), lambda full: [full])
        assert {frame.source_wh for frame in sampled.frames} == {wh}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "container", "codec"),
    [
        ("b-frames.mkv", "mp4", "h264"),
        ("open-gop-hevc.mp4", "mp4", "hevc"),
        ("vp9.webm", "mp4", "vp9"),
        ("av1.mkv", "mp4", "av1"),
        ("open-gop-mpeg2.ts", "mp4", "mpeg2video"),
        ("vp8.webm", "mkv", "vp8"),
        ("prores.mov", "mkv", "prores"),
    ],
)
def test_a_segment_is_mp4_unless_the_codec_demands_matroska(name: str, container: str, codec: str, made: Made) -> None:
    magic = {"mp4": b"ftyp", "mkv": b"\x1a\x45\xdf\xa3"}[container]
    for segment in cut(made(name)):
        assert (segment.container, segment.codec) == (container, codec)
        assert magic in segment.video[:8]


@pytest.mark.parametrize(
    ("name", "fragmented"),
    [("h264.avi", True), ("motion-jpeg.avi", True), ("vp9.webm", True), ("b-frames.mp4", False)],
)
def test_mp4_is_fragmented_where_pictures_are_coded_in_display_order(name: str, fragmented: bool, made: Made) -> None:
    assert {b"moof" in segment.video for segment in cut(made(name))} == {fragmented}


@pytest.mark.parametrize("name", ["b-frames.mp4", "open-gop-hevc.mp4", "h264.avi"])
def test_the_index_lies_in_front_of_the_pictures(name: str, made: Made) -> None:
    for segment in cut(made(name)):
        assert segment.video.index(b"moov") < segment.video.index(b"mdat")


def test_a_file_cut_short_gives_what_is_there_and_says_what_is_lost(made: Made, tmp_path: Path) -> None:
    whole = made("index-in-front.mp4").read_bytes()
    path = tmp_path / "short.mp4"
    path.write_bytes(whole[: len(whole) * 2 // 3])
    segments = list(cut(path))
    assert "the file ends early" in segments[-1].damage
    of_segments = [picture.digest for segment in segments for picture in decoded(segment.video)]
    assert of_segments
    assert of_segments == [picture.digest for picture in decoded(made("index-in-front.mp4"))][: len(of_segments)]


def test_a_whole_file_reports_no_damage(made: Made) -> None:
    assert {segment.damage for segment in cut(made("open-gop-pyramid.mp4"))} == {""}


def test_a_splice_whose_clock_jumps_back_keeps_the_clip_running(made: Made, tmp_path: Path) -> None:
    path = tmp_path / "spliced.ts"
    path.write_bytes(made("b-frames.ts").read_bytes() * 2)
    segments = list(cut(path))
    assert [p.digest for s in segments for p in decoded(s.video)] == [p.digest for p in decoded(path)]
    ends_us = [segment.clip_offset_us + segment.duration_us for segment in segments]
    assert all(end <= later.clip_offset_us for end, later in zip(ends_us, segments[1:], strict=False))
    assert ends_us[-1] == pytest.approx(2 * 60 / 25 * 1e6, abs=50_000)


def test_the_first_segment_comes_before_the_file_has_been_read(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.media import pictures as room

    taken = 0
    plain = room._pictures

    def counted(*arguments):
        nonlocal taken
        for found in plain(*arguments):
            taken += 1
            yield found

    monkeypatch.setattr(room, "_pictures", counted)
    first = next(cut(made("open-gop-pyramid.mp4")))
    assert first.frame_count == 30
    assert taken <= 61  # its own group and the one it waits for, of 120 pictures
