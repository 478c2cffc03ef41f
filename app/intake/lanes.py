"""Cameras side by side, the clips of one camera one after another."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Protocol

from app.intake.clip import Clip
from app.intake.pace import Pace, Speed


class Clock(Protocol):
    """Tell the time of this run, and wait for one."""

    def now_s(self) -> float:
        """Return seconds since some beginning."""

    async def until(self, due_s: float) -> None:
        """Return at that time, at once when it has passed."""


class LoopClock:
    """The clock of the running event loop."""

    def now_s(self) -> float:
        """Return the loop's time in seconds."""
        return asyncio.get_running_loop().time()

    async def until(self, due_s: float) -> None:
        """Sleep until the loop's time is that."""
        if (wait_s := due_s - self.now_s()) > 0:
            await asyncio.sleep(wait_s)


Play = Callable[[Clip, Pace], Awaitable[Pace]]
"""Send a clip at a pace; returns the pace after its last segment."""


class Lanes:
    """Play clips: at most `at_once` cameras at the same time, a camera's clips in the order in which they were put."""

    def __init__(self, group: asyncio.TaskGroup, play: Play, speed: Speed, clock: Clock, at_once: int) -> None:
        self._group, self._play, self._speed, self._clock = group, play, speed, clock
        self._waiting: dict[str, deque[Clip]] = {}
        self._paces: dict[str, Pace] = {}
        self._places = asyncio.Semaphore(at_once)
        self._room = asyncio.Semaphore(2 * at_once)

    async def put(self, clip: Clip) -> None:
        """Add a clip to its camera's lane; waits while as many clips wait as twice the cameras at once."""
        await self._room.acquire()
        lane = self._waiting.get(clip.camera_id)
        if lane is None:
            lane = self._waiting[clip.camera_id] = deque()
            self._group.create_task(self._run(clip.camera_id, lane), name=f"lane {clip.camera_id}")
        lane.append(clip)

    async def _run(self, camera_id: str, lane: deque[Clip]) -> None:
        async with self._places:
            while lane:
                clip = lane.popleft()
                self._room.release()
                pace = self._paces.get(camera_id, Pace(self._speed)).begin(self._clock.now_s())
                self._paces[camera_id] = await self._play(clip, pace)
            del self._waiting[camera_id]
