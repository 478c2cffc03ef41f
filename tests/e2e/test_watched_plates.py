"""A vehicle that is looked for is told as it comes into sight, however long the windows of results and readings are."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from app.lake.open import open_warehouse
from app.lake.watching import in_force, publish, seen
from ops.broker.cluster import Cluster
from schemas.records import WatchChanged
from tests.e2e.pipeline import Pipeline, running
from tests.e2e.plate_feed import send
from tests.unit.lake.results import AT_US, FULL

LINGER_S, DEADLINE_S = 85.0, 80.0
"""No window ends by itself before the deadline has passed."""


async def comes(what: Callable[[], Awaitable[bool]]) -> None:
    until_s = time.monotonic() + DEADLINE_S
    while not await what():
        assert time.monotonic() < until_s
        await asyncio.sleep(0.5)


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_vehicle_that_is_looked_for_does_not_wait_for_the_end_of_a_window(
    own_broker: Cluster, tmp_path: Path
) -> None:
    extra = {"ROADSIEVE_LAKE_LINGER_S": str(LINGER_S), "ROADSIEVE_LAKE_TRACK_LINGER_S": str(LINGER_S),
             "ROADSIEVE_LAKE_CATALOG": f"sqlite:///{tmp_path}/lake.sqlite",
             "ROADSIEVE_LAKE_WAREHOUSE": f"file://{tmp_path}/warehouse"}  # fmt: skip
    pipeline = Pipeline(tmp_path, own_broker.bootstrap, replication=1, session_s=6, extra=extra)
    wire = await pipeline.prepare()
    async with open_warehouse(pipeline.settings) as lake:
        await asyncio.to_thread(lake.create)

    async def looked_for() -> bool:
        return [everywhere for _, everywhere in await in_force(pipeline.settings)] == [True]

    async def told() -> bool:
        return [one.source_id for one in await seen(pipeline.settings)] == ["gate-3"]

    async with running(pipeline.workers([("scribe", "tracker")])):
        await publish(pipeline.settings, [WatchChanged("粤BDX5031", "add", 1, "stolen")])
        await comes(looked_for)
        raw = json.dumps({**FULL, "timestamp": AT_US}).encode()
        await send(own_broker.bootstrap, wire, [("gate-3", raw), ("gate-3", raw)], per_s=100)
        await comes(told)
