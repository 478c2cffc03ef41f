"""The agent of a stage: a Faust agent to the eye, but its partitions run on the data plane, one task each."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import faust
from faust.types import TP

from app import telemetry
from app.engine.ask import Asker
from app.engine.declare import Ask, Hurry, Stage, TableLike, TopicLike, Window
from app.engine.dying import EXIT_CONFIG, hard_exit
from app.engine.partition_task import PartitionTask, Site, State
from app.engine.retry import within_budget
from app.errors import OperatorError
from app.topics import TOPICS, Topic

log = logging.getLogger(__name__)

#: Session time-outs that a fenced task waits for the assignment that must follow, before it takes the partition back.
FENCED_SESSIONS = 1.5
CLOSE_S = 10.0


def written_by(stage: str) -> list[Topic]:
    """Return the topics that the table of topics lets a stage write."""
    return [topic for topic in TOPICS.values() if stage == topic.writer or stage in topic.other_writers]


class StageAgent(faust.Agent):
    """Follow the assignment: one PartitionTask per partition that Faust's assignor gives to this worker.

    Faust calls `on_partitions_revoked` only for partitions that really move, so those that stay never stop. A
    partition that moves is taken over safely, because its new owner fences us.
    """

    def __init__(
        self, fun: Any, *, app: Any, channel: TopicLike, table: TableLike, name: str | None = None,
        sends: Iterable[TopicLike] | None = None, ask: Ask | None = None,
        window: Callable[[], Window] | None = None, marker: Callable[[int], Any] | None = None,
        linger_s: float = 0.05, hurry: Hurry | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        name = name or fun.__name__
        self.stage = Stage(
            app_id=app.conf.id, name=name, source=channel, table=table, dead_letters=app.dead_letters, apply=fun,
            sends=tuple(written_by(name) if sends is None else sends), ask=ask, window=window, marker=marker,
            linger_s=linger_s, hurry=hurry,
        )  # fmt: skip
        topic = app.topic(channel.name, key_type=bytes, value_type=bytes, value_serializer="raw", key_serializer="raw")
        super().__init__(fun, app=app, channel=topic, name=self.stage.name, **kwargs)
        self.tasks: dict[int, PartitionTask] = {}
        self._running: dict[int, asyncio.Task[None]] = {}
        self._generation = -1
        self._assigned: set[int] = set()
        self._lock = asyncio.Lock()
        self._asker: Asker | None = None

    def info(self) -> Mapping[str, Any]:
        """Return the agent's attributes, ours included."""
        stage = self.stage
        return {
            **super().info(), "channel": stage.source, "table": stage.table, "sends": stage.sends, "ask": stage.ask,
            "window": stage.window, "marker": stage.marker, "linger_s": stage.linger_s, "hurry": stage.hurry,
        }  # fmt: skip

    async def on_start(self) -> None:
        """Subscribe through Faust's conductor; start no actors."""
        telemetry.stage_opened(self.stage.name)
        if self.stage.ask is not None:
            self._asker = Asker(self.stage.name, self.stage.ask, self.app.limits.retry_budget_s)
        self.app.topics.add(self.channel)
        self.add_future(self._reopen_fenced())

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Close the tasks of partitions that moved away."""
        async with self._lock:
            gone = {tp.partition for tp in revoked}
            self._assigned -= gone
            await asyncio.gather(*(self._close(partition) for partition in gone & self.tasks.keys()))

    async def on_partitions_assigned(self, assigned: set[TP]) -> None:
        """Open tasks for partitions that are new here."""
        async with self._lock:
            new = {tp.partition for tp in assigned}
            self._assigned |= new
            for partition in sorted(new - self.tasks.keys()):
                self._open(partition)

    async def on_generation(self, generation: int) -> None:
        """Take note of a finished rebalance.

        A task survives only if this generation directly follows the one it ran in; otherwise somebody may have owned
        its partition in between, so it is fenced and recovered anew.
        """
        async with self._lock:
            missed = generation != self._generation + 1
            self._generation = generation
            suspects = {
                p for p, task in self.tasks.items() if p in self._assigned and (task.fenced_s is not None or missed)
            }
            suspects -= {p for p in suspects if self.tasks[p].state == State.OPENING}  # opened within this rebalance
            await asyncio.gather(*map(self._close, suspects))
            for partition in sorted(suspects):
                self._open(partition)
        telemetry.assigned(self.stage.name, generation, self._assigned, suspects)

    async def _reopen_fenced(self) -> None:
        """Take back a partition that was fenced when no rebalance follows: the other owner is gone."""
        patience_s = FENCED_SESSIONS * self.app.conf.broker_session_timeout
        while True:
            await asyncio.sleep(patience_s / 10)
            async with self._lock:
                for partition, task in list(self.tasks.items()):
                    waited_s = 0.0 if task.fenced_s is None else time.monotonic() - task.fenced_s
                    if waited_s > patience_s and not self.app.rebalancing:
                        await self._close(partition)
                        self._open(partition)

    def _open(self, partition: int) -> None:
        app = self.app
        tombstones_ms = app.tombstones_ms[self.stage.table.changelog]
        site = Site(
            app.kafka, app.state_dir, app.conf.broker_session_timeout, tombstones_ms, app.codec(),
            app.limits, self._asker, self._send_marker,
        )  # fmt: skip
        task = self.tasks[partition] = PartitionTask(self.stage, partition, site)
        running = asyncio.create_task(task.run(), name=f"{self.stage.name}-{partition}")
        running.add_done_callback(self._on_done)
        self._running[partition] = running

    def _on_done(self, done: asyncio.Task[None]) -> None:
        """Never raise out of a stage: what a task cannot survive, the process does not."""
        if done.cancelled():
            return
        if (error := done.exception()) is not None:
            log.error("%s failed", done.get_name(), exc_info=error)
            if isinstance(error, OperatorError):
                hard_exit(str(error), EXIT_CONFIG)
            hard_exit(f"{done.get_name()}: {type(error).__name__}: {error}")

    async def _close(self, partition: int) -> None:
        """Let the batch in flight finish, but not for ever: a rebalance waits, and a successor fences us anyway."""
        self.tasks[partition].close()
        running = self._running.pop(partition)
        _, left = await asyncio.wait([running], timeout=CLOSE_S)
        if left:
            running.cancel()
            await asyncio.wait([running])
        del self.tasks[partition]

    async def _send_marker(self, partition: int) -> None:
        """Send the stage's marker record into one partition of its own source."""
        stage = self.stage
        assert stage.marker is not None
        value = self.app.codec().encoder(stage.source)(stage.marker(time.time_ns() // 1000))
        producer, topic = self.app.producer, stage.source.name
        await within_budget(
            lambda: producer.send_and_wait(topic, b"", value, partition, None, None),
            f"marker for {topic}/{partition}", stage.name, self.app.limits.retry_budget_s,
        )  # fmt: skip

    async def on_stop(self) -> None:
        """Finish the batch in flight of every partition, close the stores."""
        async with self._lock:
            await asyncio.gather(*map(self._close, list(self.tasks)))

    def cancel(self) -> None:
        """Leave the tasks to `on_stop`: cancelling one in mid-commit would only make its successor wait."""
