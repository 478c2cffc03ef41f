"""Laws of windows without Kafka: the final log alone explains every window, whatever the timer and the crashes did."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.batch import Batch
from app.engine.marker import send_markers
from tests.engine.memory import Broker, Crash, Steps, run_virtual
from tests.engine.pipeline_rig import OUT, Plan, pipeline_of, plans, stage_of


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


def sevens_hurry(values: Sequence[Any], _rows: Any) -> bool:
    return any(value.get("v") == 7 for value in values)


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
    stage = stage_of(
        plan, ask=None, apply=decide, window=UpToThree, marker=lambda _: None, linger_s=10.0, hurry=sevens_hurry
    )
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


def test_what_must_not_wait_ends_its_window_at_once_and_all_else_waits_for_its_linger():
    broker, linger_s = Broker(), 100.0
    plan = Plan(linger_s=linger_s)
    stage = stage_of(plan, ask=None, apply=decide, window=UpToThree, marker=lambda _: None, hurry=sevens_hurry)
    decided_after_s: list[float] = []

    async def life() -> None:
        broker.grown = asyncio.Event()
        pipeline, log = pipeline_of(stage, plan, broker, Steps())

        async def send() -> None:
            broker.append(b'{"marker": 1}')

        helpers = [asyncio.ensure_future(send_markers(pipeline.ahead, log, linger_s, send))]
        running = asyncio.ensure_future(pipeline.run())
        for number in (7, 1, 7):
            await asyncio.sleep(linger_s)  # nothing is rightly hurried twice within a tenth of it
            began_s = asyncio.get_running_loop().time()
            broker.append(json.dumps({"v": number}).encode())
            while broker.position < broker.end or json.loads(broker.source[-1].value or b"") == {"v": number}:
                await asyncio.sleep(0.01)
            decided_after_s.append(asyncio.get_running_loop().time() - began_s)
        pipeline.close()
        await running
        for helper in helpers:
            helper.cancel()

    run_virtual(life)
    first, waited, last = decided_after_s
    assert max(first, last) < linger_s / 100
    assert waited >= linger_s
