"""Reads a partition ahead of its commits, bounded by count and bytes; decodes, asks, hands records back in order."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Sequence
from itertools import islice, takewhile
from typing import Any

from app.engine.declare import Limits, Window
from app.engine.item import Item
from app.engine.ports import Log, SourceRecord
from app.errors import MalformedRecord

#: Most records decoded without giving other partitions a turn.
READ_RECORDS = 256

Settle = Callable[[Item[Any, Any]], Coroutine[Any, Any, None]]


class ReadAhead:
    """Hold the records between the log and the batch.

    Held are all records read and not yet committed. An open window does not count: its records ARE the uncommitted
    tail of the log, and a bound below the window's own would keep it from ever ending.
    """

    def __init__(
        self, log: Log, partition: int, limits: Limits, decode: Callable[[bytes], Any],
        settle: Settle | None = None, window: Callable[[], Window] | None = None,
        hurry: Callable[[Sequence[Any]], bool] | None = None,
    ) -> None:  # fmt: skip
        self._log, self._partition, self._limits = log, partition, limits
        self._decode, self._settle, self._new_window, self._hurry = decode, settle, window, hurry
        self._window = window() if window else None
        self._asking: deque[Item[Any, Any]] = deque()
        self._ready: deque[Item[Any, Any]] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._failure: BaseException | None = None
        self._room = asyncio.Event()
        self.changed = asyncio.Event()
        """Set whenever there is something new to look at."""
        self.held_records = self.held_bytes = 0
        self.windows_held = 0
        """Complete windows among the records held."""
        self._windows_ready = 0
        self.open_since_s: float | None = None
        """Loop time at which the open window's first record was read."""
        self.hurried = asyncio.Event()
        """Set while the open window holds what must not wait."""
        self.ready_since_s: float | None = None

    async def run(self) -> None:
        """Read until cancelled; raise what makes reading or asking impossible."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                while (room := self._room_left()) is None:
                    self._room.clear()
                    await self._room.wait()
                records = await self._log.read(*room)
                if not self._ready:
                    self.ready_since_s = loop.time()
                self._admit(records)
                if self._hurry is not None and self._log.caught_up() and not self.hurried.is_set():
                    self._look_for_haste(self._hurry, len(records))
                self.changed.set()
                await asyncio.sleep(0)
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def full(self) -> bool:
        """Tell whether nothing more is read before a batch is committed."""
        return self._room_left() is None

    def _room_left(self) -> tuple[int, int] | None:
        limits = self._limits
        records, size_bytes = limits.read_ahead_records - self.held_records, limits.read_ahead_bytes - self.held_bytes
        if records > 0 and size_bytes > 0:
            return min(records, READ_RECORDS), size_bytes
        if self._new_window is not None and not self.windows_held:
            return READ_RECORDS, limits.read_ahead_bytes
        return None

    def _admit(self, records: Iterable[SourceRecord]) -> None:
        """Decode records and queue them in order: with those that are ready, or behind those being asked about."""
        decode, partition, held_bytes, count = self._decode, self._partition, 0, 0
        for record in records:
            item: Item[Any, Any] = Item(record, partition)
            value, key = record.value, record.key
            try:
                if key is not None:
                    item.key = key.decode()
                    item.size_bytes = len(key)
                if value is None:
                    raise MalformedRecord(
                        repr(item), "it has no value", "only changelogs carry tombstones; drop the letter"
                    )
                item.size_bytes += len(value)
                item.value = decode(value)
            except Exception as error:  # a decoder that fails, however, speaks of this record
                item.error = error
            held_bytes += item.size_bytes
            count += 1
            if self._window is not None:
                self._extend_window(item)
            if self._settle is not None and item.error is None:
                self._ask(item)
            if self._asking or not item.settled:
                self._asking.append(item)
            else:
                self._windows_ready += item.ends_window
                self._ready.append(item)
        self.held_records += count
        self.held_bytes += held_bytes

    def _extend_window(self, item: Item[Any, Any]) -> None:
        """Ask the window about a decoded record. Only the log speaks: what the ask finds cannot move the end."""
        if self.open_since_s is None:
            self.open_since_s = asyncio.get_running_loop().time()
        assert self._window is not None
        assert self._new_window is not None
        if item.error is None and self._window.add(item.value):
            item.ends_window = True
            self.windows_held += 1
            self._window, self.open_since_s = self._new_window(), None
            self.hurried.clear()

    def _look_for_haste(self, hurry: Callable[[Sequence[Any]], bool], count: int) -> None:
        """Ask about the newest records, as far as they lie in the open window; behind, a marker comes too late."""
        if self.open_since_s is None:
            return
        queue = self._asking or self._ready
        newest = takewhile(lambda item: not item.ends_window, islice(reversed(queue), count))
        if hurry([item.value for item in newest if item.error is None]):
            self.hurried.set()

    def _ask(self, item: Item[Any, Any]) -> None:
        assert self._settle is not None
        item.settled = False
        task = asyncio.create_task(self._settle(item))
        self._tasks.add(task)
        task.add_done_callback(self._on_settled)

    def _on_settled(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failure = self._failure or error
        asking = self._asking
        while asking and asking[0].settled:
            item = asking.popleft()
            if not self._ready:
                self.ready_since_s = asyncio.get_running_loop().time()
            self._windows_ready += item.ends_window
            self._ready.append(item)
        self.changed.set()

    @property
    def oldest_ms(self) -> int | None:
        """Timestamp of the oldest record that no batch has taken yet; None when there is none."""
        first = self._ready or self._asking
        return first[0].timestamp_ms if first else None

    @property
    def waited_s(self) -> float:
        """Time since the first of the records that are ready became so."""
        return 0.0 if self.ready_since_s is None else asyncio.get_running_loop().time() - self.ready_since_s

    @property
    def ready(self) -> int:
        """Records that a batch could take now; with windows, complete windows. Raise a failed ask's error."""
        if self._failure is not None:
            raise self._failure
        return len(self._ready) if self._new_window is None else self._windows_ready

    def take(self) -> list[Item[Any, Any]]:
        """Remove the next batch from the head: up to batch_records, or exactly one window."""
        ready = self._ready
        items: list[Item[Any, Any]] = []
        if self._new_window is not None:
            while not (item := ready.popleft()).ends_window:
                items.append(item)
            items.append(item)
            self._windows_ready -= 1
        elif len(ready) <= self._limits.batch_records:
            items.extend(ready)
            ready.clear()
        else:
            items.extend(ready.popleft() for _ in range(self._limits.batch_records))
        return items

    def release(self, records: int, size_bytes: int) -> None:
        """Give back the room of a batch that has been committed."""
        self.held_records -= records
        self.held_bytes -= size_bytes
        self.windows_held -= self._new_window is not None
        self._room.set()
