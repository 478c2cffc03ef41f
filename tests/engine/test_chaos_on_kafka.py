"""The engine under everything at once, briefly: workers killed, frozen, wiped, stopped and joined by another."""

from __future__ import annotations

import asyncio
import json
import os
import random

import pytest

from tests.engine.exactness import expected, rows_on_disk, verdict
from tests.engine.kafka_io import Kafka
from tests.engine.workers import Workers

SEED = int(os.environ.get("CHAOS_SEED", "1"))
ACTIONS = ["kill"] * 5 + ["freeze"] + ["wipe"] * 2 + ["terminate"] * 2 + ["join"]
PARTITIONS = 6


async def feed(kafka: Kafka, stage: str, stop: asyncio.Event) -> None:
    """Send numbers, now and then poison, at a steady rate until told to stop."""
    rng, n = random.Random(SEED), 0
    while not stop.is_set():
        records = []
        for _ in range(100):
            body = json.dumps({"v": rng.randrange(100)}).encode()
            if n % 500 == 250:
                body = rng.choice([b"\xff", b'{"v": "x"}', b'{"v": 1, "pad_bytes": 400000}'])
            records.append((b"k%d" % rng.randrange(300), body))
            n += 1
        await kafka.send(f"{stage}.in", records)
        await asyncio.sleep(0.2)


async def torment(workers: Workers) -> None:
    """Do every action to a random worker; a worker that died is started again."""
    rng = random.Random(SEED)
    for action in rng.sample(ACTIONS, len(ACTIONS)):
        await asyncio.sleep(rng.uniform(0.5, 2.5))
        workers.restart_dead()
        worker = workers.all[rng.choice(sorted(workers.all))]
        if action == "join":
            workers.start("late")
        elif action == "freeze":
            worker.freeze()
            await asyncio.sleep(9)  # beyond the session time-out
            worker.thaw()
        elif action == "terminate":
            assert await asyncio.to_thread(worker.terminate) in (0, -15), "drained, or still starting"
        else:
            worker.kill()
            if action == "wipe":
                worker.wipe()
    workers.restart_dead()


@pytest.mark.slow
async def test_nothing_is_lost_wrong_or_doubled_whatever_is_done_to_the_workers(
    kafka: Kafka, workers: Workers, stage: str
) -> None:
    await kafka.create_for(stage, PARTITIONS)
    for name, static in (("a", "a"), ("b", "b"), ("c", "")):  # static members keep their partitions through a restart
        workers.start(name, ROADSIEVE_BATCH_RECORDS="50", ROADSIEVE_INSTANCE_ID=static)
    stop = asyncio.Event()
    feeding = asyncio.create_task(feed(kafka, stage, stop))
    await torment(workers)
    stop.set()
    await feeding
    await kafka.consumed(stage)
    found = await verdict(kafka, stage)
    assert found.exact, found
    assert found.outputs > 2000
    for worker in workers.all.values():
        if worker.running:
            await asyncio.to_thread(worker.terminate)
    fresh = workers.start("fresh")
    await asyncio.to_thread(fresh.says, "recovered", times=PARTITIONS)
    assert await asyncio.to_thread(fresh.terminate) == 0
    _, rows, _ = await expected(kafka, stage)
    assert rows_on_disk(stage, [fresh], PARTITIONS) == rows, "the compacted changelog alone"
    assert (await verdict(kafka, stage)).exact, "and reading it wrote nothing new"
