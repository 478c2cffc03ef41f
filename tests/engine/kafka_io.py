"""What tests do to a Kafka beside the engine: make topics, send, read everything, ask for positions."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete
from aiokafka.errors import TopicAlreadyExistsError

from app.engine.transaction import POSITION, POSITION_ROW

#: Aggressive, so that compaction takes part in a test.
COMPACT = {
    "cleanup.policy": "compact", "segment.bytes": "1048576", "segment.ms": "2000", "min.cleanable.dirty.ratio": "0.01",
    "max.compaction.lag.ms": "2000", "max.message.bytes": "10485760",
}  # fmt: skip
BIG = {"max.message.bytes": "12582912"}


class Kafka:
    """One test's view of the broker."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap

    async def create(self, topics: Mapping[str, Mapping[str, str]], partitions: int = 4, replicas: int = 1) -> None:
        """Make topics with their configs; those that exist stay as they are."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        try:
            for name, configs in topics.items():
                with suppress(TopicAlreadyExistsError):
                    await admin.create_topics([NewTopic(name, partitions, replicas, topic_configs=dict(configs))])
        finally:
            await admin.close()

    async def create_for(self, stage: str, partitions: int = 4, replicas: int = 1) -> None:
        """Make the topics of a sum stage and the dead letters."""
        changelog = {f"roadsieve.{stage}-sums-changelog": COMPACT}
        await self.create({f"{stage}.in": {}, f"{stage}.out": {}, **changelog}, partitions, replicas)
        await self.create({"dead.letters": BIG}, partitions, replicas)

    async def delete(self, *topics: str) -> None:
        """Delete topics and wait until they are gone."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        try:
            await admin.delete_topics(list(topics))
            while set(topics) & set(await admin.list_topics()):
                await asyncio.sleep(0.1)
        finally:
            await admin.close()

    async def forget(self, topic: str, partition: int, before: int) -> None:
        """Remove records as retention would."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        try:
            await admin.delete_records({TopicPartition(topic, partition): RecordsToDelete(before_offset=before)})
        finally:
            await admin.close()

    async def send(self, topic: str, records: Iterable[tuple[bytes, bytes]], partition: int | None = None) -> None:
        """Send (key, value) pairs in order."""
        producer = AIOKafkaProducer(
            bootstrap_servers=self.bootstrap, enable_idempotence=True, linger_ms=5, max_request_size=12 << 20
        )
        await producer.start()
        try:
            for key, value in records:
                await producer.send(topic, value, key, partition)
        finally:
            await producer.stop()

    async def read(self, topic: str, isolation: str = "read_committed") -> list[ConsumerRecord]:
        """Return every record of a topic, by partition and offset."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.bootstrap, isolation_level=isolation, group_id=None)
        await consumer.start()
        try:
            partitions = [TopicPartition(topic, p) for p in await self._partitions(consumer, topic)]
            consumer.assign(partitions)
            await consumer.seek_to_beginning()
            ends, records = await consumer.end_offsets(partitions), []
            while any([await consumer.position(tp) < ends[tp] for tp in partitions]):
                for some in (await consumer.getmany(timeout_ms=200)).values():
                    records.extend(some)
            return sorted(records, key=lambda record: (record.partition, record.offset))
        finally:
            await consumer.stop()

    @staticmethod
    async def _partitions(consumer: AIOKafkaConsumer, topic: str) -> set[int]:
        await consumer._client.set_topics([topic])
        while not (partitions := consumer.partitions_for_topic(topic)):
            await consumer._client.force_metadata_update()  # just created: not every answer knows it yet
            await asyncio.sleep(0.1)
        return partitions

    async def positions(self, stage: str) -> dict[int, int]:
        """Return the committed source position of each partition, as its changelog tells it."""
        found = {}
        for record in await self.read(f"roadsieve.{stage}-sums-changelog"):
            if record.key == POSITION:
                found[record.partition] = POSITION_ROW.unpack(record.value)[0]
        return found

    async def consumed(self, stage: str, within_s: float = 100.0) -> None:
        """Wait until everything in the stage's source has been processed."""
        deadline_s = time.monotonic() + within_s
        last: dict[int, int] = {}
        for record in await self.read(f"{stage}.in"):
            last[record.partition] = record.offset + 1
        while True:
            positions = await self.positions(stage)
            if all(positions.get(partition, 0) >= end for partition, end in last.items()):
                return
            assert time.monotonic() < deadline_s, f"{stage}: at {positions} of {last} after {within_s:.0f} s"
            await asyncio.sleep(0.2)
