"""Reads what lookups of plates need before anybody asks: the index when the API starts, footers also as commits add
files."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pyarrow as pa
from sqlalchemy.exc import SQLAlchemyError

from app.errors import RoadsieveError
from app.lake.indexing import TABLES
from app.lake.plate_index import PlateIndex
from app.lake_api.shots import Shots

READY_WITHIN_S = 15.0
"""Most seconds for which the API is not ready yet since footers are read."""
LOOK_S = 1.0
"""Seconds after which it is seen what commits have added."""
FAILURES = (RoadsieveError, SQLAlchemyError, OSError, pa.ArrowException)
"""Of a lake that is away, or a file that is broken or was removed: whoever asks for it is told."""


@dataclass(slots=True)
class Warming:
    """Read the footers of the tables that have plates, of the newest days first, as many as there is room for."""

    shots: Shots
    index: PlateIndex
    _is_read: asyncio.Event = field(default_factory=asyncio.Event)
    _is_asked: bool = False
    _done: dict[str, int | None] = field(default_factory=dict)
    """Of each table the snapshot whose footers were read."""

    @asynccontextmanager
    async def beside(self) -> AsyncIterator[None]:
        """Read beside what is done within, which begins when all was read, or READY_WITHIN_S is over."""
        reading = asyncio.create_task(self._read())
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._is_read.wait(), READY_WITHIN_S)
            self._is_asked = True
            yield
        finally:
            reading.cancel()
            await asyncio.wait([reading])

    @property
    def is_warm(self) -> bool:
        """Tell whether all footers were read that there were at the start; later ones are, a second after a commit."""
        return self._is_read.is_set()

    async def _read(self) -> None:
        with suppress(*FAILURES):
            await asyncio.to_thread(self.index.fetch)
        while True:
            with suppress(*FAILURES):  # it is looked at again
                for name in TABLES:
                    await self._warm(name)
                self._is_read.set()
            await asyncio.sleep(LOOK_S)

    async def _warm(self, name: str) -> None:
        shot = await asyncio.to_thread(self.shots.newest, name)
        if self._done.get(name, -1) == shot.snapshot_id:
            return
        files = self.shots.reader
        for path in files.unknown([*shot.by_path][::-1]):
            if not files.has_room:
                break
            began_s = time.monotonic()
            with suppress(*FAILURES):
                await asyncio.to_thread(files.remember, shot.table, path)
            if self._is_asked:  # at most half of a thread: whoever asks comes first
                await asyncio.sleep(time.monotonic() - began_s)
        self._done[name] = shot.snapshot_id
