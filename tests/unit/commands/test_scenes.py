"""Laws of `roadsieve scenes` and of `replay --scenes`: what they write, and what they say to wrong wishes."""

import json
from pathlib import Path

import pytest

from app.cli import main
from app.commands.exits import Exit


def exit_of(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    return int(left.value.code or 0)


@pytest.mark.slow
def test_clips_lie_in_the_layout_of_bdd100k(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "scenes"
    made = ("--clips", "1", "--seconds", "1", "--size", "160x96", "--fps", "10", "--seed", "7", "--dirt", "rotated=1")
    assert exit_of("scenes", "make", str(folder), *made) == Exit.OK
    assert "1 clips, 10 frames" in capsys.readouterr().out
    (video,) = (folder / "videos/100k/train").iterdir()
    (label,) = json.loads((folder / "labels/det_20/det_train.json").read_text())
    assert label["name"] == f"{video.stem}.jpg"
    assert label["timestamp"] == 500
    for other in ("info/100k/train/{}.json", "images/100k/train/{}.jpg", "truth/{}.jsonl"):
        assert (folder / other.format(video.stem)).is_file()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--clips", "0"), Exit.USAGE, "--clips"),
        (("--clips", "1", "--size", "161x96"), Exit.SETUP, "--size 161x96"),
        (("--clips", "1", "--size", "wide"), Exit.SETUP, "--size wide"),
        (("--clips", "1", "--dirt", "rust=0.5"), Exit.SETUP, "rust=0.5"),
    ],
)
def test_a_wrong_wish_is_said_by_name(
    arguments: tuple[str, ...], code: Exit, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_of("scenes", "make", str(tmp_path / "out"), *arguments) == code
    assert said in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_is_said_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert exit_of("scenes", "make", str(tmp_path / "file"), "--clips", "1", "--seconds", "1") == Exit.SETUP
    assert "file" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [(), ("a.mp4", "--scenes")])
def test_replay_wants_videos_or_scenes_not_both(arguments: tuple[str, ...]) -> None:
    assert exit_of("replay", *arguments) == Exit.USAGE
