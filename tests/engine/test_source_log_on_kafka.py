"""The read side of a partition on a real broker: nothing but what happens in the log decides when it goes on."""

from __future__ import annotations

import asyncio
import uuid

import pytest
from aiokafka.consumer import fetcher

from app.engine import source_log
from app.engine.source_log import KafkaLog
from tests.engine.kafka_io import Kafka

AN_HOUR_MS = 3_600_000
DEADLINE_S = 30.0


async def test_a_position_that_changed_is_read_from_at_once_and_not_when_the_client_looks_again(
    kafka: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetcher, "PartitionRecords", fetcher.PartitionRecords)  # the engine's own, for this test alone
    monkeypatch.setattr(source_log, "LOOK_AGAIN_MS", AN_HOUR_MS)
    monkeypatch.setattr(source_log, "SOURCE_WAIT_MS", AN_HOUR_MS)
    changelog, source = (f"{uuid.uuid4().hex}.{name}" for name in ("changelog", "in"))
    await kafka.create({changelog: {}, source: {}}, partitions=1)
    await kafka.send(changelog, [(b"k", b"row")] * 3)
    await kafka.send(source, [(b"k", b"record")] * 2)
    log = KafkaLog("sum", "test", {"bootstrap_servers": kafka.bootstrap})
    await log.start()
    try:
        async with asyncio.timeout(DEADLINE_S):
            begin, end = await log.bounds(changelog, 0)
            log.seek(begin)
            rows = 0
            while records := await log.read_until(end):
                rows += len(records)
            assert rows == 3

            assert await log.seek_source(source, 0, 1) == 1
            assert [record.offset for record in await log.read(10, 1 << 20)] == [1]

            waiting = asyncio.ensure_future(log.read(10, 1 << 20))
            await asyncio.sleep(0.5)  # the fetch that finds nothing lies at the broker
            assert not waiting.done()
            await kafka.send(source, [(b"k", b"later")])
            assert [record.value for record in await waiting] == [b"later"]
    finally:
        await log.stop()
