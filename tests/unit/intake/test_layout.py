"""Which files are videos, whose they are, and where their info JSON lies: tables of layouts."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.intake.layout import camera_name, discover, in_turn

A, B, C = "0000f77c-6257be58", "0000f77c-62c2a288", "00268999-cb063914"


def found(*files: str) -> dict[str, tuple[str | None, str | None, str]]:
    return {
        str(one.path): (str(one.info) if one.info else None, one.named_camera, one.folder_camera)
        for one in discover([Path(file) for file in files])
    }


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            ["/d/front/a.mp4", "/d/front/B.MOV", "/d/front/notes.txt", "/d/rear/a.MP4"],
            {
                "/d/front/B.MOV": (None, None, "front"),
                "/d/front/a.mp4": (None, None, "front"),
                "/d/rear/a.MP4": (None, None, "rear"),
            },
            id="folders of videos, any case",
        ),
        pytest.param(
            [f"/b/videos/100k/train/{A}.mov", f"/b/info/100k/train/{A}.json", f"/b/videos/100k/val/{C}.mov"],
            {
                f"/b/videos/100k/train/{A}.mov": (f"/b/info/100k/train/{A}.json", "ride-0000f77c", "train"),
                f"/b/videos/100k/val/{C}.mov": (None, "ride-00268999", "val"),
            },
            id="BDD100K, info missing for one",
        ),
        pytest.param(
            [f"/b/bdd100k/videos/100k/train/{A}.mov", f"/b/bdd100k/info/train/{A}.json"],
            {f"/b/bdd100k/videos/100k/train/{A}.mov": (f"/b/bdd100k/info/train/{A}.json", "ride-0000f77c", "train")},
            id="newer info layout, with a top",
        ),
        pytest.param(
            [f"/v/bdd100k/videos/100k/train/{A}.mov", f"/i/bdd100k/info/100k/train/{A}.json"],
            {
                f"/v/bdd100k/videos/100k/train/{A}.mov": (
                    f"/i/bdd100k/info/100k/train/{A}.json",
                    "ride-0000f77c",
                    "train",
                )
            },
            id="videos and info unpacked apart",
        ),
        pytest.param(
            [f"/b/videos/100k/val/{A}.mov", f"/b/labels/100k/val/{A}.json"],
            {f"/b/videos/100k/val/{A}.mov": (None, "ride-0000f77c", "val")},
            id="a label file is no info",
        ),
        pytest.param(
            ["/u/user_1/videos/x.mov", "/u/user_1/info/x.json", "/u/user_2/videos/x.mov", "/u/user_2/info/x.json"],
            {
                "/u/user_1/videos/x.mov": ("/u/user_1/info/x.json", "user_1", "user_1"),
                "/u/user_2/videos/x.mov": ("/u/user_2/info/x.json", "user_2", "user_2"),
            },
            id="users with files of the same name",
        ),
        pytest.param(
            [f"/u/user_1/videos/{A}.mov"],
            {f"/u/user_1/videos/{A}.mov": (None, "user_1", "user_1")},
            id="the user's folder speaks before the ride",
        ),
        pytest.param(
            ["/d/a.mp4", "/d/a.json", "/info/a.json"],
            {"/d/a.mp4": ("/d/a.json", None, "d")},
            id="a JSON beside the video speaks before one in an info folder",
        ),
        pytest.param(["/d/a.txt", "/d/info/a.json"], {}, id="no videos"),
    ],
)
def test_layouts(files: list[str], expected: dict[str, tuple[str | None, str | None, str]]) -> None:
    assert found(*files) == expected
    assert found(*reversed(files)) == expected


def test_a_file_that_the_user_named_is_taken_as_video_unless_it_is_json() -> None:
    named = {Path("/d/a.dat"), Path("/d/a.json")}
    assert [one.path for one in discover(named, named)] == [Path("/d/a.dat")]
    assert discover(named) == []


def test_cameras_take_turns_and_each_keeps_its_order() -> None:
    recordings = discover(
        [Path(f"/u/{user}/videos/{n}.mov") for user in ("user_1", "user_2", "user_3") for n in range(3)]
    )
    turn = [(one.named_camera, one.path.stem) for one in in_turn(recordings[:7])]
    assert [camera for camera, _ in turn] == ["user_1", "user_2", "user_3", "user_1", "user_2", "user_1", "user_2"]
    for camera in ("user_1", "user_2", "user_3"):
        own = [stem for name, stem in turn if name == camera]
        assert own == sorted(own)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("user_1", "user_1"),
        ("front.cam-2", "front.cam-2"),
        ("my car", "my-car-"),
        ("カメラ", "camera-"),
        ("..", "camera-"),
    ],
)
def test_a_camera_name_is_fit_for_keys_and_paths(text: str, name: str) -> None:
    made = camera_name(text)
    assert made == name or (name.endswith("-") and made.startswith(name) and len(made) == len(name) + 8)


@given(st.text(min_size=1), st.text(min_size=1))
def test_different_names_stay_different_and_plain(one: str, other: str) -> None:
    assert (camera_name(one) == camera_name(other)) == (one == other)
    assert camera_name(one).isascii()
    assert "/" not in camera_name(one)
    assert len(camera_name(one)) <= 80
