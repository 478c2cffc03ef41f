"""A run of the plate lake's bench that was stopped goes on with what it had, and with nothing else."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from app.errors import OperatorError
from ops.bench.lake_notes import LakeNotes, Part, Step
from ops.load.plates import PlateTruth

PART = Part(1000, 6000.0, 3000.0, 9000.0, 1 << 30, 24, 1 << 20, right=True, whole=True)
STEP = Step("lake maintain", 9.0, 8.0, 1 << 28, right=True, files=6)


def test_what_was_done_is_known_again(tmp_path: Path) -> None:
    notes = LakeNotes(tmp_path / "notes.json")
    notes.hold_to([1000, 5000])
    assert notes.begin(0)
    notes.end(PART, PlateTruth(1000, rows=Counter(plate=900), unusable={"broken": [3, 7]}))
    notes.did(STEP)
    again = LakeNotes(tmp_path / "notes.json")
    again.hold_to([1000, 5000])
    assert (again.parts, again.steps, again.rows, again.unusable) == ([PART], [STEP], Counter(plate=900), 2)


def test_a_part_in_whose_middle_it_was_stopped_is_told(tmp_path: Path) -> None:
    assert LakeNotes(tmp_path / "notes.json").begin(1)
    assert not LakeNotes(tmp_path / "notes.json").begin(1)
    assert LakeNotes(tmp_path / "notes.json").begin(2)


def test_a_run_of_another_size_is_refused(tmp_path: Path) -> None:
    LakeNotes(tmp_path / "notes.json").hold_to([1000, 5000])
    with pytest.raises(OperatorError, match="another size"):
        LakeNotes(tmp_path / "notes.json").hold_to([1000])
