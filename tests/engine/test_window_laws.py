"""Laws of windows without Kafka: the final log alone explains every window, whatever the timer and the crashes did."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.batch import Batch
from app.engine.marker import send_markers
from tests.engine.memory import Broker, Crash, Steps, run_virtual
from tests.engine.pipeline_rig import OUT, pipeline_of, plans, stage_of


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
