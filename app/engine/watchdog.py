"""Liveness is progress: a partition with lag that does not move, or an event loop that does not turn, ends the process.

A thread of its own, because a blocked event loop cannot watch itself. It counts its own ticks instead of comparing
clocks: a process that was frozen and wakes up has not stalled.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterable
from typing import Protocol

from app.engine.dying import hard_exit

TICK_S = 1.0


class Watched(Protocol):
    """What the watchdog looks at."""

    @property
    def progress(self) -> tuple[int, ...]:
        """Figures of which one changes whenever it gets anywhere."""
        ...

    @property
    def must_move(self) -> bool:
        """Whether standing still is a fault now."""
        ...


class Stalls:
    """Count, per watched thing, the ticks since it last moved. Pure but for what it is given."""

    def __init__(self, limit_ticks: float) -> None:
        self._limit_ticks = limit_ticks
        self._seen: dict[int, tuple[tuple[int, ...], int]] = {}

    def tick(self, watched: Iterable[Watched]) -> list[Watched]:
        """Return what has had to move and has not for longer than the limit."""
        seen, stalled = {}, []
        for thing in watched:
            progress, (last, ticks) = thing.progress, self._seen.get(id(thing), ((), 0))
            ticks = ticks + 1 if thing.must_move and progress == last else 0
            seen[id(thing)] = (progress, ticks)
            if ticks > self._limit_ticks:
                stalled.append(thing)
        self._seen = seen
        return stalled


class Heartbeat:
    """The event loop as a watched thing: it moves as long as it runs callbacks."""

    must_move = True

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop, self._beats = loop, 0
        self._beat()

    def _beat(self) -> None:
        self._beats += 1
        self._handle = self._loop.call_later(TICK_S, self._beat)

    @property
    def progress(self) -> tuple[int, ...]:
        """Count beats."""
        return (self._beats,)

    def stop(self) -> None:
        """Stop beating."""
        self._handle.cancel()

    def __repr__(self) -> str:
        return "the event loop"


class Watchdog:
    """Watch from a daemon thread."""

    def __init__(self, watched: Callable[[], Iterable[Watched]], stall_s: float) -> None:
        self._watched, self._stall_s = watched, stall_s
        self._stopped = threading.Event()
        self._heartbeat = Heartbeat(asyncio.get_running_loop())
        threading.Thread(target=self._run, name="watchdog", daemon=True).start()

    def _run(self) -> None:
        stalls = Stalls(self._stall_s / TICK_S)
        while not self._stopped.is_set():
            time.sleep(TICK_S)
            try:
                stalled = stalls.tick([self._heartbeat, *self._watched()])
            except Exception as error:  # a watchdog that has died unnoticed would watch nothing
                hard_exit(f"the watchdog failed: {error!r}")
            if stalled and not self._stopped.is_set():
                hard_exit(f"no progress for {self._stall_s:.0f} s: {', '.join(map(repr, stalled))}")

    def stop(self) -> None:
        """Stop watching."""
        self._stopped.set()
        self._heartbeat.stop()
