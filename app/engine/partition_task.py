"""The unit of exactness: one source partition = one fenced producer, one reader, one store, one pipeline."""

from __future__ import annotations

import asyncio
import enum
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app import telemetry
from app.engine.ask import Asker
from app.engine.batch import Target, row_codec
from app.engine.declare import Codec, Limits, Stage
from app.engine.marker import send_markers
from app.engine.pipeline import Pipeline
from app.engine.ports import Fenced
from app.engine.recovery import recover
from app.engine.retry import within_budget
from app.engine.source_log import KafkaLog
from app.engine.store import PartitionStore, open_store
from app.engine.transaction import KafkaTransactor


class State(enum.IntEnum):
    """Where a partition's task is."""

    CLOSED = 0
    OPENING = 1
    RUNNING = 2
    FENCED = 3


@dataclass(frozen=True, slots=True)
class Site:
    """Where a stage runs: the cluster, the disk, the codec, and what its partitions share."""

    kafka: Mapping[str, Any]
    """Arguments of every client."""
    state_dir: Path
    session_timeout_s: float
    tombstones_ms: int
    """How long the changelog keeps tombstones."""
    codec: Codec
    limits: Limits
    asker: Asker | None
    send_marker: Callable[[int], Awaitable[None]]
    """Send the stage's marker record into one partition of its source."""


class _ToldToClose(Exception):
    """Closed while still opening."""


class PartitionTask:
    """Runs a stage on one partition until closed, fenced or failed."""

    def __init__(self, stage: Stage, partition: int, site: Site) -> None:
        self.stage, self.partition, self.site = stage, partition, site
        self.state = State.OPENING
        self.fenced_s: float | None = None
        """Monotonic time at which a newer owner was noticed."""
        self._position = -1
        self._log: KafkaLog | None = None
        self._store: PartitionStore | None = None
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
        opened: AsyncExitStack | None = None
        try:
            opened = await within_budget(
                self._open, f"opening {self!r}", self.stage.name, self.site.limits.retry_budget_s
            )
            await self._process()
            assert self._store is not None  # an opened task has one
            self._store.touch()
        except _ToldToClose:
            pass
        except Fenced:
            self.state, self.fenced_s = State.FENCED, time.monotonic()
            telemetry.fenced(self.stage.name, repr(self))
        finally:
            if self.state != State.FENCED:
                self.state = State.CLOSED
            if opened is not None:
                await opened.aclose()

    async def _open(self) -> AsyncExitStack:
        """Fence the former owner, recover, and be ready to read; return what must be closed."""
        stage, site = self.stage, self.site
        async with AsyncExitStack() as stack:
            transactor = KafkaTransactor(stage, self.partition, site.kafka, site.session_timeout_s)
            stack.push_async_callback(transactor.stop)
            await transactor.fence()
            reader = KafkaLog(stage.name, stage.transactional_id(self.partition), site.kafka)
            stack.push_async_callback(reader.stop)
            await reader.start()
            self._step()
            path = site.state_dir / stage.app_id / stage.table.changelog / str(self.partition)
            store = await open_store(path)
            stack.push_async_callback(asyncio.to_thread, store.close)
            meta = await recover(stage, self.partition, store, reader, site.tombstones_ms, self._step)
            transactor.incarnation = meta.incarnation
            targets = {
                topic.name: Target(topic, await transactor.partitions(topic), site.codec.encoder(topic))
                for topic in stage.targets
            }
            self._position = await reader.seek_source(stage.source.name, self.partition, meta.position)
            self._log, self._store = reader, store
            self._pipeline = Pipeline(
                stage, self.partition, site.limits, log=reader, transactor=transactor, rows=store,
                row_codec=row_codec(stage.table, site.codec), targets=targets,
                decode=site.codec.decoder(stage.source), asker=site.asker,
            )  # fmt: skip
            self._step()
            return stack.pop_all()

    async def _process(self) -> None:
        pipeline = self._pipeline
        assert pipeline is not None and self._log is not None  # noqa: PT018 - both are set by _open, together
        self.state = State.RUNNING
        markers: asyncio.Task[None] | None = None
        if self.stage.window is not None:
            markers = asyncio.create_task(
                send_markers(
                    pipeline.ahead, self._log, self.stage.linger_s, lambda: self.site.send_marker(self.partition)
                )
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
        """Note that opening gets on; leave it when told to close."""
        self._opened_steps += 1
        if self._closing:
            raise _ToldToClose

    @property
    def progress(self) -> tuple[int, ...]:
        """Return figures of which at least one changes whenever the task gets anywhere."""
        if self.state != State.RUNNING or self._pipeline is None or self._log is None:
            return self.state, self._opened_steps
        attempts = 0 if self.site.asker is None else self.site.asker.attempts
        return self.state, self._pipeline.batches, self._log.position, attempts

    @property
    def held_records(self) -> int:
        """Records read and not yet committed."""
        return 0 if self._pipeline is None else self._pipeline.ahead.held_records

    @property
    def held_bytes(self) -> int:
        """Bytes of records read and not yet committed."""
        return 0 if self._pipeline is None else self._pipeline.ahead.held_bytes

    @property
    def lag_s(self) -> float:
        """Age in seconds of the oldest record read and not yet committed; 0 when nothing is held."""
        pipeline = self._pipeline if self.state == State.RUNNING else None
        oldest_ms = None if pipeline is None else pipeline.oldest_ms
        return 0.0 if oldest_ms is None else max(0.0, time.time() - oldest_ms / 1000)

    @property
    def asks(self) -> int:
        """Asks under way, of the whole stage in this process."""
        return 0 if self.site.asker is None else self.site.asker.in_flight

    @property
    def state_size(self) -> tuple[int, int]:
        """Bytes and rows, as estimated, of the local copy of the state."""
        return (0, 0) if self._store is None or self.state != State.RUNNING else self._store.size

    @property
    def records(self) -> int:
        """Records committed by this task."""
        return 0 if self._pipeline is None else self._pipeline.records

    @property
    def position(self) -> int:
        """Next source offset that is not processed: past markers and aborted records when nothing is held."""
        if self._pipeline is None or self._log is None:
            return self._position
        if self.state == State.RUNNING and not self.held_records:
            return self._log.position
        return self._position if self._pipeline.position is None else self._pipeline.position

    @property
    def end(self) -> int | None:
        """End of the committed source records as of the last fetch; None while not running."""
        return self._log.end if self.state == State.RUNNING and self._log is not None else None

    @property
    def lag(self) -> int:
        """Source offsets not yet processed, as far as known."""
        end = self.end
        return 0 if end is None else max(0, end - self.position)

    @property
    def must_move(self) -> bool:
        """Tell whether a task that makes no progress now is stuck."""
        return self.state == State.OPENING or self.lag > 0
