"""Laws of the slow part: asks run ahead, many at once, in any order; a dependency that is down blames no record."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from app.engine.declare import Ask
from app.engine.retry import BudgetSpent
from tests.engine.memory import Broker, Steps, run_virtual
from tests.engine.pipeline_rig import Plan, drain, numbered, pipeline_of, results, stage_of


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
