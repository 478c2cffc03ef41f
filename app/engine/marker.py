"""The clock's only voice: a window that stays open too long is ended by a marker sent into its own partition."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from app.engine.ports import Log
from app.engine.read_ahead import ReadAhead

SendMarker = Callable[[], Awaitable[None]]


async def send_markers(ahead: ReadAhead, log: Log, linger_s: float, send: SendMarker) -> None:
    """Send a marker whenever a window has been open for linger_s and the log has nothing more to say.

    Nothing is decided here: the window ends when its marker is read. A marker too many ends a window early, or an
    empty one, and does so again on every replay.
    """
    loop = asyncio.get_running_loop()
    sent_s = -linger_s
    while True:
        since_s = ahead.open_since_s
        now_s = loop.time()
        if since_s is None:
            due_s = now_s + linger_s
        else:
            due_s = max(since_s, sent_s) + linger_s
            if now_s >= due_s:
                if log.caught_up():  # behind, a marker at the end of the log would come too late to matter
                    await send()
                    sent_s = loop.time()
                due_s = now_s + linger_s / 4
        await asyncio.sleep(max(due_s - now_s, linger_s / 20) / 2)
