"""Reads a topic and does nothing with it, in a process of its own: python -m ops.bench.read_topic BOOTSTRAP TOPIC"""

from __future__ import annotations

import asyncio
import json
import sys
import time

from aiokafka import AIOKafkaConsumer, TopicPartition

from app.engine.aiokafka_internals import install, read_position, take_fetched, wait_fetched
from ops.bench.topic_io import PARTITIONS

TAKEN = 10_000


async def read(bootstrap: str, topic: str) -> None:
    """Read each partition by a consumer of its own, all at once, as the engine does."""
    await asyncio.gather(*(_partition(bootstrap, TopicPartition(topic, number)) for number in range(PARTITIONS)))


async def _partition(bootstrap: str, tp: TopicPartition) -> None:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, group_id=None, isolation_level="read_committed", auto_offset_reset="earliest",
        max_partition_fetch_bytes=1 << 20,
    )  # fmt: skip
    await consumer.start()
    try:
        consumer.assign([tp])
        end = (await consumer.end_offsets([tp]))[tp]
        await consumer.seek_to_beginning(tp)
        while read_position(consumer, tp) < end:
            if not take_fetched(consumer, tp, TAKEN, 4 << 20):
                await wait_fetched(consumer)
    finally:
        await consumer.stop()


if __name__ == "__main__":
    install()
    began_s, began_cpu_s = time.perf_counter(), time.process_time()
    asyncio.run(read(*sys.argv[1:3]))
    print(json.dumps({"wall_s": time.perf_counter() - began_s, "cpu_s": time.process_time() - began_cpu_s}))
