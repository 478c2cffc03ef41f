"""The files under the given paths, and what is said of those that are not there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.intake.listing import list_files


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in (
        "drive/a.mov", "drive/deep/er/b.MP4", "drive/.trash/c.mov", "drive/._a.mov", "drive/a.json",
        "bdd/videos/100k/val/x.mov", "bdd/info/100k/val/x.json", "bdd/info/100k/val/notes.txt", "bdd/labels/x.json",
    ):  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    os.mkfifo(tmp_path / "drive/pipe.mov")
    return tmp_path


@pytest.mark.parametrize(
    ("given", "files"),
    [
        (["drive"], ["drive/a.json", "drive/a.mov", "drive/deep/er/b.MP4"]),
        (["drive/a.mov"], ["drive/a.json", "drive/a.mov"]),
        (["drive/deep", "drive/deep/er/b.MP4", "drive/../drive/deep"], ["drive/deep/er/b.MP4"]),
        (["bdd/videos/100k/val"], ["bdd/info/100k/val/x.json", "bdd/videos/100k/val/x.mov"]),
        (["bdd/videos/100k/val/x.mov"], ["bdd/info/100k/val/x.json", "bdd/videos/100k/val/x.mov"]),
    ],
)
def test_files_under_paths_once_without_hidden_ones_and_pipes(tree: Path, given: list[str], files: list[str]) -> None:
    listing = list_files([tree / path for path in given])
    assert sorted(str(path.relative_to(tree)) for path in listing.files) == files
    assert listing.skipped == ()


def test_only_files_that_the_user_named_are_named(tree: Path) -> None:
    assert list_files([tree / "drive", tree / "bdd/labels/x.json"]).named == {tree / "bdd/labels/x.json"}


@pytest.mark.parametrize(("given", "why"), [("nowhere", "no such file"), ("drive/pipe.mov", "neither a file nor")])
def test_what_cannot_be_listed_is_said_and_the_rest_goes_on(tree: Path, given: str, why: str) -> None:
    listing = list_files([tree / given, tree / "drive/a.mov"])
    assert [why in skipped.why for skipped in listing.skipped] == [True]
    assert str(tree / given) in str(listing.skipped[0])
    assert tree / "drive/a.mov" in listing.files


def test_a_folder_that_cannot_be_listed_is_said(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.scandir

    def refuse(path: str) -> object:
        if str(path).endswith("deep"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", refuse)  # a test that runs as root cannot make a folder unreadable
    listing = list_files([tree / "drive"])
    assert ["Permission denied" in skipped.why for skipped in listing.skipped] == [True]
    assert tree / "drive/a.mov" in listing.files
