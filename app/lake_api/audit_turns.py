"""A line goes into the audit log at once while nobody is at it; those that come meanwhile go together, in one turn.

Nearly always nobody is: to have a thread write took longer than to write.
"""

from __future__ import annotations

import asyncio

from app.lake_api.audit import AuditLog
from app.lake_api.refusals import Unavailable


class AuditTurns:
    """Write lines in the order in which they come, all that wait in one go; of one event loop."""

    def __init__(self, log: AuditLog) -> None:
        self.log = log
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def write(self, line: bytes) -> None:
        """Return when a line is in the log; raises Unavailable when it cannot be."""
        is_idle = self._writing is None or self._writing.done()
        if is_idle and self.log.write_if_free(line):
            return
        written = asyncio.get_running_loop().create_future()
        self._waiting.append((line, written))
        if is_idle:
            self._writing = asyncio.create_task(self._write_all())
        await written

    async def _write_all(self) -> None:
        while self._waiting:
            some, self._waiting = self._waiting, []
            failed: Unavailable | None = None
            try:
                await asyncio.to_thread(self.log.write, b"".join(line for line, _ in some))
            except Unavailable as error:
                failed = error
            for _, written in some:
                if written.done():  # whoever asked is gone
                    continue
                if failed is None:
                    written.set_result(None)
                else:
                    written.set_exception(Unavailable(failed.what, failed.why, failed.remedy))
