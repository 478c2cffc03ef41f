"""What measurements do to a Kafka: make and delete topics, send in order, follow what is committed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

PARTITIONS = 4
COMPACT = {"cleanup.policy": "compact"}
LARGE = {"max.message.bytes": str(12 << 20)}
POLL_MS = 100


@asynccontextmanager
async def admin(bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    """Connect for administration."""
    client = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await client.start()
    try:
        yield client
    finally:
        await client.close()


async def make_topics(bootstrap: str, configs: Mapping[str, Mapping[str, str]]) -> None:
    """Make topics that do not exist yet."""
    async with admin(bootstrap) as client:
        there = set(await client.list_topics())
        wanted = {name: dict(config) for name, config in configs.items() if name not in there}
        if wanted:
            new = [NewTopic(name, PARTITIONS, 1, topic_configs=config) for name, config in wanted.items()]
            await client.create_topics(new)


async def drop_topics(bootstrap: str, beginning: str) -> None:
    """Delete every topic whose name begins so."""
    async with admin(bootstrap) as client:
        if names := [name for name in await client.list_topics() if name.startswith(beginning)]:
            await client.delete_topics(names)


@asynccontextmanager
async def producer(bootstrap: str) -> AsyncIterator[AIOKafkaProducer]:
    """Open an idempotent producer."""
    client = AIOKafkaProducer(
        bootstrap_servers=bootstrap, enable_idempotence=True, acks="all", linger_ms=5, max_batch_size=1 << 18,
        max_request_size=12 << 20,
    )  # fmt: skip
    await client.start()
    try:
        yield client
    finally:
        await client.stop()


async def send_all(bootstrap: str, topic: str, pairs: Iterable[tuple[bytes, bytes]]) -> None:
    """Send (key, value) pairs in order; return when all are acknowledged."""
    async with producer(bootstrap) as client:
        for key, value in pairs:
            await client.send(topic, value, key)
        await client.flush()


class Follower:
    """Reads topics from their beginning under read_committed and hands every value on."""

    def __init__(self, consumer: AIOKafkaConsumer, on_value: Callable[[str, bytes], None]) -> None:
        self._consumer, self._on_value = consumer, on_value

    async def poll(self) -> int:
        """Hand on what is there by now, waiting a moment for it; return how much that was."""
        count = 0
        for partition, messages in (await self._consumer.getmany(timeout_ms=POLL_MS)).items():
            for message in messages:
                self._on_value(partition.topic, message.value)
            count += len(messages)
        return count

    async def until(self, done: Callable[[], bool], deadline_s: float, check: Callable[[], None] | None = None) -> bool:
        """Poll until done; False past the deadline. `check` may raise what makes waiting useless."""
        end_s = time.monotonic() + deadline_s
        while not done():
            if time.monotonic() > end_s:
                return False
            await self.poll()
            if check is not None:
                check()
        return True

    async def quiet(self, for_s: float) -> None:
        """Poll on until nothing has come for so long."""
        end_s = time.monotonic() + for_s
        while time.monotonic() < end_s:
            if await self.poll():
                end_s = time.monotonic() + for_s


@asynccontextmanager
async def follow(
    bootstrap: str, topics: Iterable[str], on_value: Callable[[str, bytes], None]
) -> AsyncIterator[Follower]:
    """Follow all partitions of some topics from their first record."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, group_id=None, isolation_level="read_committed", auto_offset_reset="earliest",
        fetch_max_wait_ms=50, max_partition_fetch_bytes=4 << 20,
    )  # fmt: skip
    await consumer.start()
    try:
        consumer.assign([TopicPartition(topic, partition) for topic in topics for partition in range(PARTITIONS)])
        yield Follower(consumer, on_value)
    finally:
        await asyncio.shield(consumer.stop())
