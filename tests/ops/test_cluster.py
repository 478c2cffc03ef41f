"""Laws of the broker that comes along, on the real thing: large records, killed nodes, a starter that dies."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from uuid import uuid4

import psutil
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from ops.broker.cluster import Cluster

RECORD_BYTES = 10 << 20
DEADLINE_S = 60.0


async def make_topic(bootstrap: str, replicas: int = 1) -> str:
    name = f"test-{uuid4().hex}"
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, 1, replicas)])
    finally:
        await admin.close()
    return name


async def write(bootstrap: str, topic: str, *values: bytes) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        enable_idempotence=True,
        max_request_size=2 * RECORD_BYTES,
        request_timeout_ms=10_000,
    )
    async with producer:
        for value in values:
            await producer.send_and_wait(topic, value)


async def read(bootstrap: str, topic: str, count: int) -> list[bytes]:
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest", max_partition_fetch_bytes=2 * RECORD_BYTES
    )
    async with consumer, asyncio.timeout(DEADLINE_S):
        return [(await consumer.getone()).value for _ in range(count)]


async def test_a_record_of_ten_mebibytes_goes_in_and_comes_out(broker: Cluster) -> None:
    topic, value = await make_topic(broker.bootstrap), os.urandom(RECORD_BYTES)
    await write(broker.bootstrap, topic, value)
    assert await read(broker.bootstrap, topic, 1) == [value]


async def test_acknowledged_records_outlive_a_killed_node_and_the_other_two_go_on(cluster3: Cluster) -> None:
    topic = await make_topic(cluster3.bootstrap, replicas=3)
    await write(cluster3.bootstrap, topic, b"before")
    await asyncio.to_thread(cluster3.kill, 2)
    try:
        await write(cluster3.bootstrap, topic, b"meanwhile")
        assert await read(cluster3.bootstrap, topic, 2) == [b"before", b"meanwhile"]
    finally:
        await asyncio.to_thread(cluster3.start_node, 2)
    await write(cluster3.bootstrap, topic, b"after")
    assert await read(cluster3.bootstrap, topic, 3) == [b"before", b"meanwhile", b"after"]


async def test_a_killed_only_node_comes_back_with_its_records(tmp_path: Path) -> None:
    cluster = await asyncio.to_thread(Cluster.start, tmp_path)
    try:
        topic = await make_topic(cluster.bootstrap)
        await write(cluster.bootstrap, topic, b"before")
        await asyncio.to_thread(cluster.kill)
        await asyncio.to_thread(cluster.start_node, 1)
        assert await read(cluster.bootstrap, topic, 1) == [b"before"]
    finally:
        await asyncio.to_thread(cluster.stop)


def test_a_broker_does_not_outlive_a_killed_starter(tmp_path: Path) -> None:
    program = f"""
        import time
        from pathlib import Path
        from ops.broker.cluster import Cluster
        cluster = Cluster.start(Path({str(tmp_path)!r}))
        print(cluster.nodes[1].process().pid, flush=True)
        time.sleep(300)
    """
    command = [sys.executable, "-c", textwrap.dedent(program)]
    starter = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2], text=True)
    assert starter.stdout is not None
    pid = int(starter.stdout.readline())
    starter.send_signal(signal.SIGKILL)
    starter.communicate(timeout=DEADLINE_S)
    deadline = time.monotonic() + DEADLINE_S
    while psutil.pid_exists(pid):
        assert time.monotonic() < deadline, "the broker outlived its starter"
        time.sleep(0.05)
