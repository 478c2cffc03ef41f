"""What `roadsieve evaluate` says a policy keeps is what the curator keeps of the same records on a broker."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest
from aiokafka import AIOKafkaProducer

from app.evaluation.bursts import Shape, segments_of
from app.evaluation.export import read_topic
from app.evaluation.labels import Label
from app.evaluation.stream import curated, sifted
from app.kafka_access import client_options
from app.topics import SEGMENTS_EXTRACTED
from ops.broker.cluster import Cluster
from schemas.records import SeenObject, SegmentDecided
from tests.e2e.pipeline import WINDOW_FRAMES, Pipeline, running
from tests.e2e.setups import MOSTLY_EMBEDDED, Setup

CLASSES = ("car", "person", "truck", "bus", "train")


def labels(count: int) -> list[Label]:
    rng = np.random.default_rng(7)
    made = []
    for number in range(count):
        weather = str(rng.choice(["clear", "rainy", "foggy", "unknown"], p=[0.7, 0.2, 0.03, 0.07]))
        shown = [one for one, ratio in zip(CLASSES, (0.9, 0.4, 0.2, 0.1, 0.01), strict=True) if rng.random() < ratio]
        objects = tuple(SeenObject(one, 1.0, 0.0, 0.0, 64.0, 64.0) for one in shown)
        made.append(Label(f"{number}.jpg", f"clip {number}", {"weather": weather, "scene": "highway"}, objects))
    return made


def verdicts(decided: list[SegmentDecided]) -> list[tuple[object, ...]]:
    return [
        (each.facts.segment_id, each.window_id, each.policy_hash, each.keep_video,
         one.kept, one.gain, one.rank, one.reasons, one.cost_bytes)
        for each in decided for one in each.frames
    ]  # fmt: skip


@pytest.mark.timeout(600)
@pytest.mark.parametrize("setup", MOSTLY_EMBEDDED, indirect=True)
async def test_the_same_records_get_the_same_decisions_on_a_broker_and_in_an_evaluation(
    own_broker: Cluster, setup: Setup, tmp_path: Path
) -> None:
    pipeline = Pipeline(tmp_path, own_broker.bootstrap, replication=1, session_s=10, extra=setup.variables(own_broker))
    wire = await pipeline.prepare()
    shape = Shape(clip_frames=8, cameras=6)
    log = sifted(segments_of(labels(60), shape, pipeline.policy.still_bytes_per_px), pipeline.policy)
    encode = wire.encoder(SEGMENTS_EXTRACTED)
    producer = AIOKafkaProducer(**client_options(pipeline.settings), enable_idempotence=True)
    await producer.start()
    for segment in log:
        await producer.send_and_wait(SEGMENTS_EXTRACTED.name, encode(segment), b"evaluation", partition=0)
    await producer.stop()
    async with running(pipeline.workers([("curator",)])) as workers:
        await pipeline.drained(workers, 150, ["curator"])
    assert [one.facts for one in await asyncio.to_thread(read_topic, SEGMENTS_EXTRACTED.name, pipeline.settings)] == [
        one.facts for one in log
    ]
    run = await pipeline.collect(wire)
    decided: list[SegmentDecided] = sorted(run.records("segments.decided"), key=lambda one: one.facts.segment_id)
    evaluated = curated(log, pipeline.policy_toml, WINDOW_FRAMES)
    assert len(evaluated.kept()) > 20
    assert verdicts(decided) == verdicts(sorted(evaluated.decided, key=lambda one: one.facts.segment_id))
