"""Cameras side by side, the clips of one camera in order, each at its pace: on a virtual clock."""

from __future__ import annotations

import asyncio
import heapq
from itertools import count
from pathlib import Path

import pytest

from app.intake.clip import Clip
from app.intake.lanes import Lanes
from app.intake.pace import Pace, Speed
from app.intake.start import StartTime

SEGMENT_US = 2_000_000


class VirtualClock:
    """A clock that jumps to the next due time whenever nobody can run."""

    def __init__(self) -> None:
        self.now = 100.0
        self._ids = count()
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []

    def now_s(self) -> float:
        return self.now

    async def until(self, due_s: float) -> None:
        if due_s <= self.now:
            return
        due = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (due_s, next(self._ids), due))
        await due

    async def run(self, work: asyncio.Task[None]) -> None:
        while not work.done():
            for _ in range(50):
                await asyncio.sleep(0)
            if self._waiting:
                self.now, _, due = heapq.heappop(self._waiting)
                due.set_result(None)
        await work


def clip(camera: str, number: int) -> Clip:
    name = f"{camera}-{number}"
    return Clip(Path(name), name, f"{number:032x}", camera, StartTime(0, "unknown"), ())


def play_all(clips: list[Clip], speed: Speed, segments: int = 3, gap_s: float = 0.0) -> list[tuple[float, str, int]]:
    """Return (time, clip, segment) of every segment in the order in which they were sent."""
    clock, sent = VirtualClock(), []

    async def play(one: Clip, pace: Pace) -> Pace:
        for number in range(segments):
            await clock.until(pace.due_s)
            sent.append((clock.now - 100.0, one.name, number))
            pace = pace.after(SEGMENT_US)
            await asyncio.sleep(0)
        return pace

    async def work() -> None:
        async with asyncio.TaskGroup() as group:
            lanes = Lanes(group, play, speed, clock, at_once=8)
            for one in clips:
                await clock.until(clock.now + gap_s)
                await lanes.put(one)

    async def run() -> None:
        await clock.run(asyncio.create_task(work()))

    asyncio.run(asyncio.wait_for(run(), 20))
    return sent


def times(sent: list[tuple[float, str, int]], camera: str) -> list[float]:
    return [at_s for at_s, name, _ in sent if name.startswith(camera)]


@pytest.mark.parametrize(("speed", "step_s"), [(Speed.REAL, 2.0), (Speed.DOUBLE, 1.0), (Speed.MAX, 0.0)])
def test_a_camera_sends_at_its_pace_and_its_clips_follow_each_other(speed: Speed, step_s: float) -> None:
    sent = play_all([clip("a", 1), clip("a", 2)], speed)
    assert times(sent, "a") == [n * step_s for n in range(6)]
    assert [name for _, name, _ in sent] == ["a-1"] * 3 + ["a-2"] * 3


@pytest.mark.parametrize("speed", list(Speed))
def test_cameras_run_side_by_side_and_each_keeps_its_order(speed: Speed) -> None:
    sent = play_all([clip(camera, number) for number in (1, 2) for camera in "abc"], speed)
    for camera in "abc":
        own = [(name, number) for _, name, number in sent if name.startswith(camera)]
        assert own == [(f"{camera}-{n}", segment) for n in (1, 2) for segment in range(3)]
        assert times(sent, camera) == times(sent, "a")
    first_round = [name[0] for _, name, _ in sent[:3]]
    assert sorted(first_round) == ["a", "b", "c"]


def test_no_more_cameras_at_once_than_allowed_and_all_get_their_turn() -> None:
    playing: set[str] = set()
    played: list[str] = []

    async def play(one: Clip, pace: Pace) -> Pace:
        playing.add(one.camera_id)
        assert len(playing) <= 4
        await asyncio.sleep(0)
        playing.remove(one.camera_id)
        played.append(one.name)
        return pace

    async def run() -> None:
        async with asyncio.TaskGroup() as group:
            lanes = Lanes(group, play, Speed.MAX, VirtualClock(), at_once=4)
            for number in range(80):
                await lanes.put(clip(f"{number % 40:03d}", number))

    asyncio.run(asyncio.wait_for(run(), 10))
    assert sorted(played) == sorted(f"{number % 40:03d}-{number}" for number in range(80))


def test_a_camera_that_had_nothing_to_play_does_not_make_up_for_the_silence() -> None:
    sent = play_all([clip("a", 1), clip("a", 2)], Speed.REAL, gap_s=60.0)
    assert times(sent, "a") == [60.0, 62.0, 64.0, 120.0, 122.0, 124.0]


def test_a_late_camera_catches_up_within_its_clip() -> None:
    pace = Pace(Speed.REAL).begin(10.0)
    assert [pace.due_s, pace.after(SEGMENT_US).due_s, pace.after(SEGMENT_US).begin(11.0).due_s] == [10.0, 12.0, 12.0]
    assert pace.begin(50.0).due_s == 50.0


def test_an_error_in_one_lane_ends_the_run() -> None:
    async def play(one: Clip, pace: Pace) -> Pace:
        raise OSError(one.name)

    async def run() -> None:
        async with asyncio.TaskGroup() as group:
            lanes = Lanes(group, play, Speed.MAX, VirtualClock(), 2)
            for number in range(50):
                await lanes.put(clip("a", number))

    with pytest.raises(ExceptionGroup) as caught:
        asyncio.run(asyncio.wait_for(run(), 10))
    assert [type(error) for error in caught.value.exceptions] == [OSError]
