"""Laws of exactness on a real Kafka, under kills, freezes, lost disks and rebalances."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import replace

import pytest
from aiokafka import AIOKafkaProducer

from app.engine.store import PartitionStore
from tests.engine.exactness import expected, rows_on_disk, verdict
from tests.engine.kafka_io import Kafka
from tests.engine.workers import Workers


def numbers(count: int, keys: int = 20, start: int = 0) -> list[tuple[bytes, bytes]]:
    return [(b"k%d" % (n % keys), json.dumps({"v": n % 97}).encode()) for n in range(start, start + count)]


@pytest.mark.parametrize("moment", ["sent", "commit"])
async def test_a_kill_in_mid_transaction_loses_and_repeats_nothing_and_its_records_stay_invisible(
    kafka: Kafka, workers: Workers, stage: str, moment: str
) -> None:
    await kafka.create_for(stage)
    await kafka.send(f"{stage}.in", numbers(3000))
    victim = workers.start("a", SUM_KILL_AT=f"{moment}:6", ROADSIEVE_BATCH_RECORDS="100")
    assert await asyncio.to_thread(victim.wait) == -9
    workers.start("a", SUM_KILL_AT="")
    await kafka.consumed(stage)
    found = await verdict(kafka, stage)
    assert found.exact, found
    assert found.outputs == 3000
    if moment == "sent":
        assert found.aborted > 0, "the kill was to leave records of an open transaction"


async def test_a_frozen_owner_is_fenced_and_cannot_commit_when_it_wakes(
    kafka: Kafka, workers: Workers, stage: str
) -> None:
    await kafka.create_for(stage)
    await kafka.send(f"{stage}.in", numbers(500))
    frozen = workers.start("a", SUM_PAUSE_S="0.3", ROADSIEVE_BATCH_RECORDS="20")  # always in the middle of something
    await asyncio.to_thread(frozen.says, "recovered", times=4)
    await asyncio.sleep(1.0)
    frozen.freeze()
    workers.start("b")
    await kafka.consumed(stage)
    frozen.thaw()
    await kafka.send(f"{stage}.in", numbers(200, start=500))
    await asyncio.to_thread(frozen.says, "fenced, a newer owner")
    await kafka.consumed(stage)
    found = await verdict(kafka, stage)
    assert found.exact, found
    assert found.outputs == 700


async def test_an_owner_that_was_fenced_by_nobody_who_stays_takes_its_partition_back(
    kafka: Kafka, workers: Workers, stage: str
) -> None:
    await kafka.create_for(stage)
    worker = workers.start("a")
    await asyncio.to_thread(worker.says, "recovered", times=4)
    intruder = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, transactional_id=f"roadsieve.{stage}-{stage}-2")
    await intruder.start()
    await intruder.stop()
    await kafka.send(f"{stage}.in", numbers(200))
    await asyncio.to_thread(worker.says, f"{stage}.in/2: fenced, a newer owner")
    await kafka.consumed(stage)
    assert (await verdict(kafka, stage)).exact
    assert worker.log.count("recovered") == 5, "only the fenced partition was opened again"


async def test_a_worker_that_joins_does_not_stop_the_partitions_that_stay(
    kafka: Kafka, workers: Workers, stage: str
) -> None:
    await kafka.create_for(stage)
    first = workers.start("a")
    await asyncio.to_thread(first.says, "recovered", times=4)
    second = workers.start("b")
    await asyncio.to_thread(second.says, "recovered", times=2)
    await kafka.send(f"{stage}.in", numbers(400))
    await kafka.consumed(stage)
    assert (await verdict(kafka, stage)).exact
    assert first.log.count("recovered") == 4, "it opened each of its partitions once"
    assert "fenced" not in first.log + second.log
    owned = [set(re.findall(r"partitions \[(.*?)\]", worker.log)[-1].split(", ")) for worker in (first, second)]
    assert len(owned[0]) == len(owned[1]) == 2
    assert not owned[0] & owned[1]


async def test_a_worker_stays_in_the_group_although_its_member_never_polls(
    kafka: Kafka, workers: Workers, stage: str
) -> None:
    await kafka.create_for(stage)
    first = workers.start("a", SUM_OPTIONS='{"broker_max_poll_interval": 2.0}')
    await asyncio.to_thread(first.says, "recovered", times=4)
    await asyncio.sleep(5)
    second = workers.start("b", SUM_OPTIONS="{}")
    await asyncio.to_thread(second.says, "partitions [")
    assert len(re.findall(r"partitions \[(.*?)\]", second.log)[-1].split(", ")) == 2


async def test_a_fresh_disk_recovers_rows_and_position_from_the_compacted_changelog(
    kafka: Kafka, workers: Workers, stage: str
) -> None:
    await kafka.create_for(stage)
    worker = workers.start("a")
    for start in range(0, 3000, 1000):
        await kafka.send(f"{stage}.in", numbers(1000, start=start))
        await kafka.consumed(stage)
        await asyncio.sleep(2.2)  # let segments roll, so that the cleaner has something to do
    assert await asyncio.to_thread(worker.terminate) == 0
    worker.wipe()
    worker.start()
    await kafka.send(f"{stage}.in", numbers(500, start=3000))
    await kafka.consumed(stage)
    assert await asyncio.to_thread(worker.terminate) == 0
    assert (await verdict(kafka, stage)).exact
    _, rows, _ = await expected(kafka, stage)
    assert rows_on_disk(stage, [worker], 4) == rows


async def test_a_drained_worker_starts_again_without_replaying_anything(
    kafka: Kafka, workers: Workers, stage: str
) -> None:
    await kafka.create_for(stage)
    await kafka.send(f"{stage}.in", numbers(500))
    worker = workers.start("a")
    await kafka.consumed(stage)
    assert await asyncio.to_thread(worker.terminate) == 0
    worker.start()
    await asyncio.to_thread(worker.says, "recovered", times=8)
    assert worker.log.count("recovered 0 rows") == 8


async def test_a_kill_takes_the_disk_back_to_an_older_common_point_that_the_changelog_completes(
    kafka: Kafka, workers: Workers, stage: str
) -> None:
    await kafka.create_for(stage)
    await kafka.send(f"{stage}.in", numbers(500))
    worker = workers.start("a")
    await kafka.consumed(stage)
    worker.kill()
    worker.start()
    await kafka.send(f"{stage}.in", numbers(500, start=500))
    await kafka.consumed(stage)
    assert await asyncio.to_thread(worker.terminate) == 0
    _, rows, _ = await expected(kafka, stage)
    assert rows_on_disk(stage, [worker], 4) == rows
    assert (await verdict(kafka, stage)).exact


async def test_a_copy_older_than_the_tombstones_of_its_changelog_is_rebuilt(
    kafka: Kafka, workers: Workers, stage: str
) -> None:
    await kafka.create_for(stage, partitions=1)
    await kafka.send(f"{stage}.in", numbers(300))
    worker = workers.start("a")
    await kafka.consumed(stage)
    await asyncio.to_thread(worker.terminate)
    path = worker.folder / "state" / f"roadsieve.{stage}" / f"roadsieve.{stage}-sums-changelog" / "0"
    store = PartitionStore(path)
    store.write([(b"deleted long ago", b"[1, 1]")], replace(store.meta, written_ms=store.meta.written_ms - 86_400_000))
    store.close()
    worker.start()
    await asyncio.to_thread(worker.says, "h old, tombstones are kept 24.0 h")
    await asyncio.to_thread(worker.says, "recovered", times=2)
    assert await asyncio.to_thread(worker.terminate) == 0
    _, rows, _ = await expected(kafka, stage)
    assert rows_on_disk(stage, [worker], 1) == rows


async def test_a_changelog_created_anew_makes_the_local_copy_void(kafka: Kafka, workers: Workers, stage: str) -> None:
    await kafka.create_for(stage)
    await kafka.send(f"{stage}.in", numbers(300))
    worker = workers.start("a")
    await kafka.consumed(stage)
    await asyncio.to_thread(worker.terminate)
    await kafka.delete(f"roadsieve.{stage}-sums-changelog", f"{stage}.out")
    await kafka.create_for(stage)
    other = workers.start("b")  # writes a changelog that is as long as the old one
    await kafka.consumed(stage)
    await asyncio.to_thread(other.terminate)
    await kafka.send(f"{stage}.in", numbers(100, start=300))
    worker.start()
    await kafka.consumed(stage)
    assert "rebuilding the local copy" in worker.log
    assert await asyncio.to_thread(worker.terminate) == 0
    assert (await verdict(kafka, stage)).exact
    _, rows, _ = await expected(kafka, stage)
    assert rows_on_disk(stage, [worker], 4) == rows
