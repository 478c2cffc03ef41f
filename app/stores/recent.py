"""An object store that remembers the temporary objects a stage put, so that others of its process need not ask."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass

from app.stores.keys import TEMPORARY
from app.stores.objects import ObjectFacts, Objects

#: Seconds after which an object that nobody here asked for is taken to be another process's to read.
PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class _Kept:
    body: bytes
    put_s: float


class RecentObjects:
    """Stand before a store; get is answered from memory for temporary objects put here, `max_bytes` of them.

    Objects never change under a key, so what is remembered is right as long as it is asked for at all: an object that
    another process removed may still be read here. Everything else goes to the store, whose requests are counted there.

    Most objects are read once, in the order they were put, by a stage that may lag. So what was read makes room first,
    the oldest before others. If nothing was, the newest is not remembered: it is the one needed last.
    """

    def __init__(self, objects: Objects, max_bytes: int, clock_s: Callable[[], float] = time.monotonic) -> None:
        self.requests = objects.requests
        self._objects, self._max_bytes, self._clock_s = objects, max_bytes, clock_s
        self._unread: dict[str, _Kept] = {}
        self._read: dict[str, _Kept] = {}
        self._bytes = 0
        self._stages = 0

    def shared_by(self, stages: int) -> None:
        """Take note of how many stages of this process use the store."""
        self._stages = stages

    async def put(self, key: str, body: bytes) -> None:
        """Write an object, durable on return, and remember it if it is temporary, wanted here, and there is room."""
        await self._objects.put(key, body)
        self._forget(key)
        if key.startswith(TEMPORARY) and self._stages > 1:
            self._unread[key] = _Kept(body, self._clock_s())
            self._bytes += len(body)
            self._make_room(key)

    async def get(self, key: str) -> bytes:
        """Return an object's bytes, from memory where they are; raises ObjectVanished."""
        if (kept := self._unread.pop(key, None)) is not None:
            self._read[key] = kept
        kept = self._read.get(key)
        return await self._objects.get(key) if kept is None else kept.body

    async def copy(self, source: str, target: str) -> None:
        """Write the object of one key under another; raises ObjectVanished."""
        self._forget(target)
        await self._objects.copy(source, target)

    async def delete(self, keys: Iterable[str]) -> None:
        """Remove objects, from memory too."""
        gone = list(keys)
        for key in gone:
            self._forget(key)
        await self._objects.delete(gone)

    async def head(self, key: str) -> ObjectFacts | None:
        """Return the facts of an object in the store, None when there is none."""
        return await self._objects.head(key)

    async def link(self, key: str, valid_s: float) -> str:
        """Return the store's address of an object."""
        return await self._objects.link(key, valid_s)

    def list(self, prefix: str) -> AsyncIterator[ObjectFacts]:
        """Yield the store's objects by prefix."""
        return self._objects.list(prefix)

    def _make_room(self, newest: str) -> None:
        while self._bytes > self._max_bytes:
            if self._read:
                self._forget(next(iter(self._read)))
                continue
            oldest = next(iter(self._unread))
            waited_s = self._clock_s() - self._unread[oldest].put_s
            self._forget(oldest if waited_s > PATIENCE_S else newest)

    def _forget(self, key: str) -> None:
        kept = self._unread.pop(key, None) or self._read.pop(key, None)
        if kept is not None:
            self._bytes -= len(kept.body)
