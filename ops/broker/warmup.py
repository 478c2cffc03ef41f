"""Teach the JVM once how Kafka starts: a throw-away run whose ahead-of-time cache halves the time of later starts."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from dataclasses import replace
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError
from filelock import FileLock, Timeout

from app.errors import OperatorError
from ops.broker.jars import KafkaHome, resolve
from ops.broker.jvm import training_command
from ops.broker.node import Node
from ops.broker.properties import NodePlan
from ops.stack.fetched import LOCK_WAIT_S, Say, say_on_stderr
from ops.stack.ports import HOST, free_ports
from ops.stack.server import Lifetime

RUN_TIMEOUT_S = 120.0


def prepare(cache: Path | None = None, say: Say = say_on_stderr) -> KafkaHome:
    """Return the jars with their ahead-of-time cache, making either when it is missing (about 30 s, once).

    A run that fails leaves an empty cache, which the JVM ignores: starts are slower then, never wrong.
    """
    kafka = resolve(cache, say)
    if not kafka.aot_cache.exists():
        try:
            with FileLock(kafka.aot_cache.with_suffix(".lock"), timeout=LOCK_WAIT_S):
                if not kafka.aot_cache.exists():
                    _train(kafka, say)
        except Timeout:
            say("Going on without the start-up cache: another process has been making it for too long.")
    return kafka


def _train(kafka: KafkaHome, say: Say) -> None:
    say("Preparing Kafka for quick starts (10 s, once) …")
    with tempfile.TemporaryDirectory(dir=kafka.aot_cache.parent, prefix="training-") as scratch:
        made = Path(scratch, "made.aot")
        try:
            _run_once(replace(kafka, aot_cache=made), Path(scratch))
        except (OperatorError, KafkaError, TimeoutError) as error:
            say(f"Kafka will start more slowly: its start-up cache could not be made ({error}).")
        made.touch()
        made.replace(kafka.aot_cache)


def _run_once(kafka: KafkaHome, scratch: Path) -> None:
    port, controller_port = free_ports(2)
    node = Node(scratch / "node")
    try:
        plan = NodePlan(1, port, node.data, {1: controller_port})
        node.start(kafka, plan, Lifetime.TETHERED, training_command)
        node.wait_until_ready(port)
        asyncio.run(asyncio.wait_for(_exercise(f"{HOST}:{port}"), RUN_TIMEOUT_S))
    finally:
        node.stop(RUN_TIMEOUT_S)


async def _exercise(bootstrap: str) -> None:
    """Do once what every run does: a topic, a transaction, a group that reads it."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic("warmup", 2, 1, topic_configs={"cleanup.policy": "compact"})])
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, transactional_id="warmup")
    async with producer, producer.transaction():
        await producer.send_and_wait("warmup", b"value", b"key")
    asked = {"group_id": "warmup", "auto_offset_reset": "earliest", "isolation_level": "read_committed"}
    async with AIOKafkaConsumer("warmup", bootstrap_servers=bootstrap, **asked) as consumer:
        await consumer.getone()
        await consumer.commit()


if __name__ == "__main__":
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # a broker of two seconds' age has no coordinator: no news
    prepare()
