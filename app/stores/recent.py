"""An object store that remembers what this process put lately, so that its other stages need not ask for it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable
from typing import Protocol

from app.stores.objects import ObjectFacts, Objects


class Closable(Objects, Protocol):
    """A store with resources of its own."""

    def close(self) -> None:
        """Wait for the calls under way and give the resources back."""


class RecentObjects:
    """Stand before a store; get is answered from memory for the newest objects put here, `max_bytes` of them.

    Objects never change under a key, so what is remembered is right as long as it is asked for at all: an object that
    another process removed may still be read here. Everything else goes to the store, whose requests are counted there.
    """

    def __init__(self, objects: Closable, max_bytes: int) -> None:
        self.requests = objects.requests
        self._objects, self._max_bytes = objects, max_bytes
        self._recent: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0

    def close(self) -> None:
        """Close the store; what was remembered is forgotten."""
        self._recent.clear()
        self._bytes = 0
        self._objects.close()

    async def put(self, key: str, body: bytes) -> None:
        """Write an object, durable on return, and remember it."""
        await self._objects.put(key, body)
        self._forget(key)
        self._recent[key] = body
        self._bytes += len(body)
        while self._bytes > self._max_bytes:
            self._forget(next(iter(self._recent)))

    async def get(self, key: str) -> bytes:
        """Return an object's bytes, from memory where they are; raises ObjectVanished."""
        body = self._recent.get(key)
        return await self._objects.get(key) if body is None else body

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

    def list(self, prefix: str) -> AsyncIterator[ObjectFacts]:
        """Yield the store's objects by prefix."""
        return self._objects.list(prefix)

    def _forget(self, key: str) -> None:
        self._bytes -= len(self._recent.pop(key, b""))
