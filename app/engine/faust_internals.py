"""Every private attribute of faust-streaming 0.15.3 and mode 0.7.1 that we use: Faust keeps the group, we the records.

Faust's path for records (conductor, queues, read offsets) can hand over records of a former assignment, or skip some,
around a rebalance, and costs about 50 us per record. Its consumer stays the group's member: it subscribes, is assigned,
and reports our positions.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from typing import Any

from aiokafka import TopicPartition
from faust.tables.manager import TableManager
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer, Transport
from faust.types import TP
from mode import Service

from app.engine.dying import hard_exit


class MemberThread(AIOKafkaConsumerThread):
    """The consumer's own thread and loop: heartbeats go on whatever the stage does."""

    _counts_as_polling = False

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Keep aiokafka from fetching what we read ourselves, before it begins, and from leaving for want of polls.

        A member that does not poll for `broker_max_poll_interval` (1000 s) would leave the group and never come back:
        a fetch that never ends counts as polling. Our own watchdog sees to liveness.

        aiokafka only logs what a listener raises and goes on with an assignment that nobody works on: die instead.
        """
        try:
            consumer = self._ensure_consumer()
            if not self._counts_as_polling:
                consumer._subscription._fetch_count += 1
                self._counts_as_polling = True
            consumer.pause(*(TopicPartition(tp.topic, tp.partition) for tp in assigned))
            await super().on_partitions_assigned(assigned, generation_id)
        except Exception as error:
            hard_exit(f"{self.app.conf.id}: assignment of {sorted(assigned)} failed: {error!r}")


class MemberConsumer(Consumer):
    """A group member that fetches nothing and commits the positions that the stages report."""

    def _new_consumer_thread(self) -> AIOKafkaConsumerThread:
        return MemberThread(self, loop=self.loop, beacon=self.beacon)

    async def _getmany(self, active_partitions: Any, timeout: float) -> dict[TP, list[Any]]:
        await asyncio.sleep(timeout)
        return {}

    def _filter_committable_offsets(self, tps: Iterable[TP]) -> dict[TP, int]:
        """Report positions as group offsets, for lag monitoring only: a task starts from its changelog's position."""
        reported: Mapping[TP, int] = self.app.positions()
        return {tp: position for tp, position in reported.items() if position > (self._committed_offset[tp] or 0)}

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Raise no alarm about a topic that is not fetched here."""


class MemberTransport(Transport):
    """Faust's aiokafka transport with our group member in it."""

    Consumer = MemberConsumer


class DiesHard(Service):
    """A service that ends the process when it, or any service below it, crashes.

    A graceful crash commits what was acknowledged, and may wait without a limit.
    """

    def _crash(self, reason: BaseException) -> None:
        logging.getLogger(__name__).error("%s crashed", self.label, exc_info=reason)
        hard_exit(f"{self.label}: {type(reason).__name__}: {reason}")


class NoTables(TableManager):
    """Faust's table manager where there are no tables: it does not wait a second for some to be declared."""

    async def on_start(self) -> None:
        """Let the conductor subscribe at once."""
        await self._update_channels()
        await self.recovery.start()


def quiet_libraries() -> None:
    """Raise the level of chatty libraries.

    mode leaves the root logger at DEBUG and filters in handlers, so aiokafka would build a log record per request:
    a quarter of all CPU in a profile. httpx tells of each schema that a worker looks up when it starts.
    """
    for library in ("aiokafka", "httpx"):
        logging.getLogger(library).setLevel(logging.WARNING)
