"""The clock's only voice: a window that stays open too long is ended by a marker sent into its own partition."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from app.engine.ports import Log
from app.engine.read_ahead import ReadAhead

SendMarker = Callable[[], Awaitable[None]]
HURRIED_LINGERS = 0.1
"""Least time, in lingers, between two markers of windows that must not wait."""


async def send_markers(ahead: ReadAhead, log: Log, linger_s: float, send: SendMarker) -> None:
    """Send a marker whenever a window has been open for linger_s and the log has nothing more to say, or must not wait.

    Nothing is decided here: the window ends when its marker is read. A marker too many ends a window early, or an
    empty one, and does so again on every replay.
    """
    loop = asyncio.get_running_loop()
    sent_s = -linger_s
    while True:
        since_s = ahead.open_since_s
        now_s = loop.time()
        hurried = ahead.hurried.is_set()
        if since_s is None:
            due_s = now_s + linger_s
        else:
            due_s = sent_s + HURRIED_LINGERS * linger_s if hurried else max(since_s, sent_s) + linger_s
            if now_s >= due_s:
                if hurried or log.caught_up():  # behind, a marker at the end of the log would come too late to matter
                    await send()
                    sent_s = loop.time()
                due_s = now_s + (HURRIED_LINGERS if hurried else 0.25) * linger_s
        wait_s = max(due_s - now_s, linger_s / 20) / 2
        if hurried:
            await asyncio.sleep(wait_s)
            continue
        try:
            async with asyncio.timeout(wait_s):
                await ahead.hurried.wait()
        except TimeoutError:
            pass
