"""A pipeline on ports in memory, run through crashes on a virtual clock, and the plain loop that says what is right."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

from app.engine.ask import Asker
from app.engine.batch import Batch, RowCodec, Target
from app.engine.declare import Ask, Limits, Stage
from app.engine.pipeline import Pipeline
from app.errors import DataError
from tests.engine.memory import Broker, Crash, MemoryLog, MemoryRows, MemoryTransactor, Steps, run_virtual
from tests.engine.sum_stage import JsonCodec, TestTable, TestTopic

SOURCE, OUT, LETTERS = TestTopic("in"), TestTopic("out"), TestTopic("letters")
TABLE = TestTable("changelog")
POISON = {
    "undecodable": b"\xff",
    "apply": b'{"v": "x"}',
    "ask": b'{"v": "ask-fails"}',
    "oversize": b'{"v": 1, "pad_bytes": 400000}',
}


async def sums(batch: Batch[Any, Any]) -> None:
    for item in batch:
        total = (batch.table.get(item.key) or 0) + item.value["v"]
        batch.table.put(item.key, total)
        batch.send(OUT, item.key, [item.offset, total, item.answer, "x" * item.value.get("pad_bytes", 0)])


@dataclass
class Plan:
    """How a run is cut and disturbed; none of it may show in the result."""

    batch_records: int = 4
    ahead_records: int = 9
    ahead_bytes: int = 400
    linger_s: float = 0.02
    commit_s: float = 0.01
    fetch: int = 3
    asks: bool = False
    seed: int = 0
    flaky: float = 0.0


def stage_of(plan: Plan, **more: Any) -> Stage:
    rng = random.Random(plan.seed)

    async def look(value: Any) -> int:
        await asyncio.sleep(rng.random() * 3)  # answers arrive in any order
        if rng.random() < plan.flaky:
            raise ConnectionError("try again")
        if value["v"] == "ask-fails":
            raise DataError("the record", "its ask fails", "send another")
        return 2 * value["v"] if isinstance(value["v"], int) else 0

    stage = Stage(
        "app",
        "sum",
        SOURCE,
        TABLE,
        LETTERS,
        sums,
        (OUT,),
        Ask(look, at_once=5) if plan.asks else None,
        linger_s=plan.linger_s,
    )
    return replace(stage, **more)


def pipeline_of(
    stage: Stage, plan: Plan, broker: Broker, steps: Steps, budget_s: float = 60.0
) -> tuple[Pipeline, MemoryLog]:
    codec = JsonCodec()
    log = MemoryLog(broker, steps, plan.fetch)
    targets = {topic.name: Target(topic, 2, codec.encoder(topic)) for topic in stage.targets}
    limits = Limits(plan.batch_records, plan.ahead_records, plan.ahead_bytes, budget_s, 3 * budget_s)
    asker = Asker(stage.name, stage.ask, budget_s) if stage.ask else None
    pipeline = Pipeline(
        stage, 0, limits, log=log, transactor=MemoryTransactor(broker, steps, plan.commit_s), rows=MemoryRows(broker),
        row_codec=RowCodec(TABLE, codec.row_decoder(TABLE), codec.row_encoder(TABLE)), targets=targets,
        decode=codec.decoder(SOURCE), asker=asker,
    )  # fmt: skip
    return pipeline, log


async def drain(pipeline: Pipeline, broker: Broker, end: Callable[[], int]) -> None:
    """Run a pipeline until it has committed everything."""
    running = asyncio.ensure_future(pipeline.run())
    while broker.position < end() and not running.done():
        await asyncio.sleep(0.005)
    pipeline.close()
    await running


def run_with_crashes(plan: Plan, records: list[tuple[bytes, bytes]], crashes: list[int]) -> Broker:
    """Process all records, crashing the process at the given awaits; every life recovers what the broker has."""
    broker: Broker

    async def life(crash_at: int | None) -> int:
        broker.grown = asyncio.Event()
        steps = Steps(crash_at)
        pipeline, _ = pipeline_of(stage_of(plan), plan, broker, steps)
        await drain(pipeline, broker, lambda: broker.end)
        return steps.taken

    broker = Broker()
    for key, value in records:
        broker.append(value, key)
    for crash_at in [*crashes, None]:
        try:
            run_virtual(lambda at=crash_at: life(at))
        except Crash:
            continue
    return broker


def plain_loop(records: list[tuple[bytes, bytes]], asks: bool) -> tuple[list[Any], dict[str, int], set[int]]:
    """The oracle: outputs in order, final rows, offsets of dead letters."""
    broker = Broker()
    for key, value in records:
        broker.append(value, key)
    outputs, rows, dead = [], {}, set()
    for record in broker.source:
        value = record.value
        if value in POISON.values():
            dead.add(record.offset)
            continue
        number, key = json.loads(value)["v"], record.key.decode()
        rows[key] = rows.get(key, 0) + number
        outputs.append([record.offset, rows[key], 2 * number if asks else None, ""])
    return outputs, rows, dead


def results(broker: Broker) -> tuple[list[Any], dict[str, int], set[int]]:
    outputs = [json.loads(v) for (topic, _), rs in broker.outputs.items() if topic == "out" for _, v in rs]
    letters = [
        json.loads(v)["source_offset"] for (topic, _), rs in broker.outputs.items() if topic == "letters" for _, v in rs
    ]
    assert len(letters) == len(set(letters)), "a letter was written twice"
    return sorted(outputs), {k.decode(): json.loads(v) for k, v in broker.rows.items()}, set(letters)


def numbered(values: list[Any]) -> list[tuple[bytes, bytes]]:
    return [
        (b"k%d" % (n % 3), v if isinstance(v, bytes) else json.dumps({"v": v}).encode()) for n, v in enumerate(values)
    ]


plans = st.builds(
    Plan, batch_records=st.integers(1, 30), ahead_records=st.integers(1, 40), ahead_bytes=st.integers(1, 2000),
    linger_s=st.sampled_from([0.0, 0.02, 5.0]), commit_s=st.sampled_from([0.0, 0.01, 2.0]), fetch=st.integers(1, 30),
    asks=st.booleans(), seed=st.integers(0, 9), flaky=st.sampled_from([0.0, 0.3]),
)  # fmt: skip
