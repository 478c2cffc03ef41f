"""A frame's picture comes from the file that it is of, as its still would be; what is gone is left out."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from app.demo.sources import pictures
from app.intake.segment import record_of
from app.intake.survey import content_id
from app.media.cut import cut
from app.media.still import stills
from schemas.records import SegmentRecorded
from tests.e2e.feed import EPOCH_US, clip_of, render


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("sources")
    for seed in (1, 2):
        render(made / f"clip-{seed}.mp4", seed=seed, seconds=3)
    return made


def records(path: Path) -> list[SegmentRecorded]:
    clip = replace(clip_of(path, 0), name=path.name, clip_id=content_id(path))
    return [record_of(clip, one, "default", EPOCH_US) for one in cut(path)]


def test_a_picture_is_bit_for_bit_the_still_of_its_frame(folder: Path) -> None:
    wanted = [(one, index) for seed in (1, 2) for one in records(folder / f"clip-{seed}.mp4") for index in (0, 7)]
    found = pictures([folder], [(one.facts, index) for one, index in wanted], quality=90)
    assert len(found) == len(wanted) > 4
    for one, index in wanted:
        assert [found[one.facts.segment_id, index]] == stills(one.video, [index], 90)


def test_a_file_is_known_by_its_content_wherever_it_lies(folder: Path, tmp_path: Path) -> None:
    record = records(folder / "clip-1.mp4")[0]
    (tmp_path / "here").mkdir()
    shutil.copy(folder / "clip-2.mp4", tmp_path / "clip-1.mp4")  # another recording of that name
    assert pictures([tmp_path], [(record.facts, 0)], 90) == {}
    shutil.copy(folder / "clip-1.mp4", tmp_path / "here" / "clip-1.mp4")
    assert list(pictures([tmp_path], [(record.facts, 0)], 90)) == [(record.facts.segment_id, 0)]


def test_what_is_gone_or_was_never_there_is_left_out(folder: Path, tmp_path: Path) -> None:
    record = records(folder / "clip-1.mp4")[0]
    assert pictures([tmp_path, tmp_path / "nowhere"], [(record.facts, 0)], 90) == {}
    assert pictures([folder], [(record.facts, 9999)], 90) == {}
    assert pictures([folder], [], 90) == {}
