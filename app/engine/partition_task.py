"""The unit of exactness: one source partition = one fenced producer, one reader, one store, one pipeline."""

from __future__ import annotations

import asyncio
import enum
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.engine.ask import Asker
from app.engine.batch import Target, row_codec
from app.engine.declare import Codec, Limits, Stage
from app.engine.marker import send_markers
from app.engine.pipeline import Pipeline
from app.engine.ports import Fenced
from app.engine.recovery import recover
from app.engine.source_log import KafkaLog
from app.engine.store import PartitionStore
from app.engine.transaction import KafkaTransactor

log = logging.getLogger(__name__)


class State(enum.IntEnum):
    """Where a partition's task is."""

    CLOSED = 0
    OPENING = 1
    RUNNING = 2
    FENCED = 3


class PartitionTask:
    """Runs a stage on one partition until closed, fenced or failed."""

    def __init__(
        self, stage: Stage, partition: int, limits: Limits, codec: Codec, *, bootstrap: str, state_dir: Path,
        session_timeout_s: float, tombstones_ms: int, asker: Asker | None, send_marker: Callable[[int], Any],
    ) -> None:  # fmt: skip
        self.stage, self.partition, self.limits = stage, partition, limits
        self.state = State.OPENING
        self.fenced_s: float | None = None
        """Monotonic time at which a newer owner was noticed."""
        self.position = -1
        self._codec, self._asker, self._send_marker, self._tombstones_ms = codec, asker, send_marker, tombstones_ms
        self._path = state_dir / stage.app_id / stage.table.changelog / str(partition)
        name = f"{stage.app_id}-{stage.name}-{partition}"
        self._transactor = KafkaTransactor(stage, partition, bootstrap, session_timeout_s)
        self._log = KafkaLog(stage.name, name, bootstrap)
        self._pipeline: Pipeline | None = None
        self._closing = False
        self._opened_steps = 0

    def __repr__(self) -> str:
        return f"{self.stage.source.name}/{self.partition}"

    def close(self) -> None:
        """Ask `run` to return after the batch in flight."""
        self._closing = True
        if self._pipeline is not None:
            self._pipeline.close()

    async def run(self) -> None:
        """Fence, recover, then read and process. Return when closed or fenced; raise when the process must end."""
        store: PartitionStore | None = None
        try:
            await self._transactor.fence()
            await self._log.start()
            store = PartitionStore(self._path)
            pipeline = await self._open(store)
            if not self._closing:
                await self._process(pipeline)
            if store.meta.incarnation:
                store.touch()
        except Fenced:
            self.state, self.fenced_s = State.FENCED, time.monotonic()
            log.warning("%s %r: fenced, a newer owner has this partition", self.stage.name, self)
        finally:
            await self._release(store)

    async def _open(self, store: PartitionStore) -> Pipeline:
        stage, codec = self.stage, self._codec
        meta = await recover(stage, self.partition, store, self._log, self._tombstones_ms, self._step)
        self._transactor.incarnation = meta.incarnation
        targets = {
            topic.name: Target(topic, await self._transactor.partitions(topic), codec.encoder(topic))
            for topic in stage.targets
        }
        self.position = await self._log.seek_source(stage.source.name, self.partition, meta.position)
        self._pipeline = Pipeline(
            stage, self.partition, self.limits, log=self._log, transactor=self._transactor, rows=store,
            row_codec=row_codec(stage.table, codec),
            targets=targets, decode=codec.decoder(stage.source), asker=self._asker,
        )  # fmt: skip
        return self._pipeline

    async def _process(self, pipeline: Pipeline) -> None:
        self.state = State.RUNNING
        markers: asyncio.Task[None] | None = None
        if self.stage.window is not None:
            markers = asyncio.create_task(
                send_markers(pipeline.ahead, self._log, self.stage.linger_s, lambda: self._send_marker(self.partition))
            )
            markers.add_done_callback(lambda done: None if done.cancelled() else pipeline.close())
        try:
            await pipeline.run()
            if markers is not None and markers.done():
                markers.result()
        finally:
            if markers is not None:
                markers.cancel()
                await asyncio.gather(markers, return_exceptions=True)

    def _step(self) -> None:
        self._opened_steps += 1

    @property
    def progress(self) -> tuple[int, ...]:
        """Return figures of which at least one changes whenever the task gets anywhere."""
        pipeline = self._pipeline
        if pipeline is None:
            return self.state, self._opened_steps
        return self.state, pipeline.batches, self._log.position

    @property
    def held_records(self) -> int:
        """Records read and not yet committed."""
        return 0 if self._pipeline is None else self._pipeline.ahead.held_records

    @property
    def held_bytes(self) -> int:
        """Bytes of records read and not yet committed."""
        return 0 if self._pipeline is None else self._pipeline.ahead.held_bytes

    @property
    def records(self) -> int:
        """Records committed by this task."""
        return 0 if self._pipeline is None else self._pipeline.records

    @property
    def done_position(self) -> int:
        """Next source offset that is not processed: past markers and aborted records when nothing is held."""
        if self._pipeline is None or self.state != State.RUNNING:
            return self.position
        if not self.held_records:
            return self._log.position
        return self._pipeline.position if self._pipeline.position is not None else self.position

    @property
    def end(self) -> int | None:
        """End of the committed source records as of the last fetch; None while not running."""
        return self._log.end if self.state == State.RUNNING else None

    @property
    def lag(self) -> int:
        """Source offsets not yet processed, as far as known."""
        end = self.end
        return 0 if end is None else max(0, end - self.done_position)

    @property
    def must_move(self) -> bool:
        """Tell whether a task that makes no progress now is stuck."""
        return self.state == State.OPENING or self.lag > 0

    async def _release(self, store: PartitionStore | None) -> None:
        if self.state != State.FENCED:
            self.state = State.CLOSED
        await self._log.stop()
        if store is not None:
            store.close()
        await self._transactor.stop()
