"""Laws of trace context in the engine: an output carries that of its cause, and it counts towards the topic's limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from aiokafka.record.memory_records import MemoryRecords

from app.engine.aiokafka_internals import batches_of
from app.engine.batch import Batch, Overlay, RowCodec, Target
from app.engine.item import Item
from app.errors import OutputTooLarge
from app.tables import DETECTOR_POSITION
from app.telemetry.trace import begin_trace
from tests.engine.memory import MemoryRecord

TRACE = begin_trace("54bc39ba" * 4)


@dataclass(frozen=True)
class Out:
    name: str = "out"
    max_message_bytes: int = 1000
    compression: str = "none"


def batch_to(topic: Out) -> Batch[Any, Any]:
    rows = RowCodec(DETECTOR_POSITION, bytes, bytes)
    return Batch(0, 0, [], Overlay({}), rows, {topic.name: Target(topic, 1, bytes)})


def item(headers: list[tuple[str, bytes | None]]) -> Item[Any, Any]:
    return Item(MemoryRecord(0, b"", headers=headers), 0)


def test_an_output_carries_the_context_of_its_cause_and_nothing_else() -> None:
    topic, where = Out(), ("out", 0)
    batch = batch_to(topic)
    batch.send(topic, "k", b"a")
    batch.send(topic, "k", b"b", item([("other", b"x"), *TRACE]))
    batch.send(topic, "k", b"c", item([]))
    batch.send(topic, "k", b"d", item([("other", b"x")]))
    assert [value for _, value in batch.outputs[where]] == [b"a", b"b", b"c", b"d"]
    assert batch.headers == {where: {1: TRACE}}


def test_the_context_counts_towards_the_limit_of_the_topic() -> None:
    topic = Out()
    longest = b"x" * (topic.max_message_bytes - 128 - 1)
    batch_to(topic).send(topic, "k", longest)
    with pytest.raises(OutputTooLarge):
        batch_to(topic).send(topic, "k", longest, item(TRACE))


@pytest.mark.parametrize("batch_bytes", [120, 1 << 16])
def test_headers_stay_with_their_records_however_batches_are_cut(batch_bytes: int) -> None:
    pairs = [(b"k", b"%d" % number) for number in range(7)]
    read = []
    for built in batches_of(pairs, "none", batch_bytes, {2: TRACE, 6: TRACE}):
        built._set_producer_state(1, 0, 0)
        records = MemoryRecords(bytes(built._build()))
        while records.has_next():
            read += [(record.value, [*record.headers]) for record in records.next_batch()]
    assert read == [(value, TRACE if place in (2, 6) else []) for place, (_, value) in enumerate(pairs)]
