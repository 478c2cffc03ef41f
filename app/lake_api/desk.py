"""How many questions are answered at once and for how long: the rest wait their turn for a while, or are sent away.

Of two that take turns at the interpreter both end late, one after the other only the second: each begins alone.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from app.lake_api.answering import Tick
from app.lake_api.refusals import Overloaded, TooSlow

T = TypeVar("T")
GRACE_S = 1.0
"""Seconds that a thread may take beyond its time before it is no longer waited for."""
ALONE_S = 0.05
"""Seconds after which a question that is still answered lets the next one begin; few take so long."""


@dataclass(frozen=True, slots=True)
class Room:
    """What a desk takes on."""

    at_once: int
    waiting: int
    wait_s: float
    timeout_s: float


@dataclass(slots=True)
class _Turn:
    """The time in which no other question begins; over when its work ends, or once it took long enough."""

    _alone: asyncio.Lock
    _is_over: bool = False

    def end(self) -> None:
        if not self._is_over:
            self._is_over = True
            self._alone.release()


class Desk:
    """Run blocking work in as many threads as are allowed; a thread is free again when its work ends, not earlier."""

    def __init__(self, room: Room) -> None:
        self._room, self._inside = room, 0
        self._free, self._alone = asyncio.Semaphore(room.at_once), asyncio.Lock()
        self._threads = ThreadPoolExecutor(room.at_once, thread_name_prefix="question")

    def close(self) -> None:
        """Take no more work."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def run(self, work: Callable[[Tick], T]) -> T:
        """Return what the work returns; raises Overloaded before it began, TooSlow when it takes too long."""
        if self._inside >= self._room.at_once + self._room.waiting:
            raise Overloaded("question", f"{self._room.waiting} others wait already", "ask again later")
        self._inside += 1
        try:
            turn = await asyncio.wait_for(self._turn(), self._room.wait_s)
        except BaseException as error:
            self._inside -= 1
            if isinstance(error, TimeoutError):
                why = f"it waited {self._room.wait_s:g} s for its turn"
                raise Overloaded("question", why, "ask again later") from error
            raise
        ends_s = time.monotonic() + self._room.timeout_s
        loop = asyncio.get_running_loop()
        running = loop.run_in_executor(self._threads, work, lambda: self._tick(ends_s))
        running.add_done_callback(lambda done: self._ended(done, turn))
        loop.call_later(ALONE_S, turn.end)
        try:
            return await asyncio.wait_for(asyncio.shield(running), self._room.timeout_s + GRACE_S)
        except TimeoutError as error:
            raise self._too_slow() from error

    async def _turn(self) -> _Turn:
        await self._free.acquire()
        try:
            await self._alone.acquire()
        except BaseException:
            self._free.release()
            raise
        return _Turn(self._alone)

    def _ended(self, work: asyncio.Future[T], turn: _Turn) -> None:
        self._inside -= 1
        self._free.release()
        turn.end()
        if not work.cancelled():
            work.exception()  # told to whoever waits; nobody does when it was too slow

    def _tick(self, ends_s: float) -> None:
        if time.monotonic() > ends_s:
            raise self._too_slow()

    def _too_slow(self) -> TooSlow:
        why = f"it took longer than {self._room.timeout_s:g} s"
        return TooSlow("question", why, "ask for a shorter time, from and to, or for one plate")
