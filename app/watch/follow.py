"""Reads topics from outside any group: committed records only, to their present end or as they grow."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from app.errors import InfrastructureError
from app.kafka_access import client_options
from app.kafka_faults import not_let_in
from app.settings import Settings
from app.tables import TABLES
from app.topics import TOPICS
from app.topology.admin import CONNECT_TIMEOUT_S, Admin, administer

SILENCE_S = 30.0
POLL_S = 0.1


class Reader:
    """A consumer without a group, and how many partitions each of our topics has."""

    def __init__(
        self, consumer: AIOKafkaConsumer, offsets: AIOKafkaConsumer, admin: Admin, counts: Mapping[str, int]
    ) -> None:
        self.consumer = consumer
        self.offsets = offsets
        """To be asked for offsets alone: on one connection a question waits for the fetch before it."""
        self.admin = admin
        self._counts = counts

    @property
    def topics(self) -> list[str]:
        """Return those of our topics and changelogs that exist."""
        return list(self._counts)

    def partitions(self, topics: Iterable[str]) -> list[TopicPartition]:
        """Return the partitions of topics; a topic that does not exist has none."""
        return [TopicPartition(topic, number) for topic in topics for number in range(self._counts.get(topic, 0))]

    async def read_to_end(
        self, topic: str, since: Mapping[TopicPartition, int] | None = None
    ) -> AsyncIterator[ConsumerRecord]:
        """Yield every committed record that a topic holds now, in the order of each partition.

        A partition that is in `since` is read from that offset on, unless the topic ends before it: then it was created
        anew. Raises InfrastructureError when the broker stays silent before the end.
        """
        consumer, partitions = self.consumer, self.partitions([topic])
        if not partitions:
            return
        begin, end = await self.offsets.beginning_offsets(partitions), await self.offsets.end_offsets(partitions)
        consumer.assign(partitions)
        for tp in partitions:
            known = (since or {}).get(tp, 0)
            consumer.seek(tp, max(begin[tp], known if known <= end[tp] else 0))
        silent_s = 0.0
        while waiting := [tp for tp in partitions if await consumer.position(tp) < end[tp]]:
            fetched = await consumer.getmany(*waiting, timeout_ms=round(1000 * POLL_S))
            for tp, records in fetched.items():
                for record in records:
                    if record.offset < end[tp]:
                        yield record
            silent_s = 0.0 if fetched else silent_s + POLL_S
            if silent_s >= SILENCE_S:
                raise InfrastructureError(f"topic {topic}", "the broker sends nothing more before its end", "try again")


@asynccontextmanager
async def open_reader(chosen: Settings) -> AsyncIterator[Reader]:
    """Connect; raises InfrastructureError when the cluster does not answer in time, OperatorError as `administer`."""
    async with administer(chosen) as admin:
        counts = await admin.partitions([*TOPICS, *(table.changelog for table in TABLES.values())])
        async with _consumer(chosen) as consumer, _consumer(chosen) as offsets:
            yield Reader(consumer, offsets, admin, counts)


@asynccontextmanager
async def _consumer(chosen: Settings) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(
        **client_options(chosen),
        group_id=None,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        fetch_max_wait_ms=round(1000 * POLL_S),
    )
    try:
        try:
            await asyncio.wait_for(consumer.start(), CONNECT_TIMEOUT_S)
        except (KafkaError, OSError) as error:
            raise await not_let_in(chosen, error) from error
        yield consumer
    finally:
        await consumer.stop()
