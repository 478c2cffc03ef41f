"""Reads topics from outside any group: committed records only, to their present end or as they grow."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from app.errors import InfrastructureError
from app.topology.admin import CONNECT_TIMEOUT_S, unreachable

SILENCE_S = 30.0


@asynccontextmanager
async def reader(bootstrap: str) -> AsyncIterator[AIOKafkaConsumer]:
    """Connect a consumer without a group; raises InfrastructureError when the cluster does not answer in time."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        group_id=None,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    try:
        try:
            await asyncio.wait_for(consumer.start(), CONNECT_TIMEOUT_S)
        except (KafkaError, OSError) as error:
            raise unreachable(bootstrap, error) from error
        yield consumer
    finally:
        await consumer.stop()


def partitions_of(consumer: AIOKafkaConsumer, topics: Iterable[str]) -> list[TopicPartition]:
    """Return the partitions of topics; a topic that does not exist has none."""
    return [TopicPartition(topic, p) for topic in topics for p in sorted(consumer.partitions_for_topic(topic) or ())]


async def read_to_end(consumer: AIOKafkaConsumer, topic: str) -> AsyncIterator[ConsumerRecord]:
    """Yield every committed record that a topic holds now, in the order of each partition.

    Raises InfrastructureError when the broker stays silent before the end.
    """
    partitions = partitions_of(consumer, [topic])
    if not partitions:
        return
    end = await consumer.end_offsets(partitions)
    consumer.assign(partitions)
    await consumer.seek_to_beginning(*partitions)
    while waiting := [tp for tp in partitions if await consumer.position(tp) < end[tp]]:
        consumer.pause(*(tp for tp in partitions if tp not in waiting))
        before = [await consumer.position(tp) for tp in waiting]
        fetched = await asyncio.wait_for(consumer.getmany(*waiting, timeout_ms=1000), SILENCE_S)
        for records in fetched.values():
            for record in records:
                yield record
        if not fetched and before == [await consumer.position(tp) for tp in waiting]:
            raise InfrastructureError(f"topic {topic}", "the broker sends nothing more before its end", "try again")
