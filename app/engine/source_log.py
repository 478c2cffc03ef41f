"""The read side of one partition: committed records from our own position, of the changelog, then of the source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import OffsetOutOfRangeError

from app import telemetry
from app.engine.aiokafka_internals import (
    install,
    read_position,
    stable_end,
    take_fetched,
    wait_at_broker,
    wait_fetched,
)
from app.engine.ports import SourceRecord
from app.errors import PreflightError

FETCH_BYTES = 1 << 20  # per fetch; a larger record still comes, alone
#: How long the broker keeps a fetch that finds nothing; it answers at once when there is something. The end of a
#: changelog is known and final, and a connection is answered in order: waiting there would only delay the source.
CHANGELOG_WAIT_MS, SOURCE_WAIT_MS = 10, 5_000
#: How often the client looks for work when nothing wakes it: every answer, seek and taken record does.
LOOK_AGAIN_MS = 5_000


class KafkaLog:
    """Reads one partition at a time. Group membership is Faust's business; nothing is committed from here."""

    def __init__(self, stage: str, client_id: str, kafka: Mapping[str, Any]) -> None:
        install()
        self._stage = stage
        self._tp = TopicPartition("", -1)
        self._position = -1
        self._consumer = AIOKafkaConsumer(
            **kafka,
            client_id=client_id,
            group_id=None,
            isolation_level="read_committed",
            auto_offset_reset="none",
            max_partition_fetch_bytes=FETCH_BYTES,
            fetch_max_wait_ms=CHANGELOG_WAIT_MS,
            consumer_timeout_ms=LOOK_AGAIN_MS,
        )

    async def start(self) -> None:
        """Connect."""
        await self._consumer.start()

    async def stop(self) -> None:
        """Disconnect."""
        await self._consumer.stop()

    async def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        """Begin to read a partition; return its first offset and its committed end."""
        tp = self._tp = TopicPartition(topic, partition)
        self._consumer.assign([tp])
        begin, end = await self._consumer.beginning_offsets([tp]), await self._consumer.end_offsets([tp])
        return begin[tp], end[tp]

    def seek(self, offset: int) -> None:
        """Read on from an offset."""
        self._consumer.seek(self._tp, offset)

    async def seek_source(self, topic: str, partition: int, position: int) -> int:
        """Read the source from the position of the last commit (-1: none yet); return where reading begins.

        Records that retention removed before we read them are lost: an ERROR line and a metric say how many.
        Raise PreflightError when the topic ends before the position: it is another topic than the one we read.
        """
        begin, end = await self.bounds(topic, partition)
        if position > end:
            raise PreflightError(
                f"{topic}/{partition}", f"it ends at {end}, {self._stage} is at {position}: it was created anew",
                "delete the changelog of the stage with it, or restore the topic",
            )  # fmt: skip
        if position < begin:
            if position >= 0:
                telemetry.lost(self._stage, topic, partition, position, begin)
            position = begin
        wait_at_broker(self._consumer, SOURCE_WAIT_MS)
        self.seek(position)
        return position

    async def read(self, max_records: int, max_bytes: int) -> Sequence[SourceRecord]:
        """Return the next records, at least one."""
        while True:
            try:
                if records := take_fetched(self._consumer, self._tp, max_records, max_bytes):
                    return records
            except OffsetOutOfRangeError:  # retention overtook us
                await self.seek_source(self._tp.topic, self._tp.partition, self.position)
            await wait_fetched(self._consumer)

    async def read_until(self, end: int) -> Sequence[SourceRecord]:
        """Return some records before `end`, or none once the position has reached it."""
        while self.position < end:
            if records := take_fetched(self._consumer, self._tp, 10_000, 4 << 20):
                return records
            if self.position < end:
                await wait_fetched(self._consumer)
        return []

    @property
    def position(self) -> int:
        """Next offset to read; moves over aborted records and transaction markers too. Other threads may ask."""
        position = read_position(self._consumer, self._tp)
        if position is not None:
            self._position = position
        return self._position

    @property
    def end(self) -> int | None:
        """End of the committed records as of the last fetch."""
        return stable_end(self._consumer, self._tp)

    def caught_up(self) -> bool:
        """Tell whether everything the broker has shown so far was read."""
        end = self.end
        return end is not None and self.position >= end
