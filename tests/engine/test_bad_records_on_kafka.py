"""Laws of bad input on a real Kafka: what cannot be used is in dead.letters, inside the transaction, with its bytes."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from pathlib import Path

import pytest

from tests.engine.exactness import verdict
from tests.engine.kafka_io import Kafka
from tests.engine.workers import Workers

POISON = {
    "MalformedRecord": b"\xff not json",
    "TypeError": b'{"v": "not a number"}',
    "DataError": b'{"v": "ask-fails"}',
    "OutputTooLarge": b'{"v": 1, "pad_bytes": 400000}',
}


async def test_every_kind_of_bad_record_becomes_one_letter_and_the_rest_goes_on_exactly(
    kafka: Kafka, workers: Workers, stage: str
) -> None:
    await kafka.create_for(stage)
    good = [(b"k%d" % (n % 20), b'{"v": %d}' % n) for n in range(1000)]
    bad = list(POISON.values()) * 5
    mixed = [pair for n in range(20) for pair in [*good[n * 50 : n * 50 + 50], (b"k%d" % n, bad[n])]]
    await kafka.send(f"{stage}.in", mixed)
    worker = workers.start("a", SUM_ASK_S="0.001", ROADSIEVE_BATCH_RECORDS="200")
    await kafka.consumed(stage)
    found = await verdict(kafka, stage)
    assert found.exact, found
    assert found.outputs == 1000
    letters = [json.loads(record.value) for record in await kafka.read("dead.letters")]
    letters = [letter for letter in letters if letter["stage"] == stage]
    assert {letter["error"] for letter in letters} == POISON.keys()
    for letter in letters:
        assert bytes.fromhex(letter["value"]) == POISON[letter["error"]]
        assert letter["reason"]
        assert letter["remedy"]
    large = next(letter for letter in letters if letter["error"] == "OutputTooLarge")
    assert "400" in large["reason"]
    assert "307200" in large["reason"]
    assert await asyncio.to_thread(worker.terminate) == 0


async def test_records_larger_than_the_read_ahead_still_come_through_one_by_one(
    kafka: Kafka, workers: Workers, stage: str
) -> None:
    await kafka.create_for(stage)
    fill = "y" * 900_000
    await kafka.send(f"{stage}.in", ((b"k", json.dumps({"v": n, "fill": fill}).encode()) for n in range(8)))
    workers.start("a", ROADSIEVE_READ_AHEAD_BYTES="1000")
    await kafka.consumed(stage)
    assert (await verdict(kafka, stage)).exact


async def test_records_that_retention_removed_unread_are_told_as_lost_and_the_rest_is_read(
    kafka: Kafka, workers: Workers, stage: str
) -> None:
    await kafka.create_for(stage, partitions=1)
    await kafka.send(f"{stage}.in", ((b"k", b'{"v": 1}') for _ in range(10)))
    worker = workers.start("a")
    await kafka.consumed(stage)
    assert await asyncio.to_thread(worker.terminate) == 0
    await kafka.send(f"{stage}.in", ((b"k", b'{"v": 1}') for _ in range(20)))
    await kafka.forget(f"{stage}.in", 0, before=25)
    worker.start()
    await kafka.consumed(stage)
    assert f"{stage}.in/0: offsets 10 to 24 are gone" in worker.log
    assert "ERROR" in next(line for line in worker.log.splitlines() if "are gone" in line)
    outputs = [json.loads(record.value)["src"] for record in await kafka.read(f"{stage}.out")]
    assert outputs == [f"0/{n}" for n in [*range(10), *range(25, 30)]]


async def test_retention_that_overtakes_a_running_stage_is_told_and_it_goes_on(
    kafka: Kafka, workers: Workers, stage: str
) -> None:
    await kafka.create_for(stage, partitions=1)
    fill = "y" * 900_000  # a fetch holds one or two
    await kafka.send(f"{stage}.in", ((b"k", json.dumps({"v": 1, "fill": fill}).encode()) for _ in range(30)))
    worker = workers.start("a", ROADSIEVE_READ_AHEAD_BYTES="1000", SUM_PAUSE_S="1")
    async with asyncio.timeout(100):
        while not await kafka.read(f"{stage}.out"):
            await asyncio.sleep(0.2)
    await kafka.forget(f"{stage}.in", 0, before=25)
    await kafka.consumed(stage)
    assert re.search(rf"ERROR.*{stage}.in/0: offsets \d+ to 24 are gone", worker.log)
    offsets = [int(json.loads(record.value)["src"].split("/")[1]) for record in await kafka.read(f"{stage}.out")]
    assert offsets == sorted(set(offsets))
    assert offsets[-5:] == [25, 26, 27, 28, 29]
    assert len(offsets) < 30


def test_a_damaged_store_is_rebuilt_and_a_store_in_use_is_left_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from app.engine.store import Meta, PartitionStore

    store = PartitionStore(tmp_path / "0")
    store.write([(b"a", b"1")], Meta(5, 3, 0, b"12345678"))
    with pytest.raises(OSError, match="another process has this state open"):
        PartitionStore(tmp_path / "0")
    store.close()
    again = PartitionStore(tmp_path / "0")
    assert (again.get(b"a"), again.meta.position) == (b"1", 3)
    again.close()
    for manifest in (tmp_path / "0").glob("MANIFEST*"):
        manifest.write_bytes(b"\0" * 10)
    with caplog.at_level(logging.WARNING):
        rebuilt = PartitionStore(tmp_path / "0")
    assert "rebuilding the local copy" in caplog.text
    assert (rebuilt.get(b"a"), rebuilt.meta.position) == (None, -1)
    rebuilt.close()
