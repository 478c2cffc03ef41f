"""One partition from log to transaction: read ahead, cut a batch or window, apply, commit while the next is prepared.

No Kafka here: a log, a transactor and rows are ports, so a test can crash this at every await.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Mapping
from typing import Any

from app import telemetry
from app.engine.ask import Asker
from app.engine.batch import Batch, CommittedRows, Overlay, Readable, RowCodec, Target, fits
from app.engine.declare import Limits, Stage
from app.engine.item import Item
from app.engine.letters import dead_letter, letter_key, without_value
from app.engine.partitioner import partition_of
from app.engine.poison import Items, apply_isolating
from app.engine.ports import Effects, Log, Rows, Transactor
from app.engine.read_ahead import ReadAhead
from app.engine.retry import within_budget


class Pipeline:
    """Drive one partition until closed, fenced or failed."""

    def __init__(
        self, stage: Stage, partition: int, limits: Limits, *, log: Log, transactor: Transactor, rows: Rows,
        row_codec: RowCodec, targets: Mapping[str, Target], decode: Any, asker: Asker | None = None,
    ) -> None:  # fmt: skip
        self.stage, self.partition, self.limits = stage, partition, limits
        self._transactor, self._rows, self._row_codec, self._targets = transactor, rows, row_codec, targets
        peek: CommittedRows[Any] = CommittedRows(rows, row_codec)
        settle = None if asker is None else (lambda item: asker.settle(item, peek))
        asked = stage.hurry
        hurry = None if asked is None else (lambda values: asked(values, peek))
        self.ahead = ReadAhead(log, partition, limits, decode, settle, stage.window, hurry)
        self.records = self.batches = 0
        """Committed so far: every step of either is progress."""
        self.position: int | None = None
        self._taken_ms: deque[int] = deque()
        """Timestamps of the first records of the batches taken and not yet committed."""
        self._committing: asyncio.Task[None] | None = None
        self._tip: Readable = rows
        """State after the newest applied batch, committed or not."""
        self._closing = asyncio.Event()

    def close(self) -> None:
        """Ask `run` to return after the batch that is being applied or committed."""
        self._closing.set()
        self.ahead.changed.set()

    async def run(self) -> None:
        """Process until closed; raise Fenced, BudgetSpent, or whatever makes going on impossible."""
        reading = asyncio.create_task(self.ahead.run(), name=f"{self.stage.name}-{self.partition}-reads")
        reading.add_done_callback(lambda _: self.ahead.changed.set())
        try:
            while await self._batch_due(reading):
                waited_s, items = self.ahead.waited_s, self.ahead.take()
                self._taken_ms.append(items[0].timestamp_ms)
                began_s = time.perf_counter()
                batch = await self._applied(items)
                telemetry.applied(self.stage.name, waited_s, time.perf_counter() - began_s)
                effects = self._effects(items, batch)
                await self._committed()
                self._committing = asyncio.create_task(self._commit(items, batch, effects))
                self._committing.add_done_callback(lambda _: self.ahead.changed.set())
            await self._committed()
        finally:
            reading.cancel()
            if self._committing is not None:
                self._committing.cancel()
            await asyncio.gather(reading, *filter(None, [self._committing]), return_exceptions=True)

    @property
    def oldest_ms(self) -> int | None:
        """Timestamp of the oldest record that is read and not yet committed; None when nothing is held."""
        return self._taken_ms[0] if self._taken_ms else self.ahead.oldest_ms

    async def _batch_due(self, reading: asyncio.Task[None]) -> bool:
        """Wait for a full batch, or for any batch once nothing is being committed; False when closing.

        While a batch commits, the next one is applied early only when it is full: else it can still grow.
        """
        ahead, loop = self.ahead, asyncio.get_running_loop()
        full = 1 if self.stage.window else self.limits.batch_records
        while not self._closing.is_set():
            if reading.done():
                reading.result()
            ahead.changed.clear()
            wait_s: float | None = None
            if (ready := ahead.ready) >= full:
                return True
            if self._committing is not None and self._committing.done():
                await self._committed()
            if ready and self._committing is None:
                since_s = ahead.ready_since_s
                wait_s = 0.0 if since_s is None else since_s + self.stage.linger_s - loop.time()
                if wait_s <= 0 or ahead.full:  # with no room to grow, waiting would only idle
                    return True
            try:
                async with asyncio.timeout(wait_s):
                    await ahead.changed.wait()
            except TimeoutError:
                pass
        return False

    async def _applied(self, items: list[Item[Any, Any]]) -> Batch[Any, Any]:
        first_offset = items[0].offset

        def new_batch(part: Items, overlay: Overlay) -> Batch[Any, Any]:
            return Batch(self.partition, first_offset, part, overlay, self._row_codec, self._targets)

        return await within_budget(
            lambda: apply_isolating(self.stage.apply, items, self._tip, new_batch),
            f"{self.stage.name} on {items[0]!r} to {items[-1]!r}", self.stage.name, self.limits.retry_budget_s,
        )  # fmt: skip

    def _effects(self, items: list[Item[Any, Any]], batch: Batch[Any, Any]) -> Effects:
        """Gather outputs, rows, dead letters and the new position."""
        outputs = batch.outputs
        for item in items:
            if item.error is not None:
                self._add_letter(outputs, item, item.error)
        self._tip = batch.overlay
        return Effects(items[-1].offset + 1, outputs, batch.overlay.dirty, batch.headers)

    def _add_letter(
        self, outputs: dict[tuple[str, int], list[tuple[bytes, bytes]]], item: Item[Any, Any], error: Exception
    ) -> None:
        source, target = self.stage.source.name, self._targets[self.stage.dead_letters.name]
        key = letter_key(source, item).encode()
        letter = dead_letter(self.stage.name, source, item, error)
        value = target.encode(letter)
        if not fits(target.topic, key, value):
            value = target.encode(without_value(letter, target.topic))
        outputs.setdefault((target.topic.name, partition_of(key, target.partitions)), []).append((key, value))
        telemetry.dead_lettered(self.stage.name, item, item.record.headers, error)

    async def _commit(self, items: list[Item[Any, Any]], batch: Batch[Any, Any], effects: Effects) -> None:
        began_s = time.perf_counter()
        changelog_offset = await self._transactor.commit(effects)
        # Only now is the batch a fact. A crash before this line replays it from the changelog.
        self._rows.apply(effects.rows, changelog_offset, effects.position)
        batch.overlay.below = self._rows  # what lay below is committed too: the chain of overlays stays two long
        if self._tip is batch.overlay:
            self._tip = self._rows
        self.position = effects.position
        self.batches += 1
        self.records += len(items)
        size_bytes = sum([item.size_bytes for item in items])
        self._taken_ms.popleft()
        self.ahead.release(len(items), size_bytes)
        values = [value for sent in effects.outputs.values() for _, value in sent]
        telemetry.committed(
            self.stage.name, self.partition, records=len(items), size_bytes=size_bytes, outputs=len(values),
            output_bytes=sum(map(len, values)), seconds=time.perf_counter() - began_s,
        )  # fmt: skip

    async def _committed(self) -> None:
        """Wait for the batch in flight; raise what it failed with."""
        if self._committing is None:
            return
        await asyncio.shield(self._committing)
        self._committing = None
