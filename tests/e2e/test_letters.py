"""A dead letter keeps what it takes to try again; a recording sent again is the same recording."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from app.kafka_access import client_options
from app.stores.keys import temporary_key
from app.stores.open import open_objects
from app.topics import SEGMENTS_STORED
from ops.broker.cluster import Cluster
from schemas.records import SegmentStored
from tests.e2e.feed import Feed, feed
from tests.e2e.pipeline import Pipeline, running
from tests.e2e.setups import Setup


def command(pipeline: Pipeline, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command `roadsieve` as an operator would."""
    environment = {**os.environ, **pipeline.environment, "ROADSIEVE_HOME": str(pipeline.folder / "home")}
    return subprocess.run(
        [sys.executable, "-m", "app.cli", *words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


async def letters(pipeline: Pipeline) -> list[dict[str, object]]:
    answer = await asyncio.to_thread(command, pipeline, "letters", "list", "--json")
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_a_vanished_object_is_a_letter_that_comes_through_once_the_object_is_back(
    own_broker: Cluster, setup: Setup, tmp_path: Path
) -> None:
    pipeline = Pipeline(tmp_path, own_broker.bootstrap, replication=1, session_s=10, extra=setup.variables(own_broker))
    wire = await pipeline.prepare()
    record = next(iter(feed(tmp_path, wire, cameras=1, seconds=2).segments.values()))
    stored = SegmentStored(record.facts, temporary_key(record.facts), len(record.video))
    producer = AIOKafkaProducer(**client_options(pipeline.settings))
    await producer.start()
    await producer.send_and_wait(SEGMENTS_STORED.name, wire.encoder(SEGMENTS_STORED)(stored), b"camera-000")
    await producer.stop()
    async with running(pipeline.workers([()])) as workers:
        await pipeline.drained(workers, 120)
        (letter,) = await letters(pipeline)
        assert letter["stage"] == "detector" and letter["error"] == "ObjectVanished"
        assert stored.object_key in str(letter["reason"])

        async with open_objects(pipeline.settings) as objects:
            await objects.put(stored.object_key, record.video)
        replayed = await asyncio.to_thread(command, pipeline, "letters", "replay")
        assert replayed.returncode == 0, replayed.stderr
        await asyncio.sleep(2)
        await pipeline.drained(workers, 120)
        assert await letters(pipeline) == []
    run = await pipeline.collect(wire)
    assert [one.facts.segment_id for one in run.records("segments.archived")] == [record.facts.segment_id]
    again = await asyncio.to_thread(command, pipeline, "letters", "replay")
    assert "segments.stored" not in again.stdout, "a letter is sent again once"


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_a_recording_sent_twice_is_archived_and_counted_once(
    own_broker: Cluster, setup: Setup, tmp_path: Path
) -> None:
    pipeline = Pipeline(tmp_path, own_broker.bootstrap, replication=1, session_s=10, extra=setup.variables(own_broker))
    wire = await pipeline.prepare()
    made = feed(tmp_path, wire, cameras=3, seconds=4)
    async with running(pipeline.workers([()])) as workers:
        await pipeline.send(made, per_s=200)
        await pipeline.drained(workers, 150)
        first = await pipeline.collect(wire)
        await pipeline.send(made, per_s=200)
        await pipeline.drained(workers, 150)
    twice = Feed(made.messages, made.segments, made.undecodable, made.malformed * 2, made.repeats)
    second = await pipeline.collect(wire)
    verdict = pipeline.judge(second, twice)
    assert not verdict.faults, "\n".join(verdict.faults)
    assert second.objects == first.objects and second.catalog == first.catalog
