"""Scribe, tracker and registrar are killed (SIGKILL) at a step of a window and started again: the lake is what it would
have been."""

from __future__ import annotations

import itertools
import json
import shutil
from collections import Counter
from pathlib import Path

import pytest

from app.lake.tables import LAKE_TABLES
from schemas.records import PlatesRecognized
from tests.unit.lake.kills.mortal import roadsieve_later, run
from tests.unit.lake.kills.places import Place
from tests.unit.lake.kills.stages import send, work_off
from tests.unit.lake.kills.test_kills_at_every_step import ALL_HOT, KILLED, MAINTAIN, command
from tests.unit.lake.kills.whole_lake import dangling, in_the_index, left_over, rows
from tests.unit.lake.results import AT_US, CAR_ALONE, FULL, PLATE_ALONE

GAP_US = 600_000_000
PARTS = 8


def results(first: int) -> list[PlatesRecognized]:
    """Return what two windows have: a vehicle that left when the next came, a result sent twice, one that is none."""
    said = [{**one, "frame_id": first} for one in (FULL, CAR_ALONE, PLATE_ALONE, FULL, FULL)]
    times = [AT_US + (first + place) * GAP_US for place in (0, 1, 2, 3, 3)]
    return [
        *(
            PlatesRecognized("gate-3", at_us, "", json.dumps(one).encode())
            for one, at_us in zip(said, times, strict=True)
        ),
        PlatesRecognized("gate-3", AT_US, "", b'{"plates": ['),
    ]


class Dying:
    """A lake with one window, copied for each death in the second."""

    def __init__(self, folder: Path) -> None:
        self.home, self.saved = folder / "home", folder / "saved"
        self.place = Place(self.home, {})
        lake = self.place.opened()
        lake.create()
        lake.close()
        send(self.home, results(0))
        assert run(work_off, self.home) == 0
        send(self.home, results(10))
        shutil.copytree(self.home, self.saved)
        assert run(work_off, self.home) == 0
        self.undisturbed = self.tables()
        assert all(some.total() >= 2 for some in self.undisturbed.values())

    def tables(self) -> dict[str, Counter[str]]:
        lake = self.place.opened()
        try:
            assert dangling(lake) == set()
            return {name: rows(lake, name) for name in LAKE_TABLES}
        finally:
            lake.close()

    def dies_at(self, step: int) -> bool:
        """Let the worker die, and start another; False when it ended before that step."""
        shutil.rmtree(self.home)
        shutil.copytree(self.saved, self.home)
        code = run(work_off, self.home, dies_at=step)
        for name, some in self.tables().items():
            assert some <= self.undisturbed[name], "right after the kill"
        assert run(work_off, self.home) == 0
        assert self.tables() == self.undisturbed
        lake = self.place.opened()
        assert command(self.place, MAINTAIN, ALL_HOT, work=roadsieve_later) == 0
        assert self.tables() == self.undisturbed
        assert left_over(lake) == set()
        assert in_the_index(self.place.settings) == lake.paths("plate") | lake.paths("sighting")
        lake.close()
        return code == KILLED


@pytest.fixture
def dying(tmp_path: Path) -> Dying:
    return Dying(tmp_path)


@pytest.mark.slow
def test_stages_killed_at_some_steps_give_the_lake_that_they_would_have_given(dying: Dying) -> None:
    steps = list(itertools.takewhile(dying.dies_at, itertools.count(1, 37)))
    assert len(steps) >= 2


@pytest.mark.chaos
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("part", range(PARTS))
def test_stages_killed_at_every_step_give_the_lake_that_they_would_have_given(dying: Dying, part: int) -> None:
    steps = list(itertools.takewhile(dying.dies_at, itertools.count(part, PARTS)))
    print(f"\nscribe, tracker, registrar: killed at {len(steps)} steps, {part} and each {PARTS} further")
    assert steps
