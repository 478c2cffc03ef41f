"""Every bad input gives one clear line: what, why, and what to do about it; nothing hangs, nothing swells."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from app.errors import UnusableVideo
from app.media import Sampling, cut, decode_sampled, probe, stills
from tests.unit.media.h264_parameters import of_size, write
from tests.unit.media.made_videos import BY_NAME, Recipe, make, picture

Made = Callable[[str], Path]


def sound_only(path: Path) -> None:
    with av.open(str(path), "w") as output:
        track = output.add_stream("aac", rate=48_000)
        for i in range(10):
            frame = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), "fltp", "stereo")
            frame.sample_rate, frame.pts = 48_000, i * 1024
            output.mux(track.encode(frame))
        output.mux(track.encode(None))


def jpeg(path: Path) -> None:
    av.VideoFrame.from_ndarray(picture(0, (64, 48)), "rgb24").save(path.with_suffix(".jpg"))
    path.with_suffix(".jpg").rename(path)


def index_missing(path: Path) -> None:
    whole = make(path.parent, BY_NAME["b-frames.mp4"]).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def claims_16k(path: Path) -> None:
    options = {"profile": "baseline", "x264-params": "log-level=none"}
    write(path, lambda _: of_size((16384, 16384)), (16384, 16384), 1, options)


BAD = {
    "zero bytes": (lambda path: path.write_bytes(b""), "is empty"),
    "text": (lambda path: path.write_text("no video at all\n" * 50), "in no container that can be read"),
    "random bytes": (lambda path: path.write_bytes(random.Random(1).randbytes(50_000)), "in no container"),
    "a picture": (jpeg, "is a picture, not a video"),
    "sound only": (sound_only, "no video stream"),
    "index missing": (index_missing, "no usable index"),
    "16k x 16k": (claims_16k, "above 34 million pixels"),
    "a folder": (lambda path: path.mkdir(), "is a folder"),
    "a pipe": (os.mkfifo, "no regular file"),
    "missing": (lambda path: None, "no such file"),
    "a link to itself": (lambda path: path.symlink_to(path), "symbolic links"),
    # a playlist could make libav open other files, here or elsewhere
    "a playlist": (
        lambda path: path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n/etc/passwd\n#EXT-X-ENDLIST\n"),
        "in no container that can be read",
    ),
    "a list of files": (lambda path: path.write_text("ffconcat version 1.0\nfile a.mp4\n"), "in no container"),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_input_gives_one_clear_line(kind: str, tmp_path: Path) -> None:
    spoil, why = BAD[kind]
    path = tmp_path / "input.mp4"
    spoil(path)
    for use in (probe, lambda path: list(cut(path))):
        with pytest.raises(UnusableVideo) as caught:
            use(path)
        assert caught.value.what == str(path)
        assert why in caught.value.why
        assert caught.value.remedy
        assert "\n" not in str(caught.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_an_unreadable_file_says_so(tmp_path: Path, made: Made) -> None:
    path = tmp_path / "locked.mp4"
    path.write_bytes(made("b-frames.mp4").read_bytes())
    path.chmod(0)
    with pytest.raises(UnusableVideo, match=r"permission denied.*permissions"):
        probe(path)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("derived_jpeg-named.mp4", "is a picture"),
        ("derived_zero-byte.mp4", "is empty"),
        ("mp4parse_invalid_userdata.mp4", "no coded picture"),
        ("mp4parse_zero_empty_stsc.mp4", "none of its first pictures decodes"),
    ],
)
def test_real_files_without_a_picture_are_refused(name: str, why: str, shared_data: Path) -> None:
    with pytest.raises(UnusableVideo, match=why):
        list(cut(shared_data / "odd-videos" / name))


@pytest.mark.parametrize("video", [b"", b"no video", b"\0" * 1000])
def test_a_segment_that_is_none_is_refused(video: bytes) -> None:
    for use in (lambda: decode_sampled(video, Sampling(), lambda wh: [wh]), lambda: stills(video, [0])):
        with pytest.raises(UnusableVideo):
            use()


def test_claims_of_16k_pictures_are_refused_before_anything_is_allocated(tmp_path: Path) -> None:
    claims_16k(tmp_path / "claim.mp4")
    script = (
        "import resource, sys; from pathlib import Path\n"
        "from app.media import probe; from app.errors import UnusableVideo\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try: probe(Path(sys.argv[1]))\n"
        "except UnusableVideo: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "claim.mp4")],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert int(run.stdout) < 100 * 1024  # KiB; one such picture is 384 MiB


def test_broken_files_write_nothing_to_the_terminal(tmp_path: Path, made: Made) -> None:
    broken = bytearray(made("b-frames.ts").read_bytes())
    for at in range(2000, len(broken), 700):
        broken[at] ^= 0xFF
    (tmp_path / "broken.ts").write_bytes(broken)
    script = (
        "import sys; from pathlib import Path; from app.media import *; from app.errors import UnusableVideo\n"
        "try:\n"
        "    for s in cut(Path(sys.argv[1])): decode_sampled(s.video, Sampling(fps=25), lambda wh: [wh])\n"
        "except UnusableVideo: pass\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "broken.ts")],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert (run.stdout, run.stderr) == ("", "")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["b-frames.mp4", "b-frames.ts", "b-frames.mkv", "open-gop-hevc.mp4", "vp9.webm"])
def test_damage_of_any_kind_gives_pictures_or_one_clear_error(name: str, made: Made, tmp_path: Path) -> None:
    whole, chance = made(name).read_bytes(), random.Random(name)
    refusals = []
    for attempt in range(12):
        broken = bytearray(whole)
        for _ in range(chance.choice((1, 8, 64))):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        if attempt % 3 == 0:
            del broken[chance.randrange(len(broken)) :]
        path = tmp_path / f"{attempt}-{name}"
        path.write_bytes(broken)
        try:
            for segment in cut(path):
                sampled = decode_sampled(segment.video, Sampling(fps=5), lambda wh: [wh], segment.clip_offset_us)
                assert all(frame.frame_index < segment.frame_count for frame in sampled.frames)
        except UnusableVideo as refused:
            refusals.append(refused)
    assert all(refused.why and refused.remedy for refused in refusals)


def test_damage_between_good_pictures_is_reported_and_the_rest_is_sampled(shared_data: Path) -> None:
    (segment,) = cut(shared_data / "odd-videos/decord_corrupted.mp4")
    sampled = decode_sampled(segment.video, Sampling(fps=10), lambda wh: [(64, 36)])
    assert len(sampled.frames) == 49
    assert "1 of 50 sampled pictures do not decode" in sampled.damage


def test_an_absurd_duration_is_not_believed(tmp_path: Path) -> None:
    path = make(tmp_path, Recipe("b.mp4", frames=30, options={"preset": "ultrafast"}))
    whole = path.read_bytes()
    honest = probe(path).duration_us
    at = whole.index(b"mdhd") + 4 + 4 + 8 + 4  # version and flags, two times, time scale; then the duration
    absurd = int.from_bytes(whole[at - 4 : at], "big") * 143_165
    path.write_bytes(whole[:at] + absurd.to_bytes(4, "big") + whole[at + 4 :])
    assert honest == 1_200_000
    assert probe(path).duration_us in (None, honest)
