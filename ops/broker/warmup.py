"""Teach the JVM once how Kafka starts: a throw-away run whose ahead-of-time cache makes every later start twice as fast."""

from __future__ import annotations

import asyncio
import subprocess
import tempfile
import time
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError
from filelock import FileLock, Timeout

from ops.broker.jars import LOCK_WAIT_S, KafkaHome, Say, resolve, say_on_stderr
from ops.broker.jvm import format_command, training_command
from ops.broker.ports import free_ports
from ops.broker.properties import CLUSTER_ID, HOST, NodePlan, server_properties
from ops.broker.ready import answers

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
            _run_once(kafka, Path(scratch), made)
        except (OSError, KafkaError, TimeoutError, subprocess.SubprocessError) as error:
            say(f"Kafka will start more slowly: its start-up cache could not be made ({error!r}).")
            made.write_bytes(b"")
        made.replace(kafka.aot_cache)


def _run_once(kafka: KafkaHome, scratch: Path, made: Path) -> None:
    port, controller_port = free_ports(2)
    properties = scratch / "server.properties"
    properties.write_text(server_properties(NodePlan(1, port, scratch / "data", {1: controller_port})))
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(format_command(kafka, properties, CLUSTER_ID), check=True, timeout=RUN_TIMEOUT_S, **quiet)
    broker = subprocess.Popen(training_command(kafka, properties, made), **quiet)
    try:
        deadline = time.monotonic() + RUN_TIMEOUT_S
        while not answers(f"{HOST}:{port}"):
            if broker.poll() is not None or time.monotonic() > deadline:
                raise TimeoutError("the broker of the training run did not answer")
            time.sleep(0.1)
        asyncio.run(asyncio.wait_for(_exercise(f"{HOST}:{port}"), RUN_TIMEOUT_S))
        broker.terminate()
        broker.wait(RUN_TIMEOUT_S)
    finally:
        broker.kill()
        broker.wait(RUN_TIMEOUT_S)


async def _exercise(bootstrap: str) -> None:
    """Do once what every run does: a topic, a transaction, a group that reads it."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic("warmup", 2, 1, topic_configs={"cleanup.policy": "compact"})])
    await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, transactional_id="warmup") as producer, producer.transaction():
        await producer.send_and_wait("warmup", b"value", b"key")
    consumer = AIOKafkaConsumer(
        "warmup", bootstrap_servers=bootstrap, group_id="warmup", auto_offset_reset="earliest",
        isolation_level="read_committed",
    )  # fmt: skip
    async with consumer:
        await consumer.getone()
        await consumer.commit()
