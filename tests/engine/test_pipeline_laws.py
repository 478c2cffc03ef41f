"""Laws of one partition's pipeline, without Kafka: whatever happens, outputs and rows are those of a plain loop."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.ask import Asker
from app.engine.batch import Batch, RowCodec, Target
from app.engine.declare import Ask, Limits, Stage
from app.engine.marker import send_markers
from app.engine.pipeline import Pipeline
from app.engine.poison import StageDefect
from app.engine.ports import Fenced
from app.engine.retry import BudgetSpent
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


values = st.lists(
    st.one_of(st.integers(0, 99), st.integers(0, 99), st.sampled_from(sorted(POISON.values()))), max_size=25
)
plans = st.builds(
    Plan, batch_records=st.integers(1, 30), ahead_records=st.integers(1, 40), ahead_bytes=st.integers(1, 2000),
    linger_s=st.sampled_from([0.0, 0.02, 5.0]), commit_s=st.sampled_from([0.0, 0.01, 2.0]), fetch=st.integers(1, 30),
    asks=st.booleans(), seed=st.integers(0, 9), flaky=st.sampled_from([0.0, 0.3]),
)  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(values, plans, st.lists(st.integers(1, 60), max_size=6))
def test_batch_size_linger_ask_order_and_crashes_do_not_show_in_outputs_rows_and_letters(given_values, plan, crashes):
    records = numbered(given_values)
    outputs, rows, dead = plain_loop(records, plan.asks)
    broker = run_with_crashes(plan, records, crashes)
    assert results(broker) == (sorted(outputs), rows, dead)


def test_a_crash_at_any_single_await_repeats_the_same_result():
    records = numbered([1, 2, POISON["apply"], 3, 4, POISON["undecodable"], 5, 6, 7, POISON["oversize"], 8, 9])
    plan = Plan(asks=True, fetch=2, batch_records=3)
    expected = results(run_with_crashes(plan, records, []))
    assert len(expected[0]) == 9
    for crash_at in range(1, 45):
        assert results(run_with_crashes(plan, records, [crash_at])) == expected, crash_at


@pytest.mark.parametrize("asks", [False, True])
def test_outputs_of_a_key_keep_the_order_of_its_records(asks):
    broker = run_with_crashes(Plan(asks=asks, flaky=0.3), numbered(list(range(60))), [25, 31])
    for (topic, _), records in broker.outputs.items():
        offsets = [json.loads(value)[0] for _, value in records]
        assert topic == "out"
        assert offsets == sorted(offsets)


@pytest.mark.parametrize("which", sorted(POISON))
@pytest.mark.parametrize("place", [0, 3, 7])
def test_poison_is_isolated_wherever_it_lies_and_its_letter_names_the_reason(which, place):
    given_values: list[Any] = list(range(8))
    given_values[place] = POISON[which]
    broker = run_with_crashes(
        Plan(batch_records=8, fetch=8, ahead_bytes=1 << 20, linger_s=9, asks=which == "ask"), numbered(given_values), []
    )
    (letter,) = [json.loads(v) for (topic, _), rs in broker.outputs.items() if topic == "letters" for _, v in rs]
    assert bytes.fromhex(letter["value"]) == POISON[which]
    assert letter["source_topic"] == "in"
    expected = {
        "undecodable": "MalformedRecord",
        "apply": "TypeError",
        "ask": "DataError",
        "oversize": "OutputTooLarge",
    }
    assert letter["error"] == expected[which]
    if which == "oversize":
        assert "400" in letter["reason"]
        assert str(OUT.max_message_bytes) in letter["reason"]
    assert broker.commits == 1, "the rest of the batch is applied as one batch"


def test_a_batch_that_fails_only_as_a_whole_is_a_defect_of_the_stage_and_dead_letters_nothing():
    async def only_pairs(batch: Batch[Any, Any]) -> None:
        if len(batch) > 1:
            raise ValueError("too many")

    async def main() -> None:
        broker = Broker()
        for key, value in numbered([1, 2, 3, 4]):
            broker.append(value, key)
        plan = Plan(batch_records=4, fetch=4)
        pipeline, _ = pipeline_of(stage_of(plan, apply=only_pairs), plan, broker, Steps())
        with pytest.raises(StageDefect):
            await pipeline.run()
        assert not broker.outputs

    run_virtual(main)


@pytest.mark.parametrize("where", ["ask", "apply"])
def test_a_dependency_that_stays_down_ends_the_pipeline_once_the_budget_is_spent_and_no_record_is_blamed(where):
    async def down(_: Any) -> None:
        raise ConnectionError("refused")

    async def main() -> None:
        broker = Broker()
        for key, value in numbered([1, 2, 3]):
            broker.append(value, key)
        plan = Plan()
        broken = {"ask": Ask(down)} if where == "ask" else {"apply": down}
        pipeline, _ = pipeline_of(stage_of(plan, **broken), plan, broker, Steps(), budget_s=60)
        with pytest.raises(BudgetSpent, match="ConnectionError"):
            await pipeline.run()
        assert 60 <= asyncio.get_running_loop().time() < 90
        assert not broker.outputs
        assert broker.position == 0

    run_virtual(main)


def test_an_ask_that_hangs_is_timed_out_and_tried_again():
    calls = []

    async def hangs_once(value: Any) -> int:
        calls.append(value)
        if len(calls) == 1:
            await asyncio.sleep(10_000)
        return 7

    async def main() -> None:
        broker = Broker()
        broker.append(b'{"v": 1}', b"k")
        plan = Plan()
        pipeline, _ = pipeline_of(stage_of(plan, ask=Ask(hangs_once, timeout_s=5)), plan, broker, Steps())
        await drain(pipeline, broker, lambda: broker.end)
        assert results(broker)[0] == [[0, 1, 7, ""]]
        assert 5 <= asyncio.get_running_loop().time() < 7

    run_virtual(main)


def test_asks_run_for_several_batches_at_once_but_never_more_than_their_capacity():
    running, most = 0, 0

    async def look(_: Any) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(1)
        running -= 1

    async def main() -> None:
        broker = Broker()
        for key, value in numbered(list(range(40))):
            broker.append(value, key)
        plan = Plan(batch_records=2, ahead_records=20, ahead_bytes=10_000)
        pipeline, _ = pipeline_of(stage_of(plan, ask=Ask(look, at_once=8)), plan, broker, Steps())
        await drain(pipeline, broker, lambda: broker.end)
        assert most == 8
        assert asyncio.get_running_loop().time() < 40 / 8 + 2

    run_virtual(main)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 30), st.integers(1, 3000))
def test_what_is_held_stays_within_its_bounds_of_count_and_bytes(records, size_bytes):
    async def main() -> None:
        broker = Broker()
        for n in range(60):
            broker.append(json.dumps({"v": n, "fill": "y" * (n * 7 % 200)}).encode(), b"k")
        plan = Plan(batch_records=5, ahead_records=records, ahead_bytes=size_bytes, commit_s=1.0)
        pipeline, _ = pipeline_of(stage_of(plan), plan, broker, Steps())
        ahead = pipeline.ahead
        highest = [0, 0]
        release = ahead.release

        def measured(records: int, size_bytes: int) -> None:
            highest[:] = max(highest[0], ahead.held_records), max(highest[1], ahead.held_bytes)
            release(records, size_bytes)

        ahead.release = measured  # type: ignore[method-assign]  # a spy
        await drain(pipeline, broker, lambda: broker.end)
        assert highest[0] <= records
        assert highest[1] < size_bytes + 300, "the last record read may pass the bound, no other"

    run_virtual(main)


def test_a_fenced_pipeline_commits_nothing_and_says_so():
    async def main() -> None:
        broker = Broker()
        for key, value in numbered([1, 2, 3]):
            broker.append(value, key)
        plan = Plan()
        pipeline, _ = pipeline_of(stage_of(plan), plan, broker, Steps())
        MemoryTransactor(broker, Steps())  # a newer owner
        with pytest.raises(Fenced):
            await pipeline.run()
        assert not broker.outputs

    run_virtual(main)


class UpToThree:
    """A window of at most three candidates, or up to a marker."""

    def __init__(self) -> None:
        self.count = 0

    def add(self, value: Any) -> bool:
        self.count += "marker" not in value
        return "marker" in value or self.count == 3


async def decide(batch: Batch[Any, Any]) -> None:
    numbers = [item.value["v"] for item in batch if "marker" not in item.value]
    batch.send(OUT, "w", [batch.first_offset, numbers])


def windows_of(log: list[Any]) -> list[Any]:
    """The oracle: windows computed from the final log alone."""
    found, window, first, numbers = [], UpToThree(), None, []
    for record in log:
        first = record.offset if first is None else first
        try:
            value = json.loads(record.value)
        except ValueError:
            continue
        if "marker" not in value:
            numbers.append(value["v"])
        if window.add(value):
            found.append([first, numbers])
            window, first, numbers = UpToThree(), None, []
    return found


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.sampled_from([0.0, 0.5, 40.0])), max_size=20),
    plans,
    st.lists(st.integers(1, 60), max_size=4),
)
def test_windows_are_those_of_the_log_alone_however_it_was_read_and_whenever_the_timer_spoke(arrivals, plan, crashes):
    """Records arrive at any time, the timer sends markers, the process crashes: the final log explains every window."""
    broker = Broker()
    stage = stage_of(plan, ask=None, apply=decide, window=UpToThree, marker=lambda _: None, linger_s=10.0)
    todo = list(arrivals)

    async def life(crash_at: int | None) -> None:
        broker.grown = asyncio.Event()
        pipeline, log = pipeline_of(stage, plan, broker, Steps(crash_at))

        async def send() -> None:
            broker.append(b'{"marker": 1}')

        async def feed() -> None:
            while todo:
                number, pause_s = todo.pop(0)
                broker.append(b"\xff" if number == 9 else json.dumps({"v": number}).encode())
                await asyncio.sleep(pause_s)

        helpers = [asyncio.ensure_future(send_markers(pipeline.ahead, log, 10.0, send)), asyncio.ensure_future(feed())]
        try:
            # a life ends a while after the last arrival: long enough for the timer to end the open window
            running = asyncio.ensure_future(pipeline.run())
            while (todo or broker.position < broker.end) and not running.done():
                await asyncio.sleep(0.1)
            pipeline.close()
            await running
        finally:
            for helper in helpers:
                helper.cancel()

    for crash_at in [*crashes, None]:
        try:
            run_virtual(lambda at=crash_at: life(at))
        except Crash:
            continue
    decided = sorted(json.loads(v) for (topic, _), rs in broker.outputs.items() if topic == "out" for _, v in rs)
    assert decided == windows_of(broker.source)
    assert broker.position == broker.end
