"""The same log gives the same decisions: batch size, linger and number of workers change nothing."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from app.kafka_access import client_options
from app.settings import Settings
from app.topics import SEGMENTS_EXTRACTED
from ops.broker.cluster import Cluster
from tests.e2e.collected import Collected
from tests.e2e.feed import feed
from tests.e2e.pipeline import Pipeline, running
from tests.e2e.setups import MOSTLY_EMBEDDED, Setup


async def copy_of_the_log(run: Collected, settings: Settings) -> None:
    """Write the committed records of segments.extracted into another broker, partition by partition, in order."""
    producer = AIOKafkaProducer(**client_options(settings), enable_idempotence=True)
    await producer.start()
    for entry in run.log[SEGMENTS_EXTRACTED.name]:
        await producer.send_and_wait(SEGMENTS_EXTRACTED.name, entry.value, entry.key, partition=entry.partition)
    await producer.stop()


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("setup", MOSTLY_EMBEDDED, indirect=True)
async def test_the_same_log_gives_the_same_decisions_for_any_batch_size_linger_and_number_of_workers(
    own_broker: Cluster, setup: Setup, tmp_path: Path
) -> None:
    stores = setup.variables(own_broker)
    first = Pipeline(tmp_path / "first", own_broker.bootstrap, replication=1, session_s=10, extra=stores)
    wire = await first.prepare()
    made = feed(tmp_path, wire, cameras=10, seconds=10)
    async with running(first.workers([()])) as workers:
        await first.send(made, per_s=60)  # slow enough that windows end by markers too
        await first.drained(workers, 120)
    one = await first.collect(wire)
    ended_by_markers = sum(type(record).__name__ == "WindowMarker" for record in one.records("segments.extracted"))
    assert ended_by_markers, "no window was ended by the clock, so nothing was shown"

    other = await asyncio.to_thread(setup.start, tmp_path / "other-broker", 1)
    try:
        lazy = {
            "ROADSIEVE_WINDOW_LINGER_S": "80",
            "ROADSIEVE_BATCH_RECORDS": "3",
            "ROADSIEVE_READ_AHEAD_RECORDS": "5",
        }
        extra = {**setup.variables(other), **lazy}
        second = Pipeline(tmp_path / "second", other.bootstrap, replication=1, session_s=10, extra=extra)
        await second.prepare()
        await copy_of_the_log(one, second.settings)
        async with running(second.workers([("curator",), ("curator",), ("curator",)])) as workers:
            await second.drained(workers, 150, ["curator"])
        two = await second.collect(wire)
    finally:
        await asyncio.to_thread(other.kill)

    for topic in ("segments.decided", "archive.distribution"):
        assert decisions(two, topic) == decisions(one, topic)


def decisions(run: Collected, topic: str) -> list[Any]:
    """Return what was decided, by content; a window is named after its first offset, and a copied log has no gaps."""
    return sorted((replace(record, window_id="") for record in run.records(topic)), key=repr)
