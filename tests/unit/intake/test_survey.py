"""One recording becomes a clip: content, camera, start."""

from __future__ import annotations

import json
import os
from hashlib import blake2b
from pathlib import Path

import pytest

from app.errors import UnusableVideo
from app.intake.info import RideInfo
from app.intake.layout import Recording, discover
from app.intake.survey import camera_of, content_id, survey

from .conftest import MakeVideo

NOW_US = 1_800_000_000_000_000
START_MS = 1503828163000


def recording(video: Path, info: Path | None = None) -> Recording:
    return discover([video] if info is None else [video, info])[0]


def test_a_clip_takes_its_start_from_info_then_container_then_file(tmp_path: Path, make_video: MakeVideo) -> None:
    video = make_video(tmp_path / "drive" / "a.mp4", created="2019-05-06T07:08:09Z")
    plain = make_video(tmp_path / "drive" / "b.mp4", seed=1)
    os.utime(plain, (1_600_000_000, 1_600_000_000))
    info = tmp_path / "drive" / "a.json"
    info.write_text(json.dumps({"startTime": START_MS, "locations": [
        {"timestamp": START_MS, "latitude": 40.0, "longitude": -74.0}, {"timestamp": START_MS, "latitude": "?"},
    ]}))  # fmt: skip
    told = survey(recording(video, info), None, NOW_US)
    assert (told.start.source, told.start.at_us) == ("info", START_MS * 1_000)
    assert len(told.positions) == 1
    assert [note.startswith(f"{info}: 1 of its fixes") for note in told.notes] == [True]
    assert survey(recording(video), None, NOW_US).start.source == "container"
    assert survey(recording(video), None, NOW_US).start.at_us == 1_557_126_489_000_000
    by_file = survey(recording(plain), None, NOW_US)
    assert (by_file.start.source, by_file.start.at_us) == ("file", 1_600_000_000_000_000)


@pytest.mark.parametrize(
    ("text", "words"),
    [('{"startTime": 150', "not JSON"), ('{"startTime": 0}', "cannot be true"), ("", "empty")],
)
def test_a_bad_info_is_noted_and_the_clip_goes_on(tmp_path: Path, make_video: MakeVideo, text: str, words: str) -> None:
    video = make_video(tmp_path / "drive" / "a.mp4", created="2019-05-06T07:08:09Z")
    info = video.with_suffix(".json")
    info.write_text(text)
    clip = survey(recording(video, info), None, NOW_US)
    assert clip.start.source == "container"
    assert [words in note and str(info) in note for note in clip.notes] == [True]


def test_the_clip_id_is_the_hash_of_the_content_wherever_it_lies(tmp_path: Path, make_video: MakeVideo) -> None:
    one = make_video(tmp_path / "one" / "a.mp4")
    other = tmp_path / "other.mp4"
    other.write_bytes(one.read_bytes())
    assert content_id(one) == content_id(other) == blake2b(one.read_bytes(), digest_size=16).hexdigest()


@pytest.mark.parametrize(
    ("path", "info", "cameras", "camera"),
    [
        ("/u/user_7/videos/x.mov", RideInfo(ride_id="r"), None, "user_7"),
        ("/b/videos/100k/val/0000f77c-6257be58.mov", RideInfo(ride_id="r"), None, "ride-0000f77c"),
        ("/d/front/x.mov", RideInfo(ride_id="r"), None, "ride-r"),
        ("/d/front/x.mov", RideInfo(), None, "front"),
        ("/u/user_7/videos/x.mov", RideInfo(), 4, "camera-03"),
        ("/d/front/x.mov", RideInfo(ride_id="r"), 4, "camera-03"),
        ("/d/front/x.mov", RideInfo(), 1000, "camera-007"),
    ],
)
def test_the_camera_is_the_same_in_every_run(path: str, info: RideInfo, cameras: int | None, camera: str) -> None:
    clip_id = f"{1_000_007:032x}"
    assert camera_of(discover([Path(path)])[0], info, clip_id, cameras) == camera


@pytest.mark.parametrize(("name", "content"), [("zero.mp4", b""), ("text.mov", b"no video\n" * 100)])
def test_a_file_without_video_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnusableVideo, match=name):
        survey(recording(tmp_path / name), None, NOW_US)


def test_a_file_that_vanished_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableVideo, match=r"gone\.mp4"):
        survey(recording(tmp_path / "gone.mp4"), None, NOW_US)


def test_a_name_that_is_not_utf8_becomes_text_that_is(tmp_path: Path, make_video: MakeVideo) -> None:
    video = make_video(tmp_path / "a.mp4").rename(tmp_path / os.fsdecode(b"caf\xe9.mp4"))
    assert survey(recording(video), None, NOW_US).name == "caf?.mp4"
