"""Two stages in one process, the second reading what the first writes; both use one resource."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from app.engine import Ask, Batch, run_worker, stage_app
from app.settings import Settings
from tests.engine.sum_stage import TestTable, TestTopic, open_json

NAME = os.environ["SUM_NAME"]
FIRST, MIDDLE, LAST = TestTopic(f"{NAME}.in"), TestTopic(f"{NAME}.middle"), TestTopic(f"{NAME}.out")


@asynccontextmanager
async def open_counter(_: Settings) -> AsyncIterator[list[int]]:
    print("counter opened", flush=True)
    yield []
    print("counter closed", flush=True)


one, two = stage_app(f"{NAME}-one", codec=open_json), stage_app(f"{NAME}-two", codec=open_json)
counter_of_one, counter_of_two = one.use(open_counter), two.use(open_counter)


async def count(value: dict[str, Any]) -> bool:
    """Use the resource that both stages have."""
    assert counter_of_one() is counter_of_two()
    counter_of_one().append(value["v"])
    return True


@one.agent(
    FIRST,
    name=f"{NAME}-one",
    table=TestTable(f"roadsieve.{NAME}-one-changelog", row=None),
    sends=[MIDDLE],
    ask=Ask(count),
)
async def first(batch: Batch[dict[str, Any], bool]) -> None:
    """Pass on."""
    for item in batch:
        batch.send(MIDDLE, item.key, item.value)


@two.agent(MIDDLE, name=f"{NAME}-two", table=TestTable(f"roadsieve.{NAME}-two-changelog"), sends=[LAST])
async def second(batch: Batch[dict[str, Any], None]) -> None:
    """Number the records of each key."""
    for item in batch:
        number = (batch.table.get(item.key) or 0) + 1
        batch.table.put(item.key, number)
        batch.send(LAST, item.key, {"number": number, **item.value})


if __name__ == "__main__":
    run_worker([one, two])
